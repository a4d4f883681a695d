/* Query runs: `terraform query` in a workspace (today-runs.md 24.1). They stand beside its runs:
 * they lock nothing, wait for nothing but a runner, and change nothing. Their machine is a small
 * one of its own, moved by the events of runs. */
#ifndef TERRACE_RUN_QUERY_RUN_H
#define TERRACE_RUN_QUERY_RUN_H

#include "run/run.h"

/* Locks its row and takes the transition for this event; see run_send(). */
enum run_result query_run_send(struct db *db, struct arena *arena, const char *id,
                               enum run_event event, const struct run_args *args,
                               enum db_status *failure) __attribute__((warn_unused_result));

#endif
