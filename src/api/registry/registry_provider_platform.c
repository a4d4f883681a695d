/* What a version runs on: an operating system, an architecture, and the zip for them. The sum that
 * is announced here is shown as it was; clients get that of the bytes. */
#include "api/resources.h"

#include "api/registry/registry_area.h"
#include "blob/blob.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#include <string.h>

/* It stands in paths and file names. */
static const char *check_word(struct context *context, const char *value)
{
    (void)context;
    return value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")]
               ? "is invalid"
               : NULL;
}

static const char *check_filename(struct context *context, const char *value)
{
    (void)context;
    return strchr(value, '/') || strchr(value, '\\') || value[0] == '.' ? "is no file name" : NULL;
}

static const struct attribute attributes[] = {
    {"os", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 64,
     .check = check_word},
    {"arch", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 64,
     .check = check_word},
    {"filename", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 255,
     .check = check_filename},
    {"shasum", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 128},
    {"provider-binary-uploaded", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"registry-provider-version", RELATION_ONE, "registry-provider-versions", "version_id"},
    {0},
};

static const struct permission permissions[] = {
    {"can-delete", PERMISSION_MASK(ORG_PROVIDERS)},
    {"can-upload-asset", PERMISSION_MASK(ORG_PROVIDERS)},
    {0},
};

static const struct constraint constraints[] = {
    {"registry_provider_platforms_platform_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/os",
     "Os and arch have already been taken"},
    {0},
};

static void render_links(struct context *context, struct json_writer *w, const struct row *row)
{
    registry_provider_files_link(context, w, row, REGISTRY_FILE_BINARY,
                                 row_get(row, "provider_binary_uploaded")[0] == 't');
}

static void delete_platform(struct context *context)
{
    const char *blob = scope_get(context, "blob_id");

    if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_PROVIDER_PLATFORM_DELETE, NULL,
                      scope_get(context, "id"), principal_actor(&context->principal)) &&
        (!blob || db_ok(context, blob_release(context->service->db, context->arena, blob))))
        reply_no_content(context);
}

#define ALL                                                                                        \
    "/api/v2/organizations/:organization/registry-providers/private/:namespace/:name/versions/"    \
    ":version/platforms"
#define ONE ALL "/:os/:arch"

#define FILE_ROUTES(NAME)                                                                          \
    {{HTTP_PUT, "/api/v2/objects/provider-" NAME "-upload/:token"},                                \
     ROUTE_RAW,                                                                                    \
     .handler = registry_provider_files_upload},                                                   \
    {                                                                                              \
        {HTTP_GET, "/api/v2/objects/provider-" NAME "/:token"}, ROUTE_RAW,                         \
            .handler = registry_provider_files_download                                            \
    }

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_REGISTRY_PROVIDER_PLATFORM_LIST,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_POST, ALL},
     ROUTE_CREATE,
     STATEMENT_REGISTRY_PROVIDER_VERSION_LOAD,
     PERMISSION_MASK(ORG_PROVIDERS),
     STATEMENT_REGISTRY_PROVIDER_PLATFORM_CREATE,
     STATEMENT_REGISTRY_PROVIDER_PLATFORM_SHOW},
    {{HTTP_GET, ONE},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROVIDER_PLATFORM_SHOW_NAMED,
     PERMISSION_MASK(ORG_READ)},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_REGISTRY_PROVIDER_PLATFORM_LOAD,
     PERMISSION_MASK(ORG_PROVIDERS),
     .handler = delete_platform},
    FILE_ROUTES("shasums"),
    FILE_ROUTES("shasums-sig"),
    FILE_ROUTES("binary"),
    {0},
};

const struct resource registry_provider_platform_resource = {
    .type = "registry-provider-platforms",
    .audit = "registry_provider_platform",
    .id_prefix = "provpltfrm-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .constraints = constraints,
    .render_links = render_links,
    .routes = routes,
};
