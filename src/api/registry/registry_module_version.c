/* Versions of a module: made, filled by an upload, perhaps deprecated and revoked later
 * (today-registry-vcs.md 1.5), deleted. */
#include "api/resources.h"

#include <string.h>

#include "api/registry/registry_area.h"
#include "blob/blob.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

/* Null unless revoked. */
static void render_revocation(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    if (row_get(row, "revoked")[0] != 't') {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_member_string(w, "status", "Revoked");
    json_member_string(w, "message", row_get(row, "revocation_message"));
    json_member_string(w, "link", row_get(row, "revocation_link"));
    json_object_end(w);
}

static void render_deprecation(struct context *context, struct json_writer *w,
                               const struct row *row)
{
    (void)context;
    if (row_get(row, "deprecated")[0] != 't') {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_member_string(w, "deprecated-status", "Deprecated");
    json_member_string(w, "reason", row_get(row, "deprecation_reason"));
    json_member_string(w, "link", row_get(row, "deprecation_link"));
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"version", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 128,
     .check = registry_area_check_version},
    {"commit-sha", ATTRIBUTE_STRING, .flags = ATTRIBUTE_CREATE_ONLY, .max = 64},
    {"source", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"error", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL},
    {"deprecation", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY, .render = render_deprecation},
    {"revocation", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY, .render = render_revocation},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"registry-module", RELATION_ONE, "registry-modules", "module_id",
     .related = "/api/v2/registry-modules/{module_id}"},
    {0},
};

static const struct constraint constraints[] = {
    {"registry_module_versions_version_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/version",
     "Version has already been taken"},
    {0},
};

/* The URL is a right, so only who has the right sees it. */
static bool shows_upload(const struct row *row)
{
    return row_get(row, "is_open")[0] == 't' &&
           registry_area_may(row, PERMISSION_MASK(ORG_MODULES));
}

static void render_upload(struct context *context, struct json_writer *w, const struct row *row)
{
    json_member_string(w, "upload", registry_module_upload_url(context, row_get(row, "id")));
}

static void before_write(struct context *context, struct patch *patch)
{
    (void)patch;
    if (strcmp(scope_get(context, "registry_name"), "public") == 0)
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "A module of the public registry has its versions there");
}

static void delete_version(struct context *context)
{
    const char *blob = scope_get(context, "blob_id");

    if (!CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_VERSION_DELETE, NULL,
                       scope_get(context, "id")) ||
        (blob && !db_ok(context, blob_release(context->service->db, context->arena, blob))) ||
        !CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_DELETE_EMPTY, NULL,
                       scope_get(context, "module_id")))
        return;
    reply_no_content(context);
}

/* --- Deprecating and revoking --- */

/* A version as the answer to its deprecation shows it. */
static const struct attribute deprecation_attributes[] = {
    {"reason", ATTRIBUTE_STRING, .column = "deprecation_reason"},
    {"link", ATTRIBUTE_STRING, .column = "deprecation_link"},
    {0},
};

static const struct resource deprecation_resource = {
    .type = "deprecations",
    .attributes = deprecation_attributes,
};

static const struct attribute no_attributes[] = {{0}};

static const struct relationship module_version_relationships[] = {
    {"deprecation", RELATION_ONE, "deprecations", "deprecation_id", .flags = RELATION_OMIT_NULL},
    {0},
};

static const struct inclusion module_version_inclusions[] = {
    {"deprecation", "deprecation_id", &deprecation_resource,
     STATEMENT_REGISTRY_MODULE_VERSION_INCLUDE},
    {0},
};

static const struct resource module_version_resource = {
    .type = "module-versions",
    .attributes = no_attributes,
    .relationships = module_version_relationships,
    .inclusions = module_version_inclusions,
};

/* +1: the word itself, -1: the word that takes it back, 0: neither (recorded). */
static int direction(struct context *context, const struct json_value *status,
                     const char *attribute, const char *word, const char *back)
{
    const char *text = json_text(status);
    if (text && strcmp(text, word) == 0)
        return 1;
    if (text && strcmp(text, back) == 0)
        return -1;
    patch_fail(context, attribute, "is not included in the list");
    return 0;
}

static const char *text_of(const struct json_value *object, const char *key, bool on)
{
    return on ? json_text(json_get(object, key)) : NULL;
}

static void deprecate(struct context *context, const struct json_value *deprecation)
{
    int way = direction(context, json_get(deprecation, "deprecated-status"), "deprecation",
                        "Deprecated", "Undeprecated");
    if (way < 0 && rows_bool(context->rows, 0, "revoked"))
        patch_fail(context, "deprecation", "cannot be taken back from a revoked version");
    if (way == 0 || request_failed(context))
        return;
    if (!CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_VERSION_DEPRECATE, NULL,
                       scope_get(context, "id"), way > 0 ? "t" : "f",
                       text_of(deprecation, "reason", way > 0),
                       text_of(deprecation, "link", way > 0)))
        return;
    reply_with(context, 200, STATEMENT_REGISTRY_MODULE_VERSION_SHOW, scope_get(context, "id"));
    context->reply.resource = &module_version_resource;
    context->includes[context->include_count++] = "deprecation";
}

static void revoke(struct context *context, const struct json_value *revocation)
{
    int way =
        direction(context, json_get(revocation, "status"), "revocation", "Revoked", "Unrevoked");
    if (way > 0 && !rows_bool(context->rows, 0, "deprecated"))
        patch_fail(context, "revocation", "needs a version that is deprecated");
    if (way == 0 || request_failed(context))
        return;
    if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_VERSION_REVOKE, NULL,
                      scope_get(context, "id"), way > 0 ? "t" : "f",
                      text_of(revocation, "message", way > 0),
                      text_of(revocation, "link", way > 0)))
        reply_with(context, 200, STATEMENT_REGISTRY_MODULE_VERSION_SHOW, scope_get(context, "id"));
}

static void change_lifecycle(struct context *context)
{
    const struct json_value *attribute = json_find(context->document, "data", "attributes", NULL);
    const struct json_value *deprecation = json_get(attribute, "deprecation");
    const struct json_value *revocation = json_get(attribute, "revocation");

    if (json_kind(revocation) == JSON_OBJECT)
        revoke(context, revocation);
    else if (json_kind(deprecation) == JSON_OBJECT)
        deprecate(context, deprecation);
    else
        patch_fail(context, "deprecation", "can't be blank");
}

static const struct filter show_filters[] = {
    {"module_version", .required = true},
    {0},
};

#define MODULE                                                                                     \
    "/api/v2/organizations/:organization/registry-modules/:registry/:namespace/:name/:provider"

static const struct route routes[] = {
    {{HTTP_POST, MODULE "/versions"},
     ROUTE_CREATE,
     STATEMENT_REGISTRY_MODULE_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_REGISTRY_MODULE_VERSION_CREATE,
     STATEMENT_REGISTRY_MODULE_VERSION_SHOW,
     .audit = "create_version"},
    {{HTTP_POST, "/api/v2/registry-modules/:organization/:name/:provider/versions"},
     ROUTE_CREATE,
     STATEMENT_REGISTRY_MODULE_LOAD_2017,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_REGISTRY_MODULE_VERSION_CREATE,
     STATEMENT_REGISTRY_MODULE_VERSION_SHOW,
     .audit = "create_version"},
    {{HTTP_GET, MODULE "/version"},
     ROUTE_SHOW,
     STATEMENT_REGISTRY_MODULE_VERSION_SHOW_NAMED,
     PERMISSION_MASK(ORG_READ),
     .filters = show_filters},
    {{HTTP_PATCH, MODULE "/:version"},
     ROUTE_ACTION,
     STATEMENT_REGISTRY_MODULE_VERSION_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     .handler = change_lifecycle,
     .audit = "update_version"},
    {{HTTP_DELETE, MODULE "/:version"},
     ROUTE_DELETE,
     STATEMENT_REGISTRY_MODULE_VERSION_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     .handler = delete_version,
     .audit = "destroy_version"},
    {{HTTP_POST, "/api/v2/registry-modules/actions/delete/:organization/:name/:provider/:version"},
     ROUTE_ACTION,
     STATEMENT_REGISTRY_MODULE_VERSION_LOAD_2017,
     PERMISSION_MASK(ORG_MODULES),
     .handler = delete_version,
     .flags = ROUTE_NO_DOCUMENT,
     .audit = "destroy_version",
     .status = 204},
    /* The official client looks for /object/ in the URL. */
    {{HTTP_PUT, "/api/v2/objects/module/object/:token"},
     ROUTE_RAW,
     .handler = registry_module_upload},
    {{HTTP_POST, "/api/v2/objects/module/object/:token"},
     ROUTE_RAW,
     .handler = registry_module_upload},
    {{HTTP_GET, "/api/v2/objects/module-archive/:token"},
     ROUTE_RAW,
     .handler = registry_module_archive},
    {0},
};

const struct resource registry_module_version_resource = {
    .type = "registry-module-versions",
    .audit = "registry_module",
    .id_prefix = "modver-",
    .attributes = attributes,
    .relationships = relationships,
    .constraints = constraints,
    .before_write = before_write,
    .render_links = render_upload,
    .has_links = shows_upload,
    .routes = routes,
};
