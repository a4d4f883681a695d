/* How a worker ends: see enum http_server_stop. No web server may find a connection closed under a
 * request that it has just sent, for it would not send a POST again. */
#include "http/http_peers.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"

#define DRAIN_MS 30000
/* How long a stopped worker leaves an idle connection open. A web server may have a request for it
 * on its lips, above all for one that was in use just now; that request is answered, and the
 * connection ends with the answer, which the web server notices in time. Meanwhile new connections
 * are accepted, for one request each: under load the web server so uses its kept connections up,
 * and none has to be closed that it may be about to use. */
#define QUIET_MS 1000

bool http_stop_holds(const struct server *server)
{
    if (server->stop != HTTP_SERVER_QUIT || server->closing || clock_monotonic_ms() >= server->hold)
        return false;
    for (const struct peer *peer = server->peers; peer != NULL; peer = peer->next)
        if (peer->kept && http_fastcgi_state(peer->connection) == HTTP_FASTCGI_IDLE)
            return true;
    return false;
}

static void begin_stop(struct server *server, enum http_server_stop stop)
{
    if (server->stop >= stop)
        return;
    server->stop = stop;
    atomic_store(&server->slot->state, HTTP_SERVER_LEAVING);
    if (stop != HTTP_SERVER_QUIT)
        http_peers_listen(server, false);
    if (!server->leaving)
        (void)http_peers_watch_pairs(server, EPOLL_CTL_DEL);
    if (!server->leaving)
        server->deadline = clock_monotonic_ms() + DRAIN_MS;
    server->leaving = true;
    server->hold = clock_monotonic_ms() + QUIET_MS;
    for (struct peer *peer = server->peers; peer != NULL; peer = peer->next)
        peer->kept = true;
}

bool http_stop_closes(struct server *server)
{
    if (server->stop != HTTP_SERVER_QUIT || server->closing || http_stop_holds(server))
        return false;
    server->closing = true;
    http_peers_listen(server, false);
    return true;
}

void http_stop_check(struct server *server)
{
    const struct http_server_options *options = server->options;

    begin_stop(server, (enum http_server_stop) * options->stop);
    if (server->stop == HTTP_SERVER_RUN && options->max_requests > 0 &&
        server->served >= options->max_requests) {
        begin_stop(server, HTTP_SERVER_RETIRE);
        if (options->leaving != NULL)
            options->leaving();
    }
}

/* True when an idle connection may be closed: nothing has come that would be lost. */
static bool is_quiet(const struct peer *peer)
{
    char byte;

    if (clock_monotonic_ms() - http_fastcgi_active(peer->connection) < QUIET_MS)
        return false;
    return recv(http_fastcgi_fd(peer->connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void http_stop_part(struct server *server)
{
    bool retire = server->stop == HTTP_SERVER_RETIRE && server->options->handoff[1] >= 0;
    struct peer *next;

    for (struct peer *peer = server->peers; peer != NULL; peer = next) {
        next = peer->next;
        if (http_fastcgi_state(peer->connection) != HTTP_FASTCGI_IDLE)
            continue;
        if (retire && !http_peers_give(server, peer, server->options->handoff))
            return;
        if (!retire && is_quiet(peer))
            http_peers_close(server, peer);
    }
}

bool http_stop_done(const struct server *server)
{
    return server->leaving && !server->listening &&
           (server->peer_count == 0 || clock_monotonic_ms() > server->deadline);
}
