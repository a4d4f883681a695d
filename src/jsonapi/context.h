/* What a request carries from layer to layer: the context of a handler is always this and only
 * this. */
#ifndef TERRACE_JSONAPI_CONTEXT_H
#define TERRACE_JSONAPI_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/principal.h"
#include "db/db.h"
#include "http/http_request.h"
#include "http/http_router.h"
#include "jsonapi/error.h"

struct arena;
struct config;
struct json_value;
struct keyring;
struct route;
struct rows;
struct touches;
struct include_set;

/* Of a worker process. */
struct service {
    const struct config *config;
    struct db *db;
    const struct keyring *keyring;
    struct http_router *router;
    struct touches *touches;  /* tokens whose last use waits to be written */
    unsigned rate_limit;      /* requests a second of one caller; 0: any number */
    int64_t rate_limit_until; /* when to look again, in monotonic milliseconds */
    bool rate_limit_due;      /* somebody has come since */
};

struct paging {
    long number;
    long size;  /* 0: unpaged */
    bool asked; /* page parameters were given */
};

struct error_entry {
    enum error_code code;
    const char *pointer;
    const char *detail;
};

#define CONTEXT_MAX_ERRORS 50
#define CONTEXT_MAX_INCLUDES 16

/* What is sent once the transaction is committed. */
struct reply {
    int status;               /* 0: the kind's usual one */
    enum statement statement; /* read back with (token, id); STATEMENT_COUNT: no body */
    const char *id;
    const struct resource *resource;
    const char *secret;      /* a token's text or an upload's URL, shown this once */
    bool list;               /* the statement gives a list */
    const struct rows *rows; /* what the statement gave, before the commit */
    /* Writes the answer itself, once the transaction is committed: a handler may run again. What it
     * refuses becomes an error document unless the answer has begun. */
    void (*send)(struct context *context);
};

struct context {
    struct service *service;
    struct http_request *request;
    struct arena *arena;
    struct http_match match;
    const struct route *route;

    const char *token_hash;
    struct principal principal;
    permission_mask scope;   /* on the thing that the path names */
    const struct rows *rows; /* of the read or load statement */

    struct paging paging;
    size_t include_count;
    const char *includes[CONTEXT_MAX_INCLUDES]; /* dots and underscores, as asked */

    const struct include_set *included; /* while a document is rendered */

    const char *audit_meta; /* details for the audit trail, JSON, in place of the row's */

    struct buf raw_body;
    const struct json_value *document;
    const char *created_id;     /* of what this request creates, the same in each try */
    const char *object_pointer; /* of the object that a patch is read from; NULL: "/data" */
    struct reply reply;

    bool transient; /* what failed may succeed at the next try */
    void (*outside)(struct context *context, void *subject); /* see context_leave() */
    void *outside_subject;
    void *outside_result; /* what it left for the next try; in the arena */
    size_t error_count;
    struct error_entry errors[CONTEXT_MAX_ERRORS];
    char request_id[24];
};

/* A path parameter by position, "" when the pattern has fewer. */
const char *context_param(const struct context *context, size_t index);

/* https://host[:port], no slash at the end: base_url of the configuration, or what the client used.
 */
const char *context_base_url(struct context *context);

#endif
