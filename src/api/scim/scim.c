/* The way of a SCIM request: see scim.h. A SCIM token opens nothing but this, and this opens to
 * nothing but a SCIM token. */
#include "api/scim/scim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/routes.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"
#include "json/json_reader.h"
#include "jsonapi/request.h"

#define MAX_TRIES 4
#define DETAIL_SIZE 512

void scim_fail(struct scim *scim, int status, const char *type, const char *format, ...)
{
    char text[DETAIL_SIZE];
    va_list args;

    if (scim->failure)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    scim->failure = status;
    scim->failure_type = type;
    scim->failure_detail = arena_strdup(scim->context->arena, text);
}

bool scim_failed(const struct scim *scim)
{
    return scim->failure != 0;
}

static const struct {
    const char *constraint;
    const char *detail;
} conflicts[] = {
    {"scim_users_user_name_key", "There is a user with this userName already"},
    {"scim_users_email_key", "There is a user with this address already"},
    {"users_email_key", "There is a user with this address already"},
    {"scim_groups_display_name_key", "There is a group with this displayName already"},
};

static void fail_db(struct scim *scim, enum db_status status)
{
    const struct db_failure *failure = db_failure(scim->context->service->db);

    /* Two new users have been given the same name for their accounts: the next try finds another.
     */
    if (status == DB_CONSTRAINT && strcmp(failure->constraint, "users_username_key") == 0)
        status = DB_RETRY;
    if (status == DB_UNAVAILABLE || status == DB_RETRY) {
        scim->transient = true;
        scim_fail(scim, 503, NULL, "service unavailable, try again");
        return;
    }
    if (status == DB_TIMEOUT) { /* it has cost half a minute: no further try */
        log_error("%s statement timeout", scim->context->request_id);
        scim_fail(scim, 503, NULL,
                  "The database took too long; try again later. The administrator finds it in the "
                  "log as %s.",
                  scim->context->request_id);
        return;
    }
    for (size_t i = 0; status == DB_CONSTRAINT && i < sizeof conflicts / sizeof conflicts[0]; i++)
        if (strcmp(conflicts[i].constraint, failure->constraint) == 0) {
            scim_fail(scim, 409, "uniqueness", "%s", conflicts[i].detail);
            return;
        }
    /* What the request names has gone since it was looked at: a second look says so. */
    scim->transient = status == DB_CONSTRAINT && strcmp(failure->sqlstate, "23503") == 0;
    log_error("%s scim: database sqlstate=%s constraint=%s message=%s", scim->context->request_id,
              failure->sqlstate, failure->constraint, failure->message);
    scim_fail(scim, 500, NULL,
              "Something went wrong here. The administrator finds it in the log as %s.",
              scim->context->request_id);
}

bool scim_query(struct scim *scim, enum statement statement, struct rows **out,
                const char *const *params, size_t count)
{
    struct context *context = scim->context;
    enum db_status status =
        db_query_text(context->service->db, context->arena, statement, out, params, count);
    if (status == DB_NO_ROWS) {
        if (out)
            *out = NULL;
        return true;
    }
    if (status != DB_OK)
        fail_db(scim, status);
    return status == DB_OK;
}

/* --- Who asks, and with what --- */

static bool authenticate(struct scim *scim, enum scim_access access)
{
    struct context *context = scim->context;
    struct rows *rows = NULL;

    if (!SCIM_QUERY(scim, STATEMENT_SCIM_CALLER, &rows, context->token_hash))
        return false;
    if (!rows) {
        scim_fail(scim, 401, NULL, "The token is unknown, expired or no SCIM token");
        return false;
    }
    scim->token_id = rows_get(rows, 0, "id");
    context->principal.kind = PRINCIPAL_SCIM;
    context->principal.token_id = scim->token_id;
    if (rows_bool(rows, 0, "touch"))
        touches_add(context->service, scim->token_id);
    if (!rows_bool(rows, 0, "enabled"))
        scim_fail(scim, 403, NULL, "SCIM is not enabled");
    else if (access == SCIM_WRITE && rows_bool(rows, 0, "paused"))
        scim_fail(scim, 403, NULL, "SCIM is paused: nothing is changed until it goes on");
    return !scim_failed(scim);
}

static bool acceptable_type(const char *type)
{
    return !*type || strcmp(type, "application/scim+json") == 0 ||
           strcmp(type, "application/json") == 0;
}

/* Read before the transaction begins, so that no row waits for a slow client; looked at once it is
 * known who has sent it. */
static void read_body(struct scim *scim)
{
    struct context *context = scim->context;
    long limit = context->service->config->document_limit;

    buf_init(&context->raw_body, context->arena);
    int failure = http_read_body(context->request, (size_t)limit, &context->raw_body);
    if (failure == 413)
        scim_fail(scim, 413, NULL, "A document may have at most %ld bytes", limit);
    else if (failure)
        scim_fail(scim, 400, "invalidSyntax", "The request body ended early");
}

static bool parse_document(struct scim *scim)
{
    struct context *context = scim->context;
    const char *reason;

    if (!acceptable_type(context->request->content_type) || *context->request->content_encoding) {
        scim_fail(scim, 415, NULL, "Content-Type must be application/scim+json, not compressed");
        return false;
    }
    scim->body = json_read(context->arena, buf_str(&context->raw_body), context->raw_body.len,
                           (int)context->service->config->json_depth, &reason);
    if (!scim->body)
        scim_fail(scim, 400, "invalidSyntax", "The document is no valid JSON: %s", reason);
    else if (json_kind(scim->body) != JSON_OBJECT)
        scim_fail(scim, 400, "invalidSyntax", "The document must be an object");
    return !scim_failed(scim);
}

static bool has_document(const struct scim *scim, enum scim_access access)
{
    return access == SCIM_WRITE && scim->context->request->method != HTTP_DELETE;
}

/* --- The answer --- */

static void send(struct scim *scim, int status, struct buf *text)
{
    struct http_request *request = scim->context->request;

    request->status = status;
    if (scim->location)
        http_header(request, "Location", scim->location);
    if (text->len == 0)
        return;
    http_header(request, "Content-Type", "application/scim+json; charset=utf-8");
    http_write(request, text->data, text->len);
}

static void send_failure(struct scim *scim)
{
    struct buf text;
    struct json_writer w;
    char status[12];

    snprintf(status, sizeof status, "%d", scim->failure);
    buf_init(&text, scim->context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_key(&w, "schemas");
    json_array_begin(&w);
    json_string(&w, "urn:ietf:params:scim:api:messages:2.0:Error");
    json_array_end(&w);
    json_member_string(&w, "status", status);
    if (scim->failure_type)
        json_member_string(&w, "scimType", scim->failure_type);
    json_member_string(&w, "detail", scim->failure_detail);
    json_object_end(&w);
    if (scim->failure == 503)
        http_header(scim->context->request, "Retry-After", scim->transient ? "5" : "30");
    if (scim->failure == 401)
        http_header(scim->context->request, "WWW-Authenticate", "Bearer");
    scim->location = NULL;
    send(scim, scim->failure, &text);
}

/* One try; true when it is committed or refused for good. */
static bool try_once(struct scim *scim, enum scim_access access, scim_handler *handler)
{
    struct db *db = scim->context->service->db;

    scim->failure = 0;
    scim->transient = false;
    scim->status = 204;
    scim->location = NULL;
    buf_init(&scim->text, scim->context->arena);
    json_writer_init(&scim->w, &scim->text);
    enum db_status status = db_begin(db);
    if (status != DB_OK) {
        fail_db(scim, status);
        return true;
    }
    if (authenticate(scim, access) && (!has_document(scim, access) || parse_document(scim)))
        handler(scim);
    if (scim_failed(scim)) {
        db_rollback(db);
        return !scim->transient;
    }
    status = db_commit(db);
    if (status != DB_OK)
        fail_db(scim, status);
    /* A connection lost at the very COMMIT leaves it open whether it happened: not again. */
    return status == DB_UNAVAILABLE || !scim->transient;
}

static void run(struct scim *scim, enum scim_access access, scim_handler *handler)
{
    enum db_status status = db_ensure(scim->context->service->db);
    int tries = 0;

    if (status != DB_OK)
        fail_db(scim, status);
    else
        while (!try_once(scim, access, handler) && ++tries < MAX_TRIES)
            continue;
}

/* What is of no organization is in nobody's audit trail, but always here. */
static void log_change(const struct scim *scim)
{
    const struct context *context = scim->context;

    log_info("%s audit actor=%s scim %s %s", context->request_id, scim->token_id,
             routes_method(context->request->method),
             scim->location ? scim->location : context->request->path);
}

void scim_serve(struct context *context, enum scim_access access, scim_handler *handler)
{
    struct scim scim = {.context = context};

    context->token_hash = principal_token_hash(context->arena, context->request->authorization);
    if (!context->token_hash)
        scim_fail(&scim, 401, NULL, "The request needs a SCIM token");
    else if (has_document(&scim, access))
        read_body(&scim);
    if (!scim_failed(&scim))
        run(&scim, access, handler);
    if (access == SCIM_WRITE && !scim_failed(&scim))
        log_change(&scim);
    if (scim_failed(&scim))
        send_failure(&scim);
    else
        send(&scim, scim.status, &scim.text);
}

/* --- What a change leaves behind --- */

static bool audit(struct scim *scim, const char *organization, const char *thing, const char *type,
                  const char *action, const char *meta)
{
    return SCIM_QUERY(scim, STATEMENT_AUDIT_EVENT_CREATE, NULL, organization, scim->token_id,
                      scim->context->request_id, scim->context->request->remote_addr, thing, type,
                      action, meta);
}

bool scim_sync(struct scim *scim, const char *group)
{
    struct rows *rows = NULL;

    if (!SCIM_QUERY(scim, STATEMENT_SCIM_GROUP_SYNC, &rows, group))
        return false;
    for (size_t i = 0; i < rows_count(rows); i++)
        if (!audit(scim, rows_get(rows, i, "organization"), rows_get(rows, i, "team"), "team",
                   "sync_members", rows_get(rows, i, "meta")))
            return false;
    return SCIM_QUERY(scim, STATEMENT_SCIM_ADMIN_SYNC, &rows, group);
}

bool scim_audit_user(struct scim *scim, const char *user, const char *action)
{
    return SCIM_QUERY(scim, STATEMENT_AUDIT_USER_EVENTS, NULL, user, scim->token_id,
                      scim->context->request_id, scim->context->request->remote_addr, action);
}
