/* An HTTP client: one request at a time, http and https only. The only folder that knows libcurl.
 *
 * A client keeps its connection for the next request to the same server. Nothing here retries, and
 * nothing follows a redirect unless told to: what an answer means is the caller's business. */
#ifndef TERRACE_NET_NET_CLIENT_H
#define TERRACE_NET_NET_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct net_client;

/* Of all requests of a client. Strings are copied. */
struct net_options {
    const char *user_agent; /* NULL: "terrace" */
    const char
        *ca_file; /* PEM file to trust instead of the system's; NULL or empty: the system's */
    /* For URLs that users give: refuses addresses of this host and of private networks, whatever
     * name or redirect led there, and uses no proxy (which would resolve the name by itself).
     * Without it the usual environment variables (https_proxy ...) count. */
    bool public_only;
};

/* Called several times a second while a request is under way; false ends it as NET_ABORTED. May use
 * another client, never this one. */
typedef bool net_progress_fn(void *object);

struct net_request {
    const char *method; /* NULL: GET, or POST where there is a body */
    const char *url;
    /* "Name: value" lines, ended by NULL; may be NULL. Nothing but Host, User-Agent, Accept and
     * what describes the body's length is sent besides. */
    const char *const *headers;

    /* At most one of both. The file is read from its current offset to its end. */
    const void *body;
    size_t body_len;
    int body_fd; /* used if has_body_fd */
    bool has_body_fd;

    /* Where the answer's body goes, whatever the status: appended to a buffer, or written to a file
     * at its current offset if has_reply_fd; neither: dropped. */
    struct buf *reply;
    int reply_fd;
    bool has_reply_fd;
    int64_t reply_limit; /* most bytes taken, else NET_TOO_LARGE; 0: 16 MiB */

    long connect_timeout_ms; /* 0: 10 s */
    long total_timeout_ms;   /* 0: none (the low speed limit remains) */
    long stall_timeout_s; /* ends a transfer that moves less than a byte a second for so long; 0: 60
                             s */
    int redirects;        /* most followed; 0: none */

    net_progress_fn *progress; /* may be NULL */
    void *progress_object;
};

enum net_result {
    NET_OK,        /* an answer, of whatever status */
    NET_BAD_URL,   /* no http(s) URL; trying again is pointless */
    NET_REFUSED,   /* public_only, and the address is not */
    NET_TIMEOUT,   /* connecting, in all, or no byte for too long */
    NET_TLS,       /* the certificate or the handshake */
    NET_FAILED,    /* no connection, or it broke off */
    NET_TOO_LARGE, /* more than reply_limit */
    NET_LOCAL,     /* the file to send or to write; errno's text is in the error */
    NET_ABORTED,   /* progress said so */
};

/* Never NULL: where memory or libcurl fails, the process logs and aborts. */
struct net_client *net_client_new(const struct net_options *options);
void net_client_free(struct net_client *client);

enum net_result net_client_send(struct net_client *client, const struct net_request *request)
    __attribute__((warn_unused_result));

/* Of the last request. status is 0 without an answer; error is a text for people (lower case, no
 * full stop, no address of the network behind), empty after NET_OK. They stay valid until the next
 * request. */
int net_client_status(const struct net_client *client);
const char *net_client_error(const struct net_client *client);
/* Value of a header of the (last) answer, by any case of its name; NULL when it has none. */
const char *net_client_header(const struct net_client *client, const char *name);
/* All of them in order; start with *cursor NULL. */
bool net_client_next_header(const struct net_client *client, void **cursor, const char **name,
                            const char **value);

#endif
