/* Included resources: see include.h. */
#include "jsonapi/include.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "jsonapi/context.h"
#include "jsonapi/render.h"
#include "jsonapi/resource.h"

/* Names come with underscores or hyphens (today-workspaces.md section 1). */
static bool same_name(const char *a, const char *b, size_t b_len)
{
    if (strlen(a) != b_len)
        return false;
    for (size_t i = 0; i < b_len; i++)
        if (a[i] != (b[i] == '-' ? '_' : b[i]))
            return false;
    return true;
}

static const struct inclusion *next_named(const struct inclusion *from, const char *name,
                                          size_t len)
{
    for (; from && from->name; from++)
        if (same_name(from->name, name, len))
            return from;
    return NULL;
}

static bool known_path(const struct resource *resource, const char *path)
{
    while (*path) {
        size_t len = strcspn(path, ".");
        const struct inclusion *found = next_named(resource->inclusions, path, len);
        if (!found)
            return false;
        if (!found->target)
            return true;
        resource = found->target;
        path += len;
        path += *path == '.';
    }
    return true;
}

void include_read(struct context *context, const struct resource *resource)
{
    const char *at = http_query(context->request, "include");
    if (!at)
        return;
    while (*at) {
        size_t len = strcspn(at, ",");
        if (len) {
            const char *path = arena_strndup(context->arena, at, len);
            if (!known_path(resource, path) || context->include_count == CONTEXT_MAX_INCLUDES) {
                request_fail(context, ERROR_INVALID_INCLUDE, "?include", NULL);
                return;
            }
            context->includes[context->include_count++] = path;
        }
        at += len;
        at += *at == ',';
    }
}

static bool add_id(struct buf *ids, const char *id, const char *type)
{
    const char *slash = strchr(id, '/');
    if (slash) { /* polymorphic: `type/id`, taken when it is of this target's type */
        if (strncmp(id, type, (size_t)(slash - id)) != 0 || type[slash - id])
            return false;
        id = slash + 1;
    }
    buf_addc(ids, ids->len > 1 ? ',' : ' ');
    buf_addc(ids, '"');
    buf_adds(ids, id);
    buf_addc(ids, '"');
    return true;
}

/* The parent's ids in the inclusion's column, as a text[] literal; NULL when there are none. */
static const char *gather_ids(struct context *context, const struct rows *rows,
                              const struct inclusion *inclusion)
{
    struct buf ids;
    size_t found = 0;
    int column = rows_column(rows, inclusion->column);

    buf_init(&ids, context->arena);
    buf_addc(&ids, '{');
    for (size_t i = 0; i < rows_count(rows); i++) {
        const char *cell = rows_text(rows, i, column);
        if (!cell)
            continue;
        if (cell[0] != '{') {
            found += add_id(&ids, cell, inclusion->target->type);
            continue;
        }
        const char **items;
        size_t count = rows_array(context->arena, cell, &items);
        for (size_t k = 0; k < count; k++)
            found += add_id(&ids, items[k], inclusion->target->type);
    }
    buf_addc(&ids, '}');
    return found ? buf_str(&ids) : NULL;
}

static bool fetch_one(struct context *context, const struct rows *parent,
                      const struct inclusion *inclusion, struct include_set *out,
                      const struct rows **rows)
{
    for (size_t i = 0; i < out->count; i++)
        if (out->sets[i].parent == parent && out->sets[i].inclusion == inclusion) {
            *rows = out->sets[i].rows;
            return true;
        }
    if (out->count == INCLUDE_MAX_SETS) {
        request_fail(context, ERROR_INVALID_INCLUDE, "?include", NULL);
        return false;
    }
    struct rows *fetched = NULL;
    const char *ids = gather_ids(context, parent, inclusion);
    if (ids && !db_ok(context, db_query(context->service->db, context->arena, inclusion->statement,
                                        &fetched, context->token_hash, ids)))
        return false;
    out->sets[out->count].parent = parent;
    out->sets[out->count].inclusion = inclusion;
    out->sets[out->count].rows = fetched;
    out->count++;
    *rows = fetched;
    return true;
}

/* A name may stand for several targets (`locked_by`: a user or a team); the path goes on below
 * each. */
static bool fetch_path(struct context *context, const struct resource *resource,
                       const struct rows *parent, const char *path, struct include_set *out)
{
    size_t len = strcspn(path, ".");
    const struct inclusion *one = next_named(resource->inclusions, path, len);
    for (; one; one = next_named(one + 1, path, len)) {
        const struct rows *rows;
        if (!one->target)
            continue;
        if (!fetch_one(context, parent, one, out, &rows))
            return false;
        if (path[len] == '.' && rows &&
            !fetch_path(context, one->target, rows, path + len + 1, out))
            return false;
    }
    return true;
}

bool include_fetch(struct context *context, const struct resource *resource,
                   const struct rows *rows, struct include_set *out)
{
    out->primary = resource;
    out->primary_rows = rows;
    for (size_t i = 0; i < context->include_count; i++)
        if (!fetch_path(context, resource, rows, context->includes[i], out))
            return false;
    return true;
}

static bool rows_have(const struct rows *rows, size_t end, const char *id)
{
    int column = rows_column(rows, "id");
    for (size_t i = 0; i < end; i++) {
        const char *other = rows_text(rows, i, column);
        if (other && strcmp(other, id) == 0)
            return true;
    }
    return false;
}

static bool written_before(const struct include_set *set, size_t at, const char *id)
{
    const struct resource *resource = set->sets[at].inclusion->target;
    if (resource == set->primary && rows_have(set->primary_rows, rows_count(set->primary_rows), id))
        return true;
    for (size_t i = 0; i < at; i++)
        if (set->sets[i].rows && set->sets[i].inclusion->target == resource &&
            rows_have(set->sets[i].rows, rows_count(set->sets[i].rows), id))
            return true;
    return false;
}

bool include_write_linkage(struct json_writer *w, const struct include_set *set,
                           const struct rows *parent, const char *parent_id,
                           const char *relationship)
{
    for (size_t i = 0; set && i < set->count; i++) {
        const struct inclusion *inclusion = set->sets[i].inclusion;
        const struct rows *rows = set->sets[i].rows;
        if (set->sets[i].parent != parent || !rows || rows_column(rows, "parent_id") < 0 ||
            !same_name(inclusion->name, relationship, strlen(relationship)))
            continue;
        json_key(w, "data");
        json_array_begin(w);
        for (size_t k = 0; k < rows_count(rows); k++) {
            if (strcmp(rows_get(rows, k, "parent_id"), parent_id) != 0)
                continue;
            json_object_begin(w);
            json_member_string(w, "id", rows_get(rows, k, "id"));
            json_member_string(w, "type", inclusion->target->type);
            json_object_end(w);
        }
        json_array_end(w);
        return true;
    }
    return false;
}

void include_write(struct context *context, struct json_writer *w, const struct include_set *set)
{
    json_key(w, "included");
    json_array_begin(w);
    for (size_t i = 0; i < set->count; i++) {
        const struct rows *rows = set->sets[i].rows;
        for (size_t k = 0; rows && k < rows_count(rows); k++) {
            const char *id = rows_get(rows, k, "id");
            if (!id || rows_have(rows, k, id) || written_before(set, i, id))
                continue;
            struct row row = render_row(set->sets[i].inclusion->target, rows, k);
            render_resource(context, w, &row);
        }
    }
    json_array_end(w);
}
