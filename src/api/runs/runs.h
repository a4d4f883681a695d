/* What the files of the run area share. The rules of a run's life are in src/run. */
#ifndef TERRACE_API_RUNS_RUNS_H
#define TERRACE_API_RUNS_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "jsonapi/resource.h"
#include "run/run.h"

/* run_create.c: POST /runs; the same in the workspace that is the scope already. */
#define RUN_CREATE_NEED PERMISSION_MASK(RUN_PLAN)
route_handler run_create_handler;
route_handler run_create_here;
before_write_hook run_before_write;
/* What a new run's document says of these; what is wrong is recorded. The configuration is the one
 * that it names, else the latest of the workspace that is the scope. */
void run_read_variables(struct context *context, struct patch *patch);
const char *run_choose_configuration(struct context *context);
/* A configuration has come that wants a run (auto-queue-runs). The columns are of its row. */
void run_queue_configuration(struct context *context, const char *configuration_id,
                             const char *workspace_id, const char *created_by, bool may_auto_apply);

/* run_actions.c */
route_handler run_apply;
route_handler run_discard;
route_handler run_cancel;
route_handler run_force_cancel;
route_handler run_force_execute;
/* Sends an event to a run in the request's transaction; what the machine refuses becomes a 409 that
 * says `what` ("apply"). */
bool run_act(struct context *context, const char *run_id, enum run_event event,
             const struct run_args *args, const char *what);

/* comment.c: inserts a comment of the caller; its id, or NULL when that failed. */
const char *comment_add(struct context *context, const char *run_id, const char *body);

/* run_log.c: the URL of a phase's log, and what answers it. */
const char *run_log_url(struct context *context, const char *phase_id);
route_handler run_log_send;
/* Streams what the runner printed, from (inclusive) to (exclusive), after http_stream_begin(): each
 * piece has an arena of its own, so that the answer costs no more memory for being long. A failure
 * under way leaves it shorter than it says. */
void run_log_stream(struct context *context, const char *phase_id, int64_t from, int64_t to);

/* run_file.c: JSON that a runner has made of a plan. */
route_handler plan_json;
route_handler plan_json_redacted;
route_handler plan_json_schema;
route_handler apply_errored_state;
route_handler run_file_read;

#endif
