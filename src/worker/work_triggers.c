/* Makes the runs that an applied run triggers in other workspaces (today-runs.md 13.4). */
#include "worker/worker.h"

#include "base/arena.h"
#include "base/ids.h"
#include "base/log.h"
#include "run/run_create.h"

#define MAX_TRIES 4

/* The run and the end of its firing are one: whatever ends the worker, it is made once. */
static enum db_status make_run(struct worker *worker, const struct rows *claimed, const char *id)
{
    const char *workspace = rows_get(claimed, 0, "workspace_id");
    const struct run_new run = {.id = id,
                                .workspace_id = workspace,
                                .columns = rows_get(claimed, 0, "columns"),
                                .created_by = rows_get(claimed, 0, "created_by")};
    struct rows *done = NULL;
    enum db_status status = db_begin(worker->db);

    if (status != DB_OK)
        return status;
    status = db_query(worker->db, worker->arena, STATEMENT_RUN_TRIGGER_DONE, &done,
                      rows_get(claimed, 0, "position"));
    /* Without a row somebody else was faster, or the trigger is gone. */
    if (status == DB_OK && workspace &&
        run_create(worker->db, worker->arena, worker->keyring, &run, &status) != RUN_FAILED)
        log_info("run trigger source=%s run=%s", rows_get(claimed, 0, "run_id"), id);
    if (status == DB_OK)
        return db_commit(worker->db);
    db_rollback(worker->db);
    return status == DB_NO_ROWS ? DB_OK : status;
}

enum work_result work_fire_trigger(struct worker *worker, const struct rows *claimed)
{
    const char *id = ids_new(worker->arena, "run-");
    enum db_status status = DB_RETRY;

    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++)
        status = make_run(worker, claimed, id);
    return work_status(worker, status, "run trigger");
}
