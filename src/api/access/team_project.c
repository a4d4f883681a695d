/* What a team may do with a project and all its workspaces: a level, or with `custom` two objects
 * of single values, of which those not sent stay (today-access.md section 9). */
#include "api/resources.h"

#include <string.h>

#include "api/access/access.h"
#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"permission", ATTRIBUTE_STRING, .flags = ATTRIBUTE_WRITE_ONLY, .column = "access",
     .choices = "read|write|maintain|admin|custom"},
    {"access", ATTRIBUTE_STRING, .choices = "read|write|maintain|admin|custom"},
    {"project-access", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN},
    {"workspace-access", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN},
    {0},
};

static const struct value {
    const char *object;
    const char *key;
    const char *choices; /* NULL: a boolean */
} values[] = {
    {"project-access", "settings", "read|update|delete"},
    {"project-access", "teams", "none|read|manage"},
    {"project-access", "variable-sets", "none|read|write"},
    {"workspace-access", "runs", "read|plan|apply"},
    {"workspace-access", "sentinel-mocks", "none|read"},
    {"workspace-access", "state-versions", "none|read-outputs|read|write"},
    {"workspace-access", "variables", "none|read|write"},
    {"workspace-access", "create", NULL},
    {"workspace-access", "locking", NULL},
    {"workspace-access", "delete", NULL},
    {"workspace-access", "move", NULL},
    {"workspace-access", "run-tasks", NULL},
    {"workspace-access", "policy-overrides", NULL},
};

static const struct relationship relationships[] = {
    {"team", RELATION_ONE, "teams", "team_id", .related = "/api/v2/teams/{team_id}",
     .writes = "team_id", .flags = RELATION_CREATE_ONLY},
    {"project", RELATION_ONE, "projects", "project_id", .related = "/api/v2/projects/{project_id}",
     .writes = "project_id", .flags = RELATION_CREATE_ONLY},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/team-projects/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"team", "team_id", &team_resource, STATEMENT_TEAM_INCLUDE},
    {"project", "project_id", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"team_projects_team_project_key", ERROR_INVALID_ATTRIBUTE, "/data/relationships/team",
     "Team has already been given access to this project"},
    {0},
};

/* Writes one value into the patch's object; unknown keys never get there. */
static void take_value(struct context *context, struct json_writer *w, const struct value *v,
                       const struct json_value *given)
{
    const char *text = json_text(given);
    const char *problem = NULL;

    if (!v->choices && json_kind(given) == JSON_BOOL)
        json_member_bool(w, v->key, json_boolean(given));
    else if (!v->choices)
        problem = "must be true or false";
    else if (text && patch_is_choice(v->choices, text))
        json_member_string(w, v->key, text);
    else
        problem = "is not included in the list";
    if (problem)
        request_fail(context, ERROR_INVALID_ATTRIBUTE,
                     arena_printf(context->arena, "/data/attributes/%s/%s", v->object, v->key),
                     "%s %s", patch_human(context->arena, v->key), problem);
}

static void take_object(struct context *context, struct patch *patch, const char *level,
                        const char *name, const char *column)
{
    const struct json_value *object = patch_attribute(patch, name);
    struct json_writer w;
    struct buf text;

    if (!object || json_kind(object) == JSON_NULL)
        return;
    if (json_kind(object) != JSON_OBJECT) {
        patch_fail(context, name, "must be an object");
        return;
    }
    grant_check_custom(context, level, name);
    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const struct json_value *given = json_get(object, values[i].key);
        if (given && json_kind(given) != JSON_NULL && strcmp(values[i].object, name) == 0)
            take_value(context, &w, &values[i], given);
    }
    json_object_end(&w);
    patch_json(patch, column, buf_str(&text));
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *level = grant_level(context, patch);
    if (!level)
        patch_fail(context, "access", "can't be blank");
    grant_audit(context, level);
    take_object(context, patch, level, "project-access", "project_access");
    take_object(context, patch, level, "workspace-access", "workspace_access");
}

static void create(struct context *context)
{
    grant_create(context, "project", STATEMENT_TEAM_PROJECT_PARENTS,
                 PERMISSION_MASK(PROJECT_TEAMS));
}

static const struct filter list_filters[] = {
    {"filter[project][id]"},
    {"filter[team][id]"},
    {0},
};

#define ONE "/api/v2/team-projects/:team_project_id"

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/team-projects"},
     ROUTE_LIST,
     STATEMENT_TEAM_PROJECT_LIST,
     .filters = list_filters},
    {{HTTP_POST, "/api/v2/team-projects"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     .write = STATEMENT_TEAM_PROJECT_CREATE,
     .reply = STATEMENT_TEAM_PROJECT_SHOW,
     .handler = create,
     .audit = "project/add_team",
     .status = 201},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_TEAM_PROJECT_SHOW},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_TEAM_PROJECT_LOAD,
     PERMISSION_MASK(PROJECT_TEAMS),
     STATEMENT_TEAM_PROJECT_UPDATE,
     STATEMENT_TEAM_PROJECT_SHOW,
     .audit = "project/update_team_permissions"},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_TEAM_PROJECT_LOAD,
     PERMISSION_MASK(PROJECT_TEAMS),
     STATEMENT_TEAM_PROJECT_DELETE,
     .audit = "project/remove_team"},
    {0},
};

const struct resource team_project_resource = {
    .type = "team-projects",
    .id_prefix = "tprj-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
