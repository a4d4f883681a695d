/* The list of all resources and routes. */
#ifndef TERRACE_API_REGISTRY_H
#define TERRACE_API_REGISTRY_H

#include "http/http_request.h"

struct http_router;

/* Adds every route. */
void registry_route(struct http_router *router);

/* `terrace.fcgi --routes`: one line a route, `METHOD pattern type kind`. */
void registry_print(void);

/* "GET" */
const char *registry_method(enum http_method method);

#endif
