/* Moves runs by the tables of run_machine.c: see run.h. */
#include "run/run.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "run/query_run.h"
#include "run/run_machine.h"

struct mover {
    struct db *db;
    struct arena *arena;
    const char *id;
    const struct run_args *args;
    const struct rows *run; /* what run_begin says now */
    enum db_status failure;
};

static bool query(struct mover *m, enum statement statement, struct rows **out,
                  const char *const *params, size_t count)
{
    enum db_status status = db_query_text(m->db, m->arena, statement, out, params, count);
    if (status == DB_NO_ROWS && out)
        *out = NULL;
    else if (status != DB_OK)
        m->failure = status;
    return m->failure == DB_OK;
}
#define QUERY(m, statement, out, ...)                                                              \
    query((m), (statement), (out), (const char *[]){__VA_ARGS__},                                  \
          sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

static const char *get(const struct mover *m, const char *column)
{
    return rows_get(m->run, 0, column);
}

static bool is(const struct mover *m, const char *column)
{
    return rows_bool(m->run, 0, column);
}

static bool begin(struct mover *m)
{
    struct rows *rows = NULL;
    bool ok = QUERY(m, STATEMENT_RUN_BEGIN, &rows, m->id);
    m->run = rows;
    return ok && rows;
}

static bool guards_hold(const struct mover *m, unsigned guards)
{
    const struct {
        unsigned guard;
        bool holds;
    } all[] = {
        {RUN_IF_MAY_START, is(m, "may_start")},
        {RUN_IF_LOCAL, strcmp(get(m, "execution_mode"), "local") == 0},
        {RUN_IF_NOTHING_LEFT,
         is(m, "plan_only") || (!is(m, "has_changes") && !is(m, "allow_empty_apply"))},
        {RUN_IF_SAVE_PLAN, is(m, "save_plan")},
        /* An empty apply that was allowed needs nobody's word (6.2). */
        {RUN_IF_AUTO_APPLY,
         is(m, "auto_apply") || (is(m, "allow_empty_apply") && !is(m, "has_changes"))},
        {RUN_IF_NOT_CANCELED, !is(m, "cancel_requested")},
        {RUN_IF_CANCELED, is(m, "cancel_requested")},
        {RUN_IF_MAY_FORCE, is(m, "may_force_cancel")},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if ((guards & all[i].guard) && !all[i].holds)
            return false;
    return true;
}

/* Whether the run has this stage; if so it begins now. */
static bool begin_stage(struct mover *m, const char *stage)
{
    struct rows *rows = NULL;
    return QUERY(m, STATEMENT_RUN_STAGE_BEGIN, &rows, m->id, stage) && rows_bool(rows, 0, "begun");
}

static const struct run_transition *find(struct mover *m, enum run_event event)
{
    const char *status = get(m, "status");

    for (const struct run_transition *t = run_transitions; t->from && m->failure == DB_OK; t++)
        if (t->event == event && run_status_among(status, t->from) && guards_hold(m, t->guards) &&
            (!t->stage || begin_stage(m, t->stage)))
            return t;
    return NULL;
}

static bool notify(struct mover *m, const char *trigger)
{
    struct rows *rows;
    return !trigger || QUERY(m, STATEMENT_RUN_NOTIFY, &rows, m->id, trigger);
}

static bool record(struct mover *m, const char *action, const char *description)
{
    return !action || QUERY(m, STATEMENT_RUN_EVENT_CREATE, NULL, m->id, action, description,
                            m->args->actor, m->args->comment_id);
}

/* The key of status-timestamps, for phases too: `finished-at`. */
static const char *key_of(struct mover *m, const char *status)
{
    return strcmp(status, "running") == 0 ? "started-at" : arena_printf(m->arena, "%s-at", status);
}

static bool move_phase(struct mover *m, const struct run_transition *t)
{
    const char *second = NULL;

    if (!t->phase)
        return true;
    if (strcmp(t->phase_status, "queued") == 0 && strcmp(get(m, "execution_mode"), "agent") == 0)
        second = "agent-queued-at";
    return QUERY(m, STATEMENT_RUN_PHASE_MOVE, NULL, m->id, t->phase, t->phase_status,
                 key_of(m, t->phase_status), second);
}

static bool queue_job(struct mover *m, const char *kind)
{
    const char *pool =
        strcmp(get(m, "execution_mode"), "agent") == 0 ? get(m, "agent_pool_id") : NULL;
    return QUERY(m, STATEMENT_RUN_JOB_CREATE, NULL, m->id, kind, pool);
}

static bool apply_effects(struct mover *m, const struct run_transition *t)
{
    unsigned effects = t->effects;

    if ((effects & RUN_TAKES_WORKSPACE) && !is(m, "plan_only") && !is(m, "holds_lock") &&
        !(is(m, "save_plan") && strcmp(get(m, "status"), "pending") == 0) &&
        !QUERY(m, STATEMENT_RUN_TAKE, NULL, get(m, "workspace_id"), m->id))
        return false;
    if ((effects & RUN_QUEUES_JOB) && !queue_job(m, t->phase))
        return false;
    if ((effects & RUN_NOTES_CANCEL) &&
        !QUERY(m, STATEMENT_RUN_CANCEL_REQUESTED, NULL, m->id, m->args->actor, RUN_COOL_OFF))
        return false;
    if ((effects & RUN_INTERRUPTS_JOB) && !QUERY(m, STATEMENT_RUN_JOB_INTERRUPT, NULL, m->id))
        return false;
    if ((effects & RUN_NOTES_FORCE) && !QUERY(m, STATEMENT_RUN_FORCE_CANCELED, NULL, m->id))
        return false;
    return move_phase(m, t);
}

/* Nothing of a run that is final goes on, and the workspace is free for the next. */
static bool end(struct mover *m, const struct run_status *status)
{
    const char *cause = strcmp(status->name, "canceled") == 0 ? "canceled" : "errored";
    const char *stages = strcmp(status->name, "canceled") == 0 ? "canceled" : "unreachable";
    struct rows *rows;

    return QUERY(m, STATEMENT_RUN_PHASES_END, NULL, m->id, cause, key_of(m, cause)) &&
           QUERY(m, STATEMENT_RUN_JOBS_END, NULL, m->id) &&
           QUERY(m, STATEMENT_RUN_STAGES_END, &rows, m->id, stages) &&
           (strcmp(status->name, "applied") != 0 || QUERY(m, STATEMENT_RUN_APPLIED, NULL, m->id)) &&
           (strcmp(status->name, "planned_and_finished") != 0 ||
            QUERY(m, STATEMENT_RUN_HAD_NO_CHANGES, NULL, m->id)) &&
           (!run_status_among(status->name, "applied|errored") ||
            QUERY(m, STATEMENT_RUN_MEASURE, NULL, get(m, "workspace_id"))) &&
           QUERY(m, STATEMENT_RUN_RELEASE, NULL, get(m, "workspace_id"), m->id);
}

static bool move(struct mover *m, const struct run_transition *t)
{
    const struct run_status *status = t->to ? run_status_find(t->to) : NULL;
    const char *reason = t->reason ? t->reason : m->args->reason;
    struct rows *moved = NULL;

    if (!apply_effects(m, t) || !status)
        return m->failure == DB_OK;
    if (!QUERY(m, STATEMENT_RUN_MOVE, &moved, m->id, get(m, "status"), status->name,
               status->flags & RUN_IS_FINAL ? "t" : "f", status->timestamp,
               strcmp(status->name, "errored") == 0 ? reason : NULL,
               t->effects & RUN_NOTES_CONFIRM ? m->args->actor : NULL))
        return false;
    if (!moved) {
        m->failure = DB_RETRY; /* the row was locked: it cannot be */
        return false;
    }
    return record(m, status->action, strcmp(status->name, "errored") == 0 ? reason : NULL) &&
           notify(m, status->trigger) && (!(status->flags & RUN_IS_FINAL) || end(m, status));
}

/* On as far as it goes by itself. What people decide from here on is theirs to know. */
static bool advance(struct mover *m, bool moved)
{
    static const struct run_args nobody = {0};
    const struct run_transition *t;

    while (begin(m) && !is(m, "is_final") && (t = find(m, RUN_ADVANCE)) != NULL) {
        m->args = &nobody;
        if (!move(m, t))
            return false;
        moved = true;
    }
    if (m->failure != DB_OK || !m->run)
        return m->failure == DB_OK;
    const struct run_status *status = run_status_find(get(m, "status"));
    if (moved && status && (status->flags & RUN_IS_CONFIRMABLE) && !status->trigger)
        return notify(m, "run:needs_attention");
    return true;
}

enum db_status run_start_next(struct db *db, struct arena *arena, const char *workspace_id)
{
    enum db_status failure = DB_OK;
    struct rows *rows = NULL;
    enum db_status status = db_query(db, arena, STATEMENT_RUN_NEXT, &rows, workspace_id);

    if (status == DB_NO_ROWS)
        return DB_OK;
    if (status != DB_OK)
        return status;
    if (run_send(db, arena, rows_get(rows, 0, "id"), RUN_ADVANCE, NULL, &failure) == RUN_FAILED)
        return failure;
    return DB_OK;
}

/* A final run has left its workspace to the next. */
static enum run_result finish(struct mover *m, bool moved, enum db_status *failure)
{
    if (m->failure == DB_OK && m->run && is(m, "is_final") && moved)
        m->failure = run_start_next(m->db, m->arena, get(m, "workspace_id"));
    *failure = m->failure;
    if (m->failure != DB_OK)
        return RUN_FAILED;
    if (!m->run)
        return RUN_GONE;
    return moved ? RUN_MOVED : RUN_REFUSED;
}

enum run_result run_send(struct db *db, struct arena *arena, const char *run_id,
                         enum run_event event, const struct run_args *args, enum db_status *failure)
{
    static const struct run_args nobody = {0};
    struct mover m = {
        .db = db, .arena = arena, .id = run_id, .args = args ? args : &nobody, .failure = DB_OK};
    const struct run_transition *t = NULL;
    bool moved = false;

    *failure = DB_OK;
    if (begin(&m) && (t = find(&m, event)) != NULL)
        moved = move(&m, t) && advance(&m, true);
    return finish(&m, moved, failure);
}

enum run_result run_created(struct db *db, struct arena *arena, const char *run_id,
                            const char *actor, enum db_status *failure)
{
    const struct run_args args = {.actor = actor};
    struct mover m = {.db = db, .arena = arena, .id = run_id, .args = &args, .failure = DB_OK};
    struct rows *rows;

    *failure = DB_OK;
    bool moved = begin(&m) && record(&m, "created", NULL) &&
                 QUERY(&m, STATEMENT_RUN_STAGES_CREATE, &rows, run_id) &&
                 notify(&m, run_status_find("pending")->trigger) && advance(&m, false);
    return finish(&m, moved, failure);
}

enum db_status run_state_changed(struct db *db, struct arena *arena, const char *workspace_id,
                                 const char *run_id)
{
    enum db_status failure = DB_OK;
    struct rows *rows = NULL;
    enum db_status status = db_query(db, arena, STATEMENT_RUN_STALE, &rows, workspace_id, run_id);

    for (size_t i = 0; status == DB_OK && i < rows_count(rows); i++)
        if (run_send(db, arena, rows_get(rows, i, "id"), RUN_DISCARD, NULL, &failure) == RUN_FAILED)
            status = failure;
    return status;
}

/* The row of an overdue job. */
static enum db_status end_one(struct db *db, struct arena *arena, const struct rows *rows,
                              size_t row, unsigned *ended)
{
    const char *id = rows_get(rows, row, "run_id");
    enum run_event event = rows_bool(rows, row, "lost") ? RUN_LOST : RUN_TIMED_OUT;
    enum db_status failure = DB_OK;
    enum db_status status = db_begin(db);

    if (status != DB_OK)
        return status;
    switch ((rows_bool(rows, row, "is_query") ? query_run_send : run_send)(db, arena, id, event,
                                                                           NULL, &failure)) {
    case RUN_FAILED:
        db_rollback(db);
        return failure;
    case RUN_MOVED:
        (*ended)++;
        break;
    case RUN_REFUSED:
    case RUN_GONE:
        break;
    }
    return db_commit(db);
}

enum db_status run_end_overdue(struct db *db, struct arena *arena, unsigned *ended)
{
    struct rows *rows = NULL;
    enum db_status status = db_query_text(db, arena, STATEMENT_RUN_OVERDUE, &rows, NULL, 0);

    *ended = 0;
    for (size_t i = 0; status == DB_OK && i < rows_count(rows); i++)
        status = end_one(db, arena, rows, i, ended);
    return status;
}
