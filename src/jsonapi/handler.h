/* What a handler or hook of a resource may call: its transaction, its document, its answer. The
 * functions are in context.c, those that run a route's own create or update in write.c. */
#ifndef TERRACE_JSONAPI_HANDLER_H
#define TERRACE_JSONAPI_HANDLER_H

#include "jsonapi/context.h"
#include "jsonapi/resource.h"

/* After commit: read back with this statement ($1 token, $2 id) and answer with it. */
void reply_with(struct context *context, int status, enum statement statement, const char *id);
void reply_no_content(struct context *context);

/* A statement with text parameters inside the handler's transaction; false when it failed, with the
 * failure recorded. :one statements that find nothing give true and *out NULL. */
bool context_query(struct context *context, enum statement statement, struct rows **out,
                   const char *const *params, size_t count);
#define CONTEXT_QUERY(context, statement, out, ...)                                                \
    context_query((context), (statement), (out), (const char *[]){__VA_ARGS__},                    \
                  sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

/* For an action whose parent is named in the document instead of the path: runs a load statement as
 * the dispatcher does for a path ($1 in params is the token) and makes its row the scope. False:
 * not there, not visible or not enough rights, all recorded as the same 404. */
bool context_enter(struct context *context, enum statement load, permission_mask need,
                   const char *const *params, size_t count);
/* What ROUTE_CREATE does below the scope: the action's route names `write` and `reply`. */
void context_create(struct context *context);
/* What ROUTE_UPDATE does with the scope: for a handler that has a question first. */
void context_update(struct context *context);

/* Something that may take long, such as a request to somebody else's server, and must not be done
 * while rows are locked: the transaction is rolled back, `work` is called, and the write begins
 * anew. The hook then finds what came of it in context->outside_result. */
void context_leave(struct context *context, void (*work)(struct context *context, void *subject),
                   void *subject);

/* The ids of a top-level array of resource identifiers as a text[] literal (`{"a","b"}`); members
 * of another type than `type` are refused. NULL when the document is no such array (recorded). */
const char *document_ids(struct context *context, const char *type);
/* The same for the linkage `data` of a relationship, which is at this pointer of the document. */
const char *identifiers_read(struct context *context, const struct json_value *data,
                             const char *pointer, const char *type);

/* A cell of the load statement's row. */
const char *scope_get(const struct context *context, const char *column);

#endif
