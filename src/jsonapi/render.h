/* Writes resource objects from rows: attributes, relationships, permissions, links, from the
 * tables. */
#ifndef TERRACE_JSONAPI_RENDER_H
#define TERRACE_JSONAPI_RENDER_H

#include "jsonapi/resource.h"

/* A row of this resource, with its columns looked up (once a statement and process). */
struct row render_row(const struct resource *resource, const struct rows *rows, size_t index);

/* One resource object. */
void render_resource(struct context *context, struct json_writer *w, const struct row *row);

/* Fetches what `include` asks for. False when that failed (recorded in the context). */
bool render_fetch(struct context *context, const struct resource *resource,
                  const struct rows *rows);

/* A whole document with `data` (one or many), `included`, `links` and `meta`, and the reply itself.
 * rows are those of a statement of this resource; rows without id are left out.
 * Nothing in it can fail: render_fetch() has been called. */
void render_document(struct context *context, const struct resource *resource,
                     const struct rows *rows, bool list, int status);

/* An object of the moments that there are, such as `status-timestamps`. */
struct render_time {
    const char *name, *column;
};
void render_times(struct json_writer *w, const struct row *row, const struct render_time *times,
                  size_t count);

/* Expands "/x/{column}" with percent-encoded cells; NULL when a cell is NULL. */
const char *render_template(struct context *context, const char *text, const struct row *row);

#endif
