/* Runs: the tables (today-runs.md sections 1, 4.1 and 25). */
#include "api/runs/runs.h"

#include <string.h>

#include "api/configurations/configurations.h"
#include "api/resources.h"
#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"

static void render_actions(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *status = row_get(row, "status");
    unsigned flags = run_status_flags(status);

    (void)context;
    json_object_begin(w);
    json_member_bool(w, "is-cancelable", flags & RUN_IS_CANCELABLE);
    json_member_bool(w, "is-confirmable", flags & RUN_IS_CONFIRMABLE);
    json_member_bool(w, "is-discardable", flags & RUN_IS_DISCARDABLE);
    json_member_bool(w, "is-force-cancelable", row_get(row, "is_force_cancelable")[0] == 't');
    json_object_end(w);
}

/* As the client gave them (6.10). */
static void render_variables(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_raw(w, row_get(row, "variables"));
}

static const struct attribute attributes[] = {
    {"actions", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY, .render = render_actions},
    {"allow-config-generation", ATTRIBUTE_BOOL},
    {"allow-empty-apply", ATTRIBUTE_BOOL},
    {"auto-apply", ATTRIBUTE_BOOL},
    {"canceled-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"debugging-mode", ATTRIBUTE_BOOL},
    {"force-cancel-available-at", ATTRIBUTE_TIME,
     .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL},
    {"has-changes", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"invoke-action-addrs", ATTRIBUTE_STRINGS},
    {"is-destroy", ATTRIBUTE_BOOL},
    {"message", ATTRIBUTE_STRING, .flags = ATTRIBUTE_ALLOW_EMPTY, .max = 65536},
    {"plan-only", ATTRIBUTE_BOOL},
    {"policy-paths", ATTRIBUTE_STRINGS},
    {"position-in-queue", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL},
    {"refresh", ATTRIBUTE_BOOL},
    {"refresh-only", ATTRIBUTE_BOOL},
    {"replace-addrs", ATTRIBUTE_STRINGS},
    {"save-plan", ATTRIBUTE_BOOL},
    {"source", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status-timestamps", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY},
    {"target-addrs", ATTRIBUTE_STRINGS},
    {"terraform-version", ATTRIBUTE_STRING},
    {"trigger-reason", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"variables", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN, .render = render_variables},
    {0},
};

#define RUN "/api/v2/runs/:run_id"
#define LINK "/api/v2/runs/{id}"

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id", .related = NULL},
    {"configuration-version", RELATION_ONE, "configuration-versions", "configuration_version_id",
     .related = LINK "/configuration-version"},
    {"plan", RELATION_ONE, "plans", "plan_id", .related = LINK "/plan"},
    {"apply", RELATION_ONE, "applies", "apply_id", .related = LINK "/apply"},
    {"created-by", RELATION_ONE, "users", "created_by", .related = LINK "/created-by"},
    {"confirmed-by", RELATION_ONE, "users", "confirmed_by", .flags = RELATION_OMIT_NULL},
    {"canceled-by", RELATION_ONE, "users", "canceled_by", .flags = RELATION_OMIT_NULL},
    {"run-events", RELATION_MANY, "run-events", "event_ids", .related = LINK "/run-events"},
    {"comments", RELATION_MANY, "comments", "comment_ids", .related = LINK "/comments"},
    {"policy-checks", RELATION_MANY, "policy-checks", "policy_check_ids",
     .related = LINK "/policy-checks"},
    {"task-stages", RELATION_MANY, "task-stages", "task_stage_ids", .related = LINK "/task-stages"},
    {"input-state-version", RELATION_ONE, "state-versions", "input_state_version_id",
     .flags = RELATION_OMIT_NULL},
    {"triggering-run", RELATION_ONE, "runs", "triggering_run_id", .flags = RELATION_OMIT_NULL},
    {0},
};

static const struct permission permissions[] = {
    {"can-apply", PERMISSION_MASK(RUN_APPLY)},
    {"can-cancel", PERMISSION_MASK(RUN_APPLY)},
    {"can-comment", PERMISSION_MASK(RUN_PLAN)},
    {"can-discard", PERMISSION_MASK(RUN_APPLY)},
    {"can-force-cancel", PERMISSION_MASK(ADMIN) | PERMISSION_MASK(RUN_APPLY)},
    {"can-force-execute", PERMISSION_MASK(RUN_APPLY)},
    {"can-override-policy-check", PERMISSION_MASK(POLICY_OVERRIDE)},
    {0},
};

static const struct link links[] = {
    {"self", LINK},
    {0},
};

static const struct inclusion inclusions[] = {
    {"workspace", "workspace_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"configuration_version", "configuration_version_id", &configuration_version_resource,
     STATEMENT_CONFIGURATION_VERSION_INCLUDE},
    {"plan", "plan_id", &plan_resource, STATEMENT_PHASE_INCLUDE},
    {"apply", "apply_id", &apply_resource, STATEMENT_PHASE_INCLUDE},
    {"created_by", "created_by", &user_resource, STATEMENT_USER_INCLUDE},
    {"confirmed_by", "confirmed_by", &user_resource, STATEMENT_USER_INCLUDE},
    {"run_events", "event_ids", &run_event_resource, STATEMENT_RUN_EVENT_INCLUDE},
    {"comments", "comment_ids", &comment_resource, STATEMENT_COMMENT_INCLUDE},
    {"task_stages", "task_stage_ids", &task_stage_resource, STATEMENT_TASK_STAGE_INCLUDE},
    {"policy_checks", "policy_check_ids", &policy_check_resource, STATEMENT_POLICY_CHECK_INCLUDE},
    {.name = "cost_estimate"},
    {.name = "tf_policy_evaluations"},
    {0},
};

static const char *with_dashes(struct arena *arena, const char *name)
{
    char *copy = arena_strdup(arena, name);
    for (char *c = copy; *c; c++)
        if (*c == '_')
            *c = '-';
    return copy;
}

/* How many runs of the workspace are in each status, whatever the filters are (25.1). */
static void write_counts(struct context *context, struct json_writer *w, const struct rows *rows)
{
    const char *text = rows_count(rows) ? rows_get(rows, 0, "status_counts") : NULL;
    const char *reason, *status;
    const struct json_value *counts =
        text ? json_read(context->arena, text, strlen(text), 2, &reason) : NULL;
    int64_t total = 0;

    json_key(w, "status-counts");
    json_object_begin(w);
    for (unsigned i = 0; (status = run_status_name(i)) != NULL; i++) {
        const struct json_value *value = json_get(counts, status);
        int64_t count = value ? json_integer(value) : 0;
        json_member_int(w, with_dashes(context->arena, status), count);
        total += count;
    }
    json_member_int(w, "total", total);
    json_object_end(w);
}

#define FILTERS                                                                                    \
    {"filter[operation]"}, {"filter[status]"}, {"filter[source]"},                                 \
        {"filter[status_group]|filter[status-group]"}, {"filter[timeframe]"}, {"search[user]"},    \
        {"search[commit]"},                                                                        \
    {                                                                                              \
        "search[basic]"                                                                            \
    }

static const struct filter list_filters[] = {FILTERS, {0}};
static const struct filter organization_filters[] = {
    FILTERS,
    {"filter[agent_pool_names]|filter[agent-pool-names]"},
    {"filter[workspace_names]|filter[workspace-names]"},
    {0},
};

#define ACTS .principals = PRINCIPALS_USER_OR_TEAM, .denied = ERROR_FORBIDDEN, .status = 202

static const struct route routes[] = {
    {{HTTP_POST, "/api/v2/runs"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     0,
     STATEMENT_RUN_CREATE,
     STATEMENT_RUN_SHOW,
     .handler = run_create_handler,
     .audit = "create",
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_GET, RUN}, ROUTE_SHOW, STATEMENT_RUN_SHOW, PERMISSION_MASK(READ)},
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/runs"},
     ROUTE_LIST,
     STATEMENT_RUN_LIST,
     PERMISSION_MASK(READ),
     .filters = list_filters,
     .meta = write_counts},
    {{HTTP_GET, "/api/v2/organizations/:organization/runs"},
     ROUTE_LIST,
     STATEMENT_RUN_LIST_OF_ORGANIZATION,
     PERMISSION_MASK(ORG_READ),
     .filters = organization_filters},
    {{HTTP_GET, "/api/v2/organizations/:organization/runs/queue"},
     ROUTE_LIST,
     STATEMENT_RUN_QUEUE,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_POST, RUN "/actions/apply"},
     ROUTE_ACTION,
     STATEMENT_RUN_LOAD,
     PERMISSION_MASK(RUN_APPLY),
     .handler = run_apply,
     ACTS},
    {{HTTP_POST, RUN "/actions/discard"},
     ROUTE_ACTION,
     STATEMENT_RUN_LOAD,
     PERMISSION_MASK(RUN_APPLY),
     .handler = run_discard,
     ACTS},
    {{HTTP_POST, RUN "/actions/cancel"},
     ROUTE_ACTION,
     STATEMENT_RUN_LOAD,
     PERMISSION_MASK(RUN_APPLY),
     .handler = run_cancel,
     ACTS},
    {{HTTP_POST, RUN "/actions/force-cancel"},
     ROUTE_ACTION,
     STATEMENT_RUN_LOAD,
     PERMISSION_MASK(ADMIN) | PERMISSION_MASK(RUN_APPLY),
     .handler = run_force_cancel,
     ACTS},
    {{HTTP_POST, RUN "/actions/force-execute"},
     ROUTE_ACTION,
     STATEMENT_RUN_LOAD,
     PERMISSION_MASK(RUN_APPLY),
     .handler = run_force_execute,
     ACTS},
    {{HTTP_GET, RUN "/configuration-version/download"},
     ROUTE_ACTION,
     STATEMENT_RUN_CONFIGURATION_LOAD,
     PERMISSION_MASK(READ),
     .handler = configuration_download,
     .flags = ROUTE_NO_DOCUMENT},
    {{HTTP_GET, RUN "/configuration-version"},
     ROUTE_SHOW,
     STATEMENT_RUN_CONFIGURATION_SHOW,
     PERMISSION_MASK(READ),
     .resource = &configuration_version_resource},
    {{HTTP_GET, RUN "/created-by"},
     ROUTE_SHOW,
     STATEMENT_RUN_CREATED_BY,
     0,
     .resource = &user_resource},
    {0},
};

static const struct constraint constraints[] = {
    {"runs_configuration_version_fkey", ERROR_INVALID_RELATIONSHIP,
     "/data/relationships/configuration-version", "Configuration version does not exist"},
    {0},
};

const struct resource run_resource = {
    .type = "runs",
    .audit = "run",
    .id_prefix = "run-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = run_before_write,
    .routes = routes,
};
