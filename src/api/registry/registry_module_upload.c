/* A version's archive: it streams into a blob, past the check of what it holds and into the list of
 * what its files declare, all in one pass. When the upload is answered the version is `ok`, or
 * `reg_ingress_failed` and says why. It may be replaced until somebody has downloaded it: what a
 * lock file or a colleague has seen stays what it was. */
#include "api/registry/registry_area.h"

#include "api/objects.h"
#include "api/registry/module_contents.h"
#include "api/resources.h"
#include "api/slugs.h"
#include "base/arena.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define UPLOAD "module/object"
#define DOWNLOAD "module-archive"

const char *registry_module_upload_url(struct context *context, const char *id)
{
    return object_url(context, UPLOAD, id);
}

const char *registry_module_archive_url(struct context *context, const char *id)
{
    return arena_printf(context->arena, "%s?archive=tar.gz", object_url(context, DOWNLOAD, id));
}

static bool is_open(struct context *context, const struct rows *version)
{
    if (rows_bool(version, 0, "is_open"))
        return true;
    request_fail(context, ERROR_CONFLICT, NULL,
                 "This upload URL is spent: the version has been downloaded already; publish a new "
                 "one");
    return false;
}

static const struct rows *find(struct context *context, enum statement statement, const char *id)
{
    struct rows *rows = NULL;
    if (CONTEXT_QUERY(context, statement, &rows, id) && !rows)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return request_failed(context) ? NULL : rows;
}

/* Under the row's lock: it may have been downloaded while the new bytes were under way. */
static void publish(struct context *context, const char *id, const struct blob_info *blob,
                    struct module_contents *contents)
{
    const struct rows *version = find(context, STATEMENT_REGISTRY_MODULE_VERSION_LOCK, id);
    if (!version || !is_open(context, version) ||
        !CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_VERSION_PUBLISH, NULL, id, blob->id,
                       module_contents_summary(contents), module_contents_document(contents)))
        return;
    const char *old = rows_get(version, 0, "blob_id");
    if (old)
        (void)db_ok(context, blob_release(context->service->db, context->arena, old));
}

/* What was received so far goes; what is left is the reason. */
static void refuse(struct context *context, const char *id, const char *reason)
{
    const char *message = arena_printf(context->arena, "The archive %s", reason);

    db_rollback(context->service->db);
    if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_VERSION_FAIL, NULL, id, message))
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "%s", message);
}

void registry_module_upload(struct context *context)
{
    struct db *db = context->service->db;
    const char *id = object_id(context, UPLOAD);
    const char *reason = NULL;
    struct blob_info blob;
    const struct rows *version =
        id ? find(context, STATEMENT_REGISTRY_MODULE_VERSION_OBJECT, id) : NULL;

    if (!version || !is_open(context, version) || !db_ok(context, db_begin(db)))
        return;
    struct module_contents *contents =
        module_contents_new(context->arena, rows_get(version, 0, "name"));
    struct slug_reader reader = module_contents_reader(contents);
    if (slugs_receive(context, rows_get(version, 0, "organization_id"), &reader, &blob, &reason))
        publish(context, id, &blob, contents);
    else if (reason && !request_failed(context))
        refuse(context, id, reason);
    if (!request_failed(context) && db_ok(context, db_commit(db)))
        context->request->status = 200;
}

void registry_module_archive(struct context *context)
{
    const char *id = object_id(context, DOWNLOAD);
    const struct rows *version =
        id ? find(context, STATEMENT_REGISTRY_MODULE_VERSION_OBJECT, id) : NULL;

    if (!version)
        return;
    if (!rows_get(version, 0, "blob_id"))
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    else if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_MODULE_VERSION_DOWNLOADED, NULL, id))
        object_send(context, rows_get(version, 0, "blob_id"), "application/gzip");
}
