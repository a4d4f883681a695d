/* Organizations: the id on the wire is the name, `external-id` the id (today-access.md section 4).
 * Creating one brings its owners team, its default project and the creator's membership. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 40, .check = check_name},
    {"external-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"email", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 254, .check = check_email},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"session-timeout", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"session-remember", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"collaborator-auth-policy", ATTRIBUTE_STRING, .choices = "password|two_factor_mandatory",
     .initial = "\"password\""},
    {"cost-estimation-enabled", ATTRIBUTE_BOOL, .initial = "false"},
    {"send-passing-statuses-for-untriggered-speculative-plans", ATTRIBUTE_BOOL, .initial = "false"},
    {"aggregated-commit-status-enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"speculative-plan-management-enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"assessments-enforced", ATTRIBUTE_BOOL, .initial = "false"},
    {"allow-force-delete-workspaces", ATTRIBUTE_BOOL, .initial = "false"},
    {"default-execution-mode", ATTRIBUTE_STRING, .choices = "remote|local|agent",
     .initial = "\"remote\""},
    {"default-agent-pool-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE | ATTRIBUTE_WRITE_ONLY},
    {"owners-team-saml-role-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE},
    {"user-tokens-enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"max-ttl-enabled", ATTRIBUTE_BOOL, .initial = "false"},
    {"fair-run-queuing-enabled", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"stacks-enabled", ATTRIBUTE_BOOL, .initial = "false"},
    {"saml-enabled", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"two-factor-conformant", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"is-unified", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"is-in-degraded-mode", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"enforce-hyok", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"remaining-testable-count", ATTRIBUTE_INT, .constant = "5", .flags = ATTRIBUTE_READ_ONLY},
    {"plan-expired", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"plan-is-enterprise", ATTRIBUTE_BOOL, .constant = "true", .flags = ATTRIBUTE_READ_ONLY},
    {"plan-is-trial", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"plan-expires-at", ATTRIBUTE_TIME, .constant = "null", .flags = ATTRIBUTE_READ_ONLY},
    {"trial-expires-at", ATTRIBUTE_TIME, .constant = "null", .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"default-agent-pool", RELATION_ONE, "agent-pools", "default_agent_pool_id",
     .writes = "default_agent_pool_id", .flags = RELATION_NULLABLE},
    {"default-project", RELATION_ONE, "projects", "default_project_id",
     .related = "/api/v2/projects/{default_project_id}"},
    /* Its own, with the type that it has. */
    {"data-retention-policy", RELATION_ONE, NULL, "data_retention_policy",
     .related = "/api/v2/organizations/{name}/relationships/data-retention-policy",
     .flags = RELATION_OMIT_NULL},
    {"entitlement-set", RELATION_ONE, "entitlement-sets", "entitlement_set_id",
     .related = "/api/v2/organizations/{name}/entitlement-set"},
    {"oauth-tokens", RELATION_LINK, .related = "/api/v2/organizations/{name}/oauth-tokens"},
    {"authentication-token", RELATION_LINK,
     .related = "/api/v2/organizations/{name}/authentication-token"},
    {"subscription", RELATION_ONE, "subscriptions", "subscription_id",
     .related = "/api/v2/organizations/{name}/subscription"},
    {0},
};

/* today-access.md 13.2 */
static const struct permission permissions[] = {
    {"can-update", PERMISSION_MASK(ORG_UPDATE)},
    {"can-destroy", PERMISSION_MASK(ORG_UPDATE)},
    {"can-update-authentication-token", PERMISSION_MASK(ORG_TOKEN)},
    {"can-view-authentication", PERMISSION_MASK(ORG_READ)},
    {"can-access-via-teams", PERMISSION_MASK(ORG_TEAM_MEMBER)},
    {"can-traverse", PERMISSION_MASK(ORG_READ)},
    {"can-create-module", PERMISSION_MASK(ORG_MODULES)},
    {"can-create-provider", PERMISSION_MASK(ORG_PROVIDERS)},
    {"can-manage-custom-providers", PERMISSION_MASK(ORG_PROVIDERS)},
    {"can-manage-public-modules", PERMISSION_MASK(ORG_MODULES)},
    {"can-manage-public-providers", PERMISSION_MASK(ORG_PROVIDERS)},
    {"can-create-team", PERMISSION_MASK(ORG_TEAMS)},
    {"can-create-workspace", PERMISSION_MASK(ORG_CREATE_WORKSPACE)},
    {"can-create-workspace-migration", PERMISSION_MASK(ORG_CREATE_WORKSPACE)},
    {"can-create-project", PERMISSION_MASK(ORG_CREATE_PROJECT)},
    {"can-manage-users", PERMISSION_MASK(ORG_MEMBERSHIP)},
    {"can-view-users", PERMISSION_MASK(ORG_MEMBERSHIP)},
    {"can-manage-subscription", PERMISSION_MASK(ORG_OWNER)},
    {"can-start-trial", 0},
    {"can-manage-sso", 0},
    {"can-update-oauth", PERMISSION_MASK(ORG_VCS)},
    {"can-update-ssh-keys", PERMISSION_MASK(ORG_SSH_KEYS)},
    {"can-update-sentinel", PERMISSION_MASK(ORG_POLICIES)},
    {"can-read-policies", PERMISSION_MASK(ORG_POLICIES)},
    {"can-update-api-token", PERMISSION_MASK(ORG_TOKEN)},
    {"can-update-agent-pools", PERMISSION_MASK(ORG_AGENT_POOLS)},
    {"can-manage-tags", PERMISSION_MASK(ORG_TAGS)},
    {"can-manage-varsets", PERMISSION_MASK(ORG_VARSETS)},
    {"can-read-varsets", PERMISSION_MASK(ORG_VARSETS_READ)},
    {"can-manage-run-tasks", PERMISSION_MASK(ORG_TASKS)},
    {"can-read-run-tasks", PERMISSION_MASK(ORG_TASKS_READ)},
    {"can-deploy-no-code-modules", PERMISSION_MASK(ORG_CREATE_WORKSPACE)},
    {"can-manage-no-code-modules", PERMISSION_MASK(ORG_MODULES)},
    {"can-manage-assessments", PERMISSION_MASK(ORG_OWNER)},
    {"can-read-assessments", PERMISSION_MASK(ORG_OWNER)},
    {"can-view-explorer", PERMISSION_MASK(ORG_EXPLORER)},
    {"can-view-usage", PERMISSION_MASK(ORG_OWNER)},
    {"can-enable-stacks", 0},
    {"can-manage-auditing", PERMISSION_MASK(ORG_OWNER)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/organizations/{name}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"entitlement_set", "entitlement_set_id", &entitlement_set_resource,
     STATEMENT_ENTITLEMENT_SET_INCLUDE},
    {"default_project", "default_project_id", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"subscription", "subscription_id", &subscription_resource, STATEMENT_SUBSCRIPTION_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"organizations_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {"organizations_default_agent_pool_fkey", ERROR_INVALID_ATTRIBUTE,
     "/data/attributes/default-agent-pool-id", "Default agent pool does not exist"},
    {0},
};

static const char *new_text(const struct patch *patch, const char *name, const char *stored)
{
    const struct json_value *value = patch_attribute(patch, name);
    return json_text(value) ? json_text(value) : stored;
}

/* The pool in the request, by attribute or by relationship; "" when it is not mentioned. */
static const char *requested_pool(const struct patch *patch)
{
    const char *id = json_text(patch_attribute(patch, "default-agent-pool-id"));
    if (!id)
        id = json_text(
            json_find(patch_relationship(patch, "default-agent-pool"), "data", "id", NULL));
    return id ? id : "";
}

/* Mode and pool belong together (today-access.md section 4): a pool needs agent mode, agent mode
 * needs a pool, and leaving agent mode clears the pool. */
static void before_write(struct context *context, struct patch *patch)
{
    const char *stored_mode =
        patch->create ? "remote" : scope_get(context, "default_execution_mode");
    const char *stored_pool = patch->create ? NULL : scope_get(context, "default_agent_pool_id");
    const char *mode = new_text(patch, "default-execution-mode", stored_mode);
    const char *pool = requested_pool(patch);
    bool agent = strcmp(mode, "agent") == 0;

    if (*pool && !agent)
        patch_fail(context, "default-agent-pool",
                   "must not be specified unless using 'agent' execution mode");
    else if (agent && !*pool && !stored_pool)
        patch_fail(context, "default-agent-pool",
                   "must be specified when using 'agent' execution mode");
    else if (!agent)
        patch_null(patch, "default_agent_pool_id");
}

static const struct filter list_filters[] = {
    {"q"},
    {"q[email]"},
    {"q[name]"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations"},
     ROUTE_LIST,
     STATEMENT_ORGANIZATION_LIST,
     .filters = list_filters,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_POST, "/api/v2/organizations"},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_CREATE_LOAD,
     .write = STATEMENT_ORGANIZATION_CREATE,
     .reply = STATEMENT_ORGANIZATION_SHOW_ID,
     .principals = PRINCIPALS_USER},
    {{HTTP_GET, "/api/v2/organizations/:organization"},
     ROUTE_SHOW,
     STATEMENT_ORGANIZATION_SHOW,
     .need = PERMISSION_MASK(ORG_READ)},
    {{HTTP_PATCH, "/api/v2/organizations/:organization"},
     ROUTE_UPDATE,
     STATEMENT_ORGANIZATION_UPDATE_LOAD,
     PERMISSION_MASK(ORG_UPDATE),
     STATEMENT_ORGANIZATION_UPDATE,
     STATEMENT_ORGANIZATION_SHOW_ID},
    {{HTTP_PUT, "/api/v2/organizations/:organization"},
     ROUTE_UPDATE,
     STATEMENT_ORGANIZATION_UPDATE_LOAD,
     PERMISSION_MASK(ORG_UPDATE),
     STATEMENT_ORGANIZATION_UPDATE,
     STATEMENT_ORGANIZATION_SHOW_ID},
    {{HTTP_DELETE, "/api/v2/organizations/:organization"},
     ROUTE_DELETE,
     STATEMENT_ORGANIZATION_UPDATE_LOAD,
     PERMISSION_MASK(ORG_UPDATE),
     STATEMENT_ORGANIZATION_DELETE},
    {0},
};

const struct resource organization_resource = {
    .type = "organizations",
    .audit = "organization",
    .id_prefix = "org-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
