/* Task stages: what a run waits for before or after it plans and applies (today-runs.md section
 * 15). The run machine begins them, whoever records the last result ends them. */
#include "api/resources.h"

#include <string.h>

#include "api/runs/runs.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "run/run_stage.h"

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
    {"policy-evaluations", RELATION_MANY, "policy-evaluations", "policy_evaluation_ids"},
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
    {"policy_evaluations", "policy_evaluation_ids", &policy_evaluation_resource,
     STATEMENT_POLICY_EVALUATION_INCLUDE},
    {0},
};

/* {"comment": "..."}, by itself or as an attribute. */
static bool add_comment(struct context *context, const char *run, struct run_args *args)
{
    const char *text = json_text(json_get(context->document, "comment"));

    if (!text)
        text = json_text(json_find(context->document, "data", "attributes", "comment", NULL));
    return !text || !*text || (args->comment_id = comment_add(context, run, text)) != NULL;
}

/* What policies have failed is as good as passed now; tasks cannot be overridden, and do not wait.
 */
static void override(struct context *context)
{
    struct run_args args = {.actor = principal_actor(&context->principal)};
    const char *id = scope_get(context, "id");
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_TASK_STAGE_LOCK_RUN, &rows, id) ||
        !CONTEXT_QUERY(context, STATEMENT_TASK_STAGE_OVERRIDE, &rows, id))
        return;
    if (!rows) {
        request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                     "The task stage is %s: only one that awaits an override can be overridden",
                     scope_get(context, "status"));
        return;
    }
    const char *run = rows_get(rows, 0, "run_id");
    if (add_comment(context, run, &args) &&
        run_act(context, run, RUN_STAGE_RESUMED, &args, "override the policies of") &&
        db_ok(context, run_stage_settle(context->service->db, context->arena, id)))
        reply_with(context, 200, STATEMENT_TASK_STAGE_SHOW, id);
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
     .principals = PRINCIPALS_USER_OR_TEAM},
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
