/* Versions of Terraform, OPA and Sentinel (today-admin.md section 2): three types that differ in
 * nothing but their name. url and sha are those of the program for amd64. */
#include "api/resources.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const char *check_version(struct context *context, const char *value)
{
    (void)context;
    size_t len = strspn(value, "0123456789."
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-+");
    return value[len] || !strchr("0123456789", value[0]) ? "is no version" : NULL;
}

static const struct attribute attributes[] = {
    {"version", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 64, .check = check_version},
    /* These three are written by the hook, together. */
    {"url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN, .max = 2048},
    {"sha", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN, .max = 2048},
    {"archs", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN},
    {"deprecated", ATTRIBUTE_BOOL, .initial = "false"},
    {"deprecated-reason", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 1024},
    {"official", ATTRIBUTE_BOOL, .initial = "false"},
    {"enabled", ATTRIBUTE_BOOL, .initial = "true"},
    {"beta", ATTRIBUTE_BOOL, .initial = "false"},
    {"usage", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct constraint constraints[] = {
    {"tool_versions_version_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/version",
     "Version has already been taken"},
    {0},
};

/* --- Where each program is --- */

struct place {
    const char *url;
    const char *sha;
};

static void write_place(struct json_writer *w, struct place place, const char *os, const char *arch)
{
    json_object_begin(w);
    json_member_string(w, "url", place.url);
    json_member_string(w, "sha", place.sha);
    json_member_string(w, "os", os);
    json_member_string(w, "arch", arch);
    json_object_end(w);
}

/* What is wrong with a member of archs, or NULL. */
static const char *arch_problem(const struct json_value *item)
{
    const char *os = json_text(json_get(item, "os"));
    const char *arch = json_text(json_get(item, "arch"));
    const char *url = json_text(json_get(item, "url"));
    const char *sha = json_text(json_get(item, "sha"));

    if (!url || !*url || !sha || !*sha)
        return "must each have a url and a sha";
    if (!os || strcmp(os, "linux") != 0)
        return "must each have the os linux";
    if (!arch || !patch_is_choice("amd64|arm64|s390x", arch))
        return "must each have the arch amd64, arm64 or s390x";
    return NULL;
}

static void write_archs(struct context *context, struct patch *patch,
                        const struct json_value *given)
{
    struct place amd64 = {"", ""};
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(given); i++) {
        const struct json_value *item = json_at(given, i);
        const char *problem = arch_problem(item);
        if (problem) {
            patch_fail(context, "archs", problem);
            return;
        }
        const char *arch = json_text(json_get(item, "arch"));
        struct place place = {json_text(json_get(item, "url")), json_text(json_get(item, "sha"))};
        if (strcmp(arch, "amd64") == 0)
            amd64 = place;
        write_place(&w, place, "linux", arch);
    }
    json_array_end(&w);
    patch_json(patch, "archs", buf_str(&out));
    patch_string(patch, "url", amd64.url);
    patch_string(patch, "sha", amd64.sha);
}

/* One program, for amd64: it takes the place of all. */
static void write_single(struct context *context, struct patch *patch, struct place place)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    write_place(&w, place, "linux", "amd64");
    json_array_end(&w);
    patch_json(patch, "archs", buf_str(&out));
    patch_string(patch, "url", place.url);
    patch_string(patch, "sha", place.sha);
}

static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *archs = patch_attribute(patch, "archs");
    struct place given = {json_text(patch_attribute(patch, "url")),
                          json_text(patch_attribute(patch, "sha"))};

    patch_string(patch, "tool", scope_get(context, "tool"));
    if (json_length(archs) > 0) {
        write_archs(context, patch, archs);
        return;
    }
    if (patch->create) {
        if (!given.url || !*given.url)
            patch_fail(context, "url", "can't be blank");
        if (!given.sha || !*given.sha)
            patch_fail(context, "sha", "can't be blank");
    } else if (!given.url && !given.sha) {
        return;
    }
    if (!given.url)
        given.url = scope_get(context, "url");
    if (!given.sha)
        given.sha = scope_get(context, "sha");
    if (!request_failed(context))
        write_single(context, patch, given);
}

static void delete_version(struct context *context)
{
    long long usage = rows_int(context->rows, 0, "usage");

    if (usage > 0) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The version is used by %lld workspace%s",
                     usage, usage == 1 ? "" : "s");
        return;
    }
    if (CONTEXT_QUERY(context, STATEMENT_TOOL_VERSION_DELETE, NULL, scope_get(context, "id")))
        reply_no_content(context);
}

static const struct filter list_filters[] = {
    {"filter[version]"},
    {"search[version]"},
    {0},
};

/* The statements are one a tool: the path says which. */
#define ROUTES(path, TOOL)                                                                         \
    {                                                                                              \
        {{HTTP_GET, (path)},                                                                       \
         ROUTE_LIST,                                                                               \
         STATEMENT_##TOOL##_VERSION_LIST,                                                          \
         .filters = list_filters,                                                                  \
         .principals = PRINCIPALS_USER},                                                           \
            {{HTTP_POST, (path)},                                                                  \
             ROUTE_CREATE,                                                                         \
             STATEMENT_##TOOL##_VERSION_LOAD,                                                      \
             .write = STATEMENT_TOOL_VERSION_CREATE,                                               \
             .reply = STATEMENT_##TOOL##_VERSION_SHOW,                                             \
             .principals = PRINCIPALS_USER},                                                       \
            {{HTTP_GET, path "/:id"},                                                              \
             ROUTE_SHOW,                                                                           \
             STATEMENT_##TOOL##_VERSION_SHOW,                                                      \
             .principals = PRINCIPALS_USER},                                                       \
            {{HTTP_PATCH, path "/:id"},                                                            \
             ROUTE_UPDATE,                                                                         \
             STATEMENT_##TOOL##_VERSION_SHOW,                                                      \
             .write = STATEMENT_TOOL_VERSION_UPDATE,                                               \
             .reply = STATEMENT_##TOOL##_VERSION_SHOW,                                             \
             .principals = PRINCIPALS_USER},                                                       \
            {{HTTP_DELETE, path "/:id"},                                                           \
             ROUTE_DELETE,                                                                         \
             STATEMENT_##TOOL##_VERSION_SHOW,                                                      \
             .handler = delete_version,                                                            \
             .principals = PRINCIPALS_USER},                                                       \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct route terraform_routes[] =
    ROUTES("/api/v2/admin/terraform-versions", TERRAFORM);
static const struct route opa_routes[] = ROUTES("/api/v2/admin/opa-versions", OPA);
static const struct route sentinel_routes[] = ROUTES("/api/v2/admin/sentinel-versions", SENTINEL);

#define RESOURCE_OF(type_, audit_, routes_)                                                        \
    {                                                                                              \
        .type = (type_), .id_prefix = "tool-", .audit = (audit_), .attributes = attributes,        \
        .constraints = constraints, .before_write = before_write, .routes = (routes_),             \
    }

const struct resource terraform_version_resource =
    RESOURCE_OF("terraform-versions", "terraform_version", terraform_routes);
const struct resource opa_version_resource = RESOURCE_OF("opa-versions", "opa_version", opa_routes);
const struct resource sentinel_version_resource =
    RESOURCE_OF("sentinel-versions", "sentinel_version", sentinel_routes);
