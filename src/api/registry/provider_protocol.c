/* providers.v1, which the CLI speaks to install a provider (today-registry-vcs.md 5.2): the
 * versions, and of one the zip, its sums, their signature and the keys that may have made it. */
#include "api/resources.h"

#include "api/registry/registry_area.h"
#include "base/arena.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static void begin(struct context *context, struct json_writer *w)
{
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/json; charset=utf-8");
    json_writer_init(w, &context->request->body);
    json_object_begin(w);
}

static void write_protocols(struct context *context, struct json_writer *w, size_t row)
{
    const char **items;
    size_t count = rows_array(context->arena, rows_get(context->rows, row, "protocols"), &items);

    json_key(w, "protocols");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, items[i]);
    json_array_end(w);
}

static void list_versions(struct context *context)
{
    struct json_writer w;

    begin(context, &w);
    json_member_string(&w, "id",
                       arena_printf(context->arena, "%s/%s", context_param(context, 0),
                                    context_param(context, 1)));
    json_key(&w, "versions");
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(context->rows); i++) {
        if (!rows_get(context->rows, i, "id"))
            continue;
        json_object_begin(&w);
        json_member_string(&w, "version", rows_get(context->rows, i, "version"));
        write_protocols(context, &w, i);
        json_member_raw(&w, "platforms", rows_get(context->rows, i, "platforms"));
        json_object_end(&w);
    }
    json_array_end(&w);
    json_member_null(&w, "warnings");
    json_object_end(&w);
}

static void show_download(struct context *context)
{
    static const char *const texts[] = {"os", "arch", "filename"};
    const char *platform = rows_get(context->rows, 0, "id");
    const char *version = rows_get(context->rows, 0, "version_id");
    struct json_writer w;

    begin(context, &w);
    write_protocols(context, &w, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_member_string(&w, texts[i], rows_get(context->rows, 0, texts[i]));
    json_member_string(&w, "shasum", rows_get(context->rows, 0, "sha256"));
    json_member_string(&w, "download_url",
                       registry_provider_files_url(context, REGISTRY_FILE_BINARY, platform));
    json_member_string(&w, "shasums_url",
                       registry_provider_files_url(context, REGISTRY_FILE_SHASUMS, version));
    json_member_string(&w, "shasums_signature_url",
                       registry_provider_files_url(context, REGISTRY_FILE_SHASUMS_SIG, version));
    json_key(&w, "signing_keys");
    json_object_begin(&w);
    json_member_raw(&w, "gpg_public_keys", rows_get(context->rows, 0, "signing_keys"));
    json_object_end(&w);
    json_object_end(&w);
}

#define PROVIDER "/api/registry/v1/providers/:namespace/:name"

static const struct route routes[] = {
    {{HTTP_GET, PROVIDER "/versions"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_PROVIDER_VERSION_LIST,
     PERMISSION_MASK(ORG_READ),
     .handler = list_versions,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_GET, PROVIDER "/:version/download/:os/:arch"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_PROVIDER_SHOW,
     PERMISSION_MASK(ORG_READ),
     .handler = show_download,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {0},
};

const struct resource provider_protocol_resource = {
    .type = "provider-protocol",
    .routes = routes,
};
