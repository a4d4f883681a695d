/* The connections of a worker, and what its epoll watches. */
#include "http/http_peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/http_handoff.h"

/* A peer that neither sends nor takes for so long has gone; web servers give up earlier. */
#define STALLED_MS 300000
#define LINGER_MS 5000

char http_peers_listen_mark, http_peers_handoff_mark, http_peers_passed_mark;

bool http_peers_watch(struct server *server, int operation, int fd, unsigned events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    if (epoll_ctl(server->epoll_fd, operation, fd, &event) == 0)
        return true;
    log_error("epoll_ctl failed error=%s", strerror(errno));
    return false;
}

struct peer *http_peers_add(struct server *server, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);

    if (peer == NULL) {
        log_error("out of memory");
        abort();
    }
    peer->events = EPOLLIN;
    if (!http_peers_watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, peer)) {
        close(fd);
        free(peer);
        return NULL;
    }
    peer->connection = http_fastcgi_open(fd);
    peer->next = server->peers;
    if (peer->next != NULL)
        peer->next->previous = peer;
    server->peers = peer;
    server->peer_count++;
    return peer;
}

static void unlink_peer(struct server *server, struct peer *peer)
{
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        server->peers = peer->next;
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    server->peer_count--;
    free(peer);
}

/* close() alone would not end the watch while another process still holds the connection, which a
 * worker that hands it over does for a moment: the event would come to freed memory. */
void http_peers_close(struct server *server, struct peer *peer)
{
    if (http_fastcgi_fd(peer->connection) >= 0)
        (void)http_peers_watch(server, EPOLL_CTL_DEL, http_fastcgi_fd(peer->connection), 0, NULL);
    http_fastcgi_close(peer->connection);
    unlink_peer(server, peer);
}

void http_peers_listen(struct server *server, bool listening)
{
    int fd = server->options->listen_fd;

    if (listening == server->listening)
        return;
    if (listening)
        server->listening = http_peers_watch(server, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE,
                                             &http_peers_listen_mark);
    else if (http_peers_watch(server, EPOLL_CTL_DEL, fd, 0, NULL))
        server->listening = false;
}

bool http_peers_watch_pairs(struct server *server, int operation)
{
    const struct http_server_options *options = server->options;
    bool done = true;

    if (options->handoff[0] >= 0 && options->role != HTTP_SERVER_LONG)
        done = http_peers_watch(server, operation, options->handoff[0], EPOLLIN | EPOLLEXCLUSIVE,
                                &http_peers_handoff_mark);
    if (options->passed[0] >= 0 && options->role == HTTP_SERVER_LONG)
        done = done && http_peers_watch(server, operation, options->passed[0],
                                        EPOLLIN | EPOLLEXCLUSIVE, &http_peers_passed_mark);
    return done;
}

bool http_peers_give(struct server *server, struct peer *peer, const int pair[2])
{
    if (pair[1] < 0 || !http_handoff_send(pair[1], http_fastcgi_fd(peer->connection)))
        return false;
    http_peers_close(server, peer);
    return true;
}

void http_peers_sweep(struct server *server)
{
    int64_t now = clock_monotonic_ms();
    struct peer *next;

    if (now < server->next_sweep)
        return;
    server->next_sweep = now + HTTP_PEERS_TICK_MS;
    for (struct peer *peer = server->peers; peer != NULL; peer = next) {
        enum http_fastcgi_state state = http_fastcgi_state(peer->connection);
        int64_t quiet = now - http_fastcgi_active(peer->connection);

        next = peer->next;
        if (state == HTTP_FASTCGI_IDLE)
            continue;
        if (quiet > (state == HTTP_FASTCGI_LINGERING ? LINGER_MS : STALLED_MS)) {
            log_warn("fastcgi connection closed reason=stalled");
            http_peers_close(server, peer);
        }
    }
}
