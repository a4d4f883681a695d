/* The application of the web-server tests: small answers about the request itself, so that what a
 * web server did to it can be seen from outside.
 *
 *   /echo       method, URI, Authorization and so on, a line each     any method
 *   /body       the body comes back                                   POST, PUT
 *   /sum        length and FNV-1a of the body                         POST, PUT
 *   /bytes/:n   n bytes of a known pattern, streamed                  GET
 *   /delay/:ms  answers late, and keeps its worker busy               GET, POST
 *   /pid        of the worker                                         GET
 *   /ping       the smallest answer                                   GET
 *   /crash      kills the worker                                      POST
 *   /forget     no reply at all                                       GET */
#include "application.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "http/http_multipart.h"
#include "http/http_router.h"

struct test_application {
    struct http_application application;
    struct http_router *router;
    const struct config *config;
};

struct test_route {
    struct http_route route;
    void (*answer)(struct test_application *application, struct http_request *request,
                   const struct http_match *match);
};

static void add(struct http_request *request, const char *value)
{
    http_write(request, value, strlen(value));
}

static void add_line(struct http_request *request, const char *name, const char *value)
{
    add(request, arena_printf(request->arena, "%s=%s\n", name, value));
}

static const char *number(struct http_request *request, long long value)
{
    return arena_printf(request->arena, "%lld", value);
}

static void answer_echo(struct test_application *application, struct http_request *request,
                        const struct http_match *match)
{
    char piece[4096];
    ssize_t got;

    (void)application;
    (void)match;
    while ((got = http_read_some(request, piece, sizeof piece)) > 0)
        continue;
    http_header(request, "Content-Type", "text/plain");
    add_line(request, "uri", request->uri);
    add_line(request, "authorization",
             request->authorization != NULL ? request->authorization : "(none)");
    add_line(request, "host", request->host);
    add_line(request, "https", request->https ? "yes" : "no");
    add_line(request, "content_type", request->content_type);
    add_line(request, "cookie", request->cookie);
    add_line(request, "method", number(request, request->method));
    add_line(request, "content_length", number(request, request->content_length));
    add_line(request, "bytes_read", number(request, request->bytes_read));
    add_line(request, "complete", got == 0 ? "yes" : "no");
    for (size_t i = 0; i < request->segment_count; i++)
        add_line(request, "segment", request->segments[i]);
    for (size_t i = 0; i < request->query_count; i++)
        add_line(request, arena_printf(request->arena, "query %s", request->query[i].name),
                 request->query[i].value);
}

static void answer_body(struct test_application *application, struct http_request *request,
                        const struct http_match *match)
{
    struct buf body;
    int status;

    (void)match;
    buf_init(&body, request->arena);
    status = http_read_body(request, (size_t)application->config->document_limit, &body);
    if (status != 0)
        request->status = status;
    else
        http_write(request, body.data, body.len);
}

static void answer_sum(struct test_application *application, struct http_request *request,
                       const struct http_match *match)
{
    char piece[16384];
    uint64_t sum = 0xcbf29ce484222325u;
    struct http_multipart *multipart = NULL;
    long long total = 0;
    ssize_t got;

    (void)match;
    if (request->content_length > application->config->upload_limit) {
        request->status = 413;
        return;
    }
    if (strcmp(request->content_type, "multipart/form-data") == 0)
        multipart = http_multipart_open(request, "data");
    while ((got = multipart != NULL ? http_multipart_read(multipart, piece, sizeof piece)
                                    : http_read_some(request, piece, sizeof piece)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            sum = (sum ^ (unsigned char)piece[i]) * 0x100000001b3u;
        total += got;
        if (total > application->config->upload_limit) {
            request->status = 413;
            return;
        }
    }
    if (got < 0) {
        request->status = 400;
        return;
    }
    add(request, arena_printf(request->arena, "%lld %016llx\n", total, (unsigned long long)sum));
}

static void answer_bytes(struct test_application *application, struct http_request *request,
                         const struct http_match *match)
{
    long long left = atoll(match->params[0]);
    char piece[16384];
    unsigned long long at = 0;

    (void)application;
    http_stream_begin(request, left);
    while (left > 0) {
        size_t size = left < (long long)sizeof piece ? (size_t)left : sizeof piece;

        for (size_t i = 0; i < size; i++, at++)
            piece[i] = (char)(at * 2654435761u >> 13);
        if (http_stream(request, piece, size) != 0)
            return;
        left -= (long long)size;
    }
}

static void answer_delay(struct test_application *application, struct http_request *request,
                         const struct http_match *match)
{
    long long ms = atoll(match->params[0]);
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)application;
    nanosleep(&time, NULL);
    add(request, arena_printf(request->arena, "slept %s\n", match->params[0]));
}

static void answer_pid(struct test_application *application, struct http_request *request,
                       const struct http_match *match)
{
    (void)match;
    add(request, arena_printf(request->arena, "%d %ld\n", (int)getpid(),
                              application->config->document_limit));
}

static void answer_ping(struct test_application *application, struct http_request *request,
                        const struct http_match *match)
{
    (void)application;
    (void)match;
    http_header(request, "Content-Type", "text/plain");
    http_write(request, "pong\n", 5);
}

static void answer_crash(struct test_application *application, struct http_request *request,
                         const struct http_match *match)
{
    (void)application;
    (void)request;
    (void)match;
    kill(getpid(), SIGKILL);
}

static void answer_forget(struct test_application *application, struct http_request *request,
                          const struct http_match *match)
{
    (void)application;
    (void)request;
    (void)match;
}

static const struct test_route routes[] = {
    {{HTTP_GET, "/echo"}, answer_echo},       {{HTTP_POST, "/echo"}, answer_echo},
    {{HTTP_DELETE, "/echo"}, answer_echo},    {{HTTP_GET, "/echo/:a"}, answer_echo},
    {{HTTP_GET, "/echo/:a/:b"}, answer_echo}, {{HTTP_POST, "/body"}, answer_body},
    {{HTTP_PUT, "/body"}, answer_body},       {{HTTP_POST, "/sum"}, answer_sum},
    {{HTTP_PUT, "/sum"}, answer_sum},         {{HTTP_GET, "/bytes/:n"}, answer_bytes},
    {{HTTP_GET, "/delay/:ms"}, answer_delay}, {{HTTP_POST, "/delay/:ms"}, answer_delay},
    {{HTTP_GET, "/pid"}, answer_pid},         {{HTTP_GET, "/ping"}, answer_ping},
    {{HTTP_POST, "/crash"}, answer_crash},    {{HTTP_GET, "/forget"}, answer_forget},
};

/* The paths of the real program lie under /api; the rest of the path is the route. */
static void strip_prefix(struct http_request *request)
{
    if (request->segment_count == 0 || strcmp(request->segments[0], "api") != 0)
        return;
    request->segment_count--;
    memmove(request->segments, request->segments + 1,
            request->segment_count * sizeof request->segments[0]);
}

static void answer(struct test_application *application, struct http_request *request)
{
    struct http_match match;

    strip_prefix(request);
    http_router_match(application->router, request, &match);
    if (match.route != NULL) {
        ((const struct test_route *)match.route)->answer(application, request, &match);
    } else if (match.allowed != 0) {
        char allow[64];

        http_allow(match.allowed, allow);
        http_header(request, "Allow", allow);
        request->status = 405;
    } else {
        request->status = 404;
    }
}

static void serve(void *context, struct http_request *const *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        answer(context, batch[i]);
        if (batch[i]->segment_count != 1 || strcmp(batch[i]->segments[0], "forget") != 0)
            http_finish(batch[i]);
    }
}

void application_share(void)
{
}

struct http_application *application_new(const struct config *config)
{
    struct test_application *application;

    /* A configuration that loads but does not work. */
    if (strcmp(config->web_root, "/broken") == 0) {
        log_error("broken on purpose");
        return NULL;
    }
    application = calloc(1, sizeof *application);
    if (application == NULL)
        return NULL;
    application->router = http_router_new();
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        http_router_add(application->router, &routes[i].route);
    application->config = config;
    application->application.context = application;
    application->application.serve = serve;
    return &application->application;
}

void application_free(struct http_application *application)
{
    struct test_application *test = application->context;

    http_router_free(test->router);
    free(test);
}

void application_print_routes(void)
{
}

void application_print_reference(void)
{
}
