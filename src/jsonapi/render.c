/* Resource objects from rows: see render.h. Everything streams into one buffer, no tree is built.
 */
#include "jsonapi/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "jsonapi/context.h"
#include "jsonapi/include.h"
#include "jsonapi/paging.h"

/* Column numbers of the last resource that each statement was rendered as. */
static struct {
    const struct resource *resource;
    int *numbers;
} column_cache[STATEMENT_COUNT];

const char *row_get(const struct row *row, const char *column)
{
    return rows_get(row->rows, row->index, column);
}

static const char *attribute_column(const struct attribute *a, char *out, size_t size)
{
    if (a->column)
        return a->column;
    size_t i = 0;
    for (; a->name[i] && i + 1 < size; i++)
        out[i] = a->name[i] == '-' ? '_' : a->name[i];
    out[i] = '\0';
    return out;
}

static int *look_up_columns(const struct resource *resource, const struct rows *rows)
{
    size_t count = 0;
    const struct attribute *a = resource->attributes;
    const struct relationship *r = resource->relationships;
    for (; a && a->name; a++)
        count++;
    for (; r && r->name; r++)
        count++;
    int *numbers = calloc(count + 1, sizeof *numbers);
    if (!numbers)
        abort();
    size_t n = 0;
    char name[128];
    for (a = resource->attributes; a && a->name; a++)
        numbers[n++] = a->constant || (a->render && !(a->flags & ATTRIBUTE_OMIT_NULL))
                           ? -1
                           : rows_column(rows, attribute_column(a, name, sizeof name));
    for (r = resource->relationships; r && r->name; r++)
        numbers[n++] = r->column ? rows_column(rows, r->column) : -1;
    return numbers;
}

struct row render_row(const struct resource *resource, const struct rows *rows, size_t index)
{
    enum statement statement = rows_statement(rows);
    if (column_cache[statement].resource != resource) {
        free(column_cache[statement].numbers);
        column_cache[statement].numbers = look_up_columns(resource, rows);
        column_cache[statement].resource = resource;
    }
    return (struct row){
        .rows = rows,
        .index = index,
        .resource = resource,
        .columns = column_cache[statement].numbers,
    };
}

/* RFC 3986: unreserved characters. */
static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void add_encoded(struct buf *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    while (*text) {
        size_t plain = 0;
        while (is_unreserved((unsigned char)text[plain]))
            plain++;
        buf_add(out, text, plain);
        text += plain;
        if (!*text)
            return;
        unsigned char c = (unsigned char)*text++;
        buf_addc(out, '%');
        buf_addc(out, hex[c >> 4]);
        buf_addc(out, hex[c & 15]);
    }
}

const char *render_template(struct context *context, const char *text, const struct row *row)
{
    struct buf out;
    buf_init(&out, context->arena);
    while (*text) {
        const char *open = strchr(text, '{');
        if (!open) {
            buf_adds(&out, text);
            break;
        }
        buf_add(&out, text, (size_t)(open - text));
        const char *close = strchr(open, '}');
        const char *column = arena_strndup(context->arena, open + 1, (size_t)(close - open - 1));
        const char *cell = row_get(row, column);
        if (!cell)
            return NULL;
        add_encoded(&out, cell);
        text = close + 1;
    }
    return buf_str(&out);
}

void render_times(struct json_writer *w, const struct row *row, const struct render_time *times,
                  size_t count)
{
    char time[CLOCK_WIRE_SIZE];

    json_object_begin(w);
    for (size_t i = 0; i < count; i++) {
        const char *cell = row_get(row, times[i].column);
        if (cell && clock_from_pg(cell, time))
            json_member_string(w, times[i].name, time);
    }
    json_object_end(w);
}

static void write_strings(struct context *context, struct json_writer *w, const char *literal)
{
    const char **items;
    size_t count = rows_array(context->arena, literal, &items);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, items[i]);
    json_array_end(w);
}

static void write_cell(struct context *context, struct json_writer *w, enum attribute_kind kind,
                       const char *cell)
{
    char time[CLOCK_WIRE_SIZE];

    switch (kind) {
    case ATTRIBUTE_STRING:
        json_string(w, cell);
        return;
    case ATTRIBUTE_BOOL:
        json_bool(w, cell[0] == 't');
        return;
    case ATTRIBUTE_INT:
    case ATTRIBUTE_JSON:
        json_raw(w, cell);
        return;
    case ATTRIBUTE_TIME:
        json_string(w, clock_from_pg(cell, time) ? time : NULL);
        return;
    case ATTRIBUTE_STRINGS:
        write_strings(context, w, cell);
        return;
    }
}

/* fields[type]=a,b: true when the name is asked for, or no selection was made. */
static bool wanted(const char *fields, const char *name)
{
    if (!fields)
        return true;
    size_t len = strlen(name);
    for (const char *at = fields; *at;) {
        size_t n = strcspn(at, ",");
        if (n == len && strncmp(at, name, n) == 0)
            return true;
        at += n;
        at += *at == ',';
    }
    return false;
}

static const char *selected_fields(struct context *context, const char *type)
{
    if (context->request->query_count == 0)
        return NULL;
    return http_query(context->request, arena_printf(context->arena, "fields[%s]", type));
}

static void write_permissions(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    permission_mask mask = (permission_mask)rows_int(row->rows, row->index, "mask");
    json_key(w, "permissions");
    json_object_begin(w);
    for (const struct permission *p = row->resource->permissions; p->key; p++)
        json_member_bool(w, p->key, p->need && (mask & p->need) == p->need);
    json_object_end(w);
}

static void write_attributes(struct context *context, struct json_writer *w, const struct row *row,
                             const char *fields)
{
    const int *column = row->columns;

    json_key(w, "attributes");
    json_object_begin(w);
    for (const struct attribute *a = row->resource->attributes; a && a->name; a++, column++) {
        if ((a->flags & ATTRIBUTE_WRITE_ONLY) || !wanted(fields, a->name))
            continue;
        if ((a->flags & ATTRIBUTE_OMIT_NULL) && !rows_text(row->rows, row->index, *column))
            continue;
        if (a->constant) {
            json_member_raw(w, a->name, a->constant);
        } else if (a->render) {
            json_key(w, a->name);
            a->render(context, w, row);
        } else {
            const char *cell = rows_text(row->rows, row->index, *column);
            json_key(w, a->name);
            if (cell)
                write_cell(context, w, a->kind, cell);
            else
                json_null(w);
        }
    }
    if (row->resource->permissions && wanted(fields, "permissions"))
        write_permissions(context, w, row);
    json_object_end(w);
}

/* For a polymorphic relation the text is `type/id`. */
static void write_identifier(struct json_writer *w, const char *type, const char *id)
{
    json_object_begin(w);
    json_member_string(w, "id", type ? id : strchr(id, '/') + 1);
    json_key(w, "type");
    if (type)
        json_string(w, type);
    else
        json_string_n(w, id, (size_t)(strchr(id, '/') - id));
    json_object_end(w);
}

static void write_relation_data(struct context *context, struct json_writer *w,
                                const struct relationship *r, const char *cell)
{
    json_key(w, "data");
    if (r->kind == RELATION_ONE) {
        if (cell)
            write_identifier(w, r->type, cell);
        else
            json_null(w);
        return;
    }
    const char **ids = NULL;
    size_t count = cell ? rows_array(context->arena, cell, &ids) : 0;
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        write_identifier(w, r->type, ids[i]);
    json_array_end(w);
}

static void write_relationships(struct context *context, struct json_writer *w,
                                const struct row *row, const char *fields)
{
    const int *column = row->columns;
    for (const struct attribute *a = row->resource->attributes; a && a->name; a++)
        column++;

    json_key(w, "relationships");
    json_object_begin(w);
    for (const struct relationship *r = row->resource->relationships; r->name; r++, column++) {
        const char *cell = rows_text(row->rows, row->index, *column);
        if (!wanted(fields, r->name) || (!cell && (r->flags & RELATION_OMIT_NULL)))
            continue;
        json_key(w, r->name);
        json_object_begin(w);
        if (r->kind != RELATION_LINK)
            write_relation_data(context, w, r, cell);
        else if (context->included)
            include_write_linkage(w, context->included, row->rows, row_get(row, "id"), r->name);
        const char *related = r->related ? render_template(context, r->related, row) : NULL;
        if (related) {
            json_key(w, "links");
            json_object_begin(w);
            json_member_string(w, "related", related);
            json_object_end(w);
        }
        json_object_end(w);
    }
    json_object_end(w);
}

static void write_links(struct context *context, struct json_writer *w, const struct row *row)
{
    const struct resource *resource = row->resource;
    if ((!resource->links && !resource->render_links) ||
        (resource->has_links && !resource->has_links(row)))
        return;
    json_key(w, "links");
    json_object_begin(w);
    for (const struct link *l = resource->links; l && l->name; l++) {
        const char *url = render_template(context, l->template, row);
        if (url)
            json_member_string(w, l->name, url);
    }
    if (resource->render_links)
        resource->render_links(context, w, row);
    json_object_end(w);
}

void render_resource(struct context *context, struct json_writer *w, const struct row *row)
{
    const struct resource *resource = row->resource;
    const char *fields = selected_fields(context, resource->type);

    json_object_begin(w);
    json_member_string(w, "id", row_get(row, "id"));
    json_member_string(w, "type", resource->type);
    write_attributes(context, w, row, fields);
    if (resource->relationships)
        write_relationships(context, w, row, fields);
    write_links(context, w, row);
    json_object_end(w);
}

bool render_fetch(struct context *context, const struct resource *resource, const struct rows *rows)
{
    if (!context->include_count)
        return true;
    struct include_set *included = arena_alloc(context->arena, sizeof *included);
    if (!include_fetch(context, resource, rows, included))
        return false;
    context->included = included;
    return true;
}

void render_document(struct context *context, const struct resource *resource,
                     const struct rows *rows, bool list, int status)
{
    struct http_request *request = context->request;
    struct json_writer w;

    json_writer_init(&w, &request->body);
    json_object_begin(&w);
    json_key(&w, "data");
    if (list)
        json_array_begin(&w);
    int id = rows_column(rows, "id");
    for (size_t i = 0; i < rows_count(rows); i++) {
        if (!rows_text(rows, i, id))
            continue;
        struct row row = render_row(resource, rows, i);
        render_resource(context, &w, &row);
    }
    if (list)
        json_array_end(&w);
    if (context->included)
        include_write(context, &w, context->included);
    if (list)
        paging_write(context, &w, rows);
    json_object_end(&w);

    request->status = status;
    http_header(request, "Content-Type", "application/vnd.api+json; charset=utf-8");
}
