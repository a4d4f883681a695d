#include "api/objects.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "blob/blob.h"
#include "crypto/crypto.h"
#include "http/http_multipart.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#include <string.h>

#define HOUR 3600

static const char *url_until(struct context *context, const char *action, const char *id,
                             int64_t expires_at)
{
    const char *token =
        crypto_sign_url(context->arena, context->service->keyring, action, id, expires_at);
    return arena_printf(context->arena, "%s/api/v2/objects/%s/%s", context_base_url(context),
                        action, token);
}

const char *object_url(struct context *context, const char *action, const char *id)
{
    int64_t hour = (clock_now() + HOUR - 1) / HOUR * HOUR;
    return url_until(context, action, id, hour + context->service->config->url_lifetime);
}

const char *object_url_for(struct context *context, const char *action, const char *id,
                           int64_t seconds)
{
    return url_until(context, action, id, clock_now() + seconds);
}

const char *object_id(struct context *context, const char *action)
{
    const char *id;
    enum db_status status = db_ensure(context->service->db);

    if (status != DB_OK) {
        request_fail_db(context, NULL, status);
        return NULL;
    }
    switch (crypto_verify_url(context->arena, context->service->keyring, action,
                              context_param(context, 0), clock_now(), &id)) {
    case CRYPTO_SIGNATURE_GOOD:
        return id;
    case CRYPTO_SIGNATURE_EXPIRED:
        request_fail(context, ERROR_GONE, NULL,
                     "This URL has expired; read the object again for a new one");
        return NULL;
    case CRYPTO_SIGNATURE_BAD:
        break;
    }
    request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return NULL;
}

struct object_body {
    struct context *context;
    struct http_multipart *multipart; /* NULL: the body is the object */
    long long left;
};

static ssize_t fail_size(struct context *context)
{
    request_fail(context, ERROR_TOO_LARGE, NULL, "An upload may have at most %ld bytes",
                 context->service->config->upload_limit);
    return -1;
}

struct object_body *object_body_open(struct context *context)
{
    struct object_body *body = arena_alloc(context->arena, sizeof *body);

    body->context = context;
    body->left = context->service->config->upload_limit;
    if (strcmp(context->request->content_type, "multipart/form-data") == 0) {
        body->multipart = http_multipart_open(context->request, "data");
        if (!body->multipart) {
            request_fail(context, ERROR_BAD_REQUEST, NULL, "The form has no field `data`");
            return NULL;
        }
    } else if (context->request->content_length > body->left) {
        fail_size(context);
        return NULL;
    }
    return body;
}

ssize_t object_body_read(struct object_body *body, void *out, size_t size)
{
    struct context *context = body->context;
    ssize_t len = body->multipart ? http_multipart_read(body->multipart, out, size)
                                  : http_read_some(context->request, out, size);
    if (len < 0) {
        request_fail(context, ERROR_BAD_REQUEST, NULL, "The upload ended early");
        return -1;
    }
    body->left -= len;
    return body->left < 0 ? fail_size(context) : len;
}

void object_send(struct context *context, const char *blob_id, const char *content_type)
{
    struct http_request *request = context->request;
    struct blob_reader *reader;
    const void *bytes;
    size_t len;

    enum db_status status = blob_reader_open(context->service->db, context->arena,
                                             context->service->keyring, blob_id, &reader);
    if (status == DB_NO_ROWS) { /* given up since its row was read */
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!db_ok(context, status))
        return;
    request->status = 200;
    http_header(request, "Content-Type", content_type);
    http_stream_begin(request, blob_reader_info(reader)->size);
    for (;;) {
        status = blob_reader_next(reader, &bytes, &len);
        if (status != DB_OK) {
            /* Too late for an error document: the short body tells the client. */
            log_error("%s download broke off blob=%s", context->request_id, blob_id);
            return;
        }
        if (len == 0 || http_stream(request, bytes, len) != 0)
            return;
    }
}
