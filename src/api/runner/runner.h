/* The runner protocol (docs/runner-protocol.md): what src/runner asks. Plain JSON and bytes, a
 * token of its own kind, and no answer that depends on who else is there. */
#ifndef TERRACE_API_RUNNER_RUNNER_H
#define TERRACE_API_RUNNER_RUNNER_H

#include <stdbool.h>

#include "db/db.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "run/run.h"

/* Seconds after which a runner that says nothing has lost its job. */
#define RUNNER_LEASE "60"

struct runner {
    struct context *context;
    const char *token_id;
    const char *pool_id;         /* NULL: a runner of the site */
    const char *organization_id; /* of the pool */
    struct buf text;             /* the answer's body; empty: none */
    struct json_writer w;        /* writes into text */
    int status;                  /* 0: 204 without a body, 200 with one */
};

typedef void runner_handler(struct runner *runner);

enum runner_body {
    RUNNER_NO_BODY,
    RUNNER_DOCUMENT, /* context->document; NULL when there is none */
    RUNNER_BYTES,    /* context->raw_body */
    RUNNER_STREAM,   /* the handler reads it, so that it is called once */
};

/* Who calls, one transaction around the handler (tried again when another was in the way), the
 * answer. Failures are recorded in the context. */
void runner_serve(struct context *context, enum runner_body body, runner_handler *handler);

/* The job that the path names, when it is this caller's: columns of the statement runner_job. NULL:
 * recorded. */
const struct rows *runner_job(struct runner *runner);
/* The same when it is still at work; else 409. */
const struct rows *runner_job_at_work(struct runner *runner);

/* runner_identity.c: writes a variable for each identity token that these variables ask for. */
void runner_identity_write(struct runner *runner, const struct rows *job,
                           const struct json_value *variables);

/* A token for that audience; NULL: recorded. */
const char *runner_identity_token(struct context *context, const struct rows *job,
                                  const char *audience);

/* runner_credentials.c: the job's member `credentials`, as these variables ask for it. */
void runner_credentials_write(struct runner *runner, const struct rows *job,
                              const struct json_value *variables);

/* runner_policy.c: jobs of the kind `policy`. What the runner has to evaluate, and what it found.
 */
bool runner_policy_is(const struct rows *job, size_t row);
void runner_policy_write(struct runner *runner, const struct rows *job);
void runner_policy_finish(struct runner *runner, const struct rows *job);

/* runner_query.c: jobs of the kind `query`. The columns are those of the candidates and of
 * runner_job: run_id is the query run's. */
bool runner_query_is(const struct rows *job, size_t row);
void runner_query_finish(struct runner *runner, const char *query, enum run_event event,
                         const char *message);

/* runner_agents.c, runner_jobs.c, runner_files.c */
void runner_agent_create(struct context *context);
void runner_agent_exit(struct context *context);
void runner_claim(struct context *context);
void runner_renew(struct context *context);
void runner_finish(struct context *context);
void runner_log(struct context *context);
void runner_configuration(struct context *context);
void runner_file_put(struct context *context);
void runner_file_get(struct context *context);

#endif
