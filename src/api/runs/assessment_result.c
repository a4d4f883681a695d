/* Results of health assessments (today-runs.md section 19): what the last one found, its plan and
 * its log, and the beginning of another one. */
#include "api/runs/runs.h"

#include "api/resources.h"
#include "base/arena.h"
#include "base/config.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "run/run_assess.h"

#define READ_ONLY .flags = ATTRIBUTE_READ_ONLY

static const struct attribute attributes[] = {
    {"succeeded", ATTRIBUTE_BOOL, READ_ONLY},
    {"drifted", ATTRIBUTE_BOOL, READ_ONLY},
    {"all-checks-succeeded", ATTRIBUTE_BOOL, READ_ONLY},
    {"resources-drifted", ATTRIBUTE_INT, READ_ONLY},
    {"resources-undrifted", ATTRIBUTE_INT, READ_ONLY},
    {"checks-passed", ATTRIBUTE_INT, READ_ONLY},
    {"checks-failed", ATTRIBUTE_INT, READ_ONLY},
    {"checks-errored", ATTRIBUTE_INT, READ_ONLY},
    {"checks-unknown", ATTRIBUTE_INT, READ_ONLY},
    {"error-message", ATTRIBUTE_STRING, READ_ONLY},
    /* The same, under the name that the documentation has. */
    {"error-msg", ATTRIBUTE_STRING, .column = "error_message", READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/assessment-results/{id}"},
    {"json-output", "/api/v2/assessment-results/{id}/json-output"},
    {"json-schema", "/api/v2/assessment-results/{id}/json-schema"},
    {"log-output", "/api/v2/assessment-results/{id}/log-output"},
    {0},
};

static void send_log(struct context *context)
{
    int64_t size = rows_int(context->rows, 0, "log_size");

    http_header(context->request, "Content-Type", "text/plain; charset=utf-8");
    context->request->status = 200;
    http_stream_begin(context->request, size);
    run_log_stream(context, scope_get(context, "id"), 0, size);
}

static void read_log(struct context *context)
{
    context->reply.send = send_log;
}

/* The next one is due as long after this as after any other. */
static void assess(struct context *context)
{
    const char *workspace = scope_get(context, "id"), *problem = NULL;
    struct rows *done = NULL;

    if (!db_ok(context, run_assess(context->service->db, context->arena, context->service->keyring,
                                   workspace, principal_actor(&context->principal), &problem)))
        return;
    if (problem) {
        request_fail(context, ERROR_CONFLICT, NULL, "The workspace cannot be assessed: %s",
                     problem);
        return;
    }
    if (CONTEXT_QUERY(
            context, STATEMENT_ASSESSMENT_POSTPONE, &done, workspace,
            arena_printf(context->arena, "%ld", context->service->config->assessment_hours * 60),
            NULL))
        reply_with(context, 200, STATEMENT_WORKSPACE_SHOW, workspace);
}

#define ONE "/api/v2/assessment-results/:assessment_result_id"
#define WORKSPACE "/api/v2/workspaces/:workspace_id"

/* Its plan, like that of a run, and its log are the administrators' (today-access.md W32). */
#define FILE_ROUTE(path, function)                                                                 \
    {                                                                                              \
        {HTTP_GET, ONE path}, ROUTE_ACTION, STATEMENT_ASSESSMENT_RESULT_LOAD,                      \
            PERMISSION_MASK(PLAN_JSON), .handler = function, .flags = ROUTE_NO_DOCUMENT            \
    }

static const struct route routes[] = {
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_ASSESSMENT_RESULT_SHOW, PERMISSION_MASK(READ)},
    {{HTTP_GET, WORKSPACE "/current-assessment-result"},
     ROUTE_SHOW,
     STATEMENT_ASSESSMENT_RESULT_CURRENT,
     PERMISSION_MASK(READ)},
    FILE_ROUTE("/json-output", plan_json),
    FILE_ROUTE("/json-schema", plan_json_schema),
    FILE_ROUTE("/log-output", read_log),
    {{HTTP_POST, WORKSPACE "/actions/assess"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = assess,
     .audit = "workspace/assess",
     .resource = &workspace_resource},
    {0},
};

const struct resource assessment_result_resource = {
    .type = "assessment-results",
    .id_prefix = "asmtres-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .routes = routes,
};
