/* Routes found, parameters given in order, methods reported. */
#include "http/http_router.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "unit/unit.h"

static const struct http_route routes[] = {
    {HTTP_GET, "/"},
    {HTTP_GET, "/api/v2/ping"},
    {HTTP_GET, "/api/v2/workspaces/:id"},
    {HTTP_PATCH, "/api/v2/workspaces/:id"},
    {HTTP_POST, "/api/v2/workspaces/actions"},
    {HTTP_GET, "/api/v2/workspaces/:id/vars"},
    {HTTP_DELETE, "/api/v2/workspaces/:workspace_id/vars/:id"},
    {HTTP_GET, "/api/v2/organizations/:org/workspaces/:name"},
    {HTTP_GET, "/api/v2/x/y/only"},
    {HTTP_GET, "/api/v2/x/:p/other/:q"},
    {HTTP_HEAD, "/api/v2/ping2"},
    {HTTP_GET, "/api/v2/ping2"},
};

static struct http_router *router;
static struct http_match match;

static void find_segments(enum http_method method, size_t count, const char *const *segments)
{
    struct http_request request = {.method = method, .segment_count = count};

    if (router == NULL) {
        router = http_router_new();
        for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
            http_router_add(router, &routes[i]);
    }
    for (size_t i = 0; i < count; i++)
        request.segments[i] = segments[i];
    http_router_match(router, &request, &match);
}

#define FIND(method, ...)                                                                          \
    find_segments((method), sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),     \
                  (const char *const[]){__VA_ARGS__})

static const char *pattern(void)
{
    return match.route != NULL ? match.route->pattern : NULL;
}

TEST(literals_and_parameters)
{
    FIND(HTTP_GET, "api", "v2", "ping");
    CHECK_STR(pattern(), "/api/v2/ping");
    CHECK_INT(match.param_count, 0);
    FIND(HTTP_GET, "api", "v2", "workspaces", "ws-1");
    CHECK_STR(pattern(), "/api/v2/workspaces/:id");
    CHECK_INT(match.param_count, 1);
    CHECK_STR(match.params[0], "ws-1");
    FIND(HTTP_PATCH, "api", "v2", "workspaces", "ws-1");
    CHECK_INT(match.route->method, HTTP_PATCH);
    FIND(HTTP_DELETE, "api", "v2", "workspaces", "ws-1", "vars", "var-2");
    CHECK_INT(match.param_count, 2);
    CHECK_STR(match.params[0], "ws-1");
    CHECK_STR(match.params[1], "var-2");
    FIND(HTTP_GET, "api", "v2", "organizations", "a/b", "workspaces", "c");
    CHECK_STR(match.params[0], "a/b");
}

TEST(the_root)
{
    find_segments(HTTP_GET, 0, NULL);
    CHECK_STR(pattern(), "/");
}

TEST(a_literal_wins)
{
    FIND(HTTP_POST, "api", "v2", "workspaces", "actions");
    CHECK_STR(pattern(), "/api/v2/workspaces/actions");
    CHECK_INT(match.param_count, 0);
}

TEST(a_literal_without_the_method_gives_way)
{
    FIND(HTTP_GET, "api", "v2", "workspaces", "actions");
    CHECK_STR(pattern(), "/api/v2/workspaces/:id");
    CHECK_STR(match.params[0], "actions");
}

TEST(a_literal_that_leads_nowhere_gives_way)
{
    FIND(HTTP_GET, "api", "v2", "x", "y", "other", "z");
    CHECK_STR(pattern(), "/api/v2/x/:p/other/:q");
    CHECK_INT(match.param_count, 2);
    CHECK_STR(match.params[0], "y");
    CHECK_STR(match.params[1], "z");
}

TEST(unknown_paths)
{
    FIND(HTTP_GET, "api", "v2", "pin");
    CHECK(match.route == NULL);
    CHECK_INT(match.allowed, 0);
    FIND(HTTP_GET, "api", "v2", "pings");
    CHECK_INT(match.allowed, 0);
    FIND(HTTP_GET, "api", "v2");
    CHECK_INT(match.allowed, 0);
    FIND(HTTP_GET, "api", "v2", "ping", "x");
    CHECK_INT(match.allowed, 0);
}

TEST(an_empty_segment_is_no_parameter)
{
    FIND(HTTP_GET, "api", "v2", "workspaces", "");
    CHECK_INT(match.allowed, 0);
    FIND(HTTP_GET, "api", "v2", "workspaces", "", "vars");
    CHECK_INT(match.allowed, 0);
}

TEST(other_methods_are_reported)
{
    char allow[64];

    FIND(HTTP_PUT, "api", "v2", "workspaces", "ws-1");
    CHECK(match.route == NULL);
    CHECK_INT(match.allowed, HTTP_GET | HTTP_PATCH);
    http_allow(match.allowed, allow);
    CHECK_STR(allow, "GET, PATCH");
    FIND(HTTP_DELETE, "api", "v2", "workspaces", "actions");
    CHECK_INT(match.allowed, HTTP_GET | HTTP_PATCH | HTTP_POST);
    FIND(HTTP_OTHER, "api", "v2", "ping");
    CHECK(match.route == NULL);
    CHECK_INT(match.allowed, HTTP_GET);
}

TEST(allow_fits)
{
    char allow[64];

    http_allow(0xffffffff, allow);
    CHECK_STR(allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    http_allow(0, allow);
    CHECK_STR(allow, "");
}

TEST(head_is_served_by_get)
{
    FIND(HTTP_HEAD, "api", "v2", "ping");
    CHECK_STR(pattern(), "/api/v2/ping");
    CHECK_INT(match.route->method, HTTP_GET);
    FIND(HTTP_HEAD, "api", "v2", "ping2");
    CHECK_INT(match.route->method, HTTP_HEAD);
}

static bool aborts(const struct http_route *first, const struct http_route *second)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct http_router *other = http_router_new();

        log_set_level(LOG_LEVEL_ERROR + 1);
        http_router_add(other, first);
        if (second != NULL)
            http_router_add(other, second);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST(impossible_routes_abort)
{
    const struct http_route a = {HTTP_GET, "/a/:b/c"}, same = {HTTP_GET, "/a/:x/c"},
                            other = {HTTP_PUT, "/a/:x/c"}, relative = {HTTP_GET, "a"},
                            slash = {HTTP_GET, "/a/"}, empty = {HTTP_GET, "/a//b"},
                            seven = {HTTP_GET, "/:a/:b/:c/:d/:e/:f/:g"},
                            sixteen = {HTTP_GET, "/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g"};

    CHECK(aborts(&a, &same));
    CHECK(!aborts(&a, &other));
    CHECK(aborts(&relative, NULL));
    CHECK(aborts(&slash, NULL));
    CHECK(aborts(&empty, NULL));
    CHECK(aborts(&seven, NULL));
    CHECK(aborts(&sixteen, NULL));
}

UNIT_MAIN
