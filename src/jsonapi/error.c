/* The error document: see error.h. `status` is a string, always (gotfe-protocol.md section 4). */
#include "jsonapi/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/utf8.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/resource.h"

#define DETAIL_SIZE 1024

static const struct {
    int status;
    const char *title;
} errors[] = {
#define ERROR(code, status, title) {status, title},
#include "jsonapi/errors.def"
#undef ERROR
};

/* A detail may quote what the caller sent: it is kept short, and never ends inside a character. */
__attribute__((format(printf, 2, 0))) static const char *detail(struct arena *arena,
                                                                const char *format, va_list args)
{
    char text[DETAIL_SIZE];
    size_t len;

    if ((size_t)vsnprintf(text, sizeof text, format, args) >= sizeof text) {
        for (len = sizeof text - 1; len > 0 && !utf8_valid(text, len); len--)
            continue;
        text[len] = '\0';
    }
    return arena_strdup(arena, text);
}

void request_fail(struct context *context, enum error_code code, const char *pointer,
                  const char *format, ...)
{
    if (context->error_count == CONTEXT_MAX_ERRORS)
        return;
    struct error_entry *entry = &context->errors[context->error_count++];
    entry->code = code;
    entry->pointer = pointer;
    entry->detail = NULL;
    if (format) {
        va_list args;
        va_start(args, format);
        entry->detail = detail(context->arena, format, args);
        va_end(args);
    }
}

bool request_failed(const struct context *context)
{
    return context->error_count > 0;
}

/* A statement ran into its time limit: something holds its rows, or the database is overloaded.
 * go-tfe retries a 500 and a 503 alike (and a 4xx would make the CLI give up on what is good in a
 * minute), so the answer says what is true, with Retry-After for clients that read it. It has cost
 * half a minute: no further try here. */
static void fail_timeout(struct context *context)
{
    log_error("%s statement timeout", context->request_id);
    request_fail(context, ERROR_OVERLOADED, NULL,
                 "The database took too long; try again later. The administrator finds it in the "
                 "log as %s.",
                 context->request_id);
}

static void fail_internal(struct context *context)
{
    const struct db_failure *failure = db_failure(context->service->db);
    log_write(context->transient ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
              "%s database sqlstate=%s constraint=%s message=%s", context->request_id,
              failure->sqlstate, failure->constraint, failure->message);
    request_fail(context, ERROR_INTERNAL, NULL,
                 "Something went wrong here. The administrator finds it in the log as %s.",
                 context->request_id);
}

/* foreign_key_violation, unique_violation */
static bool is_moved(const char *sqlstate)
{
    return strcmp(sqlstate, "23503") == 0 || strcmp(sqlstate, "23505") == 0;
}

void request_fail_db(struct context *context, const struct resource *resource,
                     enum db_status status)
{
    if (status == DB_UNAVAILABLE || status == DB_RETRY) {
        context->transient = true;
        request_fail(context, ERROR_UNAVAILABLE, NULL, "service unavailable, try again");
        return;
    }
    if (status == DB_TIMEOUT) {
        fail_timeout(context);
        return;
    }
    if (status == DB_CONSTRAINT && resource && resource->constraints) {
        const char *name = db_failure(context->service->db)->constraint;
        for (const struct constraint *c = resource->constraints; c->name; c++)
            if (strcmp(c->name, name) == 0) {
                request_fail(context, c->code, c->pointer, "%s", c->detail);
                return;
            }
    }
    /* The thing that the load statement saw may have gone, or another may have come, in the moment
     * between: a second look says which. */
    if (status == DB_CONSTRAINT)
        context->transient = is_moved(db_failure(context->service->db)->sqlstate);
    fail_internal(context);
}

bool db_ok(struct context *context, enum db_status status)
{
    if (status == DB_OK)
        return true;
    request_fail_db(context, context->route ? context->route->resource : NULL, status);
    return false;
}

static void write_source(struct json_writer *w, const char *pointer)
{
    json_key(w, "source");
    json_object_begin(w);
    if (pointer[0] == '?')
        json_member_string(w, "parameter", pointer + 1);
    else
        json_member_string(w, "pointer", pointer);
    json_object_end(w);
}

void error_reply(struct context *context)
{
    struct http_request *request = context->request;
    struct buf out;
    struct json_writer w;

    if (request->headers_sent) {
        log_error("%s failed after its answer had begun", context->request_id);
        return;
    }
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "errors");
    json_array_begin(&w);
    for (size_t i = 0; i < context->error_count; i++) {
        const struct error_entry *entry = &context->errors[i];
        char status[12];
        snprintf(status, sizeof status, "%d", errors[entry->code].status);
        json_object_begin(&w);
        json_member_string(&w, "status", status);
        json_member_string(&w, "title", errors[entry->code].title);
        if (entry->detail)
            json_member_string(&w, "detail", entry->detail);
        if (entry->pointer)
            write_source(&w, entry->pointer);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);

    if (!request->headers_sent)
        request->body.len = 0; /* an answer that was begun before the commit failed */
    request->status = errors[context->errors[0].code].status;
    http_header(request, "Content-Type", "application/vnd.api+json; charset=utf-8");
    if (request->status == 503)
        http_header(request, "Retry-After",
                    context->errors[0].code == ERROR_OVERLOADED ? "30" : "5");
    http_write(request, out.data, out.len);
}
