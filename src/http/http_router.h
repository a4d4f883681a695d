/* Finds the route for a method and path. A pattern is written as in the API's documents,
 * `/api/v2/workspaces/:workspace_id/vars/:id`; a literal segment wins over a `:parameter`.
 * The router knows nothing about what a route does: struct http_route is embedded in the owner's.
 */
#ifndef TERRACE_HTTP_HTTP_ROUTER_H
#define TERRACE_HTTP_HTTP_ROUTER_H

#include <stddef.h>

#include "http/http_request.h"

#define HTTP_MAX_PATH_PARAMS 6

struct http_route {
    enum http_method method;
    const char *pattern;
};

struct http_match {
    const struct http_route *route; /* NULL: none */
    unsigned allowed;               /* methods that this path has; 0 = unknown path */
    size_t param_count;
    const char *params[HTTP_MAX_PATH_PARAMS]; /* in the pattern's order */
};

struct http_router;

struct http_router *http_router_new(void);
void http_router_free(struct http_router *router);
/* The route must outlive the router. Two routes with the same method and shape abort: a bug. */
void http_router_add(struct http_router *router, const struct http_route *route);
/* HEAD matches GET. */
void http_router_match(const struct http_router *router, const struct http_request *request,
                       struct http_match *match);
/* "GET, PATCH" for the Allow header; out has room for 64 bytes. */
void http_allow(unsigned methods, char out[64]);

#endif
