/* The reply of a request: headers gather until the first byte of the body or the end, small bodies
 * until the end. */
#include "http/http_request.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Unknown";
}

static bool has_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return true;
    }
    return false;
}

void http_header(struct http_request *request, const char *name, const char *value)
{
    if (request->headers_sent || has_control(name) || has_control(value)) {
        log_error("reply header dropped name=%s reason=%s", has_control(name) ? "?" : name,
                  request->headers_sent ? "late" : "control-character");
        return;
    }
    buf_adds(&request->headers, name);
    buf_add(&request->headers, ": ", 2);
    buf_adds(&request->headers, value);
    buf_add(&request->headers, "\r\n", 2);
}

/* Lines end with CRLF and hold no other control character: http_header() saw to it. */
static void drop_header(struct http_request *request, const char *name)
{
    struct buf old = request->headers;
    size_t len = strlen(name);

    buf_init(&request->headers, request->arena);
    for (const char *line = buf_str(&old); *line != '\0';) {
        size_t line_len = strcspn(line, "\n") + 1;

        if (strncmp(line, name, len) != 0 || line[len] != ':')
            buf_add(&request->headers, line, line_len);
        line += line_len;
    }
}

void http_replace_header(struct http_request *request, const char *name, const char *value)
{
    if (!request->headers_sent)
        drop_header(request, name);
    http_header(request, name, value);
}

static void put(struct http_request *request, const void *bytes, size_t len)
{
    if (len == 0 || request->write_failed)
        return;
    if (request->io->write(request->io, bytes, len) != 0)
        request->write_failed = true;
}

/* RFC 9110 8.6: these have no Content-Length. */
static bool status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void send_headers(struct http_request *request, long long length)
{
    struct buf head;

    buf_init(&head, request->arena);
    buf_printf(&head, "Status: %d %s\r\n", request->status, reason_of(request->status));
    if (request->headers.len > 0)
        buf_add(&head, request->headers.data, request->headers.len);
    if (length >= 0 && status_has_body(request->status))
        buf_printf(&head, "Content-Length: %lld\r\n", length);
    buf_add(&head, "\r\n", 2);
    request->headers_sent = true;
    put(request, head.data, head.len);
}

void http_write(struct http_request *request, const void *bytes, size_t len)
{
    if (request->headers_sent)
        (void)http_stream(request, bytes, len);
    else
        buf_add(&request->body, bytes, len);
}

void http_stream_begin(struct http_request *request, long long length)
{
    send_headers(request, length);
    request->stream_left = length;
}

int http_stream(struct http_request *request, const void *bytes, size_t len)
{
    if (request->stream_left >= 0) {
        if ((unsigned long long)request->stream_left < len) {
            log_error("reply longer than its Content-Length path=%s", request->path);
            request->write_failed = true;
            return -1;
        }
        request->stream_left -= (long long)len;
    }
    if (request->method != HTTP_HEAD)
        put(request, bytes, len);
    return request->write_failed ? -1 : 0;
}

void http_finish(struct http_request *request)
{
    bool complete;

    if (request->finished)
        return;
    request->finished = true;
    if (!request->headers_sent) {
        send_headers(request, (long long)request->body.len);
        if (request->method != HTTP_HEAD && status_has_body(request->status))
            put(request, request->body.data, request->body.len);
    }
    /* HEAD owes nothing, and neither does a stream without a length. */
    complete =
        !request->write_failed && (request->stream_left <= 0 || request->method == HTTP_HEAD);
    if (request->io->finish != NULL)
        request->io->finish(request->io, complete);
}
