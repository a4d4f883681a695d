/* Configuration versions: the tables. */
#include "api/configurations/configurations.h"

#include "api/resources.h"
#include "jsonapi/context.h"
#include "jsonapi/render.h"

static void render_timestamps(struct context *context, struct json_writer *w, const struct row *row)
{
    /* The last two are what clients of the old API read (today-runs.md 11.1). */
    static const struct render_time times[] = {
        {"uploaded-at", "uploaded_at"},
        {"errored-at", "errored_at"},
        {"archived-at", "archived_at"},
        {"soft-delete-backing-data-at", "soft_deleted_at"},
        {"restore-backing-data-at", "restored_at"},
        {"permanently-delete-backing-data-at", "permanently_deleted_at"},
        {"started-at", "uploaded_at"},
        {"finished-at", "uploaded_at"},
    };

    (void)context;
    render_times(w, row, times, sizeof times / sizeof times[0]);
}

/* In the answer of the create and nowhere else. */
static void render_upload_url(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)row;
    json_string(w, context->reply.secret);
}

static const struct attribute attributes[] = {
    {"auto-queue-runs", ATTRIBUTE_BOOL, .initial = "true"},
    {"speculative", ATTRIBUTE_BOOL, .initial = "false"},
    {"provisional", ATTRIBUTE_BOOL, .initial = "false"},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"source", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"error", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"error-message", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status-timestamps", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY,
     .render = render_timestamps},
    {"upload-url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .render = render_upload_url},
    {0},
};

#define ONE "/api/v2/configuration-versions/:configuration_version_id"

static const struct relationship relationships[] = {
    {"ingress-attributes", RELATION_ONE, "ingress-attributes", "ingress_attributes_id",
     .related = "/api/v2/configuration-versions/{id}/ingress-attributes"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/configuration-versions/{id}"},
    {"download", "/api/v2/configuration-versions/{download_id}/download"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"ingress_attributes", "ingress_attributes_id", &ingress_attributes_resource,
     STATEMENT_INGRESS_ATTRIBUTES_INCLUDE},
    {.name = "run"},
    {0},
};

/* A run that the upload starts may apply itself when who made the version may (today-runs.md 11.5).
 */
static void before_write(struct context *context, struct patch *patch)
{
    patch_bool(patch, "may_auto_apply", context->scope & PERMISSION_MASK(RUN_APPLY));
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    (void)patch;
    context->reply.secret = configuration_upload_url(context, id);
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/configuration-versions"},
     ROUTE_LIST,
     STATEMENT_CONFIGURATION_VERSION_LIST,
     PERMISSION_MASK(READ)},
    {{HTTP_POST, "/api/v2/workspaces/:workspace_id/configuration-versions"},
     ROUTE_CREATE,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(RUN_PLAN),
     STATEMENT_CONFIGURATION_VERSION_CREATE,
     STATEMENT_CONFIGURATION_VERSION_SHOW,
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_POST, "/api/v2/organizations/:organization/tests/registry-modules/:registry/:namespace/"
                 ":name/:provider/test-runs/configuration-versions"},
     ROUTE_CREATE,
     STATEMENT_REGISTRY_MODULE_LOAD,
     PERMISSION_MASK(ORG_MODULES),
     STATEMENT_CONFIGURATION_VERSION_CREATE_FOR_MODULE,
     STATEMENT_CONFIGURATION_VERSION_SHOW,
     .flags = ROUTE_OPTIONAL_DOCUMENT,
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_CONFIGURATION_VERSION_SHOW, PERMISSION_MASK(READ)},
    {{HTTP_GET, ONE "/download"},
     ROUTE_ACTION,
     STATEMENT_CONFIGURATION_VERSION_LOAD,
     PERMISSION_MASK(READ),
     .handler = configuration_download,
     .principals = PRINCIPALS_TASK(PRINCIPALS_ALL),
     .flags = ROUTE_NO_DOCUMENT},
    {{HTTP_POST, ONE "/actions/archive"},
     ROUTE_ACTION,
     STATEMENT_CONFIGURATION_VERSION_LOAD,
     PERMISSION_MASK(RUN_PLAN),
     .handler = configuration_archive,
     .status = 202},
    {{HTTP_POST, ONE "/actions/soft_delete_backing_data"},
     ROUTE_ACTION,
     STATEMENT_CONFIGURATION_VERSION_LOAD,
     PERMISSION_MASK(BACKING_DATA),
     .handler = configuration_soft_delete},
    {{HTTP_POST, ONE "/actions/restore_backing_data"},
     ROUTE_ACTION,
     STATEMENT_CONFIGURATION_VERSION_LOAD,
     PERMISSION_MASK(BACKING_DATA),
     .handler = configuration_restore},
    {{HTTP_POST, ONE "/actions/permanently_delete_backing_data"},
     ROUTE_ACTION,
     STATEMENT_CONFIGURATION_VERSION_LOAD,
     PERMISSION_MASK(BACKING_DATA),
     .handler = configuration_permanently_delete},
    {{HTTP_PUT, "/api/v2/objects/configuration/:token"},
     ROUTE_RAW,
     .handler = configuration_upload},
    {{HTTP_POST, "/api/v2/objects/configuration/:token"},
     ROUTE_RAW,
     .handler = configuration_upload},
    {0},
};

const struct resource configuration_version_resource = {
    .type = "configuration-versions",
    .id_prefix = "cv-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
