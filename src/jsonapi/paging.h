/* Pages: page[number] (default 1), page[size] (default 20, at most 100, larger ones are clamped),
 * the `links` and `meta.pagination` of a list exactly as gotfe-protocol.md section 3 has them. */
#ifndef TERRACE_JSONAPI_PAGING_H
#define TERRACE_JSONAPI_PAGING_H

#include "json/json_writer.h"

struct context;
struct rows;

/* Fills context->paging from the query; what is no positive number is a 400. */
void paging_read(struct context *context);

/* LIMIT and OFFSET as statement parameters; limit NULL when unpaged. */
void paging_params(struct context *context, const char **limit, const char **offset);

/* Writes the members `links` and `meta` of a list; the total is in the column `total`. */
void paging_write(struct context *context, struct json_writer *w, const struct rows *rows);

#endif
