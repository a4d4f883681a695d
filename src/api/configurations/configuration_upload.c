/* The upload of a configuration by signed URL: the bytes stream into a blob and past the check of
 * what they hold at once, in bounded memory. The version is `uploaded`, or `errored` and says why,
 * when the answer is sent. */
#include "api/configurations/configurations.h"

#include <string.h>

#include "api/objects.h"
#include "api/resources.h"
#include "api/runs/runs.h"
#include "api/slugs.h"
#include "base/arena.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define ACTION "configuration"

const char *configuration_upload_url(struct context *context, const char *id)
{
    return object_url(context, ACTION, id);
}

/* A configuration that is complete is taken into use: with auto-queue-runs it starts a run in the
 * name of who made it. One of a module waits for somebody to test it. */
static void configuration_uploaded(struct context *context, const struct rows *version)
{
    if (rows_bool(version, 0, "auto_queue_runs") && rows_get(version, 0, "workspace_id"))
        run_queue_configuration(
            context, rows_get(version, 0, "id"), rows_get(version, 0, "workspace_id"),
            rows_get(version, 0, "created_by"), rows_bool(version, 0, "may_auto_apply"));
}

static bool is_open(struct context *context, const struct rows *version)
{
    if (rows_bool(version, 0, "is_open"))
        return true;
    request_fail(context, ERROR_CONFLICT, NULL,
                 "This upload URL is spent: the configuration version is already %s",
                 rows_get(version, 0, "status"));
    return false;
}

static const struct rows *find(struct context *context, enum statement statement, const char *id)
{
    struct rows *rows = NULL;
    if (CONTEXT_QUERY(context, statement, &rows, id) && !rows)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return request_failed(context) ? NULL : rows;
}

/* Under the row's lock: it may have got its bytes from elsewhere while ours were under way. */
static void store(struct context *context, const char *id, const struct blob_info *blob)
{
    const struct rows *version = find(context, STATEMENT_CONFIGURATION_VERSION_LOCK, id);
    if (!version || !is_open(context, version) ||
        !CONTEXT_QUERY(context, STATEMENT_CONFIGURATION_VERSION_UPLOADED, NULL, id, blob->id))
        return;
    const char *old = rows_get(version, 0, "blob_id");
    if (old && !db_ok(context, blob_release(context->service->db, context->arena, old)))
        return;
    configuration_uploaded(context, version);
}

/* What was received so far goes; what is left is the reason, which the version shows from now on.
 */
static void refuse(struct context *context, const char *id, const char *reason)
{
    const char *message = arena_printf(context->arena, "The archive %s", reason);

    db_rollback(context->service->db);
    if (CONTEXT_QUERY(context, STATEMENT_CONFIGURATION_VERSION_ERRORED, NULL, id, "invalid-archive",
                      message))
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "%s", message);
}

void configuration_upload(struct context *context)
{
    struct db *db = context->service->db;
    const char *id = object_id(context, ACTION);
    const char *reason = NULL;
    struct blob_info blob;
    const struct rows *version =
        id ? find(context, STATEMENT_CONFIGURATION_VERSION_OBJECT, id) : NULL;

    if (!version || !is_open(context, version) || !db_ok(context, db_begin(db)))
        return;
    if (slugs_receive(context, rows_get(version, 0, "organization_id"), NULL, &blob, &reason))
        store(context, id, &blob);
    else if (reason && !request_failed(context))
        refuse(context, id, reason);
    if (!request_failed(context) && db_ok(context, db_commit(db)))
        context->request->status = 200;
}
