/* Uploads and downloads by signed URL: the URL is the right, no token is asked for
 * (today-workspaces.md 12.4). Bytes stream in bounded memory. */
#include "api/states/states.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"
#include "jsonapi/engine.h"

#define PIECE ((size_t)64 * 1024)
#define HOUR 3600

static const char *const actions[] = {
    [STATE_OBJECT_UPLOAD] = "state-upload",
    [STATE_OBJECT_UPLOAD_JSON] = "json-state-upload",
    [STATE_OBJECT_DOWNLOAD] = "state",
    [STATE_OBJECT_DOWNLOAD_JSON] = "json-state",
};

const char *state_object_url(struct context *context, enum state_object object, const char *id)
{
    int64_t hour = (clock_now() + HOUR - 1) / HOUR * HOUR;
    const char *token = crypto_sign_url(context->arena, context->service->keyring, actions[object],
                                        id, hour + context->service->config->url_lifetime);
    return arena_printf(context->arena, "%s/api/v2/objects/%s/%s", context_base_url(context),
                        actions[object], token);
}

/* The version that the URL names; NULL with the refusal recorded. */
static const struct rows *object(struct context *context, enum state_object which)
{
    struct rows *rows = NULL;
    const char *id;
    enum db_status status = db_ensure(context->service->db);

    if (status != DB_OK) {
        request_fail_db(context, NULL, status);
        return NULL;
    }
    switch (crypto_verify_url(context->arena, context->service->keyring, actions[which],
                              context_param(context, 0), clock_now(), &id)) {
    case CRYPTO_SIGNATURE_BAD:
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return NULL;
    case CRYPTO_SIGNATURE_EXPIRED:
        request_fail(context, ERROR_GONE, NULL,
                     "This URL has expired; read the object again for a new one");
        return NULL;
    case CRYPTO_SIGNATURE_GOOD:
        break;
    }
    if (CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_OBJECT, &rows, id) && !rows)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return request_failed(context) ? NULL : rows;
}

/* --- Upload --- */

/* Streams the body into a blob, and past the scanner when there is one. */
static bool receive(struct context *context, const char *organization, struct state_scan *scan,
                    struct blob_info *out)
{
    const long limit = context->service->config->upload_limit;
    struct blob_writer *writer = blob_writer_begin(context->service->db, context->arena,
                                                   context->service->keyring, organization);
    char *piece = arena_alloc(context->arena, PIECE);
    long long total = 0;
    ssize_t n;

    while ((n = http_read_some(context->request, piece, PIECE)) > 0) {
        total += n;
        if (total > limit) {
            request_fail(context, ERROR_TOO_LARGE, NULL, "An upload may have at most %ld bytes",
                         limit);
            return false;
        }
        if (scan)
            (void)state_scan_feed(scan, piece, (size_t)n);
        if (!db_ok(context, blob_writer_add(writer, piece, (size_t)n)))
            return false;
    }
    if (n < 0) {
        request_fail(context, ERROR_BAD_REQUEST, NULL, "The upload ended early");
        return false;
    }
    return db_ok(context, blob_writer_finish(writer, out));
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
    const struct rows *now = lock(context, rows);
    if (now && is_pending(context, now))
        (void)state_finalize(context, rows_get(rows, 0, "id"), rows_get(rows, 0, "workspace_id"),
                             &blob, summary);
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

static void send_blob(struct context *context, const char *id)
{
    struct http_request *request = context->request;
    struct blob_reader *reader;
    const void *bytes;
    size_t len;

    enum db_status status = blob_reader_open(context->service->db, context->arena,
                                             context->service->keyring, id, &reader);
    if (status != DB_OK) {
        request_fail_db(context, NULL, status);
        return;
    }
    request->status = 200;
    http_header(request, "Content-Type", "application/json");
    http_stream_begin(request, blob_reader_info(reader)->size);
    for (;;) {
        status = blob_reader_next(reader, &bytes, &len);
        if (status != DB_OK) {
            /* Too late for an error document: the short body tells the client. */
            log_error("%s download broke off blob=%s", context->request_id, id);
            return;
        }
        if (len == 0 || http_stream(request, bytes, len) != 0)
            return;
    }
}

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
    send_blob(context, blob);
}

void state_download(struct context *context)
{
    download(context, STATE_OBJECT_DOWNLOAD, "blob_id");
}

void state_download_json(struct context *context)
{
    download(context, STATE_OBJECT_DOWNLOAD_JSON, "json_blob_id");
}
