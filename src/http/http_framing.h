/* Follows the records of one FastCGI request as its bytes go by, without keeping any: whether it is
 * whole, and whether libfcgi may be let near it. */
#ifndef TERRACE_HTTP_HTTP_FRAMING_H
#define TERRACE_HTTP_HTTP_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of all variables of a request. Web servers allow less for the headers they come from. */
#define HTTP_FRAMING_MAX_PARAMS (256 * 1024)

#define HTTP_FRAMING_HEADER 8

struct http_framing {
    bool done;   /* the request is whole */
    bool broken; /* it is none, and the connection of no further use */

    /* The record. */
    unsigned char header[HTTP_FRAMING_HEADER];
    size_t header_len;
    size_t content; /* still to come */
    size_t padding;
    unsigned type;
    unsigned request_id;
    bool begun;
    bool last; /* this record ends the request */

    /* The variables: lengths of name and value (one or four bytes each), then both. */
    unsigned char lengths[8];
    size_t lengths_len;
    size_t pair;   /* bytes of the current name and value still to come */
    size_t params; /* bytes so far */
    bool params_ended;
};

/* A zeroed struct is the start of a request. Bytes behind its end make it broken: web servers send
 * no second request before the reply to the first. */
void http_framing_feed(struct http_framing *framing, const unsigned char *bytes, size_t len);

/* A variable of a request whose first bytes these are; false when they do not hold it: it is
 * absent, or stands behind the first record of variables, or has not arrived. */
bool http_framing_variable(const unsigned char *bytes, size_t len, const char *name,
                           const char **value, size_t *value_len);

/* The header of a STDOUT record with so many bytes (at most 65535), without padding. */
void http_framing_stdout(unsigned char header[HTTP_FRAMING_HEADER], unsigned request_id,
                         size_t content);

#endif
