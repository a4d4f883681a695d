/* What goes with a request: path parameters, its own URL, statements, the identifiers of its
 * document, and what will be answered. */
#include "jsonapi/context.h"

#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"

const char *context_param(const struct context *context, size_t index)
{
    return index < context->match.param_count ? context->match.params[index] : "";
}

const char *context_base_url(struct context *context)
{
    const char *configured = context->service->config->base_url;
    if (configured && *configured)
        return configured;
    const struct http_request *request = context->request;
    return arena_printf(context->arena, "%s://%s", request->https ? "https" : "http",
                        request->host ? request->host : "localhost");
}

void reply_with(struct context *context, int status, enum statement statement, const char *id)
{
    context->reply.status = status;
    context->reply.statement = statement;
    context->reply.id = id;
}

void reply_no_content(struct context *context)
{
    context->reply.status = 204;
    context->reply.statement = STATEMENT_COUNT;
}

void context_leave(struct context *context, void (*work)(struct context *context, void *subject),
                   void *subject)
{
    context->outside = work;
    context->outside_subject = subject;
    context->transient = true;
    request_fail(context, ERROR_UNAVAILABLE, NULL, "service unavailable, try again");
}

bool context_query(struct context *context, enum statement statement, struct rows **out,
                   const char *const *params, size_t count)
{
    enum db_status status =
        db_query_text(context->service->db, context->arena, statement, out, params, count);
    if (status == DB_NO_ROWS) {
        if (out)
            *out = NULL;
        return true;
    }
    return db_ok(context, status);
}

const char *scope_get(const struct context *context, const char *column)
{
    return rows_get(context->rows, 0, column);
}

const char *identifiers_read(struct context *context, const struct json_value *data,
                             const char *pointer, const char *type)
{
    if (!data || json_kind(data) != JSON_ARRAY) {
        request_fail(context, ERROR_INVALID_DOCUMENT, pointer,
                     "data must be an array of resource identifiers");
        return NULL;
    }
    size_t count = json_length(data);
    const char **ids = arena_alloc(context->arena, (count + 1) * sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *item = json_at(data, i);
        const char *item_type = json_text(json_get(item, "type"));
        ids[i] = json_text(json_get(item, "id"));
        if (!ids[i] || (item_type && *item_type && strcmp(item_type, type) != 0)) {
            request_fail(context, ERROR_INVALID_DOCUMENT,
                         arena_printf(context->arena, "%s/%zu", pointer, i),
                         "must be a resource identifier of type %s", type);
            return NULL;
        }
    }
    return db_array(context->arena, ids, count);
}

const char *document_ids(struct context *context, const char *type)
{
    return identifiers_read(context, json_get(context->document, "data"), "/data", type);
}
