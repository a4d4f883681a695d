/* Uploads and downloads by signed URL: the URL is the right, no token is asked for
 * (today-workspaces.md 12.4). Bytes stream in bounded memory. */
#include "api/states/states.h"

#include <string.h>

#include "api/objects.h"
#include "api/resources.h"
#include "base/arena.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "run/run.h"

#define PIECE ((size_t)64 * 1024)

static const char *const actions[] = {
    [STATE_OBJECT_UPLOAD] = "state-upload",
    [STATE_OBJECT_UPLOAD_JSON] = "json-state-upload",
    [STATE_OBJECT_DOWNLOAD] = "state",
    [STATE_OBJECT_DOWNLOAD_JSON] = "json-state",
};

const char *state_object_url(struct context *context, enum state_object object, const char *id)
{
    return object_url(context, actions[object], id);
}

/* The version that the URL names; NULL with the refusal recorded. */
static const struct rows *object(struct context *context, enum state_object which)
{
    struct rows *rows = NULL;
    const char *id = object_id(context, actions[which]);

    if (id && CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_OBJECT, &rows, id) && !rows)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return request_failed(context) ? NULL : rows;
}

/* --- Upload --- */

/* Streams the body into a blob, and past the scanner when there is one. */
static bool receive(struct context *context, const char *organization, struct state_scan *scan,
                    struct blob_info *out)
{
    struct blob_writer *writer = blob_writer_begin(context->service->db, context->arena,
                                                   context->service->keyring, organization);
    struct object_body *body = object_body_open(context);
    char *piece = arena_alloc(context->arena, PIECE);
    ssize_t n;

    if (!body)
        return false;
    while ((n = object_body_read(body, piece, PIECE)) > 0) {
        if (scan)
            (void)state_scan_feed(scan, piece, (size_t)n);
        if (!db_ok(context, blob_writer_add(writer, piece, (size_t)n)))
            return false;
    }
    return n == 0 && db_ok(context, blob_writer_finish(writer, out));
}

/* Locks the workspace's row and looks again: the version may have got its bytes or been superseded
 * while ours were under way. */
static const struct rows *lock(struct context *context, const struct rows *object)
{
    struct rows *rows = NULL;
    if (CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_LOCK, &rows, rows_get(object, 0, "id"),
                      rows_get(object, 0, "workspace_id")) &&
        !rows)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return request_failed(context) ? NULL : rows;
}

static bool is_pending(struct context *context, const struct rows *rows)
{
    const char *status = rows_get(rows, 0, "status");
    if (strcmp(status, "pending") == 0)
        return true;
    request_fail(context, ERROR_CONFLICT, NULL,
                 "This upload URL is spent: the state version is already %s", status);
    return false;
}

static void commit(struct context *context)
{
    struct db *db = context->service->db;
    if (request_failed(context)) {
        db_rollback(db);
        return;
    }
    if (db_ok(context, db_commit(db)))
        context->request->status = 200;
}

static void store_upload(struct context *context, const struct rows *rows)
{
    struct state_scan *scan = state_scan_new(context->arena);
    struct blob_info blob;
    const char *reason;

    if (!receive(context, rows_get(rows, 0, "organization_id"), scan, &blob))
        return;
    if (strcmp(blob.md5, rows_get(rows, 0, "md5")) != 0) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/md5",
                     "Md5 does not match the uploaded state");
        return;
    }
    const struct state_summary *summary = state_scan_end(scan, &reason);
    if (!summary) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The state is no JSON object: %s", reason);
        return;
    }
    struct state_facts facts;
    state_extract(context, summary, &facts);
    const struct rows *now = lock(context, rows);
    const char *workspace = rows_get(rows, 0, "workspace_id");
    if (now && is_pending(context, now) &&
        state_finalize(context, rows_get(rows, 0, "id"), workspace, &blob, &facts,
                       rows_get(now, 0, "resources_digest")))
        (void)db_ok(context, run_state_changed(context->service->db, context->arena, workspace,
                                               rows_get(rows, 0, "run_id")));
}

void state_upload(struct context *context)
{
    const struct rows *rows = object(context, STATE_OBJECT_UPLOAD);
    if (!rows || !is_pending(context, rows) || !db_ok(context, db_begin(context->service->db)))
        return;
    store_upload(context, rows);
    commit(context);
}

static bool has_no_json(struct context *context, const struct rows *rows)
{
    const char *status = rows_get(rows, 0, "status");
    bool open = strcmp(status, "pending") == 0 || strcmp(status, "finalized") == 0;
    if (open && !rows_get(rows, 0, "json_blob_id"))
        return true;
    request_fail(context, ERROR_CONFLICT, NULL, "This upload URL is spent");
    return false;
}

/* Clients send it in parallel with the raw state: it is taken before and after finalization. */
void state_upload_json(struct context *context)
{
    const struct rows *rows = object(context, STATE_OBJECT_UPLOAD_JSON);
    struct blob_info blob;

    if (!rows || !has_no_json(context, rows) || !db_ok(context, db_begin(context->service->db)))
        return;
    if (receive(context, rows_get(rows, 0, "organization_id"), NULL, &blob)) {
        const struct rows *now = lock(context, rows);
        if (now && has_no_json(context, now))
            (void)CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_SET_JSON_BLOB, NULL,
                                rows_get(rows, 0, "id"), blob.id);
    }
    commit(context);
}

/* --- Download --- */

static void download(struct context *context, enum state_object which, const char *column)
{
    const struct rows *rows = object(context, which);
    if (!rows)
        return;
    const char *blob = rows_get(rows, 0, column);
    if (!blob || strcmp(rows_get(rows, 0, "status"), "finalized") != 0) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    object_send(context, blob, "application/json");
}

void state_download(struct context *context)
{
    download(context, STATE_OBJECT_DOWNLOAD, "blob_id");
}

void state_download_json(struct context *context)
{
    download(context, STATE_OBJECT_DOWNLOAD_JSON, "json_blob_id");
}
