/* Query runs: `terraform query` in a workspace, of its latest configuration or of another
 * (today-runs.md 24.1). Who may plan may ask. */
#include "api/runs/runs.h"

#include <string.h>

#include "api/configurations/configurations.h"
#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "run/query_run.h"
#include "run/run_create.h"

static void render_log_url(struct context *context, struct json_writer *w, const struct row *row)
{
    json_string(w, run_log_url(context, row_get(row, "id")));
}

static void render_variables(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_raw(w, row_get(row, "variables"));
}

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"generate-config-out", ATTRIBUTE_BOOL},
    {"log-read-url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .render = render_log_url},
    {"source", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status-timestamps", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY},
    {"terraform-version", ATTRIBUTE_STRING, .max = 255},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"variables", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN, .render = render_variables},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/workspaces/{workspace_id}"},
    {"configuration-version", RELATION_ONE, "configuration-versions", "configuration_version_id",
     .related = "/api/v2/configuration-versions/{configuration_version_id}"},
    {"created-by", RELATION_ONE, "users", "created_by"},
    {"canceled-by", RELATION_ONE, "users", "canceled_by", .flags = RELATION_OMIT_NULL},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/queries/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"workspace", "workspace_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"configuration_version", "configuration_version_id", &configuration_version_resource,
     STATEMENT_CONFIGURATION_VERSION_INCLUDE},
    {"created_by", "created_by", &user_resource, STATEMENT_USER_INCLUDE},
    {"canceled_by", "canceled_by", &user_resource, STATEMENT_USER_INCLUDE},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    struct rows *workspace = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUN_WORKSPACE, &workspace, scope_get(context, "id")) ||
        !workspace)
        return;
    if (strcmp(rows_get(workspace, 0, "execution_mode"), "local") == 0)
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The workspace's execution mode is local: queries happen where the CLI is");
    run_read_variables(context, patch);
    const char *configuration = run_choose_configuration(context);
    if (!request_failed(context))
        patch_string(patch, "configuration_version_id", configuration);
}

static void create(struct context *context)
{
    const char *workspace = json_text(
        json_find(context->document, "data", "relationships", "workspace", "data", "id", NULL));
    const struct service *service = context->service;
    struct patch patch;

    if (!workspace) {
        request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/workspace",
                     "Workspace can't be blank");
        return;
    }
    if (!context_enter(context, STATEMENT_WORKSPACE_LOAD, RUN_CREATE_NEED,
                       (const char *[]){context->token_hash, workspace}, 2) ||
        !patch_read(context, context->route->resource, true, &patch))
        return;
    const struct run_new query = {.id = patch.id,
                                  .workspace_id = scope_get(context, "id"),
                                  .columns = buf_str(&patch.text),
                                  .created_by = principal_actor(&context->principal)};
    if (db_ok(context, query_run_create(service->db, context->arena, service->keyring, &query)))
        reply_with(context, 201, STATEMENT_QUERY_RUN_SHOW, query.id);
}

static void act(struct context *context, enum run_event event, const char *what)
{
    const struct run_args args = {.actor = principal_actor(&context->principal)};
    enum db_status failure;

    switch (query_run_send(context->service->db, context->arena, scope_get(context, "id"), event,
                           &args, &failure)) {
    case RUN_MOVED:
        context->reply.status = context->route->status;
        return;
    case RUN_REFUSED:
        request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                     "transition not allowed: the query's status does not allow to %s it", what);
        return;
    case RUN_GONE:
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    case RUN_FAILED:
        (void)db_ok(context, failure);
    }
}

static void cancel(struct context *context)
{
    act(context, RUN_CANCEL, "cancel");
}

static void force_cancel(struct context *context)
{
    act(context, RUN_FORCE_CANCEL, "force-cancel");
}

#define ONE "/api/v2/queries/:query_run_id"
/* As of runs. */
#define ACTS                                                                                       \
    .flags = ROUTE_NO_DOCUMENT, .principals = PRINCIPALS_USER_OR_TEAM, .denied = ERROR_FORBIDDEN,  \
    .status = 202

static const struct route routes[] = {
    {{HTTP_POST, "/api/v2/queries"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     0,
     STATEMENT_QUERY_RUN_CREATE,
     STATEMENT_QUERY_RUN_SHOW,
     .handler = create,
     .audit = "create",
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_QUERY_RUN_SHOW, PERMISSION_MASK(READ)},
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/queries"},
     ROUTE_LIST,
     STATEMENT_QUERY_RUN_LIST,
     PERMISSION_MASK(READ)},
    {{HTTP_POST, ONE "/actions/cancel"},
     ROUTE_ACTION,
     STATEMENT_QUERY_RUN_SHOW,
     PERMISSION_MASK(RUN_APPLY),
     .handler = cancel,
     ACTS},
    {{HTTP_POST, ONE "/actions/force-cancel"},
     ROUTE_ACTION,
     STATEMENT_QUERY_RUN_SHOW,
     PERMISSION_MASK(ADMIN) | PERMISSION_MASK(RUN_APPLY),
     .handler = force_cancel,
     ACTS},
    {0},
};

static const struct constraint constraints[] = {
    {"query_runs_configuration_version_fkey", ERROR_INVALID_RELATIONSHIP,
     "/data/relationships/configuration-version", "Configuration version does not exist"},
    {0},
};

const struct resource query_run_resource = {
    .type = "queries",
    .audit = "query_run",
    .id_prefix = "query-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
