/* Writes from forms: the way of src/jsonapi/write.c, with a session for a caller. See pages.h. */
#include "api/pages/pages.h"

#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/audit.h"
#include "jsonapi/handler.h"
#include "jsonapi/request.h"

#define MAX_TRIES 4
#define MAX_DEPTH 8

static const int statuses[] = {
#define ERROR(code, status, title) status,
#include "jsonapi/errors.def"
#undef ERROR
};

static const char *const titles[] = {
#define ERROR(code, status, title) title,
#include "jsonapi/errors.def"
#undef ERROR
};

const struct route *page_route(const struct resource *resource, enum http_method method,
                               const char *end)
{
    size_t len = strlen(end);

    for (const struct route *r = resource->routes; r->http.pattern; r++) {
        size_t pattern = strlen(r->http.pattern);
        if (r->http.method == method && pattern >= len &&
            strcmp(r->http.pattern + pattern - len, end) == 0)
            return r;
    }
    return NULL;
}

static bool load(struct context *context, const struct page_write *write)
{
    const char *params[DB_MAX_PARAMS] = {context->token_hash};
    struct rows *rows = NULL;

    memcpy(params + 1, write->params, write->param_count * sizeof *params);
    enum db_status status = db_query_text(context->service->db, context->arena, write->load, &rows,
                                          params, write->param_count + 1);
    return request_authorize(context, status, rows);
}

static void run(struct context *context)
{
    if (context->route->handler)
        context->route->handler(context);
    else
        context_create(context);
}

static bool try_once(struct context *context, const struct page_write *write)
{
    struct db *db = context->service->db;

    context->error_count = 0;
    context->transient = false;
    context->audit_meta = NULL;
    context->reply = (struct reply){.statement = STATEMENT_COUNT};
    if (!db_ok(context, db_begin(db)))
        return true;
    if (load(context, write))
        run(context);
    if (!request_failed(context))
        audit_record(context);
    if (request_failed(context)) {
        db_rollback(db);
        return !context->transient;
    }
    enum db_status status = db_commit(db);
    db_ok(context, status);
    return status != DB_RETRY && !(status == DB_CONSTRAINT && context->transient);
}

static bool read_document(struct context *context, const char *text)
{
    const char *reason;

    context->document = json_read(context->arena, text, strlen(text), MAX_DEPTH, &reason);
    if (!context->document)
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The form cannot be read: %s", reason);
    return context->document;
}

/* Takes the errors off the context: the answer is a page. */
static int take_refusal(struct context *context, const char **reason)
{
    if (!request_failed(context))
        return 0;
    const struct error_entry *first = &context->errors[0];
    *reason = first->detail ? first->detail : titles[first->code];
    if (first->code == ERROR_FORBIDDEN && !first->detail)
        *reason = "You may not do that here.";
    context->error_count = 0;
    return statuses[first->code];
}

int page_write(struct context *context, const struct session *session,
               const struct page_write *write, const char **reason)
{
    const struct route *page = context->route;
    struct route *route = arena_alloc(context->arena, sizeof *route);

    *route = *write->route;
    route->resource = write->resource;
    context->route = route;
    context->token_hash = session->hash;
    if (read_document(context, write->document))
        for (int tries = 1; !try_once(context, write) && tries < MAX_TRIES; tries++)
            continue;
    int status = take_refusal(context, reason);
    context->route = page;
    return status;
}
