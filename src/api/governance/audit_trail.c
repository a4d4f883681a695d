/* Who did what: read with an organization's token as plain JSON with a pagination of its own
 * (today-access.md 11.4). What is recorded, and where, is said in jsonapi/audit.h. */
#include "api/resources.h"

#include "base/buf.h"
#include "base/clock.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define PAGE_SIZE 1000

static void write_event(struct json_writer *w, const struct rows *rows, size_t i)
{
    char time[CLOCK_WIRE_SIZE];
    const char *meta = rows_get(rows, i, "meta");

    json_object_begin(w);
    json_member_string(w, "id", rows_get(rows, i, "id"));
    json_member_string(w, "version", "0");
    json_member_string(w, "type", "Resource");
    json_member_string(w, "timestamp",
                       clock_from_pg(rows_get(rows, i, "occurred_at"), time) ? time : NULL);
    json_key(w, "auth");
    json_object_begin(w);
    json_member_string(w, "accessor_id", rows_get(rows, i, "accessor_id"));
    json_member_string(w, "description", rows_get(rows, i, "description"));
    json_member_string(w, "type", rows_get(rows, i, "auth_type"));
    json_member_null(w, "impersonator_id");
    json_member_string(w, "organization_id", rows_get(rows, i, "organization_id"));
    json_object_end(w);
    json_key(w, "request");
    json_object_begin(w);
    json_member_string(w, "id", rows_get(rows, i, "request_id"));
    json_object_end(w);
    json_key(w, "resource");
    json_object_begin(w);
    json_member_string(w, "id", rows_get(rows, i, "resource_id"));
    json_member_string(w, "type", rows_get(rows, i, "resource_type"));
    json_member_string(w, "action", rows_get(rows, i, "action"));
    json_member_raw(w, "meta", meta ? meta : "null");
    json_object_end(w);
    json_object_end(w);
}

static void member_page(struct json_writer *w, const char *key, long number)
{
    if (number)
        json_member_int(w, key, number);
    else
        json_member_null(w, key);
}

static void write_pagination(const struct context *context, struct json_writer *w)
{
    const struct paging *page = &context->paging;
    long total = (long)rows_int(context->rows, 0, "total");
    long pages = (total + page->size - 1) / page->size;

    json_key(w, "pagination");
    json_object_begin(w);
    json_member_int(w, "current_page", page->number);
    json_member_int(w, "page_size", page->size);
    member_page(w, "prev_page", page->number > 1 ? page->number - 1 : 0);
    member_page(w, "next_page", page->number < pages ? page->number + 1 : 0);
    json_member_int(w, "total_pages", pages);
    json_member_int(w, "total_count", total);
    json_object_end(w);
}

static void list(struct context *context)
{
    struct json_writer w;

    json_writer_init(&w, &context->request->body);
    json_object_begin(&w);
    json_key(&w, "data");
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(context->rows); i++)
        if (rows_get(context->rows, i, "id"))
            write_event(&w, context->rows, i);
    json_array_end(&w);
    write_pagination(context, &w);
    json_object_end(&w);
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/json; charset=utf-8");
}

static const struct filter list_filters[] = {
    {"since", FILTER_TIME},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organization/audit-trail"},
     ROUTE_LIST,
     STATEMENT_AUDIT_EVENT_LIST,
     PERMISSION_MASK(ORG_AUDIT),
     .handler = list,
     .filters = list_filters,
     .page_size = PAGE_SIZE,
     .principals = PRINCIPAL_BIT(PRINCIPAL_ORGANIZATION) | PRINCIPAL_BIT(PRINCIPAL_AUDIT)},
    {0},
};

const struct resource audit_trail_resource = {
    .type = "audit-trails",
    .routes = routes,
};
