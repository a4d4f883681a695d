/* The parts of the engine that a request runs through. */
#ifndef TERRACE_JSONAPI_REQUEST_H
#define TERRACE_JSONAPI_REQUEST_H

#include "jsonapi/context.h"

/* Parameters of the route's first statement: token, path parameters, limit and offset of a list,
 * filters. Returns how many; 0 with an error recorded when the query is bad. */
size_t read_bind(struct context *context, const char *params[DB_MAX_PARAMS]);
/* Answers a read from its rows (status: what the database said). */
void read_reply(struct context *context, enum db_status status, const struct rows *rows);

/* Asks for all of contexts together and answers each. */
void reads_serve(struct service *service, struct context *const *contexts, size_t count);
/* The end of every request. pipelined: statements that the pipeline sent for it. */
void request_finish(struct context *context, unsigned pipelined);

/* Notes that a token was used; touches_write() records it, of many together and, unless now is set,
 * not at once. */
void touches_add(struct service *service, const char *token_id);
void touches_write(struct service *service, bool now);

/* Sets principal and scope from the rows of a read or load statement and checks what the route
 * demands. False: the refusal is recorded. */
bool request_authorize(struct context *context, enum db_status status, const struct rows *rows);

/* Runs a write from start to end and answers it. */
void write_serve(struct context *context);

#endif
