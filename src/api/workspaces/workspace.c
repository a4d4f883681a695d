/* Workspaces: the tables. Rules between attributes are in workspace_settings.c, actions in
 * workspace_actions.c (today-workspaces.md section 2). */
#include "api/workspaces/workspace.h"

#include "api/checks.h"
#include "api/resources.h"
#include "jsonapi/context.h"

static void render_overwrites(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    bool own = row_get(row, "own_execution_mode")[0] == 't';
    json_object_begin(w);
    json_member_bool(w, "execution-mode", own);
    json_member_bool(w, "agent-pool", own);
    json_object_end(w);
}

#define READ_ONLY .flags = ATTRIBUTE_READ_ONLY

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 90, .check = check_name},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE},
    {"actions", ATTRIBUTE_JSON, .constant = "{\"is-destroyable\":true}", READ_ONLY},
    {"allow-destroy-plan", ATTRIBUTE_BOOL, .initial = "true"},
    {"can-queue-destroy-plan", ATTRIBUTE_BOOL, .column = "allow_destroy_plan"},
    {"assessments-enabled", ATTRIBUTE_BOOL, .initial = "false"},
    {"auto-apply", ATTRIBUTE_BOOL, .initial = "false"},
    {"auto-apply-run-trigger", ATTRIBUTE_BOOL, .initial = "false"},
    {"auto-destroy-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_NULLABLE},
    {"auto-destroy-activity-duration", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE,
     .check = check_duration},
    {"auto-destroy-status", ATTRIBUTE_STRING, .constant = "null", READ_ONLY},
    {"inherits-project-auto-destroy", ATTRIBUTE_BOOL, .initial = "true"},
    {"created-at", ATTRIBUTE_TIME, READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, READ_ONLY},
    {"latest-change-at", ATTRIBUTE_TIME, READ_ONLY},
    {"environment", ATTRIBUTE_STRING, .constant = "\"default\"", READ_ONLY},
    {"execution-mode", ATTRIBUTE_STRING, .choices = "remote|local|agent",
     .flags = ATTRIBUTE_NO_COLUMN},
    {"operations", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_NO_COLUMN},
    {"agent-pool-id", ATTRIBUTE_STRING,
     .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_WRITE_ONLY | ATTRIBUTE_NULLABLE},
    {"setting-overwrites", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN,
     .render = render_overwrites},
    {"file-triggers-enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"trigger-prefixes", ATTRIBUTE_STRINGS, .initial = "[]"},
    {"trigger-patterns", ATTRIBUTE_STRINGS, .initial = "[]"},
    {"global-remote-state", ATTRIBUTE_BOOL, .initial = "false"},
    {"project-remote-state", ATTRIBUTE_BOOL, .initial = "false"},
    {"locked", ATTRIBUTE_BOOL, READ_ONLY},
    {"locked-reason", ATTRIBUTE_STRING, READ_ONLY},
    {"queue-all-runs", ATTRIBUTE_BOOL, .initial = "false"},
    {"speculative-enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"structured-run-output-enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"terraform-version", ATTRIBUTE_STRING, .initial = "\"latest\"", .max = 128,
     .check = check_terraform_version},
    {"working-directory", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 1024},
    {"source", ATTRIBUTE_STRING, READ_ONLY},
    {"source-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE | ATTRIBUTE_CREATE_ONLY},
    {"source-url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE | ATTRIBUTE_CREATE_ONLY},
    {"vcs-repo", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NULLABLE},
    {"vcs-repo-identifier", ATTRIBUTE_STRING, READ_ONLY},
    {"tag-names", ATTRIBUTE_STRINGS, READ_ONLY},
    {"resource-count", ATTRIBUTE_INT, READ_ONLY},
    {"apply-duration-average", ATTRIBUTE_INT, .constant = "null", READ_ONLY},
    {"plan-duration-average", ATTRIBUTE_INT, .constant = "null", READ_ONLY},
    {"policy-check-failures", ATTRIBUTE_INT, .constant = "null", READ_ONLY},
    {"run-failures", ATTRIBUTE_INT, .constant = "null", READ_ONLY},
    {"workspace-kpis-runs-count", ATTRIBUTE_INT, .constant = "null", READ_ONLY},
    {"last-assessment-result-at", ATTRIBUTE_TIME, .constant = "null", READ_ONLY},
    {"hyok-enabled", ATTRIBUTE_BOOL, .constant = "false", READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"project", RELATION_ONE, "projects", "project_id", .related = "/api/v2/projects/{project_id}"},
    {"agent-pool", RELATION_ONE, "agent-pools", "agent_pool_id",
     .related = "/api/v2/agent-pools/{agent_pool_id}"},
    {"current-run", RELATION_ONE, "runs", NULL},
    {"latest-run", RELATION_ONE, "runs", NULL},
    {"current-configuration-version", RELATION_ONE, "configuration-versions", NULL},
    {"current-assessment-result", RELATION_ONE, "assessment-results", NULL},
    {"current-state-version", RELATION_ONE, "state-versions", "current_state_version_id",
     .related = "/api/v2/workspaces/{id}/current-state-version"},
    {"outputs", RELATION_MANY, "workspace-outputs", "output_ids",
     .related = "/api/v2/workspaces/{id}/current-state-version-outputs"},
    {"ssh-key", RELATION_ONE, "ssh-keys", "ssh_key_id", .related = "/api/v2/ssh-keys/{ssh_key_id}"},
    {"locked-by", RELATION_ONE, NULL, "locked_by", .flags = RELATION_OMIT_NULL},
    {"readme", RELATION_ONE, "workspace-readme", NULL},
    {"remote-state-consumers", RELATION_LINK,
     .related = "/api/v2/workspaces/{id}/relationships/remote-state-consumers"},
    {"tag-bindings", RELATION_LINK, .related = "/api/v2/workspaces/{id}/tag-bindings"},
    {"effective-tag-bindings", RELATION_LINK,
     .related = "/api/v2/workspaces/{id}/effective-tag-bindings"},
    {"vars", RELATION_MANY, "vars", "var_ids", .related = "/api/v2/workspaces/{id}/vars"},
    {0},
};

/* today-access.md 13.1 */
static const struct permission permissions[] = {
    {"can-update", PERMISSION_MASK(ADMIN)},
    {"can-destroy", PERMISSION_MASK(DELETE)},
    {"can-force-delete", PERMISSION_MASK(FORCE_DELETE)},
    {"can-queue-run", PERMISSION_MASK(RUN_PLAN)},
    {"can-queue-apply", PERMISSION_MASK(RUN_APPLY)},
    {"can-queue-destroy", PERMISSION_MASK(RUN_APPLY)},
    {"can-read-run", PERMISSION_MASK(READ)},
    {"can-read-variable", PERMISSION_MASK(VARS_READ)},
    {"can-update-variable", PERMISSION_MASK(VARS_WRITE)},
    {"can-read-state-versions", PERMISSION_MASK(STATE_READ)},
    {"can-read-state-outputs", PERMISSION_MASK(STATE_OUTPUTS)},
    {"can-create-state-versions", PERMISSION_MASK(STATE_WRITE)},
    {"can-lock", PERMISSION_MASK(LOCK)},
    {"can-unlock", PERMISSION_MASK(LOCK)},
    {"can-force-unlock", PERMISSION_MASK(ADMIN)},
    {"can-read-settings", PERMISSION_MASK(READ)},
    {"can-manage-tags", PERMISSION_MASK(ADMIN)},
    {"can-manage-run-tasks", PERMISSION_MASK(TASKS)},
    {"can-manage-assessments", 0},
    {"can-read-assessment-results", PERMISSION_MASK(ADMIN)},
    {"can-manage-ephemeral-workspaces", PERMISSION_MASK(ADMIN)},
    {"can-manage-hyok", 0},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/organizations/{organization}/workspaces/{name}"},
    {"self-html", "/app/{organization}/workspaces/{name}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {"project", "project_id", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"current_state_version", "current_state_version_id", &state_version_resource,
     STATEMENT_STATE_VERSION_INCLUDE},
    {"locked_by", "locked_by", &user_resource, STATEMENT_USER_INCLUDE},
    {"locked_by", "locked_by", &team_resource, STATEMENT_TEAM_INCLUDE},
    {"vars", "var_ids", &variable_resource, STATEMENT_VAR_INCLUDE},
    {"effective_tag_bindings", "id", &effective_tag_binding_resource,
     STATEMENT_WORKSPACE_EFFECTIVE_BINDING_INCLUDE},
    {"outputs", "output_ids", &workspace_output_resource, STATEMENT_WORKSPACE_OUTPUT_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"workspaces_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {"workspaces_remote_state_check", ERROR_INVALID_ATTRIBUTE,
     "/data/attributes/project-remote-state",
     "Project remote state cannot be enabled when global remote state sharing is enabled"},
    {"workspaces_agent_pool_fkey", ERROR_INVALID_ATTRIBUTE, "/data/attributes/agent-pool-id",
     "Agent pool does not exist"},
    {"tags_name_key", ERROR_CONFLICT, NULL, "The tag is being created by another request"},
    {0},
};

static const struct filter list_filters[] = {
    {"search[name]"},        {"search[wildcard-name]"},
    {"search[tags]"},        {"search[exclude-tags]|search[exclude_tags]"},
    {"filter[project][id]"}, {"filter[current-run][status]|filter[current_run][status]"},
    {"", FILTER_TAGGED},     {0},
};

#define NAMED "/api/v2/organizations/:organization/workspaces/:workspace"
#define BY_ID "/api/v2/workspaces/:workspace_id"
#define COMPOUND "/api/v2/compound-workspaces"

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/workspaces"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = list_filters},
    /* Which project decides: workspace_settings.c asks for the right on it. */
    {{HTTP_POST, "/api/v2/organizations/:organization/workspaces"},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_READ),
     STATEMENT_WORKSPACE_CREATE,
     STATEMENT_WORKSPACE_SHOW},
    {{HTTP_GET, NAMED}, ROUTE_SHOW, STATEMENT_WORKSPACE_SHOW_NAMED, PERMISSION_MASK(READ)},
    {{HTTP_GET, BY_ID}, ROUTE_SHOW, STATEMENT_WORKSPACE_SHOW, PERMISSION_MASK(READ)},
    {{HTTP_PATCH, NAMED},
     ROUTE_UPDATE,
     STATEMENT_WORKSPACE_LOAD_NAMED,
     PERMISSION_MASK(ADMIN),
     STATEMENT_WORKSPACE_UPDATE,
     STATEMENT_WORKSPACE_SHOW},
    {{HTTP_PATCH, BY_ID},
     ROUTE_UPDATE,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     STATEMENT_WORKSPACE_UPDATE,
     STATEMENT_WORKSPACE_SHOW},
    {{HTTP_DELETE, NAMED},
     ROUTE_DELETE,
     STATEMENT_WORKSPACE_LOAD_NAMED,
     PERMISSION_MASK(DELETE),
     STATEMENT_WORKSPACE_DELETE,
     .handler = workspace_force_delete},
    {{HTTP_DELETE, BY_ID},
     ROUTE_DELETE,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(DELETE),
     STATEMENT_WORKSPACE_DELETE,
     .handler = workspace_force_delete},
    {{HTTP_POST, NAMED "/actions/safe-delete"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD_NAMED,
     PERMISSION_MASK(DELETE),
     .handler = workspace_safe_delete},
    {{HTTP_POST, BY_ID "/actions/safe-delete"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(DELETE),
     .handler = workspace_safe_delete},
    {{HTTP_POST, BY_ID "/actions/lock"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(LOCK),
     .handler = workspace_lock},
    {{HTTP_POST, BY_ID "/actions/unlock"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(LOCK),
     .handler = workspace_unlock},
    {{HTTP_POST, BY_ID "/actions/force-unlock"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = workspace_force_unlock},
    {{HTTP_PATCH, BY_ID "/relationships/ssh-key"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = workspace_assign_ssh_key,
     .principals = PRINCIPALS_USER_OR_TEAM},
    /* 2017 (api-2017.md 2.13) */
    {{HTTP_POST, COMPOUND},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     .handler = workspace_compound_create},
    {{HTTP_PATCH, COMPOUND "/:workspace_id"},
     ROUTE_UPDATE,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     STATEMENT_WORKSPACE_UPDATE,
     STATEMENT_WORKSPACE_SHOW},
    {0},
};

const struct resource workspace_resource = {
    .type = "workspaces",
    .id_prefix = "ws-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = workspace_before_write,
    .after_write = workspace_after_write,
    .routes = routes,
};
