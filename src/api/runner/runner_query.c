/* Jobs of the kind `query`: terraform query in a workspace (docs/runner-protocol.md). Their run is
 * a query run, and so is what they report to. */
#include "api/runner/runner.h"

#include <string.h>

#include "jsonapi/handler.h"
#include "run/query_run.h"

bool runner_query_is(const struct rows *job, size_t row)
{
    return strcmp(rows_get(job, row, "kind"), "query") == 0;
}

/* The row is locked before the job's, as everywhere. */
bool runner_query_take(struct runner *runner, const char *job, const char *query, const char *agent)
{
    struct context *context = runner->context;
    struct rows *claimed = NULL;
    enum db_status failure;

    switch (
        query_run_send(context->service->db, context->arena, query, RUN_CLAIMED, NULL, &failure)) {
    case RUN_MOVED:
        break;
    case RUN_FAILED:
        (void)db_ok(context, failure);
        return false;
    case RUN_REFUSED:
    case RUN_GONE:
        return false;
    }
    return CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_CLAIM, &claimed, job, agent, RUNNER_LEASE) &&
           claimed && CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_PHASE, NULL, job, agent) &&
           CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_PING, NULL, agent, "busy",
                         context->request->remote_addr);
}

void runner_query_finish(struct runner *runner, const char *query, enum run_event event,
                         const char *message)
{
    struct context *context = runner->context;
    const struct run_args args = {.reason = message};
    struct rows *locked = NULL;
    enum db_status failure;

    if (!CONTEXT_QUERY(context, STATEMENT_QUERY_RUN_BEGIN, &locked, query) ||
        !runner_job_at_work(runner))
        return;
    if (query_run_send(context->service->db, context->arena, query, event, &args, &failure) ==
        RUN_FAILED)
        (void)db_ok(context, failure);
}
