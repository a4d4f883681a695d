/* Begins the assessments of workspaces that are due, and records what came of them (today-runs.md
 * section 19). */
#include "worker/worker.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/log.h"
#include "json/json_writer.h"
#include "policy/policy_facts.h"
#include "run/run_assess.h"
#include "terraform/plan_health.h"

#define MAX_TRIES 4
/* What cannot be assessed now is looked at again. */
#define RETRY_MINUTES 5

static enum db_status begin_assessment(struct worker *worker, const struct rows *due)
{
    const char *workspace = rows_get(due, 0, "id");
    const char *problem = rows_get(due, 0, "problem");
    long minutes = problem ? RETRY_MINUTES : worker->config->assessment_hours * 60;
    struct rows *done = NULL;
    enum db_status status = db_begin(worker->db);

    if (status != DB_OK)
        return status;
    /* No row: another worker was faster. */
    status = db_query(worker->db, worker->arena, STATEMENT_ASSESSMENT_POSTPONE, &done, workspace,
                      arena_printf(worker->arena, "%ld", minutes), rows_get(due, 0, "assess_at"));
    if (status == DB_OK && !problem)
        status = run_assess(worker->db, worker->arena, worker->keyring, workspace, NULL, &problem);
    if (status == DB_OK)
        status = db_commit(worker->db);
    else
        db_rollback(worker->db);
    if (status == DB_OK && !problem)
        log_info("assessment workspace=%s", workspace);
    return status;
}

/* One that never can must not stand before all others. */
static enum db_status put_off(struct worker *worker, const struct rows *due)
{
    struct rows *done = NULL;

    return db_query(worker->db, worker->arena, STATEMENT_ASSESSMENT_POSTPONE, &done,
                    rows_get(due, 0, "id"),
                    arena_printf(worker->arena, "%ld", worker->config->assessment_hours * 60),
                    rows_get(due, 0, "assess_at"));
}

enum work_result work_assess(struct worker *worker, const struct rows *claimed)
{
    enum db_status status = DB_RETRY;

    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++)
        status = begin_assessment(worker, claimed);
    if (status == DB_FAILED || status == DB_CONSTRAINT) {
        log_error("assessment workspace=%s: not begun sqlstate=%s message=%s",
                  rows_get(claimed, 0, "id"), db_failure(worker->db)->sqlstate,
                  db_failure(worker->db)->message);
        status = put_off(worker, claimed);
    }
    return work_status(worker, status == DB_NO_ROWS ? DB_OK : status, "assessment");
}

/* --- What came of it --- */

static void write_health(struct json_writer *w, const struct plan_health *health)
{
    json_member_bool(w, "succeeded", true);
    json_member_bool(w, "drifted", health->drifted > 0);
    json_member_bool(w, "all_checks_succeeded",
                     health->checks_failed == 0 && health->checks_errored == 0);
    json_member_int(w, "resources_drifted", health->drifted);
    json_member_int(w, "resources_undrifted", health->undrifted);
    json_member_int(w, "checks_passed", health->checks_passed);
    json_member_int(w, "checks_failed", health->checks_failed);
    json_member_int(w, "checks_errored", health->checks_errored);
    json_member_int(w, "checks_unknown", health->checks_unknown);
}

/* The columns of the result as JSON; NULL with a status when the plan could not be read now. */
static const char *result_of(struct worker *worker, const struct rows *claimed,
                             enum db_status *status)
{
    bool finished = strcmp(rows_get(claimed, 0, "status"), "planned_and_finished") == 0;
    const char *problem = rows_get(claimed, 0, "reason");
    struct policy_facts facts = {0};
    struct plan_health health;
    struct json_writer w;
    struct buf text;

    if (finished) {
        problem = "The plan cannot be read";
        *status = policy_facts_load(worker->db, worker->arena, worker->keyring,
                                    rows_get(claimed, 0, "run_id"), true, &facts);
        if (*status != DB_OK)
            return NULL;
    }
    buf_init(&text, worker->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    if (facts.plan && plan_health_read(facts.plan, facts.plan_len, &health))
        write_health(&w, &health);
    else
        json_member_string(&w, "error_message", problem);
    json_object_end(&w);
    return buf_str(&text);
}

static enum db_status record(struct worker *worker, const struct rows *claimed, const char *result)
{
    const char *id = rows_get(claimed, 0, "id");
    struct rows *rows = NULL, *done = NULL;
    enum db_status status = db_begin(worker->db);

    if (status != DB_OK)
        return status;
    status = db_query(worker->db, worker->arena, STATEMENT_ASSESSMENT_RECORD, &rows, id, result);
    if (status == DB_OK)
        status = db_query(worker->db, worker->arena, STATEMENT_ASSESSMENT_NOTIFY, &done, id,
                          rows_get(rows, 0, "prior"), worker->config->base_url);
    if (status == DB_OK)
        status =
            db_query(worker->db, worker->arena, STATEMENT_ASSESSMENT_FORGET, NULL, id, "false");
    if (status == DB_OK)
        return db_commit(worker->db);
    db_rollback(worker->db);
    return status == DB_NO_ROWS ? DB_OK : status;
}

static bool has_result(const char *run_status)
{
    return strcmp(run_status, "planned_and_finished") == 0 || strcmp(run_status, "errored") == 0;
}

enum work_result work_record_assessment(struct worker *worker, const struct rows *claimed)
{
    enum db_status status = DB_OK;

    if (!has_result(rows_get(claimed, 0, "status")))
        return work_status(worker,
                           db_query(worker->db, worker->arena, STATEMENT_ASSESSMENT_FORGET, NULL,
                                    rows_get(claimed, 0, "id"), "true"),
                           "assessment");
    const char *result = result_of(worker, claimed, &status);
    if (status == DB_OK)
        status = record(worker, claimed, result);
    if (status == DB_OK)
        log_info("assessment workspace=%s result=%s %s", rows_get(claimed, 0, "workspace_id"),
                 rows_get(claimed, 0, "id"), result);
    return work_status(worker, status, "assessment");
}
