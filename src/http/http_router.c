/* A trie over path segments. The children of a node are sorted, so a match costs one binary search
 * a segment; it only goes back when a literal and a parameter fit the same place. */
#include "http/http_router.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define METHODS 8 /* bits of enum http_method */

struct node {
    char *literal;          /* NULL in the root and in parameter nodes */
    struct node **children; /* literals, sorted */
    size_t child_count;
    struct node *parameter;
    unsigned allowed;
    const struct http_route *routes[METHODS]; /* by bit number */
};

struct http_router {
    struct node root;
};

/* What a walk down the trie carries. */
struct walk {
    const struct http_request *request;
    struct http_match *match;
    const char *params[HTTP_MAX_SEGMENTS];
};

static void *must_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        log_error("out of memory");
        abort();
    }
    return memory;
}

struct http_router *http_router_new(void)
{
    return must_alloc(1, sizeof(struct http_router));
}

static void clear_node(struct node *node)
{
    for (size_t i = 0; i < node->child_count; i++) {
        clear_node(node->children[i]);
        free(node->children[i]);
    }
    if (node->parameter != NULL) {
        clear_node(node->parameter);
        free(node->parameter);
    }
    free(node->children);
    free(node->literal);
}

void http_router_free(struct http_router *router)
{
    if (router == NULL)
        return;
    clear_node(&router->root);
    free(router);
}

static int compare(const char *literal, const char *text, size_t len)
{
    int order = strncmp(literal, text, len);

    return order != 0 ? order : literal[len] != '\0';
}

/* The child with this text; NULL when there is none. index: its place, or where it belongs. */
static struct node *find_child(const struct node *node, const char *text, size_t len, size_t *index)
{
    size_t low = 0, high = node->child_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(node->children[middle]->literal, text, len);

        if (order == 0) {
            *index = middle;
            return node->children[middle];
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return NULL;
}

static struct node *add_literal(struct node *node, const char *text, size_t len)
{
    size_t index;
    struct node *child = find_child(node, text, len, &index);
    struct node **children;

    if (child != NULL)
        return child;
    children = must_alloc(node->child_count + 1, sizeof *children);
    if (node->child_count > 0) {
        memcpy(children, node->children, index * sizeof *children);
        memcpy(children + index + 1, node->children + index,
               (node->child_count - index) * sizeof *children);
    }
    children[index] = must_alloc(1, sizeof(struct node));
    children[index]->literal = must_alloc(len + 1, 1);
    memcpy(children[index]->literal, text, len);
    free(node->children);
    node->children = children;
    node->child_count++;
    return children[index];
}

static void bad_route(const struct http_route *route, const char *why)
{
    log_error("route refused pattern=%s method=%d reason=%s", route->pattern, (int)route->method,
              why);
    abort();
}

void http_router_add(struct http_router *router, const struct http_route *route)
{
    struct node *node = &router->root;
    const char *at = route->pattern;
    size_t segments = 0, params = 0;
    int bit = __builtin_ctz((unsigned)route->method);

    if (at[0] != '/')
        bad_route(route, "no slash in front");
    while (*at == '/' && at[1] != '\0') {
        size_t len = strcspn(++at, "/");

        if (len == 0)
            bad_route(route, "empty segment");
        /* The last segment that http_parse() fills may hold the rest of a longer path. */
        if (++segments == HTTP_MAX_SEGMENTS)
            bad_route(route, "too many segments");
        if (*at == ':') {
            if (++params > HTTP_MAX_PATH_PARAMS)
                bad_route(route, "too many parameters");
            if (node->parameter == NULL)
                node->parameter = must_alloc(1, sizeof(struct node));
            node = node->parameter;
        } else {
            node = add_literal(node, at, len);
        }
        at += len;
    }
    if (*at != '\0' && segments > 0)
        bad_route(route, "trailing slash");
    if (node->routes[bit] != NULL)
        bad_route(route, "there is one already");
    node->routes[bit] = route;
    node->allowed |= (unsigned)route->method;
}

/* The node's own route for the method; GET serves HEAD. */
static const struct http_route *route_for(const struct node *node, enum http_method method)
{
    const struct http_route *route = node->routes[__builtin_ctz((unsigned)method)];

    if (route == NULL && method == HTTP_HEAD)
        route = node->routes[__builtin_ctz((unsigned)HTTP_GET)];
    return route;
}

static void arrive(struct walk *walk, const struct node *node, size_t param_count)
{
    struct http_match *match = walk->match;

    match->allowed |= node->allowed;
    if (match->route != NULL)
        return;
    match->route = route_for(node, walk->request->method);
    if (match->route == NULL)
        return;
    match->param_count = param_count;
    memcpy(match->params, walk->params, param_count * sizeof match->params[0]);
}

/* Literals first. Without a route yet it goes on to the parameter: `/x/actions` may exist for POST
 * only while `/x/:id` answers GET. */
static void descend(struct walk *walk, const struct node *node, size_t depth, size_t param_count)
{
    const struct node *child;
    const char *segment;
    size_t index;

    if (depth == walk->request->segment_count) {
        arrive(walk, node, param_count);
        return;
    }
    segment = walk->request->segments[depth];
    child = find_child(node, segment, strlen(segment), &index);
    if (child != NULL)
        descend(walk, child, depth + 1, param_count);
    if (node->parameter != NULL && *segment != '\0' && walk->match->route == NULL) {
        walk->params[param_count] = segment;
        descend(walk, node->parameter, depth + 1, param_count + 1);
    }
}

void http_router_match(const struct http_router *router, const struct http_request *request,
                       struct http_match *match)
{
    struct walk walk = {.request = request, .match = match};

    memset(match, 0, sizeof *match);
    descend(&walk, &router->root, 0, 0);
}

void http_allow(unsigned allowed, char out[64])
{
    static const char *const names[METHODS] = {"GET",   "HEAD",   "POST",    "PUT",
                                               "PATCH", "DELETE", "OPTIONS", NULL};
    size_t used = 0;

    out[0] = '\0';
    for (int bit = 0; bit < METHODS; bit++) {
        if ((allowed & (1u << bit)) == 0 || names[bit] == NULL)
            continue;
        used += (size_t)snprintf(out + used, 64 - used, "%s%s", used > 0 ? ", " : "", names[bit]);
    }
}
