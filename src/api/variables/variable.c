/* Variables: the tables, for those of workspaces and those of variable sets alike. Rules are in
 * variable_rules.c, actions in variable_actions.c (today-workspaces.md section 9). */
#include "api/variables/variables.h"

#include "api/resources.h"
#include "base/arena.h"
#include "jsonapi/context.h"

static const struct attribute attributes[] = {
    {"key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 128},
    {"value", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE},
    {"sensitive", ATTRIBUTE_BOOL, .initial = "false"},
    {"category", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED,
     .choices = "terraform|env|environment"},
    {"hcl", ATTRIBUTE_BOOL, .initial = "false"},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 512},
    {"version-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"configurable", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/organizations/{organization}/workspaces/{workspace}",
     .flags = RELATION_OMIT_NULL},
    {"varset", RELATION_ONE, "varsets", "varset_id", .related = "/api/v2/varsets/{varset_id}",
     .flags = RELATION_OMIT_NULL},
    /* As seen from a workspace only (today-workspaces.md section 10). */
    {"overwritten", RELATION_MANY, "vars", "overwritten", .flags = RELATION_OMIT_NULL},
    {"overwriter", RELATION_ONE, "vars", "overwriter", .flags = RELATION_OMIT_NULL},
    {0},
};

static void render_links(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *workspace = row_get(row, "workspace_id");
    const char *holder = workspace ? arena_printf(context->arena, "/workspaces/%s", workspace) : "";
    json_member_string(
        w, "self", arena_printf(context->arena, "/api/v2%s/vars/%s", holder, row_get(row, "id")));
}

static const struct constraint constraints[] = {
    {"vars_workspace_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
     "Key has already been taken"},
    {"vars_varset_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
     "Key has already been taken"},
    {0},
};

/* api-2017.md 2.12: the organization was a `username` once. */
static const struct filter list_filters[] = {
    {"filter[organization][name]|filter[organization][username]"},
    {"filter[workspace][name]"},
    {0},
};

#define OF_WORKSPACE "/api/v2/workspaces/:workspace_id"
#define OF_VARSET "/api/v2/varsets/:varset_id/relationships/vars"
#define READ PERMISSION_MASK(VARS_READ)
#define WRITE PERMISSION_MASK(VARS_WRITE)

static const struct route routes[] = {
    {{HTTP_GET, OF_WORKSPACE "/vars"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_VAR_LIST,
     READ,
     .flags = ROUTE_UNPAGED},
    {{HTTP_POST, OF_WORKSPACE "/vars"},
     ROUTE_CREATE,
     STATEMENT_WORKSPACE_LOAD,
     WRITE,
     STATEMENT_WORKSPACE_VAR_CREATE,
     STATEMENT_VAR_SHOW},
    {{HTTP_GET, OF_WORKSPACE "/vars/:variable_id"}, ROUTE_SHOW, STATEMENT_WORKSPACE_VAR_SHOW, READ},
    {{HTTP_PATCH, OF_WORKSPACE "/vars/:variable_id"},
     ROUTE_UPDATE,
     STATEMENT_WORKSPACE_VAR_LOAD,
     WRITE,
     STATEMENT_VAR_UPDATE,
     STATEMENT_VAR_SHOW},
    {{HTTP_DELETE, OF_WORKSPACE "/vars/:variable_id"},
     ROUTE_DELETE,
     STATEMENT_WORKSPACE_VAR_LOAD,
     WRITE,
     STATEMENT_VAR_DELETE},
    {{HTTP_PATCH, OF_WORKSPACE "/relationships/vars"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     WRITE,
     .handler = variable_update_many,
     .audit = "workspace/update_vars",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_GET, OF_WORKSPACE "/all-vars"},
     ROUTE_LIST,
     STATEMENT_EFFECTIVE_VAR_LIST,
     READ,
     .flags = ROUTE_UNPAGED},
    {{HTTP_GET, OF_VARSET}, ROUTE_LIST, STATEMENT_VARSET_VAR_LIST, READ, .flags = ROUTE_UNPAGED},
    {{HTTP_POST, OF_VARSET},
     ROUTE_CREATE,
     STATEMENT_VARSET_LOAD,
     WRITE,
     STATEMENT_VARSET_VAR_CREATE,
     STATEMENT_VAR_SHOW},
    {{HTTP_GET, OF_VARSET "/:variable_id"}, ROUTE_SHOW, STATEMENT_VARSET_VAR_SHOW, READ},
    {{HTTP_PATCH, OF_VARSET "/:variable_id"},
     ROUTE_UPDATE,
     STATEMENT_VARSET_VAR_LOAD,
     WRITE,
     STATEMENT_VAR_UPDATE,
     STATEMENT_VAR_SHOW},
    {{HTTP_DELETE, OF_VARSET "/:variable_id"},
     ROUTE_DELETE,
     STATEMENT_VARSET_VAR_LOAD,
     WRITE,
     STATEMENT_VAR_DELETE},
    {{HTTP_GET, OF_WORKSPACE "/varsets/:varset_id/relationships/vars"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_VARSET_VAR_LIST,
     READ,
     .flags = ROUTE_UNPAGED},
    {{HTTP_GET, OF_WORKSPACE "/varsets/:varset_id/relationships/vars/:variable_id"},
     ROUTE_SHOW,
     STATEMENT_WORKSPACE_VARSET_VAR_SHOW,
     READ},
    /* 2017 (api-2017.md 2.12); by id alone also those of variable sets, whose `self` it is. */
    {{HTTP_GET, "/api/v2/vars"},
     ROUTE_LIST,
     STATEMENT_VAR_LIST,
     .filters = list_filters,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_POST, "/api/v2/vars"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     0,
     STATEMENT_WORKSPACE_VAR_CREATE,
     STATEMENT_VAR_SHOW,
     .handler = variable_create_anywhere,
     .audit = "create"},
    {{HTTP_GET, "/api/v2/vars/:variable_id"}, ROUTE_SHOW, STATEMENT_VAR_SHOW, READ},
    {{HTTP_PATCH, "/api/v2/vars/:variable_id"},
     ROUTE_UPDATE,
     STATEMENT_VAR_LOAD,
     WRITE,
     STATEMENT_VAR_UPDATE,
     STATEMENT_VAR_SHOW},
    {{HTTP_DELETE, "/api/v2/vars/:variable_id"},
     ROUTE_DELETE,
     STATEMENT_VAR_LOAD,
     WRITE,
     STATEMENT_VAR_DELETE},
    {0},
};

const struct resource variable_resource = {
    .type = "vars",
    .audit = "var",
    .id_prefix = "var-",
    .attributes = attributes,
    .relationships = relationships,
    .constraints = constraints,
    .before_write = variable_before_write,
    .after_write = variable_after_write,
    .render_links = render_links,
    .routes = routes,
};
