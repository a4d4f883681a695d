/* Streams one field out of a multipart/form-data body in bounded memory: `curl -F
 * data=@config.tar.gz`, as 2017's upload scripts send it. */
#ifndef TERRACE_HTTP_HTTP_MULTIPART_H
#define TERRACE_HTTP_HTTP_MULTIPART_H

#include <sys/types.h>

#include "http/http_request.h"

struct http_multipart;

/* Reads up to the start of the field's content (the first field of that name). NULL when the
 * request is not multipart/form-data, the body is broken, or there is no such field. Lives in the
 * request's arena. */
struct http_multipart *http_multipart_open(struct http_request *request, const char *field);

/* The next bytes of the field: > 0, 0 at its end, -1 when the body breaks off. Before it returns 0
 * it reads the rest of the body, so that a truncated upload is never taken for whole. */
ssize_t http_multipart_read(struct http_multipart *multipart, void *out, size_t size);

#endif
