/* Removes the bytes of states and configurations that are older than their policy allows
 * (today-workspaces.md section 8): first so that they can be restored, after some days for good. */
#include "worker/worker.h"

#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"

/* WORK_DONE when something was removed: there may be more. */
static enum work_result told(const struct rows *counts, const char *what)
{
    long long states = rows_int(counts, 0, "states");
    long long configurations = rows_int(counts, 0, "configurations");

    if (states == 0 && configurations == 0)
        return WORK_NONE;
    log_info("retention %s states=%lld configurations=%lld", what, states, configurations);
    return WORK_DONE;
}

/* One policy was looked at; another may be due. */
enum work_result work_retain(struct worker *worker, const struct rows *claimed)
{
    struct rows *counts = NULL;
    enum db_status status =
        db_query(worker->db, worker->arena, STATEMENT_DATA_RETENTION_SOFT_DELETE, &counts,
                 rows_get(claimed, 0, "id"));

    if (status == DB_OK)
        (void)told(counts, "soft-deleted");
    return work_status(worker, status, "retention");
}

enum work_result work_forget(struct worker *worker, const struct rows *claimed)
{
    struct rows *counts = NULL;
    enum db_status status =
        db_query(worker->db, worker->arena, STATEMENT_DATA_RETENTION_FORGET, &counts,
                 arena_printf(worker->arena, "%ld", worker->config->retention_grace_days));

    (void)claimed;
    return status == DB_OK ? told(counts, "deleted")
                           : work_status(worker, status, "deletion after retention");
}
