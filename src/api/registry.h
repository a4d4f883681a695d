/* The list of all resources and routes. */
#ifndef TERRACE_API_REGISTRY_H
#define TERRACE_API_REGISTRY_H

struct http_router;

/* Adds every route. */
void registry_route(struct http_router *router);

/* `terrace.fcgi --routes`: one line a route, `METHOD pattern type kind`. */
void registry_print(void);

#endif
