/* Providers of the registry. A private one is published here, version by version; a public one only
 * says that a provider of the public registry is wanted. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/registry/registry_area.h"
#include "api/tags/tags.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 64,
     .check = check_name},
    {"namespace", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"registry-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    /* What the official client reads, and what the documents call it. */
    {"registry-provider-versions", RELATION_MANY, "registry-provider-versions", "version_ids"},
    {"versions", RELATION_MANY, "registry-provider-versions", "version_ids",
     .related = "/api/v2/organizations/{organization}/registry-providers/{registry_name}/"
                "{namespace}/{name}/versions"},
    {"tag-bindings", RELATION_LINK, .related = "/api/v2/registry-providers/{id}/tag-bindings"},
    {0},
};

static const struct permission permissions[] = {
    {"can-delete", PERMISSION_MASK(ORG_PROVIDERS)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/organizations/{organization}/registry-providers/{registry_name}/{namespace}/"
             "{name}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {"registry_provider_versions", "version_ids", &registry_provider_version_resource,
     STATEMENT_REGISTRY_PROVIDER_VERSION_INCLUDE},
    {"versions", "version_ids", &registry_provider_version_resource,
     STATEMENT_REGISTRY_PROVIDER_VERSION_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"registry_providers_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {0},
};

static void write_registry(struct context *context, struct patch *patch)
{
    const char *registry = json_text(patch_attribute(patch, "registry-name"));

    if (!registry || !*registry)
        patch_fail(context, "registry-name", "can't be blank");
    if (!registry || !patch_is_choice("private|public", registry))
        patch_fail(context, "registry-name", "is not included in the list");
    else
        patch_string(patch, "registry_name", registry);
}

static void write_namespace(struct context *context, struct patch *patch)
{
    const char *registry = json_text(patch_attribute(patch, "registry-name"));
    const char *namespace = json_text(patch_attribute(patch, "namespace"));

    if (!namespace || !*namespace)
        patch_fail(context, "namespace", "can't be blank");
    else if (registry && strcmp(registry, "public") != 0) {
        if (strcmp(namespace, scope_get(context, "name")) != 0)
            patch_fail(context, "namespace", "of a private provider is the organization's name");
    } else if (check_name(context, namespace))
        patch_fail(context, "namespace", check_name(context, namespace));
    else
        patch_string(patch, "namespace", namespace);
}

static void before_write(struct context *context, struct patch *patch)
{
    if (patch->create) {
        write_registry(context, patch);
        if (!request_failed(context))
            write_namespace(context, patch);
    }
    tag_bindings_check(context, json_get(patch_relationship(patch, "tag-bindings"), "data"));
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    registry_area_write_tags(context, patch, NULL, id);
}

static const struct filter list_filters[] = {
    {"q"},
    {"filter[registry_name]"},
    {"filter[organization_name]"},
    {0},
};

#define ALL "/api/v2/organizations/:organization/registry-providers"
#define ONE ALL "/:registry/:namespace/:name"

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_REGISTRY_PROVIDER_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = list_filters},
    {{HTTP_POST, ALL},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_PROVIDERS),
     STATEMENT_REGISTRY_PROVIDER_CREATE,
     STATEMENT_REGISTRY_PROVIDER_SHOW},
    {{HTTP_GET, ONE},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROVIDER_SHOW_NAMED,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_GET, "/api/v2/registry-providers/:registry_provider_id"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROVIDER_SHOW,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_REGISTRY_PROVIDER_LOAD,
     PERMISSION_MASK(ORG_PROVIDERS),
     STATEMENT_REGISTRY_PROVIDER_UPDATE,
     STATEMENT_REGISTRY_PROVIDER_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_REGISTRY_PROVIDER_LOAD,
     PERMISSION_MASK(ORG_PROVIDERS),
     STATEMENT_REGISTRY_PROVIDER_DELETE},
    {{HTTP_GET, "/api/v2/registry-providers/:registry_provider_id/tag-bindings"},
     ROUTE_LIST,
     STATEMENT_REGISTRY_PROVIDER_BINDING_LIST,
     PERMISSION_MASK(ORG_READ),
     .flags = ROUTE_UNPAGED,
     .resource = &tag_binding_resource},
    {0},
};

const struct resource registry_provider_resource = {
    .type = "registry-providers",
    .audit = "registry_provider",
    .id_prefix = "prov-",
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
