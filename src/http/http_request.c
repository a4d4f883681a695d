/* Parsing a request and reading its body; its reply is http_reply.c's. Everything that the request
 * points to is copied into its arena, because libfcgi frees its variables as soon as the reply is
 * finished. */
#include "http/http_request.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/utf8.h"
#include "http/http_form.h"

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    {"GET", HTTP_GET},     {"HEAD", HTTP_HEAD},     {"POST", HTTP_POST},       {"PUT", HTTP_PUT},
    {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The CGI variable, copied; NULL when absent. */
static const char *param(struct http_request *request, const char *name)
{
    const char *value = request->io->param(request->io, name);

    return value != NULL ? arena_strdup(request->arena, value) : NULL;
}

static const char *param_or_empty(struct http_request *request, const char *name)
{
    const char *value = param(request, name);

    return value != NULL ? value : "";
}

static bool param_is(struct http_request *request, const char *name, const char *wanted)
{
    const char *value = request->io->param(request->io, name);

    return value != NULL && strcasecmp(value, wanted) == 0;
}

static enum http_method parse_method(struct http_request *request)
{
    const char *name = request->io->param(request->io, "REQUEST_METHOD");

    for (size_t i = 0; name != NULL && i < COUNT(methods); i++) {
        if (strcmp(name, methods[i].name) == 0)
            return methods[i].method;
    }
    return HTTP_OTHER;
}

/* REQUEST_URI without scheme and authority. Web servers that do not send it (plain CGI by the
 * letter of RFC 3875) give the decoded path in two pieces, which is the best there is. */
static const char *request_uri(struct http_request *request)
{
    const char *uri = param(request, "REQUEST_URI");

    if (uri == NULL) {
        const char *query = param_or_empty(request, "QUERY_STRING");

        return arena_printf(request->arena, "%s%s%s%s", param_or_empty(request, "SCRIPT_NAME"),
                            param_or_empty(request, "PATH_INFO"), *query != '\0' ? "?" : "", query);
    }
    if (strncasecmp(uri, "http://", 7) == 0 || strncasecmp(uri, "https://", 8) == 0) {
        const char *path = strchr(strstr(uri, "//") + 2, '/');

        return path != NULL ? path : "/";
    }
    return uri;
}

static bool parse_path(struct http_request *request, const char *path, size_t len)
{
    const char *at = path + 1;
    const char *end = path + len;

    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash != NULL ? slash : end;
        size_t i = request->segment_count++;

        if (i == HTTP_MAX_SEGMENTS - 1) {
            request->segments[i] = arena_strndup(request->arena, at, (size_t)(end - at));
            return true;
        }
        request->segments[i] = http_form_unescape(request->arena, at, (size_t)(stop - at), false);
        if (request->segments[i] == NULL) {
            request->segments[i] = "";
            return false;
        }
        at = stop + 1;
    }
    return true;
}

static enum http_parse_result parse_uri(struct http_request *request)
{
    const char *query;
    size_t path_len;

    request->uri = request_uri(request);
    request->path = "";
    if (strlen(request->uri) > HTTP_MAX_URI)
        return HTTP_URI_TOO_LONG;
    /* Also as it came: links of the answer repeat it. */
    if (!utf8_valid(request->uri, strlen(request->uri)))
        return HTTP_BAD_REQUEST;
    path_len = strcspn(request->uri, "?");
    request->path = arena_strndup(request->arena, request->uri, path_len);
    if (request->path[0] != '/' || !parse_path(request, request->path, path_len))
        return HTTP_BAD_REQUEST;
    query = request->uri + path_len;
    query += *query == '?';
    if (!http_form_decode(request->arena, query, strlen(query), &request->query,
                          &request->query_count))
        return HTTP_BAD_REQUEST;
    return HTTP_PARSED;
}

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* True for "" and `charset=utf-8` in any spelling. */
static bool only_charset_utf8(const char *parameters)
{
    char plain[32];
    size_t used = 0;

    for (const char *c = parameters; *c != '\0'; c++) {
        if (strchr(" \t;\"", *c) != NULL)
            continue;
        if (used == sizeof plain - 1)
            return false;
        plain[used++] = *c;
    }
    plain[used] = '\0';
    return used == 0 || strcasecmp(plain, "charset=utf-8") == 0;
}

static void parse_content_type(struct http_request *request)
{
    const char *value = skip_spaces(param_or_empty(request, "CONTENT_TYPE"));
    size_t len = strcspn(value, "; \t");
    char *type = arena_strndup(request->arena, value, len);

    for (char *c = type; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    request->content_type = type;
    request->content_type_has_params = !only_charset_utf8(value + len);
}

static bool parse_content_length(struct http_request *request)
{
    const char *text = request->io->param(request->io, "CONTENT_LENGTH");
    char *end;

    request->content_length = -1;
    if (text == NULL || *text == '\0')
        return true;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    request->content_length = strtoll(text, &end, 10);
    if (errno == 0 && *end == '\0')
        return true;
    request->content_length = -1;
    return false;
}

static bool parse_https(struct http_request *request)
{
    const char *forwarded = request->io->param(request->io, "HTTP_X_FORWARDED_PROTO");

    if (param_is(request, "HTTPS", "on") || param_is(request, "REQUEST_SCHEME", "https"))
        return true;
    if (forwarded == NULL)
        return false;
    /* A chain of proxies makes a list; the first entry is what the client used. */
    return strncasecmp(forwarded, "https", 5) == 0 &&
           strchr(" \t,", forwarded[5]) != NULL; /* finds the NUL too */
}

static const char *server_name(struct http_request *request)
{
    const char *name = param_or_empty(request, "SERVER_NAME");
    const char *port = param_or_empty(request, "SERVER_PORT");

    if (*name == '\0' || *port == '\0' || strcmp(port, request->https ? "443" : "80") == 0)
        return name;
    return arena_printf(request->arena, "%s:%s", name, port);
}

/* The host goes into links that other people click: nothing but a host name and a port may pass. */
static bool parse_host(struct http_request *request)
{
    const char *host = param_or_empty(request, "HTTP_HOST");

    if (*host == '\0')
        host = server_name(request);
    for (const char *c = host; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("-._:[]", *c) == NULL) {
            request->host = "";
            return false;
        }
    }
    request->host = host;
    return true;
}

/* Apache leaves it in the second place after an internal redirect of a RewriteRule, and a careless
 * rule leaves an empty one. */
static const char *authorization(struct http_request *request)
{
    const char *value = param_or_empty(request, "HTTP_AUTHORIZATION");

    if (*value == '\0')
        value = param_or_empty(request, "REDIRECT_HTTP_AUTHORIZATION");
    return *value != '\0' ? value : NULL;
}

static void init_reply(struct http_request *request)
{
    request->status = 200;
    buf_init(&request->headers, request->arena);
    buf_init(&request->body, request->arena);
    request->headers_sent = false;
    request->write_failed = false;
    request->finished = false;
    request->stream_left = -1;
    request->bytes_read = 0;
}

enum http_parse_result http_parse_target(struct http_request *request)
{
    request->segment_count = 0;
    request->query = NULL;
    request->query_count = 0;
    request->method = parse_method(request);
    return parse_uri(request);
}

enum http_parse_result http_parse(struct http_request *request)
{
    enum http_parse_result result;
    bool clean;

    init_reply(request);
    request->authorization = authorization(request);
    request->accept = param_or_empty(request, "HTTP_ACCEPT");
    request->content_encoding = param_or_empty(request, "HTTP_CONTENT_ENCODING");
    request->if_modified_since = param_or_empty(request, "HTTP_IF_MODIFIED_SINCE");
    request->terraform_version = param_or_empty(request, "HTTP_TERRAFORM_VERSION");
    request->cookie = param_or_empty(request, "HTTP_COOKIE");
    request->remote_addr = param_or_empty(request, "REMOTE_ADDR");
    request->https = parse_https(request);
    parse_content_type(request);
    clean = parse_host(request);
    clean = parse_content_length(request) && clean;
    result = http_parse_target(request);
    return result == HTTP_PARSED && !clean ? HTTP_BAD_REQUEST : result;
}

const char *http_query(const struct http_request *request, const char *name)
{
    return http_form_value(request->query, request->query_count, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    size_t name_len = strlen(name);
    const char *at = request->cookie;

    while (*at != '\0') {
        size_t len;

        at += strspn(at, "; \t");
        len = strcspn(at, ";");
        if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0) {
            const char *value = at + name_len + 1;
            size_t value_len = len - name_len - 1;

            while (value_len > 0 && strchr(" \t", value[value_len - 1]) != NULL)
                value_len--;
            if (value_len >= 2 && value[0] == '"' && value[value_len - 1] == '"') {
                value++;
                value_len -= 2;
            }
            return arena_strndup(request->arena, value, value_len);
        }
        at += len;
    }
    return NULL;
}

ssize_t http_read_some(struct http_request *request, void *out, size_t size)
{
    ssize_t got;

    if (request->content_length >= 0) {
        unsigned long long left =
            (unsigned long long)(request->content_length - request->bytes_read);

        if (size > left)
            size = (size_t)left;
    }
    if (size == 0)
        return 0;
    got = request->io->read(request->io, out, size);
    if (got < 0 || (got == 0 && request->content_length >= 0))
        return -1;
    request->bytes_read += got;
    return got;
}

int http_read_body(struct http_request *request, size_t limit, struct buf *out)
{
    if (request->content_length >= 0 && (unsigned long long)request->content_length > limit)
        return 413;
    for (;;) {
        size_t chunk = 8192;
        ssize_t got;

        if (request->content_length >= 0 && request->content_length - request->bytes_read < 65536)
            chunk = (size_t)(request->content_length - request->bytes_read);
        got = http_read_some(request, buf_reserve(out, chunk), chunk);
        if (got < 0)
            return 400;
        if (got == 0) {
            buf_add(out, "", 0);
            return 0;
        }
        out->len += (size_t)got;
        if (out->len > limit)
            return 413;
    }
}
