/* The loop of one worker: many kept FastCGI connections, no thread, nothing that waits for a peer.
 * Requests that one round finds whole are handed to the application together. */
#ifndef TERRACE_HTTP_HTTP_SERVER_H
#define TERRACE_HTTP_HTTP_SERVER_H

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "http/http_request.h"

struct http_application {
    void *context;
    /* Replies to every one with http_finish(). The requests are gone when it returns. */
    void (*serve)(void *context, struct http_request *const *batch, size_t count);
    /* Whether a request, of which http_parse_target() is known, is sure to take little time. NULL:
     * none is. */
    bool (*is_quick)(void *context, const struct http_request *request);
    /* Once after each round and at least once a second; may be NULL. */
    void (*idle)(void *context);
};

/* The most requests of one batch. */
#define HTTP_SERVER_BATCH 64

enum http_server_state {
    HTTP_SERVER_FREE, /* no worker uses the slot */
    HTTP_SERVER_STARTING,
    HTTP_SERVER_READY,
    HTTP_SERVER_LEAVING,
};

/* Small reads gain from being served together, which a long request would keep waiting: so some
 * workers accept and serve what is quick, and pass a connection on which anything else waits to one
 * that stands by for it and gives it back with the reply. */
enum http_server_role {
    HTTP_SERVER_ALL, /* accepts, and serves everything */
    HTTP_SERVER_QUICK,
    HTTP_SERVER_LONG,
};

/* One worker's counters, in memory that all workers share. Only its worker writes to it, and the
 * master when there is none. */
struct http_server_slot {
    atomic_int state;    /* enum http_server_state */
    atomic_bool waiting; /* in epoll_wait, so able to accept at once */
    atomic_bool accepts; /* not by its role, HTTP_SERVER_LONG */
    atomic_int connections;
    atomic_long requests;
    atomic_long batches;
    atomic_long refused; /* 400 and 414 by the server itself */
    atomic_long spooled; /* requests or replies that went through a temporary file */
};

enum http_server_stop {
    HTTP_SERVER_RUN,
    HTTP_SERVER_RETIRE, /* finish, and leave the kept connections to the other workers */
    HTTP_SERVER_QUIT,   /* finish, and close */
};

struct http_server_options {
    int listen_fd; /* non-blocking */
    enum http_server_role role;
    /* SOCK_SEQPACKET pairs, [0] is read, [1] written; -1 in a process of its own. handoff: idle
     * connections, for those that accept. passed: connections with a long request, for those that
     * stand by. */
    int handoff[2];
    int passed[2];
    long max_requests;    /* then it retires; 0 = never */
    long long body_limit; /* bytes of a request that are kept for a slow peer; see http_fastcgi.h */
    struct http_server_slot *slots; /* of all workers */
    size_t slot_count;
    size_t self;
    const volatile sig_atomic_t *stop; /* enum http_server_stop, set by a signal handler */
    /* Signals that are let in only while the worker waits, so that they never disturb a request. */
    const sigset_t *wait_mask;
    void (*leaving)(void); /* when it retires by itself; may be NULL */
};

/* Until stopped. 0, or -1 (logged) when it could not even start. At the latest 30 seconds after a
 * stop it returns whatever is unfinished. */
int http_server_run(const struct http_application *application,
                    const struct http_server_options *options);

/* Serves the one request of a plain CGI process. Returns the exit status. */
int http_server_cgi(const struct http_application *application);

#endif
