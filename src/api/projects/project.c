/* Projects: every workspace is in exactly one; each organization has a default one that stays
 * (today-workspaces.md section 16). */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/execution.h"
#include "api/tags/tags.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const char *check_project_name(struct context *context, const char *value)
{
    if (strlen(value) < 3)
        return "is too short (minimum is 3 characters)";
    return check_spaced_name(context, value);
}

static void render_overwrites(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    bool own = row_get(row, "own_execution_mode")[0] == 't';
    json_object_begin(w);
    json_member_bool(w, "default-execution-mode", own);
    json_member_bool(w, "default-agent-pool", own);
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 40, .check = check_project_name},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 256},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"auto-destroy-activity-duration", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE,
     .check = check_duration},
    {"default-execution-mode", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"setting-overwrites", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN,
     .render = render_overwrites},
    {"workspace-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"team-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"is-unified", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"default-agent-pool", RELATION_ONE, "agent-pools", "default_agent_pool_id"},
    {"tag-bindings", RELATION_LINK, .related = "/api/v2/projects/{id}/tag-bindings"},
    {"effective-tag-bindings", RELATION_LINK,
     .related = "/api/v2/projects/{id}/effective-tag-bindings"},
    {0},
};

/* today-access.md 13.4 */
static const struct permission permissions[] = {
    {"can-read", PERMISSION_MASK(PROJECT_READ)},
    {"can-update", PERMISSION_MASK(PROJECT_UPDATE)},
    {"can-destroy", PERMISSION_MASK(PROJECT_DELETE)},
    {"can-create-workspace", PERMISSION_MASK(PROJECT_CREATE_WORKSPACE)},
    {"can-move-workspace", PERMISSION_MASK(MOVE)},
    {"can-move-stack", 0},
    {"can-read-teams", PERMISSION_MASK(PROJECT_TEAMS_READ)},
    {"can-manage-teams", PERMISSION_MASK(PROJECT_TEAMS)},
    {"can-manage-tags", PERMISSION_MASK(PROJECT_TAGS)},
    {"can-manage-varsets", PERMISSION_MASK(PROJECT_VARSETS)},
    {"can-manage-ephemeral-workspace-for-projects", PERMISSION_MASK(PROJECT_UPDATE)},
    {"can-view-stacks", 0},
    {"can-manage-stacks", 0},
    {"can-update-stacks", 0},
    {"can-deploy-no-code-modules", PERMISSION_MASK(PROJECT_CREATE_WORKSPACE)},
    {"can-manage-in-hcp", 0},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/projects/{id}"},
    {0},
};

static const struct constraint constraints[] = {
    {"projects_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {"projects_agent_pool_fkey", ERROR_INVALID_ATTRIBUTE, "/data/attributes/default-agent-pool-id",
     "Default agent pool does not exist"},
    {"workspaces_project_fkey", ERROR_UNPROCESSABLE, NULL,
     "The project still has workspaces; move or delete them first"},
    {0},
};

static const struct execution_names execution_names = {
    .mode = "default-execution-mode",
    .pool_id = "default-agent-pool-id",
    .pool = "default-agent-pool",
};

static void before_write(struct context *context, struct patch *patch)
{
    execution_before_write(context, patch, &execution_names);
    tag_bindings_check(context, json_get(patch_relationship(patch, "tag-bindings"), "data"));
}

/* A pool that is not for the whole organization names the projects that it serves (today-access.md
 * 11.3). What was chosen before a pool was narrowed stays. */
static void check_pool(struct context *context, const struct patch *patch, const char *id)
{
    struct rows *unserving = NULL;

    if (!patch_attribute(patch, execution_names.pool_id) &&
        !patch_relationship(patch, execution_names.pool))
        return;
    if (CONTEXT_QUERY(context, STATEMENT_AGENT_POOL_UNSERVING_PROJECT, &unserving, id) && unserving)
        patch_fail(context, execution_names.pool_id,
                   "names a pool that does not serve this project");
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    const struct json_value *bindings = json_get(patch_relationship(patch, "tag-bindings"), "data");
    check_pool(context, patch, id);
    if (!request_failed(context) && json_kind(bindings) == JSON_ARRAY)
        tag_bindings_replace(context, scope_get(context, patch->create ? "id" : "organization_id"),
                             TAG_OWNER_PROJECT, id, bindings);
}

static void delete_project(struct context *context)
{
    if (rows_bool(context->rows, 0, "is_default")) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The default project cannot be deleted");
        return;
    }
    if (CONTEXT_QUERY(context, STATEMENT_PROJECT_DELETE, NULL, scope_get(context, "id"),
                      principal_actor(&context->principal)))
        reply_no_content(context);
}

/* POST /projects/:id/relationships/workspaces: all or nothing. */
static void move_workspaces(struct context *context)
{
    const char *ids = document_ids(context, "workspaces");
    struct rows *refused = NULL;
    struct buf list;

    if (!ids || !CONTEXT_QUERY(context, STATEMENT_PROJECT_UNMOVABLE, &refused, context->token_hash,
                               scope_get(context, "id"), ids))
        return;
    if (rows_count(refused) == 0) {
        if (CONTEXT_QUERY(context, STATEMENT_PROJECT_MOVE, NULL, scope_get(context, "id"), ids))
            reply_no_content(context);
        return;
    }
    buf_init(&list, context->arena);
    for (size_t i = 0; i < rows_count(refused); i++)
        buf_printf(&list, "%s%s", i ? ", " : "", rows_get(refused, i, "id"));
    request_fail(context, ERROR_FORBIDDEN, NULL,
                 "Workspace(s) not found, or you are not authorized to move them: %s",
                 buf_str(&list));
}

/* meta.status-counts of a list: what matched and what the caller sees at all. */
static void write_counts(struct context *context, struct json_writer *w, const struct rows *rows)
{
    (void)context;
    json_key(w, "status-counts");
    json_object_begin(w);
    json_member_int(w, "total", rows_int(rows, 0, "visible"));
    json_member_int(w, "matching", rows_int(rows, 0, "total"));
    json_object_end(w);
}

static const struct filter list_filters[] = {
    {"q"},
    {"filter[names]"},
    {"filter[permissions][create-workspace]", FILTER_PRESENT},
    {"filter[permissions][update]", FILTER_PRESENT},
    {"", FILTER_TAGGED},
    {0},
};

static const struct inclusion inclusions[] = {
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {"effective_tag_bindings", "id", &effective_tag_binding_resource,
     STATEMENT_PROJECT_EFFECTIVE_BINDING_INCLUDE},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/projects"},
     ROUTE_LIST,
     STATEMENT_PROJECT_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = list_filters,
     .meta = write_counts},
    {{HTTP_POST, "/api/v2/organizations/:organization/projects"},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_CREATE_PROJECT),
     STATEMENT_PROJECT_CREATE,
     STATEMENT_PROJECT_SHOW},
    {{HTTP_GET, "/api/v2/projects/:project_id"},
     ROUTE_SHOW,
     STATEMENT_PROJECT_SHOW,
     PERMISSION_MASK(PROJECT_READ)},
    {{HTTP_PATCH, "/api/v2/projects/:project_id"},
     ROUTE_UPDATE,
     STATEMENT_PROJECT_LOAD,
     PERMISSION_MASK(PROJECT_UPDATE),
     STATEMENT_PROJECT_UPDATE,
     STATEMENT_PROJECT_SHOW},
    {{HTTP_DELETE, "/api/v2/projects/:project_id"},
     ROUTE_DELETE,
     STATEMENT_PROJECT_LOAD,
     PERMISSION_MASK(PROJECT_DELETE),
     .handler = delete_project},
    {{HTTP_POST, "/api/v2/projects/:project_id/relationships/workspaces"},
     ROUTE_ACTION,
     STATEMENT_PROJECT_LOAD,
     PERMISSION_MASK(MOVE),
     .handler = move_workspaces,
     .audit = "move_workspaces",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {0},
};

const struct resource project_resource = {
    .type = "projects",
    .audit = "project",
    .id_prefix = "prj-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
