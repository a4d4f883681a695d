/* State versions: the tables. */
#include "api/states/states.h"

#include <string.h>

#include "api/resources.h"
#include "jsonapi/context.h"

static bool may(const struct row *row, permission_mask need)
{
    return ((permission_mask)rows_int(row->rows, row->index, "mask") & need) == need;
}

static bool has(const struct row *row, const char *column)
{
    const char *cell = row_get(row, column);
    return cell && cell[0] == 't';
}

static bool is_status(const struct row *row, const char *status)
{
    return strcmp(row_get(row, "status"), status) == 0;
}

static void write_url(struct context *context, struct json_writer *w, const struct row *row,
                      enum state_object object, bool offered)
{
    json_string(w, offered ? state_object_url(context, object, row_get(row, "id")) : NULL);
}

static void render_download(struct context *context, struct json_writer *w, const struct row *row)
{
    write_url(context, w, row, STATE_OBJECT_DOWNLOAD,
              has(row, "has_state") && may(row, PERMISSION_MASK(STATE_READ)) &&
                  is_status(row, "finalized"));
}

static void render_json_download(struct context *context, struct json_writer *w,
                                 const struct row *row)
{
    write_url(context, w, row, STATE_OBJECT_DOWNLOAD_JSON,
              has(row, "has_json_state") && may(row, PERMISSION_MASK(STATE_READ)) &&
                  is_status(row, "finalized"));
}

static void render_upload(struct context *context, struct json_writer *w, const struct row *row)
{
    write_url(context, w, row, STATE_OBJECT_UPLOAD,
              is_status(row, "pending") && may(row, PERMISSION_MASK(STATE_WRITE)));
}

static void render_json_upload(struct context *context, struct json_writer *w,
                               const struct row *row)
{
    write_url(context, w, row, STATE_OBJECT_UPLOAD_JSON,
              is_status(row, "pending") && !has(row, "has_json_state") &&
                  may(row, PERMISSION_MASK(STATE_WRITE)));
}

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_TIME},
    {"size", ATTRIBUTE_INT},
    {"serial", ATTRIBUTE_INT},
    {"lineage", ATTRIBUTE_STRING},
    {"md5", ATTRIBUTE_STRING},
    {"status", ATTRIBUTE_STRING},
    {"intermediate", ATTRIBUTE_BOOL, .constant = "false"},
    {"hosted-state-download-url", ATTRIBUTE_STRING, .render = render_download},
    {"hosted-json-state-download-url", ATTRIBUTE_STRING, .render = render_json_download},
    {"hosted-state-upload-url", ATTRIBUTE_STRING, .render = render_upload},
    {"hosted-json-state-upload-url", ATTRIBUTE_STRING, .render = render_json_upload},
    {"resources-processed", ATTRIBUTE_BOOL},
    {"terraform-version", ATTRIBUTE_STRING},
    {"state-version", ATTRIBUTE_INT},
    {"modules", ATTRIBUTE_JSON},
    {"providers", ATTRIBUTE_JSON},
    {"resources", ATTRIBUTE_JSON},
    {"vcs-commit-sha", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"vcs-commit-url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"billable-rum-count", ATTRIBUTE_INT, .constant = "null"},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/workspaces/{workspace_id}"},
    {"run", RELATION_ONE, "runs", "run_id"},
    {"created-by", RELATION_ONE, NULL, "created_by"},
    {"outputs", RELATION_MANY, "state-version-outputs", "output_ids",
     .related = "/api/v2/state-versions/{id}/outputs"},
    {"rollback-state-version", RELATION_ONE, "state-versions", "rollback_state_version_id",
     .flags = RELATION_OMIT_NULL},
    {0},
};

static const struct permission permissions[] = {
    {"can-restore-backing-data", PERMISSION_MASK(BACKING_DATA)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/state-versions/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"outputs", "output_ids", &state_version_output_resource,
     STATEMENT_STATE_VERSION_OUTPUT_INCLUDE},
    {"created_by", "created_by", &user_resource, STATEMENT_USER_INCLUDE},
    {"created_by", "created_by", &team_resource, STATEMENT_TEAM_INCLUDE},
    {"workspace", "workspace_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"run", "run_id", &run_resource, STATEMENT_RUN_INCLUDE},
    {0},
};

static const struct filter list_filters[] = {
    {"filter[workspace][name]", .required = true},
    {"filter[organization][name]|filter[organization][username]", .required = true},
    {"filter[status]"},
    {0},
};

#define ONE "/api/v2/state-versions/:state_version_id"
#define OF_WORKSPACE "/api/v2/workspaces/:workspace_id"

static const struct route routes[] = {
    {{HTTP_POST, OF_WORKSPACE "/state-versions"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(STATE_WRITE),
     .handler = state_version_create,
     .audit = "create",
     .principals = PRINCIPALS_STATE},
    {{HTTP_PATCH, OF_WORKSPACE "/state-versions"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(STATE_WRITE),
     .handler = state_version_rollback,
     .audit = "create",
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_GET, OF_WORKSPACE "/current-state-version"},
     ROUTE_SHOW,
     STATEMENT_STATE_VERSION_CURRENT,
     PERMISSION_MASK(STATE_READ),
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_GET, "/api/v2/state-versions"},
     ROUTE_LIST,
     STATEMENT_STATE_VERSION_LIST,
     PERMISSION_MASK(STATE_READ),
     .filters = list_filters},
    {{HTTP_GET, ONE},
     ROUTE_SHOW,
     STATEMENT_STATE_VERSION_SHOW,
     PERMISSION_MASK(STATE_READ),
     .principals = PRINCIPALS_ALL_AND_RUN},
    {{HTTP_POST, ONE "/actions/soft_delete_backing_data"},
     ROUTE_ACTION,
     STATEMENT_STATE_VERSION_LOAD,
     PERMISSION_MASK(BACKING_DATA),
     .handler = state_soft_delete},
    {{HTTP_POST, ONE "/actions/restore_backing_data"},
     ROUTE_ACTION,
     STATEMENT_STATE_VERSION_LOAD,
     PERMISSION_MASK(BACKING_DATA),
     .handler = state_restore},
    {{HTTP_POST, ONE "/actions/permanently_delete_backing_data"},
     ROUTE_ACTION,
     STATEMENT_STATE_VERSION_LOAD,
     PERMISSION_MASK(BACKING_DATA),
     .handler = state_permanently_delete},
    {{HTTP_PUT, "/api/v2/objects/state-upload/:token"}, ROUTE_RAW, .handler = state_upload},
    {{HTTP_PUT, "/api/v2/objects/json-state-upload/:token"},
     ROUTE_RAW,
     .handler = state_upload_json},
    {{HTTP_GET, "/api/v2/objects/state/:token"}, ROUTE_RAW, .handler = state_download},
    {{HTTP_GET, "/api/v2/objects/json-state/:token"}, ROUTE_RAW, .handler = state_download_json},
    {0},
};

const struct resource state_version_resource = {
    .type = "state-versions",
    .audit = "state_version",
    .id_prefix = "sv-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
