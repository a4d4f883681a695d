/* Moves query runs: see query_run.h. */
#include "run/query_run.h"

#include <string.h>

#include "run/run_machine.h"

static const struct transition {
    const char *from;
    enum run_event event;
    const char *guard; /* a column of query_run_begin that must be true; NULL: always */
    const char *to;    /* NULL: stays, and the job is told to end */
    const char *timestamp, *second_timestamp; /* keys of status-timestamps */
    const char *reason;                       /* in place of the caller's */
} transitions[] = {
    {"queued", RUN_CLAIMED, NULL, "running", "running-at", NULL, NULL},
    {"queued", RUN_CANCEL, NULL, "canceled", "canceled-at", NULL, NULL},
    {"running", RUN_FINISHED, NULL, "finished", "finished-at", NULL, NULL},
    {"running", RUN_ERRORED, NULL, "errored", "errored-at", NULL, NULL},
    {"running", RUN_INTERRUPTED, "cancel_requested", "canceled", "canceled-at", NULL, NULL},
    {"running", RUN_INTERRUPTED, NULL, "errored", "errored-at", NULL, "The runner was stopped"},
    {"running", RUN_CANCEL, "may_cancel", NULL, NULL, NULL, NULL},
    {"running", RUN_FORCE_CANCEL, "may_force_cancel", "canceled", "canceled-at",
     "force-canceled-at", NULL},
    {"running", RUN_LOST, "cancel_requested", "canceled", "canceled-at", NULL, NULL},
    {"running", RUN_LOST, NULL, "errored", "errored-at", NULL, "The runner was lost"},
    {"running", RUN_TIMED_OUT, NULL, "errored", "errored-at", NULL, "The query took too long"},
};

static const struct transition *find(const struct rows *query, enum run_event event)
{
    const char *status = rows_get(query, 0, "status");

    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++) {
        const struct transition *t = &transitions[i];
        if (t->event == event && strcmp(t->from, status) == 0 &&
            (!t->guard || rows_bool(query, 0, t->guard)))
            return t;
    }
    return NULL;
}

static enum db_status move(struct db *db, struct arena *arena, const char *id,
                           const struct transition *t, const struct run_args *args)
{
    bool final = t->to && strcmp(t->to, "running") != 0;
    bool errored = t->to && strcmp(t->to, "errored") == 0;
    enum db_status status = DB_OK;

    if (t->event == RUN_CANCEL)
        status = db_query(db, arena, STATEMENT_QUERY_RUN_CANCEL_REQUESTED, NULL, id, args->actor,
                          RUN_COOL_OFF);
    if (status == DB_OK && t->to)
        status = db_query(db, arena, STATEMENT_QUERY_RUN_MOVE, NULL, id, t->to, final ? "t" : "f",
                          t->timestamp, t->second_timestamp,
                          !errored    ? NULL
                          : t->reason ? t->reason
                                      : args->reason);
    if (status == DB_OK && final)
        status = db_query(db, arena, STATEMENT_QUERY_RUN_JOB_END, NULL, id);
    return status;
}

enum run_result query_run_send(struct db *db, struct arena *arena, const char *id,
                               enum run_event event, const struct run_args *args,
                               enum db_status *failure)
{
    static const struct run_args nobody = {0};
    struct rows *query = NULL;
    const struct transition *t;

    *failure = db_query(db, arena, STATEMENT_QUERY_RUN_BEGIN, &query, id);
    if (*failure == DB_NO_ROWS)
        return RUN_GONE;
    if (*failure != DB_OK)
        return RUN_FAILED;
    if (!(t = find(query, event)))
        return RUN_REFUSED;
    *failure = move(db, arena, id, t, args ? args : &nobody);
    return *failure == DB_OK ? RUN_MOVED : RUN_FAILED;
}
