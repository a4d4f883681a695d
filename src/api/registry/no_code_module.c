/* Modules that workspaces can be made of without writing code: which version, and what may be
 * chosen for its variables (today-registry-vcs.md section 4). The workspaces that are made of them
 * are in workspace_upgrade.c. */
#include "api/resources.h"

#include "api/registry/registry_area.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define MAX_OPTIONS 100

static const struct attribute option_attributes[] = {
    {"variable-name", ATTRIBUTE_STRING},
    {"variable-type", ATTRIBUTE_STRING},
    {"options", ATTRIBUTE_STRINGS},
    {0},
};

static const struct resource variable_option_resource = {
    .type = "variable-options",
    .attributes = option_attributes,
};

static const struct attribute variable_attributes[] = {
    {"name", ATTRIBUTE_STRING},        {"type", ATTRIBUTE_STRING},
    {"description", ATTRIBUTE_STRING}, {"required", ATTRIBUTE_BOOL},
    {"sensitive", ATTRIBUTE_BOOL},     {"options", ATTRIBUTE_STRINGS},
    {"has-global", ATTRIBUTE_BOOL},    {0},
};

static const struct resource module_variable_resource = {
    .type = "registry-module-variables",
    .attributes = variable_attributes,
};

static const struct attribute attributes[] = {
    {"version-pin", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 128},
    {"enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"registry-module", RELATION_ONE, "registry-modules", "registry_module_id",
     .related = "/api/v2/registry-modules/{registry_module_id}", .writes = "registry_module_id",
     .flags = RELATION_REQUIRED | RELATION_CREATE_ONLY},
    {"variable-options", RELATION_MANY, "variable-options", "option_ids"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/no-code-modules/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"variable_options", "option_ids", &variable_option_resource,
     STATEMENT_NO_CODE_VARIABLE_OPTION_INCLUDE},
    {0},
};

#define POINTER "/data/relationships/variable-options"

static const struct constraint constraints[] = {
    {"no_code_modules_registry_module_key", ERROR_INVALID_RELATIONSHIP,
     "/data/relationships/registry-module", "Registry module is a no-code module already"},
    {"no_code_modules_registry_module_fkey", ERROR_INVALID_RELATIONSHIP,
     "/data/relationships/registry-module", "Registry module does not exist"},
    {"no_code_modules_version_pin_fkey", ERROR_INVALID_ATTRIBUTE, "/data/attributes/version-pin",
     "Version pin is no version of the module"},
    {"no_code_variable_options_name_key", ERROR_INVALID_RELATIONSHIP, POINTER,
     "Variable options name a variable twice"},
    {0},
};

static const struct json_value *options_of(const struct patch *patch)
{
    const struct json_value *data = json_get(patch_relationship(patch, "variable-options"), "data");
    return json_kind(data) == JSON_ARRAY ? data : NULL;
}

static bool is_option(const struct json_value *attribute)
{
    const char *name = json_text(json_get(attribute, "variable-name"));
    const struct json_value *choices = json_get(attribute, "options");

    if (!name || !*name || !json_text(json_get(attribute, "variable-type")) ||
        json_kind(choices) != JSON_ARRAY)
        return false;
    for (size_t i = 0; i < json_length(choices); i++)
        if (!json_text(json_at(choices, i)))
            return false;
    return true;
}

static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *options = options_of(patch);

    if (json_length(options) > MAX_OPTIONS)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, POINTER,
                     "Variable options can be given for %d variables", MAX_OPTIONS);
    for (size_t i = 0; i < json_length(options) && !request_failed(context); i++)
        if (!is_option(json_get(json_at(options, i), "attributes")))
            request_fail(context, ERROR_INVALID_RELATIONSHIP,
                         arena_printf(context->arena, POINTER "/data/%zu", i),
                         "Variable options need a variable-name, a variable-type and options");
}

/* [{name, type, options}] */
static const char *options_json(struct context *context, const struct json_value *options)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(options); i++) {
        const struct json_value *attribute = json_get(json_at(options, i), "attributes");
        struct buf choices;
        buf_init(&choices, context->arena);
        json_print(&choices, json_get(attribute, "options"));
        json_object_begin(&w);
        json_member_string(&w, "name", json_text(json_get(attribute, "variable-name")));
        json_member_string(&w, "type", json_text(json_get(attribute, "variable-type")));
        json_member_raw(&w, "options", buf_str(&choices));
        json_object_end(&w);
    }
    json_array_end(&w);
    return buf_str(&out);
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    const struct json_value *options = options_of(patch);

    if (options && CONTEXT_QUERY(context, STATEMENT_NO_CODE_VARIABLE_OPTION_CLEAR, NULL, id))
        (void)CONTEXT_QUERY(context, STATEMENT_NO_CODE_VARIABLE_OPTION_CREATE, NULL, id,
                            options_json(context, options));
}

#define ONE "/api/v2/no-code-modules/:no_code_module_id"

static const struct route routes[] = {
    {{HTTP_POST, "/api/v2/organizations/:organization/no-code-modules"},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_NO_CODE_MODULE_CREATE,
     STATEMENT_NO_CODE_MODULE_SHOW,
     .status = 200},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_NO_CODE_MODULE_SHOW, PERMISSION_MASK(ORG_READ)},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_NO_CODE_MODULE_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_NO_CODE_MODULE_UPDATE,
     STATEMENT_NO_CODE_MODULE_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_NO_CODE_MODULE_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_NO_CODE_MODULE_DELETE},
    {{HTTP_GET, ONE "/versions/:version/module-variables"},
     ROUTE_LIST,
     STATEMENT_REGISTRY_MODULE_VARIABLE_LIST,
     PERMISSION_MASK(ORG_READ),
     .flags = ROUTE_UNPAGED,
     .resource = &module_variable_resource},
    {0},
};

const struct resource no_code_module_resource = {
    .type = "no-code-modules",
    .audit = "no_code_module",
    .id_prefix = "nocode-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
