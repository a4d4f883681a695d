/* The run machine: one table of statuses and one of transitions (run_machine.c), which the API, the
 * worker and the runner protocol all go through (DESIGN section 8, today-runs.md section 3).
 *
 * Every call belongs into the caller's transaction. It locks the workspace's row, then the run's;
 * a transition is one UPDATE that matches only the expected status. After each event the run moves
 * on by itself as far as it can, and when it is final the next one of its workspace starts. */
#ifndef TERRACE_RUN_RUN_H
#define TERRACE_RUN_RUN_H

#include <stdbool.h>

#include "db/db.h"

struct arena;

enum run_event {
    RUN_ADVANCE, /* nothing happened: move on if the way is free now */
    /* From people. */
    RUN_APPLY,
    RUN_DISCARD,
    RUN_CANCEL,
    RUN_FORCE_CANCEL,
    RUN_END_NOW,       /* a site administrator's: whatever it is at */
    RUN_FORCE_DISCARD, /* another run is executed in its place: waiting ones make room too */
    /* From runners. */
    RUN_CLAIMED,
    RUN_FINISHED,
    RUN_ERRORED,
    RUN_INTERRUPTED, /* the process has ended because it was told to */
    RUN_LOST,        /* the runner has let its lease expire */
    RUN_TIMED_OUT,
    /* From task stages. */
    RUN_STAGE_PASSED,
    RUN_STAGE_FAILED,
    RUN_STAGE_AWAITS, /* what failed can be overridden */
    RUN_STAGE_RESUMED,
    /* From the policy check. */
    RUN_POLICY_PASSED,
    RUN_POLICY_SOFT_FAILED, /* may be overridden, if there is something left to do */
    RUN_POLICY_FAILED,      /* args say why */
    RUN_POLICY_OVERRIDDEN,
};

struct run_args {
    const char *actor;      /* id of the user or team; NULL: the system */
    const char *comment_id; /* of the actor's comment, or NULL */
    const char *reason;     /* why it errored, one sentence for people, or NULL */
};

enum run_result {
    RUN_MOVED,
    RUN_REFUSED, /* not in this status; nothing was changed */
    RUN_GONE,    /* there is no such run */
    RUN_FAILED,  /* the database: see *failure */
};

/* args may be NULL. *failure is set when the result is RUN_FAILED. */
enum run_result run_send(struct db *db, struct arena *arena, const char *run_id,
                         enum run_event event, const struct run_args *args, enum db_status *failure)
    __attribute__((warn_unused_result));

/* After a run's rows have been inserted: its first event, then as far as it can go. */
enum run_result run_created(struct db *db, struct arena *arena, const char *run_id,
                            const char *actor, enum db_status *failure)
    __attribute__((warn_unused_result));

/* The workspace is free: starts what waits for it. */
enum db_status run_start_next(struct db *db, struct arena *arena, const char *workspace_id)
    __attribute__((warn_unused_result));

/* The workspace has a new state: saved plans that know nothing of it are discarded. run_id: who
 * made the state, or NULL. */
enum db_status run_state_changed(struct db *db, struct arena *arena, const char *workspace_id,
                                 const char *run_id) __attribute__((warn_unused_result));

/* Ends what lost its runner or took too long (query runs too), each in a transaction of its own;
 * none may be open.
 */
enum db_status run_end_overdue(struct db *db, struct arena *arena, unsigned *ended)
    __attribute__((warn_unused_result));

/* What may be done with a run in this status (today-runs.md 4.1). */
enum run_status_flag {
    RUN_IS_FINAL = 1 << 0,
    RUN_IS_CANCELABLE = 1 << 1,
    RUN_IS_CONFIRMABLE = 1 << 2,
    RUN_IS_DISCARDABLE = 1 << 3,
};
/* 0 for a status that is unknown. */
unsigned run_status_flags(const char *status);
/* Every status, in the order of a run's life; NULL past the last. */
const char *run_status_name(unsigned index);

#endif
