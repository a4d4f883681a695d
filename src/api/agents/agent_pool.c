/* Agent pools: whom their agents serve (today-access.md 11.3). */
#include "api/resources.h"

#include "api/checks.h"
#include "api/links.h"
#include "jsonapi/context.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 90, .check = check_name},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"organization-scoped", ATTRIBUTE_BOOL, .initial = "true"},
    {"agent-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"workspaces", RELATION_MANY, "workspaces", "workspace_ids"},
    {"allowed-workspaces", RELATION_MANY, "workspaces", "allowed_workspace_ids"},
    {"allowed-projects", RELATION_MANY, "projects", "allowed_project_ids"},
    {"excluded-workspaces", RELATION_MANY, "workspaces", "excluded_workspace_ids"},
    {"agents", RELATION_LINK, .related = "/api/v2/agent-pools/{id}/agents"},
    {"authentication-tokens", RELATION_LINK,
     .related = "/api/v2/agent-pools/{id}/authentication-tokens"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/agent-pools/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"workspaces", "workspace_ids", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"allowed_workspaces", "allowed_workspace_ids", &workspace_resource,
     STATEMENT_WORKSPACE_INCLUDE},
    {"allowed_projects", "allowed_project_ids", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"excluded_workspaces", "excluded_workspace_ids", &workspace_resource,
     STATEMENT_WORKSPACE_INCLUDE},
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {.name = "hyok_configurations"},
    {0},
};

static const struct constraint constraints[] = {
    {"agent_pools_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {"workspaces_agent_pool_fkey", ERROR_UNPROCESSABLE, NULL,
     "The agent pool is in use by a workspace"},
    {"projects_agent_pool_fkey", ERROR_UNPROCESSABLE, NULL,
     "The agent pool is in use by a project"},
    {"organizations_default_agent_pool_fkey", ERROR_UNPROCESSABLE, NULL,
     "The agent pool is the default of the organization"},
    {0},
};

static const struct links_target targets[] = {
    {"allowed-workspaces", "workspaces", STATEMENT_AGENT_POOL_UNLINKABLE_WORKSPACE,
     .add = STATEMENT_AGENT_POOL_ALLOW_WORKSPACE, .prune = STATEMENT_AGENT_POOL_DISALLOW_WORKSPACE},
    {"allowed-projects", "projects", STATEMENT_AGENT_POOL_UNLINKABLE_PROJECT,
     .add = STATEMENT_AGENT_POOL_ALLOW_PROJECT, .prune = STATEMENT_AGENT_POOL_DISALLOW_PROJECT},
    {"excluded-workspaces", "workspaces", STATEMENT_AGENT_POOL_UNLINKABLE_WORKSPACE,
     .add = STATEMENT_AGENT_POOL_EXCLUDE_WORKSPACE,
     .prune = STATEMENT_AGENT_POOL_INCLUDE_WORKSPACE},
};

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    (void)id;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        links_replace(context, patch, &targets[i]);
}

static void write_counts(struct context *context, struct json_writer *w, const struct rows *rows)
{
    (void)context;
    json_key(w, "status-counts");
    json_object_begin(w);
    json_member_int(w, "total", rows_int(rows, 0, "all_pools"));
    json_member_int(w, "matching", rows_int(rows, 0, "total"));
    json_object_end(w);
}

static const struct filter list_filters[] = {
    {"q"},
    {"filter[allowed_workspaces][name]|filter[allowed-workspaces][name]"},
    {"filter[allowed_projects][name]|filter[allowed-projects][name]"},
    {0},
};

#define LIST "/api/v2/organizations/:organization/agent-pools"
#define ONE "/api/v2/agent-pools/:agent_pool_id"
#define READ PERMISSION_MASK(ORG_AGENT_POOLS_READ)
#define MANAGE PERMISSION_MASK(ORG_AGENT_POOLS)

static const struct route routes[] = {
    {{HTTP_GET, LIST},
     ROUTE_LIST,
     STATEMENT_AGENT_POOL_LIST,
     READ,
     .filters = list_filters,
     .meta = write_counts},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     STATEMENT_AGENT_POOL_CREATE,
     STATEMENT_AGENT_POOL_SHOW},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_AGENT_POOL_SHOW, READ},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_AGENT_POOL_LOAD,
     MANAGE,
     STATEMENT_AGENT_POOL_UPDATE,
     STATEMENT_AGENT_POOL_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_AGENT_POOL_LOAD,
     MANAGE,
     STATEMENT_AGENT_POOL_DELETE},
    {0},
};

const struct resource agent_pool_resource = {
    .type = "agent-pools",
    .audit = "agent_pool",
    .id_prefix = "apool-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .after_write = after_write,
    .routes = routes,
};
