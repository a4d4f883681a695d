/* modules.v1, which the CLI and the pages of a registry speak (today-registry-vcs.md 5.1): plain
 * JSON with underscores. Only versions that are complete are there. */
#include "api/resources.h"

#include <string.h>

#include "api/registry/registry_area.h"
#include "base/arena.h"
#include "base/clock.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define BASE "/api/registry/v1/modules"

static void begin(struct context *context, struct json_writer *w)
{
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/json; charset=utf-8");
    json_writer_init(w, &context->request->body);
}

static const char *cell(const struct context *context, size_t row, const char *column)
{
    return rows_get(context->rows, row, column);
}

/* --- Versions --- */

static void write_version(struct context *context, struct json_writer *w, size_t row)
{
    json_object_begin(w);
    json_member_string(w, "version", cell(context, row, "version"));
    json_key(w, "deprecation");
    if (rows_bool(context->rows, row, "deprecated")) {
        json_object_begin(w);
        json_member_string(w, "reason", cell(context, row, "deprecation_reason"));
        json_member_string(w, "link", cell(context, row, "deprecation_link"));
        json_object_end(w);
    } else {
        json_null(w);
    }
    json_member_raw(w, "root", cell(context, row, "root"));
    json_member_raw(w, "submodules", cell(context, row, "submodules"));
    json_object_end(w);
}

static void list_versions(struct context *context)
{
    struct json_writer w;

    begin(context, &w);
    json_object_begin(&w);
    json_key(&w, "modules");
    json_array_begin(&w);
    json_object_begin(&w);
    json_member_string(&w, "source",
                       arena_printf(context->arena, "%s/%s/%s", cell(context, 0, "namespace"),
                                    cell(context, 0, "name"), cell(context, 0, "provider")));
    json_key(&w, "versions");
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(context->rows); i++)
        if (cell(context, i, "id"))
            write_version(context, &w, i);
    json_array_end(&w);
    json_object_end(&w);
    json_array_end(&w);
    json_object_end(&w);
}

/* --- One module --- */

/* Who published it and what it is about is told by a repository, and there is none. */
static void write_short(struct context *context, struct json_writer *w, size_t row)
{
    char time[CLOCK_WIRE_SIZE];
    const char *namespace = cell(context, row, "namespace"), *name = cell(context, row, "name");
    const char *provider = cell(context, row, "provider"), *version = cell(context, row, "version");

    json_member_string(
        w, "id", arena_printf(context->arena, "%s/%s/%s/%s", namespace, name, provider, version));
    json_member_string(w, "owner", "");
    json_member_string(w, "namespace", namespace);
    json_member_string(w, "name", name);
    json_member_string(w, "version", version);
    json_member_string(w, "provider", provider);
    json_member_string(w, "description", "");
    json_member_string(w, "source", "");
    json_member_string(w, "published_at",
                       clock_from_pg(cell(context, row, "published_at"), time) ? time : NULL);
    json_member_int(w, "downloads", 0);
    json_member_bool(w, "verified", false);
}

static void write_strings(struct context *context, struct json_writer *w, const char *key)
{
    const char **items;
    size_t count = rows_array(context->arena, cell(context, 0, key), &items);

    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, items[i]);
    json_array_end(w);
}

static void show(struct context *context)
{
    static const char *const parts[] = {"root", "submodules", "examples"};
    struct json_writer w;

    begin(context, &w);
    json_object_begin(&w);
    write_short(context, &w, 0);
    json_member_string(&w, "provider_logo_url", "");
    json_member_string(&w, "tag", "");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        json_member_raw(&w, parts[i], cell(context, 0, parts[i]));
    write_strings(context, &w, "providers");
    write_strings(context, &w, "versions");
    json_object_end(&w);
}

static void download(struct context *context)
{
    context->request->status = 204;
    http_header(context->request, "X-Terraform-Get",
                registry_module_archive_url(context, cell(context, 0, "id")));
}

static void download_latest(struct context *context)
{
    const char *namespace = cell(context, 0, "namespace"), *name = cell(context, 0, "name");

    context->request->status = 302;
    /* Names and versions hold nothing that would need an escape, but + which stands for itself. */
    http_header(context->request, "Location",
                arena_printf(context->arena, BASE "/%s/%s/%s/%s/download", namespace, name,
                             cell(context, 0, "provider"), cell(context, 0, "version")));
}

/* --- Lists --- */

static void member_offset(struct context *context, struct json_writer *w, const char *which,
                          long long offset, long long limit)
{
    const char *url = arena_printf(context->arena, "%s?limit=%lld&offset=%lld",
                                   context->request->path, limit, offset);
    json_member_int(w, arena_printf(context->arena, "%s_offset", which), offset);
    json_member_string(w, arena_printf(context->arena, "%s_url", which), url);
}

static void write_meta(struct context *context, struct json_writer *w)
{
    long long offset = rows_int(context->rows, 0, "row_offset");
    long long limit = rows_int(context->rows, 0, "row_limit");

    json_key(w, "meta");
    json_object_begin(w);
    json_member_int(w, "limit", limit);
    json_member_int(w, "current_offset", offset);
    if (offset + limit < rows_int(context->rows, 0, "total"))
        member_offset(context, w, "next", offset + limit, limit);
    if (offset > 0)
        member_offset(context, w, "prev", offset > limit ? offset - limit : 0, limit);
    json_object_end(w);
}

static void list(struct context *context)
{
    struct json_writer w;

    begin(context, &w);
    json_object_begin(&w);
    write_meta(context, &w);
    json_key(&w, "modules");
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(context->rows); i++) {
        if (!cell(context, i, "id"))
            continue;
        json_object_begin(&w);
        write_short(context, &w, i);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
}

static void search(struct context *context)
{
    const char *q = http_query(context->request, "q");

    if (q && *q)
        list(context);
    else
        request_fail(context, ERROR_BAD_REQUEST, "?q", "q can't be blank");
}

static const struct filter all_filters[] = {
    {"offset"}, {"limit"}, {"provider"}, {"verified"}, {"q"}, {"namespace"}, {0},
};
static const struct filter namespace_filters[] = {
    {"offset"}, {"limit"}, {"provider"}, {"verified"}, {0},
};
static const struct filter provider_filters[] = {{"offset"}, {"limit"}, {0}};

#define MODULE BASE "/:namespace/:name/:provider"

static const struct route routes[] = {
    {{HTTP_GET, BASE},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_MODULE_LIST,
     .handler = list,
     .filters = all_filters},
    {{HTTP_GET, BASE "/search"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_MODULE_LIST,
     .handler = search,
     .filters = all_filters},
    {{HTTP_GET, BASE "/:namespace"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_NAMESPACE_LIST,
     PERMISSION_MASK(ORG_READ),
     .handler = list,
     .filters = namespace_filters},
    {{HTTP_GET, BASE "/:namespace/:name"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_PROVIDER_LIST,
     PERMISSION_MASK(ORG_READ),
     .handler = list,
     .filters = provider_filters},
    {{HTTP_GET, MODULE},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_MODULE_LATEST,
     PERMISSION_MASK(ORG_READ),
     .handler = show,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_GET, MODULE "/versions"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_VERSION_LIST,
     PERMISSION_MASK(ORG_READ),
     .handler = list_versions,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_GET, MODULE "/download"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_MODULE_LATEST,
     PERMISSION_MASK(ORG_READ),
     .handler = download_latest,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_GET, MODULE "/:version"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_MODULE_SHOW,
     PERMISSION_MASK(ORG_READ),
     .handler = show,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_GET, MODULE "/:version/download"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_PROTOCOL_MODULE_SHOW,
     PERMISSION_MASK(ORG_READ),
     .handler = download,
     .principals = PRINCIPALS_ALL_AND_RUN},
    {0},
};

const struct resource module_protocol_resource = {
    .type = "module-protocol",
    .routes = routes,
};
