/* The two halves of the engine that routes run through; only engine.c calls them. */
#ifndef TERRACE_JSONAPI_REQUEST_H
#define TERRACE_JSONAPI_REQUEST_H

#include "jsonapi/context.h"

/* Parameters of the route's first statement: token, path parameters, limit and offset of a list,
 * filters. Returns how many; 0 with an error recorded when the query is bad. */
size_t read_bind(struct context *context, const char *params[DB_MAX_PARAMS]);
/* Answers a read from its rows (status: what the database said). */
void read_reply(struct context *context, enum db_status status, const struct rows *rows);

/* Sets principal and scope from the rows of a read or load statement and checks what the route
 * demands. False: the refusal is recorded. */
bool request_authorize(struct context *context, enum db_status status, const struct rows *rows);

/* Runs a write from start to end and answers it. */
void write_serve(struct context *context);

#endif
