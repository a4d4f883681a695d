/* Policy sets: the tables. Rules are in policy_set_rules.c (today-governance.md section 2). */
#include "api/policies/policies.h"

#include "api/checks.h"
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 256, .check = check_name},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 4096},
    {"kind", ATTRIBUTE_STRING, .flags = ATTRIBUTE_CREATE_ONLY, .choices = "sentinel|opa",
     .initial = "\"sentinel\""},
    {"global", ATTRIBUTE_BOOL, .initial = "false"},
    {"agent-enabled", ATTRIBUTE_BOOL, .initial = "false"},
    {"overridable", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_NO_COLUMN},
    {"policy-tool-version", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"policies-path", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 1024},
    {"policy-update-patterns", ATTRIBUTE_STRINGS},
    {"vcs-repo", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN, .constant = "null"},
    {"tag-selectors", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN},
    {"versioned", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"policy-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"workspace-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"project-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

/* A global set has no workspaces and projects of its own, a versioned one no policies. */
static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"policies", RELATION_MANY, "policies", "policy_ids", .flags = RELATION_OMIT_NULL},
    {"workspaces", RELATION_MANY, "workspaces", "workspace_ids", .flags = RELATION_OMIT_NULL},
    {"projects", RELATION_MANY, "projects", "project_ids", .flags = RELATION_OMIT_NULL},
    {"workspace-exclusions", RELATION_MANY, "workspaces", "excluded_workspace_ids"},
    {"project-exclusions", RELATION_MANY, "projects", "excluded_project_ids"},
    {"newest-version", RELATION_ONE, "policy-set-versions", "newest_version_id",
     .flags = RELATION_OMIT_NULL},
    {"current-version", RELATION_ONE, "policy-set-versions", "current_version_id",
     .flags = RELATION_OMIT_NULL},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policy-sets/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"policies", "policy_ids", &policy_resource, STATEMENT_POLICY_INCLUDE},
    {"workspaces", "workspace_ids", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"projects", "project_ids", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"workspace_exclusions", "excluded_workspace_ids", &workspace_resource,
     STATEMENT_WORKSPACE_INCLUDE},
    {"project_exclusions", "excluded_project_ids", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"newest_version", "newest_version_id", &policy_set_version_resource,
     STATEMENT_POLICY_SET_VERSION_INCLUDE},
    {"current_version", "current_version_id", &policy_set_version_resource,
     STATEMENT_POLICY_SET_VERSION_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"policy_sets_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {0},
};

static const struct filter list_filters[] = {
    {"search[name]"}, {"filter[kind]"}, {"filter[versioned]"}, {0}};

#define LIST "/api/v2/organizations/:organization/policy-sets"
#define ONE "/api/v2/policy-sets/:policy_set_id"
#define MANAGE PERMISSION_MASK(ORG_POLICIES)
#define RELATE(HANDLER, AUDIT)                                                                     \
    ROUTE_ACTION, STATEMENT_POLICY_SET_LOAD, MANAGE, .handler = HANDLER, .audit = AUDIT,           \
                                                     .flags = ROUTE_TOP_LEVEL_ARRAY

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_POLICY_SET_LIST, MANAGE, .filters = list_filters},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     STATEMENT_POLICY_SET_CREATE,
     STATEMENT_POLICY_SET_SHOW},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_POLICY_SET_SHOW, MANAGE},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_POLICY_SET_LOAD,
     MANAGE,
     STATEMENT_POLICY_SET_UPDATE,
     STATEMENT_POLICY_SET_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_POLICY_SET_LOAD,
     MANAGE,
     STATEMENT_POLICY_SET_DELETE},
    {{HTTP_POST, ONE "/relationships/policies"}, RELATE(policy_set_add_policies, "add_policies")},
    {{HTTP_DELETE, ONE "/relationships/policies"},
     RELATE(policy_set_remove_policies, "remove_policies")},
    {{HTTP_POST, ONE "/relationships/workspaces"},
     RELATE(policy_set_add_workspaces, "add_workspaces")},
    {{HTTP_DELETE, ONE "/relationships/workspaces"},
     RELATE(policy_set_remove_workspaces, "remove_workspaces")},
    {{HTTP_POST, ONE "/relationships/workspace-exclusions"},
     RELATE(policy_set_add_workspace_exclusions, "add_workspace_exclusions")},
    {{HTTP_DELETE, ONE "/relationships/workspace-exclusions"},
     RELATE(policy_set_remove_workspace_exclusions, "remove_workspace_exclusions")},
    {{HTTP_POST, ONE "/relationships/projects"}, RELATE(policy_set_add_projects, "add_projects")},
    {{HTTP_DELETE, ONE "/relationships/projects"},
     RELATE(policy_set_remove_projects, "remove_projects")},
    {{HTTP_POST, ONE "/relationships/project-exclusions"},
     RELATE(policy_set_add_project_exclusions, "add_project_exclusions")},
    {{HTTP_DELETE, ONE "/relationships/project-exclusions"},
     RELATE(policy_set_remove_project_exclusions, "remove_project_exclusions")},
    {{HTTP_POST, ONE "/tag-selectors"}, RELATE(policy_set_add_tag_selectors, "add_tag_selectors")},
    {{HTTP_DELETE, ONE "/tag-selectors"},
     RELATE(policy_set_remove_tag_selectors, "remove_tag_selectors")},
    {0},
};

const struct resource policy_set_resource = {
    .type = "policy-sets",
    .audit = "policy_set",
    .id_prefix = "polset-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = policy_set_before_write,
    .after_write = policy_set_after_write,
    .routes = routes,
};
