/* SCIM documents: a resource, and a page of resources. See scim.h. */
#include "api/scim/scim.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"

#define DEFAULT_COUNT 100
#define MAX_COUNT 200

/* `attributes=userName,name.givenName`: a part of an attribute asks for the whole. */
static bool names(const char *list, const char *attribute)
{
    size_t len = strlen(attribute);

    while (*list) {
        list += strspn(list, ", ");
        size_t n = strcspn(list, ", ");
        if (n >= len && strncasecmp(list, attribute, len) == 0 && (n == len || list[len] == '.'))
            return true;
        list += n;
    }
    return false;
}

bool scim_wanted(const struct scim *scim, const char *attribute)
{
    const char *only = http_query(scim->context->request, "attributes");
    const char *excluded = http_query(scim->context->request, "excludedAttributes");

    if (only && *only)
        return names(only, attribute);
    return !excluded || !names(excluded, attribute);
}

static const char *location(struct scim *scim, const struct scim_kind *kind, const char *id)
{
    return arena_printf(scim->context->arena, "%s/scim/v2%s/%s", context_base_url(scim->context),
                        kind->endpoint, id);
}

static void write_time(struct json_writer *w, const char *name, const char *cell)
{
    char wire[CLOCK_WIRE_SIZE];

    if (cell && clock_from_pg(cell, wire))
        json_member_string(w, name, wire);
}

static void write_schemas(struct json_writer *w, const char *schema)
{
    json_key(w, "schemas");
    json_array_begin(w);
    json_string(w, schema);
    json_array_end(w);
}

void scim_write_one(struct scim *scim, const struct scim_kind *kind, const struct rows *rows,
                    size_t row)
{
    struct json_writer *w = &scim->w;
    const char *id = rows_get(rows, row, "id");

    json_object_begin(w);
    write_schemas(w, kind->schema);
    json_member_string(w, "id", id);
    if (rows_get(rows, row, "external_id") && scim_wanted(scim, "externalId"))
        json_member_string(w, "externalId", rows_get(rows, row, "external_id"));
    kind->write(scim, rows, row);
    if (scim_wanted(scim, "meta")) {
        json_key(w, "meta");
        json_object_begin(w);
        json_member_string(w, "resourceType", kind->name);
        write_time(w, "created", rows_get(rows, row, "created_at"));
        write_time(w, "lastModified", rows_get(rows, row, "updated_at"));
        json_member_string(w, "location", location(scim, kind, id));
        json_object_end(w);
    }
    json_object_end(w);
}

void scim_reply_one(struct scim *scim, int status, const struct scim_kind *kind,
                    const struct rows *rows)
{
    scim->status = status;
    scim->location = location(scim, kind, rows_get(rows, 0, "id"));
    scim_write_one(scim, kind, rows, 0);
}

/* What is no number, or too small, counts as the smallest (RFC 7644 section 3.4.2.4). */
static long number(const struct scim *scim, const char *name, long initial, long least)
{
    const char *text = http_query(scim->context->request, name);

    if (!text || !*text)
        return initial;
    long value = strtol(text, NULL, 10);
    return value < least ? least : value;
}

void scim_page_read(struct scim *scim, struct scim_page *page)
{
    long count = number(scim, "count", DEFAULT_COUNT, 0);

    page->start = number(scim, "startIndex", 1, 1);
    page->limit = arena_printf(scim->context->arena, "%ld", count > MAX_COUNT ? MAX_COUNT : count);
    page->offset = arena_printf(scim->context->arena, "%ld", page->start - 1);
}

void scim_reply_list(struct scim *scim, const struct scim_kind *kind, const struct rows *rows)
{
    struct json_writer *w = &scim->w;
    size_t count = rows_get(rows, 0, "id") ? rows_count(rows) : 0;
    struct scim_page page;

    scim_page_read(scim, &page);
    scim->status = 200;
    json_object_begin(w);
    write_schemas(w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
    json_member_int(w, "totalResults", rows_int(rows, 0, "total"));
    json_member_int(w, "startIndex", page.start);
    json_member_int(w, "itemsPerPage", (int64_t)count);
    json_key(w, "Resources");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        scim_write_one(scim, kind, rows, i);
    json_array_end(w);
    json_object_end(w);
}
