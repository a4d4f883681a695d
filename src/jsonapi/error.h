/* Errors of a request gather in its context, so that one answer reports every bad field. */
#ifndef TERRACE_JSONAPI_ERROR_H
#define TERRACE_JSONAPI_ERROR_H

#include <stdbool.h>

#include "db/db.h"

struct context;
struct resource;

enum error_code {
#define ERROR(code, status, title) ERROR_##code,
#include "jsonapi/errors.def"
#undef ERROR
    ERROR_CODE_COUNT
};

/* pointer: JSON pointer into the request document ("/data/attributes/name"), a query parameter when
 * it begins with '?' ("?page[size]"), or NULL. format NULL: no detail. */
void request_fail(struct context *context, enum error_code code, const char *pointer,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
bool request_failed(const struct context *context);

/* What the database refused, as the API says it: a constraint that the resource lists becomes its
 * message, an unreachable database 503, everything else a logged 500 that shows only an id. */
void request_fail_db(struct context *context, const struct resource *resource,
                     enum db_status status);

/* The answer: the errors gathered so far. The HTTP status is the first one's. */
void error_reply(struct context *context);

/* True when status is DB_OK; otherwise the failure has been recorded. */
bool db_ok(struct context *context, enum db_status status);

#endif
