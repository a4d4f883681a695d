/* Reads: bind a statement from the route's tables, answer from its rows. */
#include "jsonapi/request.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "json/json_writer.h"
#include "jsonapi/handler.h"
#include "jsonapi/include.h"
#include "jsonapi/paging.h"
#include "jsonapi/patch.h"
#include "jsonapi/render.h"

/* The first of the alternatives "a|b" that the query has. */
static const char *query_any(struct context *context, const char *names)
{
    char name[96];
    while (*names) {
        size_t len = strcspn(names, "|");
        if (len < sizeof name) {
            memcpy(name, names, len);
            name[len] = '\0';
            const char *value = http_query(context->request, name);
            if (value)
                return value;
        }
        names += len;
        names += *names == '|';
    }
    return NULL;
}

#define MAX_TAGGED 20

/* filter[tagged][i][key] and [value] as [{"key":..,"value":..}]; an empty value means any value. */
static const char *tagged_filter(struct context *context)
{
    const char *keys[MAX_TAGGED] = {NULL}, *values[MAX_TAGGED] = {NULL};
    bool any = false;

    for (size_t i = 0; i < context->request->query_count; i++) {
        const struct http_query_param *q = &context->request->query[i];
        unsigned index;
        int end = 0;
        if (sscanf(q->name, "filter[tagged][%3u]%n", &index, &end) != 1 || !end ||
            index >= MAX_TAGGED)
            continue;
        if (strcmp(q->name + end, "[key]") == 0 && *q->value) {
            keys[index] = q->value;
            any = true;
        } else if (strcmp(q->name + end, "[value]") == 0) {
            values[index] = q->value;
        }
    }
    if (!any)
        return NULL;
    struct buf out;
    struct json_writer w;
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < MAX_TAGGED; i++) {
        if (!keys[i])
            continue;
        json_object_begin(&w);
        json_member_string(&w, "key", keys[i]);
        json_member_string(&w, "value", values[i] && *values[i] ? values[i] : NULL);
        json_object_end(&w);
    }
    json_array_end(&w);
    return buf_str(&out);
}

static const char *time_filter(struct context *context, const char *names)
{
    const char *value = query_any(context, names);
    char *time = arena_alloc(context->arena, CLOCK_WIRE_SIZE);
    if (!value || !*value)
        return NULL;
    if (clock_parse(value, time))
        return time;
    request_fail(context, ERROR_BAD_REQUEST,
                 arena_printf(context->arena, "?%.*s", (int)strcspn(names, "|"), names),
                 "must be an ISO 8601 time");
    return NULL;
}

static const char *filter_value(struct context *context, const struct filter *filter)
{
    const char *value;
    switch (filter->kind) {
    case FILTER_TAGGED:
        return tagged_filter(context);
    case FILTER_PRESENT:
        return query_any(context, filter->names) ? "t" : NULL;
    case FILTER_TIME:
        return time_filter(context, filter->names);
    case FILTER_TEXT:
        break;
    }
    value = query_any(context, filter->names);
    if (filter->required && (!value || !*value))
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return value && *value ? value : NULL;
}

size_t read_bind(struct context *context, const char *params[DB_MAX_PARAMS])
{
    const struct route *route = context->route;
    size_t count = 0;

    params[count++] = context->token_hash;
    for (size_t i = 0; i < context->match.param_count; i++)
        params[count++] = context->match.params[i];
    if (route->kind == ROUTE_LIST) {
        paging_read(context);
        paging_params(context, &params[count], &params[count + 1]);
        count += 2;
    }
    for (const struct filter *f = route->filters; f && f->names; f++)
        params[count++] = filter_value(context, f);
    if (route->kind != ROUTE_ACTION && route->kind != ROUTE_DELETE)
        include_read(context, route->resource);
    return request_failed(context) ? 0 : count;
}

bool request_authorize(struct context *context, enum db_status status, const struct rows *rows)
{
    const struct route *route = context->route;

    if (status == DB_NO_ROWS || (status == DB_OK && rows_count(rows) == 0)) {
        request_fail(context, ERROR_UNAUTHORIZED, NULL, NULL);
        return false;
    }
    if (status != DB_OK) {
        request_fail_db(context, route->resource, status);
        return false;
    }
    principal_parse(context->arena, rows_get(rows, 0, "auth"), &context->principal);
    if (context->principal.touch)
        touches_add(context->service, context->principal.token_id);
    const char *scope = rows_get(rows, 0, "scope");
    unsigned allowed = route->principals ? route->principals : PRINCIPALS_ALL;
    enum error_code denied = route->denied ? route->denied : ERROR_NOT_FOUND;
    if (!scope || !(allowed & PRINCIPAL_BIT(context->principal.kind))) {
        request_fail(context, scope ? denied : ERROR_NOT_FOUND, NULL, NULL);
        return false;
    }
    context->scope = (permission_mask)rows_int(rows, 0, "scope");
    context->rows = rows;
    if (context->scope & PERMISSION_REFUSED) {
        request_fail(context, ERROR_UNAUTHORIZED, NULL, NULL);
        return false;
    }
    if ((context->scope & route->need) != route->need) {
        request_fail(context, denied, NULL, NULL);
        return false;
    }
    return true;
}

/* Of those who may ask at all, what they have to say is wanted. */
static void check_choices(struct context *context)
{
    for (const struct filter *f = context->route->filters; f && f->names; f++) {
        const char *value = f->choices ? query_any(context, f->names) : NULL;
        if (f->choices && (!value || !patch_is_choice(f->choices, value)))
            request_fail(context, ERROR_BAD_REQUEST, arena_printf(context->arena, "?%s", f->names),
                         "must be one of %s", f->choices);
    }
}

void read_reply(struct context *context, enum db_status status, const struct rows *rows)
{
    const struct route *route = context->route;

    if (request_authorize(context, status, rows))
        check_choices(context);
    if (request_failed(context)) {
        error_reply(context);
        return;
    }
    if (route->handler) {
        route->handler(context);
        if (request_failed(context))
            error_reply(context);
        return;
    }
    if (route->kind == ROUTE_SHOW && !rows_get(rows, 0, "id")) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        error_reply(context);
        return;
    }
    if (!render_fetch(context, route->resource, rows)) {
        error_reply(context);
        return;
    }
    render_document(context, route->resource, rows, route->kind == ROUTE_LIST,
                    route->status ? route->status : 200);
}
