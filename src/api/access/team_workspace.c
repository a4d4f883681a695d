/* What a team may do with one workspace: a level, or with `custom` single values. The row always
 * keeps the values that the level stands for (sql/functions/020_masks.sql), so that going over to
 * `custom` keeps them (today-access.md section 8). */
#include "api/resources.h"

#include "api/access/access.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/patch.h"

#define LEVELS "read|plan|write|admin|custom"

static const struct attribute attributes[] = {
    /* 2017's example calls it so; today's name wins when both are sent. */
    {"permission", ATTRIBUTE_STRING, .flags = ATTRIBUTE_WRITE_ONLY, .column = "access",
     .choices = LEVELS},
    {"access", ATTRIBUTE_STRING, .choices = LEVELS},
    {"runs", ATTRIBUTE_STRING, .choices = "read|plan|apply"},
    {"variables", ATTRIBUTE_STRING, .choices = "none|read|write"},
    {"state-versions", ATTRIBUTE_STRING, .choices = "none|read-outputs|read|write"},
    {"sentinel-mocks", ATTRIBUTE_STRING, .choices = "none|read"},
    {"workspace-locking", ATTRIBUTE_BOOL},
    {"run-tasks", ATTRIBUTE_BOOL},
    {"policy-overrides", ATTRIBUTE_BOOL},
    {0},
};

static const char *const custom[] = {
    "runs",      "variables",         "state-versions",   "sentinel-mocks",
    "run-tasks", "workspace-locking", "policy-overrides",
};

static const struct relationship relationships[] = {
    {"team", RELATION_ONE, "teams", "team_id", .related = "/api/v2/teams/{team_id}",
     .writes = "team_id", .flags = RELATION_CREATE_ONLY},
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/organizations/{organization}/workspaces/{workspace}",
     .writes = "workspace_id", .flags = RELATION_CREATE_ONLY},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/team-workspaces/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"team", "team_id", &team_resource, STATEMENT_TEAM_INCLUDE},
    {"workspace", "workspace_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"team_workspaces_team_workspace_key", ERROR_INVALID_ATTRIBUTE, "/data/relationships/team",
     "Team has already been given access to this workspace"},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    const char *level = grant_level(context, patch);
    if (!level)
        patch_fail(context, "access", "can't be blank");
    grant_audit(context, level);
    for (size_t i = 0; i < sizeof custom / sizeof custom[0]; i++) {
        const struct json_value *value = patch_attribute(patch, custom[i]);
        if (value && json_kind(value) != JSON_NULL)
            grant_check_custom(context, level, custom[i]);
    }
}

static void create(struct context *context)
{
    grant_create(context, "workspace", STATEMENT_TEAM_WORKSPACE_PARENTS, PERMISSION_MASK(ADMIN));
}

static const struct filter list_filters[] = {
    {"filter[workspace][id]"},
    {"filter[team][id]"},
    {0},
};

#define ONE "/api/v2/team-workspaces/:team_workspace_id"

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/team-workspaces"},
     ROUTE_LIST,
     STATEMENT_TEAM_WORKSPACE_LIST,
     .filters = list_filters,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_POST, "/api/v2/team-workspaces"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     .write = STATEMENT_TEAM_WORKSPACE_CREATE,
     .reply = STATEMENT_TEAM_WORKSPACE_SHOW,
     .handler = create,
     .audit = "workspace/add_team",
     .status = 201},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_TEAM_WORKSPACE_SHOW},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_TEAM_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     STATEMENT_TEAM_WORKSPACE_UPDATE,
     STATEMENT_TEAM_WORKSPACE_SHOW,
     .audit = "workspace/update_team_permissions"},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_TEAM_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     STATEMENT_TEAM_WORKSPACE_DELETE,
     .audit = "workspace/remove_team"},
    {0},
};

const struct resource team_workspace_resource = {
    .type = "team-workspaces",
    .id_prefix = "tws-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
