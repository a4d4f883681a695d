/* All workspaces, as a site administrator sees them (today-admin.md section 5). */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING},
    {"locked", ATTRIBUTE_BOOL},
    {"vcs-repo", ATTRIBUTE_JSON},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"current-run", RELATION_ONE, "runs", "current_run_id"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/admin/workspaces/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"organization", "organization", &admin_organization_resource,
     STATEMENT_ADMIN_ORGANIZATION_INCLUDE},
    {"current_run", "current_run_id", &admin_run_resource, STATEMENT_ADMIN_RUN_INCLUDE},
    {0},
};

static const struct filter list_filters[] = {
    {"q"},
    {"filter[current_run][status]|filter[current-run][status]"},
    {0},
};

#define ALL "/api/v2/admin/workspaces"
#define ONE ALL "/:workspace_id"

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_ADMIN_WORKSPACE_LIST,
     .filters = list_filters,
     .principals = PRINCIPALS_USER},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_ADMIN_WORKSPACE_SHOW, .principals = PRINCIPALS_USER},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_ADMIN_WORKSPACE_SHOW,
     .write = STATEMENT_WORKSPACE_DELETE,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource admin_workspace_resource = {
    .type = "workspaces",
    .audit = "workspace",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
