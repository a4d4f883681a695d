/* Destroys what workspaces have made when their time has come, and reminds of it before
 * (today-workspaces.md 2.5). */
#include "worker/worker.h"

#include "base/arena.h"
#include "base/ids.h"
#include "base/log.h"
#include "run/run_create.h"

#define MAX_TRIES 4
#define NOT_MADE "The run could not be created"

/* Makes the run, or tells everybody of the problem. */
static enum db_status act(struct worker *worker, const struct rows *claimed, const char *problem)
{
    const struct run_new run = {.id = ids_new(worker->arena, "run-"),
                                .workspace_id = rows_get(claimed, 0, "id"),
                                .columns = rows_get(claimed, 0, "columns"),
                                .created_by = rows_get(claimed, 0, "organization_id")};
    struct rows *done = NULL;
    enum db_status status;

    log_info("auto-destroy workspace=%s %s=%s", run.workspace_id, problem ? "problem" : "run",
             problem ? problem : run.id);
    if (problem)
        return db_query(worker->db, worker->arena, STATEMENT_AUTO_DESTROY_FAILED, &done,
                        run.workspace_id, rows_get(claimed, 0, "auto_destroy_at"), problem);
    return run_create(worker->db, worker->arena, worker->keyring, &run, &status) == RUN_FAILED
               ? status
               : DB_OK;
}

/* The end of the workspace's time and what comes of it are one: whatever ends the worker, it
 * happens once. DB_NO_ROWS: somebody else was faster. */
static enum db_status attempt(struct worker *worker, const struct rows *claimed,
                              const char *problem)
{
    struct rows *begun = NULL;
    enum db_status status = db_begin(worker->db);

    if (status != DB_OK)
        return status;
    status = db_query(worker->db, worker->arena, STATEMENT_AUTO_DESTROY_BEGIN, &begun,
                      rows_get(claimed, 0, "id"), rows_get(claimed, 0, "auto_destroy_at"));
    if (status == DB_OK)
        status = act(worker, claimed, problem);
    if (status == DB_OK)
        return db_commit(worker->db);
    db_rollback(worker->db);
    return status;
}

static enum db_status attempts(struct worker *worker, const struct rows *claimed,
                               const char *problem)
{
    enum db_status status = DB_RETRY;

    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++)
        status = attempt(worker, claimed, problem);
    return status == DB_NO_ROWS ? DB_OK : status;
}

enum work_result work_auto_destroy(struct worker *worker, const struct rows *claimed)
{
    enum db_status status = attempts(worker, claimed, rows_get(claimed, 0, "problem"));

    /* One that never succeeds must not stand before all others. */
    if (status == DB_FAILED || status == DB_CONSTRAINT) {
        log_error("auto-destroy workspace=%s: no run sqlstate=%s message=%s",
                  rows_get(claimed, 0, "id"), db_failure(worker->db)->sqlstate,
                  db_failure(worker->db)->message);
        status = attempts(worker, claimed, NOT_MADE);
    }
    return work_status(worker, status, "auto-destroy");
}

enum work_result work_remind_auto_destroy(struct worker *worker, const struct rows *claimed)
{
    (void)worker;
    log_info("auto-destroy workspace=%s reminded hours=%s", rows_get(claimed, 0, "workspace_id"),
             rows_get(claimed, 0, "hours"));
    return WORK_DONE;
}
