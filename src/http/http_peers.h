/* The parts of a worker's loop (http_server.h): its state, the connections it has, and, in
 * http_stop.c, how it ends. For these files only. */
#ifndef TERRACE_HTTP_HTTP_PEERS_H
#define TERRACE_HTTP_HTTP_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http_fastcgi.h"
#include "http/http_server.h"

/* How often a worker looks around when nothing happens. */
#define HTTP_PEERS_TICK_MS 1000

struct peer {
    struct http_fastcgi *connection;
    struct peer *previous, *next;
    bool kept;       /* it was there before the stop */
    unsigned events; /* what epoll watches */
};

struct server {
    const struct http_application *application;
    const struct http_server_options *options;
    struct http_server_slot *slot;
    int epoll_fd;
    bool listening;
    bool leaving;
    enum http_server_stop stop;
    int64_t deadline; /* once stopping */
    int64_t hold;     /* until then a stopped worker accepts, while kept connections are idle */
    bool closing;     /* it accepts no more */
    int64_t next_sweep;
    long served;
    struct peer *peers;
    size_t peer_count;
    struct http_fastcgi_chooser chooser;
    struct http_request glanced; /* what the chooser knows of a request */
    /* This round's. */
    size_t count;
    struct http_request *batch[HTTP_SERVER_BATCH];
    struct peer *batch_peers[HTTP_SERVER_BATCH];
    /* Requests and arenas are used again and again: batch[i] is requests[i] or one of them. */
    struct http_request requests[HTTP_SERVER_BATCH];
};

/* Marks in epoll_event.data.ptr for what is not a peer. */
extern char http_peers_listen_mark, http_peers_handoff_mark, http_peers_passed_mark;

/* epoll_ctl(); a failure is logged. */
bool http_peers_watch(struct server *server, int operation, int fd, unsigned events, void *data);
/* Watches the listening socket, or no more. */
void http_peers_listen(struct server *server, bool listening);
/* Watches where this worker takes connections that others give away; operation as of epoll_ctl().
 */
bool http_peers_watch_pairs(struct server *server, int operation);

/* Takes over a connection. NULL, and fd closed, on failure. */
struct peer *http_peers_add(struct server *server, int fd);
/* Closes a connection and forgets it. */
void http_peers_close(struct server *server, struct peer *peer);
/* Gives a connection, with what waits on it, to another worker; false when too many are under way
 * already. */
bool http_peers_give(struct server *server, struct peer *peer, const int pair[2]);
/* Closes connections on which nothing moves any more. */
void http_peers_sweep(struct server *server);

/* Looks whether the worker is told to stop, or has served enough, and begins with it. */
void http_stop_check(struct server *server);
/* True while a worker that quits still accepts: until its kept connections are used or stay quiet.
 */
bool http_stop_holds(const struct server *server);
/* True once, when a worker that quits stops accepting: what waits has to be accepted still. */
bool http_stop_closes(struct server *server);
/* Parts with idle connections. */
void http_stop_part(struct server *server);
bool http_stop_done(const struct server *server);

#endif
