/* The tables that the run machine moves by. */
#ifndef TERRACE_RUN_RUN_MACHINE_H
#define TERRACE_RUN_RUN_MACHINE_H

#include "run/run.h"

/* Seconds between a cancellation and the moment from which it can be forced (today-runs.md 4.3). */
#define RUN_COOL_OFF "30"

struct run_status {
    const char *name;
    const char *timestamp; /* its key in status-timestamps, or NULL */
    const char *action;    /* of the run event that it makes, or NULL */
    const char *trigger;   /* of notifications, or NULL */
    unsigned flags;
};

/* What must hold besides status and event; all that are set. */
enum run_guard {
    RUN_IF_MAY_START = 1 << 0,    /* the workspace is free for it, or need not be */
    RUN_IF_LOCAL = 1 << 1,        /* the workspace's execution mode has become `local` */
    RUN_IF_NOTHING_LEFT = 1 << 2, /* plan-only, or nothing to apply */
    RUN_IF_SAVE_PLAN = 1 << 3,
    RUN_IF_AUTO_APPLY = 1 << 4,
    RUN_IF_NOT_CANCELED = 1 << 5, /* nobody has asked for that yet */
    RUN_IF_CANCELED = 1 << 6,
    RUN_IF_MAY_FORCE = 1 << 7, /* somebody has, and it has had its time */
};

enum run_effect {
    RUN_TAKES_WORKSPACE = 1 << 0, /* locks it and becomes its current run, unless it is plan-only */
    RUN_QUEUES_JOB = 1 << 1,      /* for the phase */
    RUN_NOTES_CANCEL = 1 << 2,    /* who, when, and from when it can be forced */
    RUN_INTERRUPTS_JOB = 1 << 3,
    RUN_NOTES_CONFIRM = 1 << 4,
    RUN_NOTES_FORCE = 1 << 5,
};

struct run_transition {
    const char *from; /* "planned|cost_estimated" */
    enum run_event event;
    unsigned guards;
    const char *stage; /* the task stage that must be there, and begins; or NULL */
    const char *to;    /* NULL: stays */
    unsigned effects;
    const char *phase; /* "plan" or "apply", which becomes phase_status; or NULL */
    const char *phase_status;
    const char *reason; /* in place of the caller's */
};

extern const struct run_status run_statuses[];        /* ends with a NULL name */
extern const struct run_transition run_transitions[]; /* ends with a NULL from */

/* NULL for an unknown name. */
const struct run_status *run_status_find(const char *name);
/* Whether name is one of `list`. */
bool run_status_among(const char *name, const char *list);

#endif
