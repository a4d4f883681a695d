/* Plans and applies: the two phases of a run (today-runs.md sections 7 and 8). */
#include "api/runs/runs.h"

#include "api/resources.h"
#include "jsonapi/context.h"

static void render_log_url(struct context *context, struct json_writer *w, const struct row *row)
{
    json_string(w, run_log_url(context, row_get(row, "id")));
}

/* Where it was executed; null until it has begun (7.4). */
static void render_details(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *mode = row_get(row, "execution_mode");

    (void)context;
    if (!mode) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_member_string(w, "mode", mode);
    if (row_get(row, "agent_pool_id")) {
        json_member_string(w, "agent-id", row_get(row, "agent_id"));
        json_member_string(w, "agent-name", row_get(row, "agent_name"));
        json_member_string(w, "agent-pool-id", row_get(row, "agent_pool_id"));
        json_member_string(w, "agent-pool-name", row_get(row, "agent_pool_name"));
    }
    json_object_end(w);
}

static void render_actions(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *has_json = row_get(row, "has_json");

    (void)context;
    json_object_begin(w);
    json_member_bool(w, "is-exportable", has_json && *has_json == 't');
    json_object_end(w);
}

#define COMMON                                                                                     \
    {"execution-details", ATTRIBUTE_JSON, .render = render_details},                               \
        {"log-read-url", ATTRIBUTE_STRING, .render = render_log_url},                              \
        {"resource-additions", ATTRIBUTE_INT}, {"resource-changes", ATTRIBUTE_INT},                \
        {"resource-destructions", ATTRIBUTE_INT}, {"resource-imports", ATTRIBUTE_INT},             \
        {"status", ATTRIBUTE_STRING}, {"status-timestamps", ATTRIBUTE_JSON},                       \
    {                                                                                              \
        "structured-run-output-enabled", ATTRIBUTE_BOOL, .column = "is_structured"                 \
    }

static const struct attribute plan_attributes[] = {
    COMMON,
    {"actions", ATTRIBUTE_JSON, .render = render_actions},
    {"generated-configuration", ATTRIBUTE_BOOL},
    {"has-changes", ATTRIBUTE_BOOL},
    {0},
};

static const struct attribute apply_attributes[] = {COMMON, {0}};

static const struct relationship plan_relationships[] = {
    {"exports", RELATION_MANY, "plan-exports", "export_ids"},
    {"state-versions", RELATION_MANY, "state-versions", "state_version_ids"},
    {0},
};

static const struct relationship apply_relationships[] = {
    {"state-versions", RELATION_MANY, "state-versions", "state_version_ids"},
    {0},
};

static const struct permission plan_permissions[] = {
    {"can-export", PERMISSION_MASK(MOCKS_READ)},
    {0},
};

static const struct link plan_links[] = {
    {"self", "/api/v2/plans/{id}"},
    {"json-output", "/api/v2/plans/{id}/json-output"},
    {"json-output-redacted", "/api/v2/plans/{id}/json-output-redacted"},
    {"json-schema", "/api/v2/plans/{id}/json-schema"},
    {0},
};

static const struct link apply_links[] = {
    {"self", "/api/v2/applies/{id}"},
    {0},
};

#define JSON_ROUTE(path, load, need_bit, function)                                                 \
    {                                                                                              \
        {HTTP_GET, path}, ROUTE_ACTION, load, PERMISSION_MASK(need_bit),                           \
            .handler = function, .flags = ROUTE_NO_DOCUMENT,                                       \
            .principals = PRINCIPALS_TASK(PRINCIPALS_ALL)                                          \
    }

#define PLAN "/api/v2/plans/:plan_id"
#define OF_RUN "/api/v2/runs/:run_id/plan"

static const struct route plan_routes[] = {
    {{HTTP_GET, PLAN}, ROUTE_SHOW, STATEMENT_PHASE_SHOW, PERMISSION_MASK(READ)},
    {{HTTP_GET, OF_RUN}, ROUTE_SHOW, STATEMENT_PLAN_OF_RUN_SHOW, PERMISSION_MASK(READ)},
    JSON_ROUTE(PLAN "/json-output", STATEMENT_PHASE_LOAD, PLAN_JSON, plan_json),
    JSON_ROUTE(PLAN "/json-output-redacted", STATEMENT_PHASE_LOAD, READ, plan_json_redacted),
    JSON_ROUTE(PLAN "/json-schema", STATEMENT_PHASE_LOAD, PLAN_JSON, plan_json_schema),
    JSON_ROUTE(OF_RUN "/json-output", STATEMENT_PLAN_OF_RUN_LOAD, PLAN_JSON, plan_json),
    JSON_ROUTE(OF_RUN "/json-output-redacted", STATEMENT_PLAN_OF_RUN_LOAD, READ,
               plan_json_redacted),
    JSON_ROUTE(OF_RUN "/json-schema", STATEMENT_PLAN_OF_RUN_LOAD, PLAN_JSON, plan_json_schema),
    {{HTTP_GET, "/api/v2/objects/run-log/:token"}, ROUTE_RAW, .handler = run_log_send},
    {{HTTP_GET, "/api/v2/objects/run-file/:token"}, ROUTE_RAW, .handler = run_file_read},
    {0},
};

static const struct route apply_routes[] = {
    {{HTTP_GET, "/api/v2/applies/:apply_id"},
     ROUTE_SHOW,
     STATEMENT_PHASE_SHOW,
     PERMISSION_MASK(READ)},
    {{HTTP_GET, "/api/v2/runs/:run_id/apply"},
     ROUTE_SHOW,
     STATEMENT_APPLY_OF_RUN_SHOW,
     PERMISSION_MASK(READ)},
    JSON_ROUTE("/api/v2/applies/:apply_id/errored-state", STATEMENT_PHASE_LOAD, STATE_READ,
               apply_errored_state),
    {0},
};

const struct resource plan_resource = {
    .type = "plans",
    .id_prefix = "plan-",
    .attributes = plan_attributes,
    .relationships = plan_relationships,
    .permissions = plan_permissions,
    .links = plan_links,
    .routes = plan_routes,
};

const struct resource apply_resource = {
    .type = "applies",
    .id_prefix = "apply-",
    .attributes = apply_attributes,
    .relationships = apply_relationships,
    .links = apply_links,
    .routes = apply_routes,
};
