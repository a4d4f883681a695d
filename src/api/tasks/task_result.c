/* Results of run tasks, and what those have found: read with a right on the workspace, written by
 * the task itself (task_callback.c) with the token that came with its request. */
#include "api/resources.h"

#include <string.h>

#include "api/tasks/tasks.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* --- Results --- */

static const struct attribute result_attributes[] = {
    {"message", ATTRIBUTE_STRING},
    {"status", ATTRIBUTE_STRING},
    {"status-timestamps", ATTRIBUTE_JSON},
    {"url", ATTRIBUTE_STRING},
    {"created-at", ATTRIBUTE_TIME},
    {"updated-at", ATTRIBUTE_TIME},
    {"task-id", ATTRIBUTE_STRING},
    {"task-name", ATTRIBUTE_STRING},
    {"task-url", ATTRIBUTE_STRING},
    {"stage", ATTRIBUTE_STRING},
    {"is-speculative", ATTRIBUTE_BOOL},
    {"workspace-task-id", ATTRIBUTE_STRING},
    {"workspace-task-enforcement-level", ATTRIBUTE_STRING, .column = "enforcement_level"},
    {"agent-pool-id", ATTRIBUTE_STRING, .constant = "null"},
    {"task-result-outcomes-count", ATTRIBUTE_INT, .column = "outcomes_count"},
    {0},
};

static const struct relationship result_relationships[] = {
    {"task-stage", RELATION_ONE, "task-stages", "task_stage_id",
     .related = "/api/v2/task-stages/{task_stage_id}"},
    {"task-result-outcomes", RELATION_LINK, .related = "/api/v2/task-results/{id}/outcomes"},
    {0},
};

static const struct link result_links[] = {
    {"self", "/api/v2/task-results/{id}"},
    {0},
};

static const struct inclusion result_inclusions[] = {
    {"task_stage", "task_stage_id", &task_stage_resource, STATEMENT_TASK_STAGE_INCLUDE},
    {0},
};

/* Markdown, as the task sent it. */
static void send_body(struct context *context)
{
    const char *body = rows_get(context->rows, 0, "body");

    if (!body) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    http_header(context->request, "Content-Type", "text/markdown; charset=utf-8");
    http_header(context->request, "X-Content-Type-Options", "nosniff");
    context->request->status = 200;
    http_write(context->request, body, strlen(body));
}

#define RESULT "/api/v2/task-results/:task_result_id"
#define OUTCOME "/api/v2/task-result-outcomes/:task_result_outcome_id"
#define READ PERMISSION_MASK(READ)

static const struct route result_routes[] = {
    {{HTTP_GET, RESULT}, ROUTE_SHOW, STATEMENT_TASK_RESULT_SHOW, READ},
    {{HTTP_GET, RESULT "/body"},
     ROUTE_SHOW,
     STATEMENT_TASK_RESULT_BODY,
     READ,
     .handler = send_body},
    {{HTTP_PATCH, RESULT "/callback"},
     ROUTE_ACTION,
     STATEMENT_TASK_CALLBACK_LOAD,
     .handler = task_callback,
     .principals = PRINCIPAL_BIT(PRINCIPAL_TASK)},
    {0},
};

const struct resource task_result_resource = {
    .type = "task-results",
    .attributes = result_attributes,
    .relationships = result_relationships,
    .links = result_links,
    .inclusions = result_inclusions,
    .routes = result_routes,
};

/* --- Outcomes --- */

static const struct attribute outcome_attributes[] = {
    {"outcome-id", ATTRIBUTE_STRING}, {"description", ATTRIBUTE_STRING}, {"url", ATTRIBUTE_STRING},
    {"tags", ATTRIBUTE_JSON},         {"created-at", ATTRIBUTE_TIME},    {0},
};

static const struct relationship outcome_relationships[] = {
    {"task-result", RELATION_ONE, "task-results", "task_result_id",
     .related = "/api/v2/task-results/{task_result_id}"},
    {0},
};

static const struct link outcome_links[] = {
    {"self", "/api/v2/task-result-outcomes/{id}"},
    {0},
};

static void render_body_link(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_key(w, "body");
    if (row_get(row, "has_body")[0] != 't') {
        json_null(w);
        return;
    }
    struct buf path;
    buf_init(&path, context->arena);
    buf_printf(&path, "/api/v2/task-result-outcomes/%s/body", row_get(row, "id"));
    json_string(w, buf_str(&path));
}

static const struct route outcome_routes[] = {
    {{HTTP_GET, RESULT "/outcomes"}, ROUTE_LIST, STATEMENT_TASK_OUTCOME_LIST, READ},
    {{HTTP_GET, OUTCOME}, ROUTE_SHOW, STATEMENT_TASK_OUTCOME_SHOW, READ},
    {{HTTP_GET, OUTCOME "/body"},
     ROUTE_SHOW,
     STATEMENT_TASK_OUTCOME_BODY,
     READ,
     .handler = send_body},
    {0},
};

const struct resource task_outcome_resource = {
    .type = "task-result-outcomes",
    .attributes = outcome_attributes,
    .relationships = outcome_relationships,
    .links = outcome_links,
    .render_links = render_body_link,
    .routes = outcome_routes,
};
