/* include=a,b.c: related resources in `included`, one statement a type and level whatever the page
 * holds. The primary object is never repeated there (an included cycle crashes go-tfe). */
#ifndef TERRACE_JSONAPI_INCLUDE_H
#define TERRACE_JSONAPI_INCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "json/json_writer.h"

struct context;
struct resource;
struct rows;
struct inclusion;

#define INCLUDE_MAX_SETS 32

struct include_set {
    size_t count;
    const struct resource *primary;
    const struct rows *primary_rows;
    struct {
        const struct rows *parent;
        const struct inclusion *inclusion;
        const struct rows *rows; /* NULL: no ids */
    } sets[INCLUDE_MAX_SETS];
};

/* Splits the query parameter into context->includes and refuses what the resource does not have
 * (400, title `Invalid include parameter`, no detail). */
void include_read(struct context *context, const struct resource *resource);

/* Runs the statements; false when one failed (recorded in the context). */
bool include_fetch(struct context *context, const struct resource *resource,
                   const struct rows *rows, struct include_set *out);

/* Linkage that only an include brings: the ids of the set fetched under this relationship's name
 * that say, in their column parent_id, that they belong to the row. False when there is no such
 * set. */
bool include_write_linkage(struct json_writer *w, const struct include_set *set,
                           const struct rows *parent, const char *parent_id,
                           const char *relationship);

/* Writes the member `included`. */
void include_write(struct context *context, struct json_writer *w, const struct include_set *set);

#endif
