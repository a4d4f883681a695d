/* Writes: one transaction of load, permission, document, statement, hooks, and the answer, which is
 * read back with the statement that also shows the thing, so that create and read are equal. All
 * that can fail comes before the commit: an error says that nothing has changed. */
#include "jsonapi/request.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/audit.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "jsonapi/render.h"

#define MAX_TRIES 4

/* `curl --data` calls everything a form: what begins like a document is one. */
static bool acceptable_type(const struct http_request *request, const char *body)
{
    const char *type = request->content_type;
    if (!*type)
        return true;
    if (strcmp(type, "application/x-www-form-urlencoded") == 0)
        return body[strspn(body, " \t\r\n")] == '{';
    if (strcmp(type, "application/vnd.api+json") == 0)
        return !request->content_type_has_params;
    return strcmp(type, "application/json") == 0;
}

/* The body is read before the transaction begins, so that no row waits for a slow client. */
static bool read_document(struct context *context)
{
    const struct config *config = context->service->config;
    if (context->route->flags & ROUTE_NO_DOCUMENT)
        return true;
    bool bytes = context->route->flags & ROUTE_BYTES;
    long limit = bytes ? ROUTE_MAX_BYTES : config->document_limit;
    buf_init(&context->raw_body, context->arena);
    int failure = http_read_body(context->request, (size_t)limit, &context->raw_body);
    if (failure == 413)
        request_fail(context, ERROR_TOO_LARGE, NULL, "%s may have at most %ld bytes",
                     bytes ? "The body" : "A document", limit);
    else if (failure)
        request_fail(context, ERROR_BAD_REQUEST, NULL, "The request body ended early");
    return failure == 0;
}

static bool needs_document(const struct route *route)
{
    return route->kind == ROUTE_CREATE || route->kind == ROUTE_UPDATE ||
           (route->flags & ROUTE_TOP_LEVEL_ARRAY);
}

static bool parse_document(struct context *context)
{
    const struct route *route = context->route;
    const char *reason;

    if (route->flags & ROUTE_BYTES)
        return true;
    if (context->raw_body.len == 0) {
        if (!needs_document(route) || (route->flags & ROUTE_OPTIONAL_DOCUMENT))
            return true;
        request_fail(context, ERROR_INVALID_DOCUMENT, "", "The request needs a JSON:API document");
        return false;
    }
    /* Clients that compress what they send do without after this answer (RFC 9110, 15.5.16). */
    if (*context->request->content_encoding &&
        strcasecmp(context->request->content_encoding, "identity") != 0) {
        http_header(context->request, "Accept-Encoding", "identity");
        request_fail(context, ERROR_UNSUPPORTED_MEDIA_TYPE, NULL,
                     "A document cannot be sent compressed");
        return false;
    }
    if (!acceptable_type(context->request, buf_str(&context->raw_body))) {
        request_fail(context, ERROR_UNSUPPORTED_MEDIA_TYPE, NULL,
                     "Content-Type must be application/vnd.api+json without parameters");
        return false;
    }
    context->document = json_read(context->arena, context->raw_body.data, context->raw_body.len,
                                  (int)context->service->config->json_depth, &reason);
    if (!context->document) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "", "The document cannot be read: %s",
                     reason);
        return false;
    }
    return true;
}

static bool load(struct context *context)
{
    const char *params[DB_MAX_PARAMS];
    struct rows *rows = NULL;
    size_t count = read_bind(context, params);
    if (count == 0)
        return false;
    enum db_status status = db_query_text(context->service->db, context->arena,
                                          context->route->statement, &rows, params, count);
    return request_authorize(context, status, rows);
}

void context_create(struct context *context)
{
    const struct route *route = context->route;
    struct patch patch;

    if (!patch_read(context, route->resource, true, &patch))
        return;
    if (!CONTEXT_QUERY(context, route->write, NULL, patch.id, scope_get(context, "scope_id"),
                       buf_str(&patch.text), principal_actor(&context->principal)))
        return;
    if (route->resource->after_write)
        route->resource->after_write(context, &patch, patch.id);
    if (!context->reply.status)
        reply_with(context, route->status ? route->status : 201, route->reply, patch.id);
}

bool context_enter(struct context *context, enum statement load, permission_mask need,
                   const char *const *params, size_t count)
{
    struct rows *rows = NULL;
    if (!context_query(context, load, &rows, params, count))
        return false;
    const char *scope = rows ? rows_get(rows, 0, "scope") : NULL;
    permission_mask mask = scope ? (permission_mask)rows_int(rows, 0, "scope") : 0;
    if (mask & PERMISSION_REFUSED) {
        request_fail(context, ERROR_UNAUTHORIZED, NULL, NULL);
        return false;
    }
    if (!scope || (mask & need) != need) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return false;
    }
    context->rows = rows;
    context->scope = mask;
    return true;
}

void context_update(struct context *context)
{
    const struct route *route = context->route;
    const char *id = scope_get(context, "id");
    struct patch patch;

    if (!patch_read(context, route->resource, false, &patch))
        return;
    if (!CONTEXT_QUERY(context, route->write, NULL, id, buf_str(&patch.text),
                       principal_actor(&context->principal)))
        return;
    if (route->resource->after_write)
        route->resource->after_write(context, &patch, id);
    if (!context->reply.status)
        reply_with(context, route->status ? route->status : 200, route->reply, id);
}

static void run_delete(struct context *context)
{
    if (CONTEXT_QUERY(context, context->route->write, NULL, scope_get(context, "id"),
                      principal_actor(&context->principal)))
        reply_no_content(context);
}

static void run(struct context *context)
{
    const struct route *route = context->route;
    if (route->handler)
        route->handler(context);
    else if (route->kind == ROUTE_CREATE)
        context_create(context);
    else if (route->kind == ROUTE_UPDATE)
        context_update(context);
    else if (route->kind == ROUTE_DELETE)
        run_delete(context);
}

/* What the answer shows. The caller may no longer see the thing (it gave its own access away); that
 * is still a success. */
static void read_back(struct context *context)
{
    struct reply *reply = &context->reply;
    struct rows *rows = NULL;

    if (reply->send || reply->statement == STATEMENT_COUNT)
        return;
    if (!CONTEXT_QUERY(context, reply->statement, &rows, context->token_hash, reply->id) || !rows ||
        rows_count(rows) == 0 || (!reply->list && !rows_get(rows, 0, "id")))
        return;
    if (!reply->resource)
        reply->resource = context->route->resource;
    if (render_fetch(context, reply->resource, rows))
        reply->rows = rows;
}

/* One try: true when it is committed or refused for good. Until the commit is sent nothing has
 * happened, so that a lost connection is worth another try as well. */
static bool try_once(struct context *context)
{
    struct db *db = context->service->db;

    context->error_count = 0;
    context->transient = false;
    context->include_count = 0;
    context->included = NULL;
    context->audit_meta = NULL;
    context->reply = (struct reply){.statement = STATEMENT_COUNT};
    if (!db_ok(context, db_begin(db)))
        return true;
    if (load(context) && parse_document(context))
        run(context);
    if (!request_failed(context))
        audit_record(context);
    if (!request_failed(context))
        read_back(context);
    if (request_failed(context)) {
        db_rollback(db);
        return !context->transient;
    }
    enum db_status status = db_commit(db);
    db_ok(context, status);
    return status != DB_RETRY && !(status == DB_CONSTRAINT && context->transient);
}

static void send_reply(struct context *context)
{
    const struct reply *reply = &context->reply;

    if (reply->send)
        reply->send(context);
    else if (reply->rows)
        render_document(context, reply->resource, reply->rows, reply->list, reply->status);
    else if (reply->statement == STATEMENT_COUNT && reply->status)
        context->request->status = reply->status;
    else
        context->request->status = 204;
}

/* What a hook could not do inside the transaction: see context_leave(). */
static void work_outside(struct context *context)
{
    void (*work)(struct context *, void *) = context->outside;
    context->outside = NULL;
    if (work)
        work(context, context->outside_subject);
}

void write_serve(struct context *context)
{
    if (!read_document(context)) {
        error_reply(context);
        return;
    }
    for (int tries = 1; !try_once(context) && tries < MAX_TRIES; tries++)
        work_outside(context);
    if (!request_failed(context))
        send_reply(context);
    if (request_failed(context))
        error_reply(context);
}
