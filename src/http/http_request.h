/* One HTTP request and its reply, whatever carried it: FastCGI (libfcgi) or plain CGI (environ,
 * stdin, stdout). The rest of the program sees only this.
 *
 * The path comes from REQUEST_URI and is split on '/' before percent-decoding, so that `%2F` inside
 * a segment stays inside it (DESIGN section 10). */
#ifndef TERRACE_HTTP_HTTP_REQUEST_H
#define TERRACE_HTTP_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

struct arena;

#define HTTP_MAX_SEGMENTS 16
#define HTTP_MAX_URI 16384

enum http_method {
    HTTP_GET = 1 << 0,
    HTTP_HEAD = 1 << 1,
    HTTP_POST = 1 << 2,
    HTTP_PUT = 1 << 3,
    HTTP_PATCH = 1 << 4,
    HTTP_DELETE = 1 << 5,
    HTTP_OPTIONS = 1 << 6,
    HTTP_OTHER = 1 << 7,
};

struct http_query_param {
    const char *name;  /* decoded, `page[size]` */
    const char *value; /* decoded, "" when there is none */
};

/* Where bytes come from and go to: one implementation for FastCGI, one for CGI, one for tests. */
struct http_io {
    const char *(*param)(struct http_io *io, const char *name);  /* CGI variable or NULL */
    ssize_t (*read)(struct http_io *io, void *out, size_t size); /* 0 at the end, -1 on failure */
    int (*write)(struct http_io *io, const void *bytes,
                 size_t size); /* 0, or -1 when the peer is gone */
    /* Called once by http_finish(), last; may be NULL. complete is false when the reply was cut
     * short and the peer must not take it for whole. */
    void (*finish)(struct http_io *io, bool complete);
};

struct http_request {
    struct arena *arena;
    struct http_io *io;

    enum http_method method;
    const char *uri;  /* REQUEST_URI as it came */
    const char *path; /* its path, raw, without the query string */
    size_t segment_count;
    /* Decoded; a slash at the end adds none. A longer path keeps its undecoded rest in the last
     * one: no route is that long. */
    const char *segments[HTTP_MAX_SEGMENTS];
    size_t query_count;
    const struct http_query_param *query;

    const char *authorization;    /* the header, or NULL */
    const char *content_type;     /* lower-cased media type without parameters, "" when absent */
    bool content_type_has_params; /* parameters other than charset=utf-8 */
    const char *accept;           /* these: "" when absent */
    const char *content_encoding;
    const char *if_modified_since;
    const char *terraform_version; /* which CLI asks; its go-tfe names only itself as User-Agent */
    const char *cookie;
    const char *host; /* HTTP_HOST, or SERVER_NAME[:SERVER_PORT]; only characters of a host name */
    const char *remote_addr;
    bool https;
    long long content_length; /* -1 when unknown: read to the end */

    /* The reply. Headers are kept until the first body byte or http_finish(). */
    int status;
    struct buf headers; /* "Name: value\r\n" lines */
    struct buf body;    /* small bodies gather here and go out with a Content-Length */
    bool headers_sent;
    bool write_failed;
    bool finished;
    long long
        stream_left;      /* what http_stream() still owes to its Content-Length, -1 = none given */
    long long bytes_read; /* of the body so far */
};

enum http_parse_result {
    HTTP_PARSED,
    HTTP_BAD_REQUEST, /* broken escape, NUL or invalid UTF-8 in the path or query; impossible Host
                       * or Content-Length */
    HTTP_URI_TOO_LONG,
};

/* Fills request from io's CGI variables. request->arena and io are set by the caller. The request
 * can be replied to whatever the result is. */
enum http_parse_result http_parse(struct http_request *request);
/* The part of it that a route is chosen by: method, uri, path, query. */
enum http_parse_result http_parse_target(struct http_request *request);

/* The first value of a query parameter, NULL when absent. */
const char *http_query(const struct http_request *request, const char *name);

/* A cookie's value, copied into the arena; NULL when absent. */
const char *http_cookie(const struct http_request *request, const char *name);

/* Reads the whole body, at most limit bytes. Returns 0, or 413 when it is longer, or 400 when the
 * peer went away or sent less than CONTENT_LENGTH. */
int http_read_body(struct http_request *request, size_t limit, struct buf *out);

/* Reads the next bytes of the body for streaming: > 0, 0 at the end, -1 on failure (also when fewer
 * bytes than CONTENT_LENGTH came). */
ssize_t http_read_some(struct http_request *request, void *out, size_t size);

/* Reply. A header value with a control character is dropped and logged. */
void http_header(struct http_request *request, const char *name, const char *value);
/* The same, in place of what was set under this name (spelt alike) before. */
void http_replace_header(struct http_request *request, const char *name, const char *value);
void http_write(struct http_request *request, const void *bytes, size_t len);
/* For large bodies: sends headers (with this Content-Length, -1 = none) and then bytes at once. */
void http_stream_begin(struct http_request *request, long long length);
int http_stream(struct http_request *request, const void *bytes, size_t len);
/* Sends what has not been sent: status, headers, body. HEAD sends no body. A second call does
 * nothing. */
void http_finish(struct http_request *request);

/* `application/x-www-form-urlencoded`, decoded like a query string. NULL values never occur; a pair
 * with a broken escape is left out. */
size_t http_parse_form(struct arena *arena, const char *text, size_t len,
                       const struct http_query_param **out);
const char *http_form_value(const struct http_query_param *form, size_t count, const char *name);

#endif
