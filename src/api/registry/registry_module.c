/* Modules of the registry. A private one belongs to the organization and is named after it; a
 * public one only says that a module of the public registry is wanted here. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/registry/registry_area.h"
#include "api/tags/tags.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "jsonapi/render.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 64,
     .check = check_name},
    {"provider", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 64,
     .check = check_name},
    {"registry-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_CREATE_ONLY, .choices = "private|public",
     .initial = "\"private\""},
    {"namespace", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"no-code", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_NO_COLUMN},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"version-statuses", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY},
    {"revoked-versions", ATTRIBUTE_STRINGS, .flags = ATTRIBUTE_READ_ONLY},
    {"publishing-mechanism", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"test-config", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN, .constant = "null"},
    {"vcs-repo", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN, .constant = "null"},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"no-code-modules", RELATION_MANY, "no-code-modules", "no_code_ids"},
    {"tag-bindings", RELATION_LINK, .related = "/api/v2/registry-modules/{id}/tag-bindings"},
    {0},
};

static const struct permission permissions[] = {
    {"can-delete", PERMISSION_MASK(ORG_MODULES)},
    {"can-resync", PERMISSION_MASK(ORG_MODULES)},
    {"can-retry", PERMISSION_MASK(ORG_MODULES)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/organizations/{organization}/registry-modules/{registry_name}/{namespace}/"
             "{name}/{provider}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {"no_code_modules", "no_code_ids", &no_code_module_resource, STATEMENT_NO_CODE_MODULE_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"registry_modules_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {0},
};

static void write_namespace(struct context *context, struct patch *patch)
{
    const char *registry = json_text(patch_attribute(patch, "registry-name"));
    const char *namespace = json_text(patch_attribute(patch, "namespace"));
    const char *own = scope_get(context, "name");

    if (registry && strcmp(registry, "public") == 0) {
        if (!namespace || !*namespace)
            patch_fail(context, "namespace", "can't be blank");
        else if (check_name(context, namespace))
            patch_fail(context, "namespace", check_name(context, namespace));
        else
            patch_string(patch, "namespace", namespace);
    } else if (namespace && *namespace && strcmp(namespace, own) != 0) {
        patch_fail(context, "namespace", "of a private module is the organization's name");
    }
}

/* Versions are uploaded, none is fetched from a repository yet; and nothing runs tests. */
static void refuse_vcs(struct context *context, const struct patch *patch)
{
    const struct json_value *vcs = patch_attribute(patch, "vcs-repo");
    const struct json_value *tests =
        json_get(patch_attribute(patch, "test-config"), "tests-enabled");

    if (vcs && json_kind(vcs) != JSON_NULL)
        patch_fail(context, "vcs-repo", "is not taken for modules yet: upload versions");
    if (json_kind(tests) == JSON_BOOL && json_boolean(tests))
        patch_fail(context, "test-config", "cannot enable tests: nothing runs them here");
}

static void before_write(struct context *context, struct patch *patch)
{
    refuse_vcs(context, patch);
    if (patch->create)
        write_namespace(context, patch);
    tag_bindings_check(context, json_get(patch_relationship(patch, "tag-bindings"), "data"));
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    const struct json_value *no_code = patch_attribute(patch, "no-code");

    if (json_kind(no_code) == JSON_BOOL)
        (void)CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_NO_CODE, NULL, id,
                            json_boolean(no_code) ? "t" : "f");
    registry_area_write_tags(context, patch, id, NULL);
}

static void delete_modules(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_DELETE, NULL, scope_get(context, "ids")))
        reply_no_content(context);
}

/* Publishing from a repository. */
static void create_of_repository(struct context *context)
{
    request_fail(
        context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/vcs-repo",
        "Vcs repo is not taken for modules yet; create the module without a repository and "
        "upload its versions");
}

/* Commits are a repository's. */
static void list_commits(struct context *context)
{
    request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

/* Whether a name is still free: for forms, before somebody tries. */
static const struct attribute validation_attributes[] = {
    {"module-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"provider-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"valid", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct resource validation_resource = {
    .type = "registry-module-address-validations",
    .attributes = validation_attributes,
};

static void show_validation(struct context *context)
{
    static const char *const needed[] = {"name", "provider"};
    static const char *const pointers[] = {"?name", "?provider"};

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        const char *value = http_query(context->request, needed[i]);
        if (!value || !*value)
            request_fail(context, ERROR_BAD_REQUEST, pointers[i], "%s can't be blank", needed[i]);
    }
    if (!request_failed(context))
        render_document(context, &validation_resource, context->rows, false, 200);
}

static const struct filter validation_filters[] = {{"name"}, {"provider"}, {0}};

static const struct filter list_filters[] = {
    {"q"}, {"filter[registry_name]"}, {"filter[provider]"}, {"filter[organization_name]"}, {0},
};

#define ALL "/api/v2/organizations/:organization/registry-modules"
#define NAME ALL "/:registry/:namespace/:name"
#define ONE NAME "/:provider"
#define DELETE_2017 "/api/v2/registry-modules/actions/delete/:organization/:name"

#define DELETE_ROUTE(METHOD, PATTERN, LOAD)                                                        \
    {                                                                                              \
        {METHOD, PATTERN}, ROUTE_ACTION, LOAD, PERMISSION_MASK(ORG_MODULES),                       \
            .handler = delete_modules, .audit = "destroy", .flags = ROUTE_NO_DOCUMENT,             \
            .status = 204                                                                          \
    }

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_REGISTRY_MODULE_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = list_filters},
    {{HTTP_POST, ALL},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_REGISTRY_MODULE_CREATE,
     STATEMENT_REGISTRY_MODULE_SHOW},
    {{HTTP_POST, ALL "/vcs"},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     .handler = create_of_repository},
    {{HTTP_POST, "/api/v2/registry-modules"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     .handler = create_of_repository},
    {{HTTP_GET, ALL "/validation"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_MODULE_VALIDATE,
     PERMISSION_MASK(ORG_READ),
     .handler = show_validation,
     .filters = validation_filters},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_REGISTRY_MODULE_SHOW_NAMED, PERMISSION_MASK(ORG_READ)},
    {{HTTP_GET, "/api/v2/registry-modules/show/:organization/:name/:provider"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_MODULE_SHOW_2017,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_GET, "/api/v2/registry-modules/:registry_module_id"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_MODULE_SHOW,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_REGISTRY_MODULE_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_REGISTRY_MODULE_UPDATE,
     STATEMENT_REGISTRY_MODULE_SHOW},
    DELETE_ROUTE(HTTP_DELETE, NAME, STATEMENT_REGISTRY_MODULE_LOAD_NAME),
    DELETE_ROUTE(HTTP_DELETE, ONE, STATEMENT_REGISTRY_MODULE_LOAD),
    DELETE_ROUTE(HTTP_POST, DELETE_2017, STATEMENT_REGISTRY_MODULE_LOAD_NAME_2017),
    DELETE_ROUTE(HTTP_POST, DELETE_2017 "/:provider", STATEMENT_REGISTRY_MODULE_LOAD_PROVIDER_2017),
    {{HTTP_GET, ONE "/commits"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_MODULE_LOAD,
     PERMISSION_MASK(ORG_READ),
     .handler = list_commits},
    {{HTTP_GET, "/api/v2/registry-modules/:registry_module_id/tag-bindings"},
     ROUTE_LIST,
     STATEMENT_REGISTRY_MODULE_BINDING_LIST,
     PERMISSION_MASK(ORG_READ),
     .flags = ROUTE_UNPAGED,
     .resource = &tag_binding_resource},
    {0},
};

const struct resource registry_module_resource = {
    .type = "registry-modules",
    .audit = "registry_module",
    .id_prefix = "mod-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
