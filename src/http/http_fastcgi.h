/* One FastCGI connection that a web server keeps open, and the request on it. Nothing here blocks:
 * a request is handed out once it has arrived whole, and a reply that the web server does not take
 * at once is kept and sent later. The only place that knows libfcgi.
 *
 *   receive ... receive -> request -> (http_finish) -> [send ... send] -> receive ... */
#ifndef TERRACE_HTTP_HTTP_FASTCGI_H
#define TERRACE_HTTP_HTTP_FASTCGI_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http_request.h"

struct http_fastcgi;

enum http_fastcgi_state {
    HTTP_FASTCGI_IDLE,      /* between two requests; nothing of the next one is known */
    HTTP_FASTCGI_DECLINED,  /* a request waits, untouched, that the chooser does not want */
    HTTP_FASTCGI_RECEIVING, /* a part of a request is here */
    HTTP_FASTCGI_SERVING,   /* a request is here; http_finish() is awaited */
    HTTP_FASTCGI_SENDING,   /* the rest of a reply waits until the peer takes it */
    HTTP_FASTCGI_LINGERING, /* replied; what the peer still sends is thrown away */
    HTTP_FASTCGI_CLOSED,    /* nothing more to do: http_fastcgi_close() */
};

/* Once per process. 0 or -1. */
int http_fastcgi_init(void);

/* Takes over an accepted socket. */
struct http_fastcgi *http_fastcgi_open(int fd);
void http_fastcgi_close(struct http_fastcgi *connection);
/* Frees the connection but gives its socket back. Only when idle. */
int http_fastcgi_release(struct http_fastcgi *connection);

int http_fastcgi_fd(const struct http_fastcgi *connection);
enum http_fastcgi_state http_fastcgi_state(const struct http_fastcgi *connection);
/* When the peer last did something, clock_monotonic_ms(). */
int64_t http_fastcgi_active(const struct http_fastcgi *connection);
/* True when the request came or the reply went through a temporary file. */
bool http_fastcgi_spooled(const struct http_fastcgi *connection);

/* Decides about a request of which nothing but variables can be asked, and of these only what
 * stands in front. */
struct http_fastcgi_chooser {
    bool (*takes)(void *context, struct http_io *io);
    void *context;
};

/* For a readable socket; the new state. A request of more than limit bytes is handed out cut off:
 * its reader sees the peer go away after limit bytes. Without a chooser every request is taken. */
enum http_fastcgi_state http_fastcgi_receive(struct http_fastcgi *connection, long long limit,
                                             const struct http_fastcgi_chooser *chooser);
/* For a writable socket while sending; the new state. */
enum http_fastcgi_state http_fastcgi_send(struct http_fastcgi *connection);

/* The reply to the request being served will be the connection's last. */
void http_fastcgi_last(struct http_fastcgi *connection);

/* The request's side; valid while serving. */
struct http_io *http_fastcgi_io(struct http_fastcgi *connection);

#endif
