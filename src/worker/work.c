/* The kinds of work, and the rounds through them: see worker.h. */
#include "worker/worker.h"

#include <poll.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"

/* How late a piece of work may be noticed, and how often the database is asked for nothing. */
#define SOON_MS 500
#define RUNS_MS (5 * 1000)
#define MINUTE_MS (60 * 1000)
#define DATABASE_PAUSE_MS 1000

const struct work works[] = {
    {"deliver notification", STATEMENT_DELIVERY_CLAIM, work_deliver_notification, SOON_MS},
    {"send mail", STATEMENT_MAIL_CLAIM, work_send_mail, SOON_MS},
    {"send run task request", STATEMENT_TASK_REQUEST_CLAIM, work_send_task_request, SOON_MS},
    {"make triggered run", STATEMENT_RUN_TRIGGER_CLAIM, work_fire_trigger, SOON_MS},
    {"time out run task", STATEMENT_TASK_TIMEOUT_CLAIM, work_time_out_task, SOON_MS},
    {"check policies", STATEMENT_POLICY_CHECK_CLAIM, work_check_policies, SOON_MS},
    {"evaluate policies", STATEMENT_POLICY_EVALUATION_CLAIM, work_evaluate_policies, SOON_MS},
    {"record assessment", STATEMENT_ASSESSMENT_CLAIM, work_record_assessment, SOON_MS},
    {"assess what is due", STATEMENT_ASSESSMENT_DUE, work_assess, RUNS_MS},
    {"destroy what is due", STATEMENT_AUTO_DESTROY_CLAIM, work_auto_destroy, RUNS_MS},
    {"remind of auto-destroy", STATEMENT_AUTO_DESTROY_REMIND, work_remind_auto_destroy, MINUTE_MS},
    {"talk to VCS providers", STATEMENT_VCS_JOB_CLAIM, work_vcs, SOON_MS},
    {"retain what is young", STATEMENT_DATA_RETENTION_CLAIM, work_retain, RUNS_MS},
    {"forget what is old", STATEMENT_COUNT, work_forget, RUNS_MS},
    {"end runs without a runner", STATEMENT_COUNT, work_end_runs, RUNS_MS},
    {"remove what nothing refers to", STATEMENT_COUNT, work_collect, MINUTE_MS},
    {.name = NULL},
};

#define WORK_COUNT (sizeof works / sizeof works[0] - 1)

enum work_result work_status(struct worker *worker, enum db_status status, const char *what)
{
    if (status == DB_OK)
        return WORK_DONE;
    const struct db_failure *failure = db_failure(worker->db);
    log_write(status == DB_FAILED || status == DB_CONSTRAINT ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
              "%s failed sqlstate=%s constraint=%s message=%s", what, failure->sqlstate,
              failure->constraint, failure->message);
    return WORK_FAILED;
}

const char *work_url(struct worker *worker, const char *path)
{
    return arena_printf(worker->arena, "%s%s", worker->config->base_url, path);
}

static enum work_result do_one(struct worker *worker, const struct work *work)
{
    struct rows *claimed = NULL;

    arena_reset(worker->arena);
    if (work->claim != STATEMENT_COUNT) {
        enum db_status status =
            db_query_text(worker->db, worker->arena, work->claim, &claimed, NULL, 0);
        if (status == DB_NO_ROWS)
            return WORK_NONE;
        if (status != DB_OK)
            return work_status(worker, status, work->name);
    }
    return work->perform(worker, claimed);
}

/* One piece of each kind that is not pausing. */
static bool round_of_work(struct worker *worker, int64_t due[WORK_COUNT], bool *failed,
                          const volatile bool *stop)
{
    bool any = false;

    for (size_t i = 0; i < WORK_COUNT && !*stop; i++) {
        int64_t now = clock_monotonic_ms();
        if (now < due[i])
            continue;
        enum work_result result = do_one(worker, &works[i]);
        if (result == WORK_DONE)
            any = true;
        else
            due[i] = clock_monotonic_ms() + works[i].pause_ms;
        *failed = *failed || result == WORK_FAILED;
    }
    return any;
}

static void pause_until_due(const int64_t due[WORK_COUNT])
{
    int64_t next = due[0];
    for (size_t i = 1; i < WORK_COUNT; i++)
        if (due[i] < next)
            next = due[i];
    int64_t wait = next - clock_monotonic_ms();
    if (wait > 0)
        poll(NULL, 0, (int)(wait < SOON_MS ? wait : SOON_MS)); /* a signal ends it */
}

bool work_run(struct worker *worker, bool once, const volatile bool *stop)
{
    int64_t due[WORK_COUNT] = {0};
    bool failed = false;

    while (!*stop) {
        if (db_ensure(worker->db) != DB_OK) {
            if (once)
                return false;
            poll(NULL, 0, DATABASE_PAUSE_MS);
            continue;
        }
        if (round_of_work(worker, due, &failed, stop))
            continue;
        if (once)
            break;
        pause_until_due(due);
    }
    return !failed || !once;
}
