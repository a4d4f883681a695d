/* Evaluates the Sentinel policies of runs: legacy checks, and evaluations in the post-plan stage
 * (today-governance.md sections 5 to 7). No transaction is open while a policy runs; the verdict
 * and what it means for the run are one. */
#include "worker/worker.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "policy/policy_record.h"
#include "policy/policy_report.h"
#include "run/run.h"

#define MAX_TRIES 6
/* A worker that dies while it evaluates something is followed by another, but not for ever. */
#define MAX_ATTEMPTS 3
#define GAVE_UP "it was begun several times and never came to an end"

static const char *seal(struct worker *worker, const char *context, const char *text)
{
    return crypto_seal_text(worker->arena, worker->keyring, context, text);
}

static enum run_event event_of(const char *status)
{
    if (strcmp(status, "passed") == 0)
        return RUN_POLICY_PASSED;
    return strcmp(status, "soft_failed") == 0 ? RUN_POLICY_SOFT_FAILED : RUN_POLICY_FAILED;
}

/* DB_NO_ROWS: the run has ended meanwhile. */
static enum db_status record_check(struct worker *worker, const char *id,
                                   const struct policy_check_report *report)
{
    struct run_args args = {.reason = report->reason};
    struct rows *rows = NULL;
    enum db_status failure = DB_OK;
    enum db_status status =
        db_query(worker->db, worker->arena, STATEMENT_POLICY_CHECK_LOCK_RUN, &rows, id);

    if (status == DB_OK)
        status = db_query(worker->db, worker->arena, STATEMENT_POLICY_CHECK_RECORD, &rows, id,
                          report->status, report->counts, seal(worker, id, report->details),
                          seal(worker, id, report->log));
    if (status != DB_OK)
        return status;
    if (run_send(worker->db, worker->arena, rows_get(rows, 0, "run_id"), event_of(report->status),
                 &args, &failure) == RUN_FAILED)
        return failure;
    return DB_OK;
}

/* What was evaluated, or that it cannot be. */
static enum db_status evaluate(struct worker *worker, const struct rows *claimed, bool legacy,
                               struct policy_run *out)
{
    if (rows_int(claimed, 0, "attempts") > MAX_ATTEMPTS) {
        *out = policy_record_broken(worker->arena, GAVE_UP);
        return DB_OK;
    }
    if (!legacy && strcmp(rows_get(claimed, 0, "policy_kind"), "sentinel") != 0) {
        *out = policy_record_broken(
            worker->arena,
            "the runner that evaluated the policies has not been heard of for too long");
        return DB_OK;
    }
    return policy_run_sentinel(worker->db, worker->arena, worker->keyring,
                               rows_get(claimed, 0, "run_id"), legacy, out);
}

enum work_result work_check_policies(struct worker *worker, const struct rows *claimed)
{
    const char *id = rows_get(claimed, 0, "id");
    struct policy_check_report report;
    struct policy_run run;
    enum db_status status = evaluate(worker, claimed, true, &run);

    if (status != DB_OK)
        return work_status(worker, status, "policy check");
    policy_report_check(worker->arena, &run, &report);
    log_info("policy check=%s run=%s %s", id, rows_get(claimed, 0, "run_id"), report.status);
    status = DB_RETRY;
    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++) {
        status = db_begin(worker->db);
        if (status == DB_OK)
            status = record_check(worker, id, &report);
        if (status == DB_OK)
            status = db_commit(worker->db);
        else
            db_rollback(worker->db);
    }
    return status == DB_NO_ROWS ? WORK_DONE : work_status(worker, status, "policy check");
}

enum work_result work_evaluate_policies(struct worker *worker, const struct rows *claimed)
{
    const char *id = rows_get(claimed, 0, "id");
    struct policy_run run;
    enum db_status status = evaluate(worker, claimed, false, &run);

    if (status != DB_OK)
        return work_status(worker, status, "policy evaluation");
    log_info("policy evaluation=%s run=%s", id, rows_get(claimed, 0, "run_id"));
    status = DB_RETRY;
    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++) {
        status = db_begin(worker->db);
        if (status == DB_OK)
            status = policy_record_evaluation(worker->db, worker->arena, worker->keyring, id,
                                              rows_get(claimed, 0, "task_stage_id"), &run);
        if (status == DB_OK)
            status = db_commit(worker->db);
        else
            db_rollback(worker->db);
    }
    return status == DB_NO_ROWS ? WORK_DONE : work_status(worker, status, "policy evaluation");
}
