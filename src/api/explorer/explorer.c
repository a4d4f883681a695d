/* The explorer: what the workspaces of an organization are and use, filtered and sorted, as pages
 * or as CSV (today-workspaces.md 17). Nothing of an answer is kept. */
#include "api/explorer/explorer.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/paging.h"

#define MAX_DEPTH 16
#define SECONDS strlen("2023-10-17T21:56:45")

/* What the answer is made of, once the transaction is over. */
struct answer {
    struct explorer_query query;
    const struct rows *rows;
};

/* Times have an offset in place of the Z of all others; in CSV they end with the second. */
static const char *shown_time(struct context *context, const char *cell, bool short_form)
{
    char time[CLOCK_WIRE_SIZE];

    if (!clock_from_pg(cell, time))
        return NULL;
    size_t len = short_form ? SECONDS : strlen(time) - 1;
    return arena_printf(context->arena, "%.*s+00:00", (int)len, time);
}

static void write_cell(struct context *context, struct json_writer *w,
                       const struct explorer_field *field, const char *cell)
{
    if (!cell)
        json_null(w);
    else if (field->kind == EXPLORER_STRING)
        json_string(w, cell);
    else if (field->kind == EXPLORER_NUMBER)
        json_raw(w, cell);
    else if (field->kind == EXPLORER_BOOLEAN)
        json_bool(w, *cell == 't');
    else
        json_string(w, shown_time(context, cell, false));
}

static void write_row(struct context *context, struct json_writer *w, const struct answer *answer,
                      size_t row)
{
    const struct explorer_query *query = &answer->query;
    const struct explorer_field *field;

    json_object_begin(w);
    json_key(w, "attributes");
    json_object_begin(w);
    for (size_t n = 0; (field = explorer_query_field(query, n)); n++) {
        char *name = arena_strdup(context->arena, field->name);
        for (char *c = name; *c; c++)
            if (*c == '_')
                *c = '-';
        json_key(w, name);
        write_cell(context, w, field, rows_get(answer->rows, row, field->name));
    }
    json_object_end(w);
    json_member_string(w, "id", rows_get(answer->rows, row, "id"));
    json_member_string(w, "type", query->view->type);
    json_object_end(w);
}

static void send_page(struct context *context, const struct answer *answer)
{
    struct json_writer w;

    json_writer_init(&w, &context->request->body);
    json_object_begin(&w);
    json_key(&w, "data");
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(answer->rows); i++)
        if (rows_get(answer->rows, i, "id"))
            write_row(context, &w, answer, i);
    json_array_end(&w);
    paging_write(context, &w, answer->rows);
    json_object_end(&w);
    http_header(context->request, "Content-Type", "application/vnd.api+json; charset=utf-8");
}

static void add_quoted(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
}

static const char *csv_cell(struct context *context, const struct explorer_field *field,
                            const char *cell)
{
    if (!cell)
        return "";
    if (field->kind == EXPLORER_BOOLEAN)
        return *cell == 't' ? "true" : "false";
    return field->kind == EXPLORER_DATETIME ? shown_time(context, cell, true) : cell;
}

static void send_csv(struct context *context, const struct answer *answer)
{
    const struct explorer_query *query = &answer->query;
    struct buf *out = &context->request->body;
    const struct explorer_field *field;

    for (size_t n = 0; (field = explorer_query_field(query, n)); n++)
        buf_printf(out, "%s%s", n ? "," : "", field->name);
    buf_addc(out, '\n');
    for (size_t i = 0; i < rows_count(answer->rows); i++) {
        if (!rows_get(answer->rows, i, "id"))
            continue;
        for (size_t n = 0; (field = explorer_query_field(query, n)); n++) {
            if (n)
                buf_addc(out, ',');
            add_quoted(out, csv_cell(context, field, rows_get(answer->rows, i, field->name)));
        }
        buf_addc(out, '\n');
    }
    http_header(context->request, "Content-Type", "text/csv; charset=utf-8");
    http_header(context->request, "Content-Disposition",
                arena_printf(context->arena, "attachment; filename=\"%s.csv\"", query->view->name));
}

static void send(struct context *context)
{
    const struct answer *answer = context->outside_result;

    context->request->status = 200;
    if (context->paging.size)
        send_page(context, answer);
    else
        send_csv(context, answer);
}

void explorer_answer(struct context *context, const char *organization_id,
                     const struct explorer_query *query, enum explorer_form form)
{
    struct answer *answer = arena_alloc(context->arena, sizeof *answer);
    const char *limit, *offset;
    struct rows *rows = NULL;

    paging_read(context);
    if (form == EXPLORER_CSV)
        context->paging = (struct paging){.number = 1};
    paging_params(context, &limit, &offset);
    if (request_failed(context) ||
        !CONTEXT_QUERY(context, query->view->statement, &rows, organization_id, limit, offset,
                       explorer_query_filters(context->arena, query),
                       explorer_query_sorts(context->arena, query)))
        return;
    *answer = (struct answer){*query, rows};
    context->outside_result = answer;
    context->reply.send = send;
}

bool explorer_read_document(struct context *context, const struct explorer_view *view,
                            const struct json_value *json, const char *pointer,
                            struct explorer_query *query)
{
    struct explorer_problem problem;

    if (explorer_query_from_json(context->arena, view, json, query, &problem))
        return true;
    request_fail(context, ERROR_INVALID_ATTRIBUTE,
                 arena_printf(context->arena, "%s%s", pointer, problem.where), "Query: %s",
                 problem.text);
    return false;
}

bool explorer_read_saved(struct context *context, struct explorer_query *query)
{
    const char *text = scope_get(context, "query"), *reason;
    const struct explorer_view *view = explorer_view_find(scope_get(context, "query_type"));
    const struct json_value *json =
        json_read(context->arena, text, strlen(text), MAX_DEPTH, &reason);
    /* It was checked when it was saved, maybe by a version that knew more fields. */
    if (view && json)
        return explorer_read_document(context, view, json, "", query);
    request_fail(context, ERROR_UNPROCESSABLE, NULL, "The saved query cannot be read");
    return false;
}

static void ask(struct context *context, enum explorer_form form)
{
    struct explorer_query query;
    struct explorer_problem problem;

    if (explorer_query_from_url(context->arena, context->request, &query, &problem))
        explorer_answer(context, scope_get(context, "id"), &query, form);
    else
        request_fail(context, ERROR_BAD_REQUEST, problem.where, "%s: %s", problem.where + 1,
                     problem.text);
}

static void ask_page(struct context *context)
{
    ask(context, EXPLORER_PAGE);
}

static void ask_csv(struct context *context)
{
    ask(context, EXPLORER_CSV);
}

#define BASE "/api/v2/organizations/:organization/explorer"
#define ROUTE(PATH, HANDLER)                                                                       \
    {                                                                                              \
        {HTTP_GET, PATH}, ROUTE_ACTION, STATEMENT_ORGANIZATION_LOAD,                               \
            PERMISSION_MASK(ORG_EXPLORER), .handler = HANDLER, .flags = ROUTE_NO_DOCUMENT          \
    }

static const struct route routes[] = {
    ROUTE(BASE, ask_page),
    ROUTE(BASE "/export/csv", ask_csv),
    {0},
};

const struct resource explorer_resource = {
    .type = "visibility-workspace",
    .routes = routes,
};
