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
