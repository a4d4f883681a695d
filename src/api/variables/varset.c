/* Variable sets: the tables. Rules are in varset_rules.c, the variables in a set are the resource
 * of variable.c (today-workspaces.md section 10). */
#include "api/variables/variables.h"

#include "api/resources.h"
#include "jsonapi/context.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 256},
    {"description", ATTRIBUTE_STRING, .max = 4096},
    {"global", ATTRIBUTE_BOOL, .initial = "false"},
    {"priority", ATTRIBUTE_BOOL, .initial = "false"},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"var-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"workspace-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"project-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"stack-count", ATTRIBUTE_INT, .constant = "0", .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"parent", RELATION_ONE, NULL, "parent"},
    {"vars", RELATION_MANY, "vars", "var_ids",
     .related = "/api/v2/varsets/{id}/relationships/vars"},
    {"workspaces", RELATION_MANY, "workspaces", "workspace_ids"},
    {"projects", RELATION_MANY, "projects", "project_ids"},
    {"stacks", RELATION_MANY, "stacks", NULL},
    {0},
};

static const struct permission permissions[] = {
    {"can-update", PERMISSION_MASK(VARS_WRITE)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/varsets/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"vars", "var_ids", &variable_resource, STATEMENT_VAR_INCLUDE},
    {"workspaces", "workspace_ids", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"projects", "project_ids", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {"parent", "parent", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {"parent", "parent", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {.name = "stacks"},
    {0},
};

static const struct constraint constraints[] = {
    {"varsets_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {"varsets_global_check", ERROR_INVALID_ATTRIBUTE, "/data/attributes/global",
     "Global cannot be true for a variable set that a project owns"},
    {"vars_varset_key", ERROR_INVALID_ATTRIBUTE, "/data/relationships/vars",
     "Key has already been taken"},
    {0},
};

static const struct filter organization_filters[] = {{"q"}, {"filter[global]"}, {"scope"}, {0}};
static const struct filter project_filters[] = {{"q"}, {"scope"}, {0}};
static const struct filter workspace_filters[] = {{"q"}, {0}};

#define ONE "/api/v2/varsets/:varset_id"
#define READ PERMISSION_MASK(VARS_READ)
#define WRITE PERMISSION_MASK(VARS_WRITE)
#define UPDATE                                                                                     \
    ROUTE_UPDATE, STATEMENT_VARSET_LOAD, WRITE, STATEMENT_VARSET_UPDATE, STATEMENT_VARSET_SHOW
#define RELATE(HANDLER, AUDIT)                                                                     \
    ROUTE_ACTION, STATEMENT_VARSET_LOAD, WRITE, .handler = HANDLER, .audit = AUDIT,                \
                                                .flags = ROUTE_TOP_LEVEL_ARRAY

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/varsets"},
     ROUTE_LIST,
     STATEMENT_ORGANIZATION_VARSET_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = organization_filters},
    /* Whose set it becomes decides: varset_rules.c asks for the right on it. */
    {{HTTP_POST, "/api/v2/organizations/:organization/varsets"},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_READ),
     STATEMENT_VARSET_CREATE,
     STATEMENT_VARSET_SHOW},
    {{HTTP_GET, "/api/v2/projects/:project_id/varsets"},
     ROUTE_LIST,
     STATEMENT_PROJECT_VARSET_LIST,
     PERMISSION_MASK(PROJECT_READ),
     .filters = project_filters},
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/varsets"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_VARSET_LIST,
     READ,
     .filters = workspace_filters},
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/applicable-varsets"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_APPLICABLE_VARSET_LIST,
     READ,
     .filters = workspace_filters},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_VARSET_SHOW, READ},
    {{HTTP_PATCH, ONE}, UPDATE},
    {{HTTP_PUT, ONE}, UPDATE},
    {{HTTP_POST, ONE}, UPDATE},
    {{HTTP_DELETE, ONE}, ROUTE_DELETE, STATEMENT_VARSET_LOAD, WRITE, STATEMENT_VARSET_DELETE},
    {{HTTP_POST, ONE "/relationships/workspaces"}, RELATE(varset_add_workspaces, "add_workspaces")},
    {{HTTP_DELETE, ONE "/relationships/workspaces"},
     RELATE(varset_remove_workspaces, "remove_workspaces")},
    {{HTTP_POST, ONE "/relationships/projects"}, RELATE(varset_add_projects, "add_projects")},
    {{HTTP_DELETE, ONE "/relationships/projects"},
     RELATE(varset_remove_projects, "remove_projects")},
    {0},
};

const struct resource varset_resource = {
    .type = "varsets",
    .audit = "varset",
    .id_prefix = "varset-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = varset_before_write,
    .after_write = varset_after_write,
    .routes = routes,
};
