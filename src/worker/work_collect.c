/* What nothing refers to any more goes: bytes, tokens of run tasks that have expired, and VCS
 * events that are too old to be shown. */
#include "worker/worker.h"

#include "base/log.h"
#include "blob/blob.h"

/* Short transactions. */
#define BLOBS_AT_ONCE 100

enum work_result work_collect(struct worker *worker, const struct rows *claimed)
{
    struct rows *rows = NULL;
    size_t count = 0;
    bool more = false;

    (void)claimed;
    enum db_status status = blob_collect(worker->db, worker->arena, BLOBS_AT_ONCE, &count, &more);
    if (status == DB_OK)
        status =
            db_query_text(worker->db, worker->arena, STATEMENT_SPENT_TOKEN_COLLECT, &rows, NULL, 0);
    if (status == DB_OK)
        status =
            db_query_text(worker->db, worker->arena, STATEMENT_VCS_EVENT_COLLECT, NULL, NULL, 0);
    if (status != DB_OK)
        return work_status(worker, status, "collect");
    if (count > 0)
        log_info("removed unreferenced blobs count=%zu", count);
    return more || rows_int(rows, 0, "count") > 0 ? WORK_DONE : WORK_NONE;
}
