/* The list of all resources and routes. */
#ifndef TERRACE_API_ROUTES_H
#define TERRACE_API_ROUTES_H

#include "http/http_request.h"

struct http_router;

/* Adds every route. */
void routes_add(struct http_router *router);

/* `terrace.fcgi --routes`: one line a route, `METHOD pattern type kind`. */
void routes_print(void);

/* "GET" */
const char *routes_method(enum http_method method);

#endif
