/* Pages of a list: see paging.h. */
#include "jsonapi/paging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "db/db.h"
#include "jsonapi/context.h"
#include "jsonapi/resource.h"

#define PAGE_SIZE_DEFAULT 20
#define PAGE_SIZE_MAX 100
/* Keeps OFFSET far from overflow; no list is that long. */
#define PAGE_NUMBER_MAX 10000000

static bool read_number(struct context *context, const char *name, long max, long *out)
{
    const char *text = http_query(context->request, name);
    if (!text || !*text)
        return false;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (*end || end == text || errno || value < 1) {
        request_fail(context, ERROR_BAD_REQUEST, arena_printf(context->arena, "?%s", name),
                     "%s must be a positive number", name);
        return true;
    }
    *out = value > max ? max : value;
    return true;
}

void paging_read(struct context *context)
{
    struct paging *page = &context->paging;
    long own = context->route->page_size;
    *page = (struct paging){.number = 1, .size = own ? own : PAGE_SIZE_DEFAULT};
    bool number = read_number(context, "page[number]", PAGE_NUMBER_MAX, &page->number);
    bool size = read_number(context, "page[size]", own ? own : PAGE_SIZE_MAX, &page->size);
    page->asked = number || size;
    unsigned flags = context->route->flags;
    if ((flags & ROUTE_UNPAGED) || ((flags & ROUTE_OPTIONAL_PAGE) && !page->asked)) {
        page->number = 1;
        page->size = 0;
    }
}

void paging_params(struct context *context, const char **limit, const char **offset)
{
    const struct paging *page = &context->paging;
    *limit = page->size ? arena_printf(context->arena, "%ld", page->size) : NULL;
    *offset = arena_printf(context->arena, "%ld", (page->number - 1) * page->size);
}

/* The request's own URL with another page number; every other parameter stays. */
static void write_page_link(struct context *context, struct json_writer *w, const char *name,
                            long number)
{
    const struct http_request *request = context->request;
    struct buf url;
    char joint = '?';

    if (number == 0) {
        json_member_null(w, name);
        return;
    }
    buf_init(&url, context->arena);
    buf_adds(&url, context_base_url(context));
    buf_adds(&url, request->path);
    const char *at = strchr(request->uri, '?');
    at = at ? at + 1 : "";
    while (*at) {
        size_t len = strcspn(at, "&");
        bool page = strncmp(at, "page%5B", 7) == 0 || strncmp(at, "page%5b", 7) == 0 ||
                    strncmp(at, "page[", 5) == 0;
        if (len && !page) {
            buf_addc(&url, joint);
            buf_add(&url, at, len);
            joint = '&';
        }
        at += len;
        at += *at == '&';
    }
    buf_printf(&url, "%cpage%%5Bnumber%%5D=%ld", joint, number);
    if (context->paging.size)
        buf_printf(&url, "&page%%5Bsize%%5D=%ld", context->paging.size);
    json_member_string(w, name, buf_str(&url));
}

static void member_page(struct json_writer *w, const char *key, long number)
{
    if (number)
        json_member_int(w, key, number);
    else
        json_member_null(w, key);
}

/* A list that is too long to be counted says only whether there is more: its statement has the
 * column has_next in place of total (today-runs.md 25.2). */
static void write_uncounted(struct context *context, struct json_writer *w, const struct rows *rows)
{
    const struct paging *page = &context->paging;
    bool more = rows_count(rows) > 0 && rows_bool(rows, 0, "has_next");
    long previous = page->number > 1 ? page->number - 1 : 0;
    long next = more ? page->number + 1 : 0;

    json_key(w, "links");
    json_object_begin(w);
    write_page_link(context, w, "self", page->number);
    write_page_link(context, w, "prev", previous);
    write_page_link(context, w, "next", next);
    json_object_end(w);
    json_key(w, "meta");
    json_object_begin(w);
    json_key(w, "pagination");
    json_object_begin(w);
    json_member_int(w, "current-page", page->number);
    json_member_int(w, "page-size", page->size);
    member_page(w, "prev-page", previous);
    member_page(w, "next-page", next);
    json_object_end(w);
    json_object_end(w);
}

void paging_write(struct context *context, struct json_writer *w, const struct rows *rows)
{
    const struct paging *page = &context->paging;

    if (rows_column(rows, "has_next") >= 0) {
        write_uncounted(context, w, rows);
        return;
    }
    if (page->size == 0 && (context->route->flags & ROUTE_BARE))
        return;
    long total = rows_count(rows) ? (long)rows_int(rows, 0, "total") : 0;
    if (rows_column(rows, "total") < 0)
        total = (long)rows_count(rows);
    long size = page->size ? page->size : (total ? total : 1);
    long pages =
        (total + size - 1) / size; /* of an empty list none, as the official client wants it */
    long previous = page->number > 1 ? page->number - 1 : 0;
    long next = page->number < pages ? page->number + 1 : 0;

    json_key(w, "links");
    json_object_begin(w);
    write_page_link(context, w, "self", page->number);
    write_page_link(context, w, "first", 1);
    write_page_link(context, w, "prev", previous);
    write_page_link(context, w, "next", next);
    write_page_link(context, w, "last", pages ? pages : 1);
    json_object_end(w);

    json_key(w, "meta");
    json_object_begin(w);
    if (context->route->meta)
        context->route->meta(context, w, rows);
    json_key(w, "pagination");
    json_object_begin(w);
    json_member_int(w, "current-page", page->number);
    json_member_int(w, "page-size", page->size ? page->size : total);
    member_page(w, "prev-page", previous);
    member_page(w, "next-page", next);
    json_member_int(w, "total-pages", pages);
    json_member_int(w, "total-count", total);
    json_object_end(w);
    json_object_end(w);
}
