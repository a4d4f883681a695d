/* Request URIs, the Content-Type and Host headers along with them, and what a router makes of it.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "http/http_router.h"
#include "unit/http/fake_io.h"

static const struct http_route routes[] = {
    {HTTP_GET, "/"},
    {HTTP_GET, "/api/v2/ping"},
    {HTTP_GET, "/api/v2/workspaces/:id"},
    {HTTP_POST, "/api/v2/workspaces/actions"},
    {HTTP_GET, "/api/:a/:b/:c/:d/:e/:f"},
};

static void check_segments(const struct http_request *request)
{
    MUST(request->segment_count <= HTTP_MAX_SEGMENTS);
    for (size_t i = 0; i < request->segment_count; i++) {
        MUST(request->segments[i] != NULL);
        if (i < HTTP_MAX_SEGMENTS - 1)
            MUST(utf8_valid(request->segments[i], strlen(request->segments[i])));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_router *router;
    struct fake_io fake;
    struct http_request request;
    struct http_match match;
    char *text = malloc(size + 1);

    if (router == NULL) {
        router = http_router_new();
        for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
            http_router_add(router, &routes[i]);
    }
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    fake_open(&fake, &request,
              FAKE_PARAMS("REQUEST_METHOD", "GET", "REQUEST_URI", text, "CONTENT_TYPE", text,
                          "HTTP_HOST", text, "CONTENT_LENGTH", text, "HTTP_X_FORWARDED_PROTO",
                          text),
              "", 0);
    http_parse(&request);
    check_segments(&request);
    MUST(strpbrk(request.host, "/\"<>@ \r\n") == NULL);
    MUST(request.content_length >= -1);
    http_router_match(router, &request, &match);
    MUST(match.param_count <= HTTP_MAX_PATH_PARAMS);
    MUST(match.route == NULL || (match.allowed & match.route->method) != 0);
    for (size_t i = 0; i < match.param_count; i++)
        MUST(match.params[i] != NULL && *match.params[i] != '\0');
    http_finish(&request);
    MUST(fake.finished == 1 && fake.complete);
    fake_close(&fake, &request);
    free(text);
    return 0;
}
