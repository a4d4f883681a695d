/* Versions of a policy set: an archive with a configuration file and policies, uploaded by signed
 * URL (today-governance.md section 3). It is `ready`, or `errored` and says why, when the upload is
 * answered. */
#include "api/policies/policies.h"

#include <string.h>

#include "api/objects.h"
#include "api/policies/policy_manifest.h"
#include "api/resources.h"
#include "api/slugs.h"
#include "base/arena.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/render.h"

#define ACTION "policy-set-version"

static void render_timestamps(struct context *context, struct json_writer *w, const struct row *row)
{
    static const struct render_time times[] = {
        {"pending-at", "created_at"}, {"ready-at", "ready_at"}, {"errored-at", "errored_at"}};

    (void)context;
    render_times(w, row, times, sizeof times / sizeof times[0]);
}

static void render_ingress(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    if (!row_get(row, "commit_sha")) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_member_string(w, "commit-sha", row_get(row, "commit_sha"));
    json_member_string(w, "commit-url", row_get(row, "commit_url"));
    json_member_string(w, "identifier", row_get(row, "identifier"));
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"source", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status-timestamps", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY,
     .render = render_timestamps},
    {"error", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"error-message", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .column = "error"},
    {"ingress-attributes", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY, .render = render_ingress},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"policy-set", RELATION_ONE, "policy-sets", "policy_set_id",
     .related = "/api/v2/policy-sets/{policy_set_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policy-set-versions/{id}"},
    {0},
};

static void render_links(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *id = row_get(row, "upload_id");
    if (id)
        json_member_string(w, "upload", object_url(context, ACTION, id));
}

static const struct inclusion inclusions[] = {
    {"policy_set", "policy_set_id", &policy_set_resource, STATEMENT_POLICY_SET_INCLUDE},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    const struct rows *rows = policy_set_feeding(context, scope_get(context, "id"));

    (void)patch;
    if (rows && rows_bool(rows, 0, "has_policies"))
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "A policy set that holds single policies cannot have versions");
}

/* --- The upload --- */

static const struct rows *find_open(struct context *context, const char *id)
{
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_POLICY_SET_VERSION_OBJECT, &rows, id))
        return NULL;
    if (!rows) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return NULL;
    }
    if (strcmp(rows_get(rows, 0, "status"), "pending") == 0)
        return rows;
    request_fail(context, ERROR_CONFLICT, NULL,
                 "This upload URL is spent: the policy set version is already %s",
                 rows_get(rows, 0, "status"));
    return NULL;
}

static void store(struct context *context, const char *id, const struct blob_info *blob,
                  const char *manifest)
{
    struct rows *rows = NULL;

    if (CONTEXT_QUERY(context, STATEMENT_POLICY_SET_VERSION_READY, &rows, id, blob->id, manifest) &&
        !rows)
        request_fail(context, ERROR_CONFLICT, NULL,
                     "This upload URL is spent: the policy set version is no longer pending");
}

/* What was received so far goes; what is left is the reason, which the version shows from now on.
 */
static void refuse(struct context *context, const char *id, const char *message)
{
    db_rollback(context->service->db);
    if (CONTEXT_QUERY(context, STATEMENT_POLICY_SET_VERSION_ERRORED, NULL, id, message))
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "%s", message);
}

static void upload(struct context *context)
{
    struct db *db = context->service->db;
    const char *id = object_id(context, ACTION);
    const char *reason = NULL;
    struct blob_info blob;
    const struct rows *version = id ? find_open(context, id) : NULL;

    if (!version || !db_ok(context, db_begin(db)))
        return;
    struct policy_manifest *manifest =
        policy_manifest_new(context->arena, strcmp(rows_get(version, 0, "kind"), "opa") == 0,
                            rows_get(version, 0, "policies_path"));
    struct slug_reader reader = policy_manifest_reader(manifest);
    if (slugs_receive(context, rows_get(version, 0, "organization_id"), &reader, &blob, &reason)) {
        const char *document = policy_manifest_document(manifest, &reason);
        if (document)
            store(context, id, &blob, document);
        else
            refuse(context, id, reason);
    } else if (reason && !request_failed(context)) {
        refuse(context, id, arena_printf(context->arena, "The archive %s", reason));
    }
    if (!request_failed(context) && db_ok(context, db_commit(db)))
        context->request->status = 200;
}

#define LIST "/api/v2/policy-sets/:policy_set_id/versions"
#define MANAGE PERMISSION_MASK(ORG_POLICIES)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_POLICY_SET_VERSION_LIST, MANAGE},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_POLICY_SET_LOAD,
     MANAGE,
     STATEMENT_POLICY_SET_VERSION_CREATE,
     STATEMENT_POLICY_SET_VERSION_SHOW,
     .flags = ROUTE_OPTIONAL_DOCUMENT},
    {{HTTP_GET, "/api/v2/policy-set-versions/:policy_set_version_id"},
     ROUTE_SHOW,
     STATEMENT_POLICY_SET_VERSION_SHOW,
     MANAGE},
    {{HTTP_PUT, "/api/v2/objects/policy-set-version/:token"}, ROUTE_RAW, .handler = upload},
    {{HTTP_POST, "/api/v2/objects/policy-set-version/:token"}, ROUTE_RAW, .handler = upload},
    {0},
};

const struct resource policy_set_version_resource = {
    .type = "policy-set-versions",
    .audit = "policy_set_version",
    .id_prefix = "polsetver-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .before_write = before_write,
    .render_links = render_links,
    .routes = routes,
};
