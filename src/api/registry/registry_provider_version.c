/* Versions of a private provider: which key signs it, and where its SHA256SUMS go. */
#include "api/resources.h"

#include "api/registry/registry_area.h"
#include "blob/blob.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const struct attribute attributes[] = {
    {"version", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 128,
     .check = registry_area_check_version},
    {"key-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 64},
    {"protocols", ATTRIBUTE_STRINGS, .flags = ATTRIBUTE_CREATE_ONLY},
    {"shasums-uploaded", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"shasums-sig-uploaded", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"registry-provider", RELATION_ONE, "registry-providers", "provider_id",
     .related = "/api/v2/registry-providers/{provider_id}"},
    {"platforms", RELATION_MANY, "registry-provider-platforms", "platform_ids"},
    {0},
};

static const struct permission permissions[] = {
    {"can-delete", PERMISSION_MASK(ORG_PROVIDERS)},
    {"can-upload-asset", PERMISSION_MASK(ORG_PROVIDERS)},
    {0},
};

static const struct constraint constraints[] = {
    {"registry_provider_versions_version_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/version",
     "Version has already been taken"},
    {0},
};

static void render_links(struct context *context, struct json_writer *w, const struct row *row)
{
    registry_provider_files_link(context, w, row, REGISTRY_FILE_SHASUMS,
                                 row_get(row, "shasums_uploaded")[0] == 't');
    registry_provider_files_link(context, w, row, REGISTRY_FILE_SHASUMS_SIG,
                                 row_get(row, "shasums_sig_uploaded")[0] == 't');
}

/* The binaries that cascade along are collected later. */
static void delete_version(struct context *context)
{
    static const char *const columns[] = {"shasums_blob_id", "shasums_sig_blob_id"};

    if (!CONTEXT_QUERY(context, STATEMENT_REGISTRY_PROVIDER_VERSION_DELETE, NULL,
                       scope_get(context, "id"), principal_actor(&context->principal)))
        return;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        const char *blob = scope_get(context, columns[i]);
        if (blob && !db_ok(context, blob_release(context->service->db, context->arena, blob)))
            return;
    }
    reply_no_content(context);
}

#define ALL                                                                                        \
    "/api/v2/organizations/:organization/registry-providers/private/:namespace/:name/versions"
#define ONE ALL "/:version"

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_REGISTRY_PROVIDER_VERSION_LIST,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_POST, ALL},
     ROUTE_CREATE,
     STATEMENT_REGISTRY_PROVIDER_LOAD_PRIVATE,
     PERMISSION_MASK(ORG_PROVIDERS),
     STATEMENT_REGISTRY_PROVIDER_VERSION_CREATE,
     STATEMENT_REGISTRY_PROVIDER_VERSION_SHOW},
    {{HTTP_GET, ONE},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROVIDER_VERSION_SHOW_NAMED,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_REGISTRY_PROVIDER_VERSION_LOAD,
     PERMISSION_MASK(ORG_PROVIDERS),
     .handler = delete_version},
    {0},
};

const struct resource registry_provider_version_resource = {
    .type = "registry-provider-versions",
    .audit = "registry_provider_version",
    .id_prefix = "provver-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .constraints = constraints,
    .render_links = render_links,
    .routes = routes,
};
