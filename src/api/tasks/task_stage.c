/* Task stages: what a run waits for before or after it plans and applies (today-runs.md section
 * 15). The run machine begins them, whoever records the last result ends them. */
#include "api/resources.h"

#include <string.h>

#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static void render_actions(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_object_begin(w);
    json_member_bool(w, "is-overridable", strcmp(row_get(row, "status"), "awaiting_override") == 0);
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"stage", ATTRIBUTE_STRING},
    {"status", ATTRIBUTE_STRING},
    {"status-timestamps", ATTRIBUTE_JSON},
    {"created-at", ATTRIBUTE_TIME},
    {"updated-at", ATTRIBUTE_TIME},
    {"actions", ATTRIBUTE_JSON, .render = render_actions},
    {0},
};

static const struct relationship relationships[] = {
    {"run", RELATION_ONE, "runs", "run_id", .related = "/api/v2/runs/{run_id}"},
    {"task-results", RELATION_MANY, "task-results", "task_result_ids"},
    {0},
};

/* Only policies can be overridden (15.4). */
static const struct permission permissions[] = {
    {"can-override-policy", PERMISSION_MASK(POLICY_OVERRIDE)},
    {"can-override-tasks", 0},
    {"can-override", PERMISSION_MASK(POLICY_OVERRIDE)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/task-stages/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"run", "run_id", &run_resource, STATEMENT_RUN_INCLUDE},
    {"task_results", "task_result_ids", &task_result_resource, STATEMENT_TASK_RESULT_INCLUDE},
    {.name = "policy_evaluations"},
    {0},
};

/* Nothing that could be overridden makes a stage wait yet: tasks cannot. */
static void override(struct context *context)
{
    request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                 "The task stage is %s: only one that awaits an override can be overridden",
                 scope_get(context, "status"));
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/runs/:run_id/task-stages"},
     ROUTE_LIST,
     STATEMENT_TASK_STAGE_LIST,
     PERMISSION_MASK(READ)},
    {{HTTP_GET, "/api/v2/task-stages/:task_stage_id"},
     ROUTE_SHOW,
     STATEMENT_TASK_STAGE_SHOW,
     PERMISSION_MASK(READ)},
    {{HTTP_POST, "/api/v2/task-stages/:task_stage_id/actions/override"},
     ROUTE_ACTION,
     STATEMENT_TASK_STAGE_SHOW,
     PERMISSION_MASK(POLICY_OVERRIDE),
     .handler = override,
     .principals = PRINCIPALS_USER_OR_TEAM,
     .flags = ROUTE_NO_DOCUMENT},
    {0},
};

const struct resource task_stage_resource = {
    .type = "task-stages",
    .audit = "task_stage",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
