/* The list of all resources and routes: nothing else. */
#include "api/routes.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/resources.h"
#include "http/http_router.h"

static const struct resource *const resources[] = {
#define RESOURCE(name) &name##_resource,
#include "api/all_resources.def"
#undef RESOURCE
};

#define RESOURCE_COUNT (sizeof resources / sizeof resources[0])

/* A route knows its resource; the tables are constant, so the process keeps copies that do. */
static struct route *copies;

static size_t count_routes(void)
{
    size_t count = 0;
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        for (const struct route *r = resources[i]->routes; r && r->http.pattern; r++)
            count++;
    return count;
}

static void copy_routes(void)
{
    struct route *copy = copies = calloc(count_routes(), sizeof *copies);
    if (!copies)
        abort();
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        for (const struct route *r = resources[i]->routes; r && r->http.pattern; r++, copy++) {
            *copy = *r;
            if (!copy->resource)
                copy->resource = resources[i];
        }
}

void routes_add(struct http_router *router)
{
    if (!copies)
        copy_routes();
    for (size_t i = 0; i < count_routes(); i++)
        http_router_add(router, &copies[i].http);
}

const char *routes_method(enum http_method method)
{
    switch (method) {
    case HTTP_GET:
        return "GET";
    case HTTP_POST:
        return "POST";
    case HTTP_PUT:
        return "PUT";
    case HTTP_PATCH:
        return "PATCH";
    case HTTP_DELETE:
        return "DELETE";
    default:
        return "?";
    }
}

static const char *kind_name(enum route_kind kind)
{
    static const char *const names[] = {"none",   "show",   "list",   "create",
                                        "update", "delete", "action", "raw"};
    return names[kind];
}

void routes_print(void)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        for (const struct route *r = resources[i]->routes; r && r->http.pattern; r++)
            printf("%s %s %s %s\n", routes_method(r->http.method), r->http.pattern,
                   resources[i]->type, kind_name(r->kind));
}
