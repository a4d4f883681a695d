/* The worker's loop. A round is: wait, take in what is readable, serve the whole requests among it
 * as one batch, send on what peers are ready to take.
 *
 * Who accepts: with EPOLLEXCLUSIVE alone the kernel wakes the same worker again and again, and kept
 * connections would all end there. So a worker that has clearly more connections than another that
 * is waiting takes the listening socket out of its epoll for a while.
 *
 * A worker that stands by for long requests has no connections of its own: it takes one on which a
 * request waits, and gives it back with the reply. */
#define _GNU_SOURCE /* accept4 */
#include "http/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/http_cgi.h"
#include "http/http_fastcgi.h"
#include "http/http_handoff.h"
#include "http/http_peers.h"

#define EVENTS 64
/* How soon a worker that does not listen looks again whether it should. */
#define RECHECK_MS 20
/* Connections that a worker may have more than one that is waiting. */
#define UNEVEN 2
/* Connections accepted in one round. */
#define ACCEPTS 8

/* What cannot even be parsed is not the application's business. */
static void refuse(struct http_request *request, enum http_parse_result result)
{
    bool long_uri = result == HTTP_URI_TOO_LONG;
    const char *body = long_uri ? "{\"errors\":[{\"status\":\"414\",\"title\":\"URI too long\"}]}"
                                : "{\"errors\":[{\"status\":\"400\",\"title\":\"bad request\"}]}";

    request->status = long_uri ? 414 : 400;
    http_header(request, "Content-Type", "application/vnd.api+json");
    http_write(request, body, strlen(body));
    http_finish(request);
}

/* A whole request is here. */
static void take_request(struct server *server, struct peer *peer)
{
    struct http_request *request = &server->requests[server->count];
    struct arena *arena = request->arena;
    enum http_parse_result result;

    memset(request, 0, sizeof *request);
    request->arena = arena != NULL ? arena : arena_new();
    request->io = http_fastcgi_io(peer->connection);
    result = http_parse(request);
    if (server->stop == HTTP_SERVER_QUIT)
        http_fastcgi_last(peer->connection);
    server->served++;
    if (result != HTTP_PARSED) {
        refuse(request, result);
        arena_reset(request->arena);
        atomic_fetch_add_explicit(&server->slot->refused, 1, memory_order_relaxed);
        return;
    }
    server->batch[server->count] = request;
    server->batch_peers[server->count] = peer;
    server->count++;
}

/* After anything happened on a peer: watch for what it waits for now, or part with it. */
static void settle_peer(struct server *server, struct peer *peer)
{
    enum http_fastcgi_state state = http_fastcgi_state(peer->connection);
    unsigned events = state == HTTP_FASTCGI_SENDING ? EPOLLOUT : EPOLLIN;

    if (state == HTTP_FASTCGI_CLOSED) {
        http_peers_close(server, peer);
        return;
    }
    if (state == HTTP_FASTCGI_IDLE && server->options->role == HTTP_SERVER_LONG &&
        server->stop != HTTP_SERVER_QUIT && http_peers_give(server, peer, server->options->handoff))
        return;
    if (events == peer->events)
        return;
    peer->events = events;
    if (!http_peers_watch(server, EPOLL_CTL_MOD, http_fastcgi_fd(peer->connection), events, peer))
        http_peers_close(server, peer);
}

/* What cannot be parsed is refused at once; a worker that leaves passes nothing on. */
static bool is_own(void *context, struct http_io *io)
{
    struct server *server = context;
    struct http_request *request = &server->glanced;
    bool own = true;

    if (server->stop != HTTP_SERVER_RUN)
        return true;
    request->io = io;
    if (http_parse_target(request) == HTTP_PARSED)
        own = server->application->is_quick(server->application->context, request);
    arena_reset(request->arena);
    return own;
}

static void handle_peer(struct server *server, struct peer *peer)
{
    const struct http_server_options *options = server->options;
    struct http_fastcgi *connection = peer->connection;

    if (http_fastcgi_state(connection) == HTTP_FASTCGI_SENDING)
        (void)http_fastcgi_send(connection);
    else if (http_fastcgi_receive(connection, options->body_limit,
                                  server->chooser.takes != NULL ? &server->chooser : NULL) ==
             HTTP_FASTCGI_DECLINED) {
        if (http_peers_give(server, peer, options->passed))
            return;
        (void)http_fastcgi_receive(connection, options->body_limit, NULL);
    }
    if (http_fastcgi_state(peer->connection) == HTTP_FASTCGI_SERVING)
        take_request(server, peer);
    if (http_fastcgi_state(peer->connection) != HTTP_FASTCGI_SERVING)
        settle_peer(server, peer);
}

/* False when another worker that could accept at once has fewer connections. A busy one does not
 * count: it may be busy for long. */
static bool should_listen(const struct server *server)
{
    const struct http_server_options *options = server->options;

    if (options->role == HTTP_SERVER_LONG)
        return false;
    if (server->stop != HTTP_SERVER_RUN)
        return http_stop_holds(server);
    for (size_t i = 0; i < options->slot_count; i++) {
        struct http_server_slot *other = &options->slots[i];

        if (i != options->self && atomic_load(&other->state) == HTTP_SERVER_READY &&
            atomic_load(&other->accepts) && atomic_load(&other->waiting) &&
            (size_t)atomic_load(&other->connections) + UNEVEN < server->peer_count)
            return false;
    }
    return true;
}

/* False when there is nothing to accept. */
static bool accept_peer(struct server *server)
{
    int one = 1;
    struct peer *peer;
    int fd = accept4(server->options->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            log_error("connection not accepted error=%s", strerror(errno));
            http_peers_listen(server, false); /* or the loop would spin */
        }
        return false;
    }
    /* Fails on unix sockets, which have no such delay. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer = http_peers_add(server, fd);
    atomic_store(&server->slot->connections, (int)server->peer_count);
    /* The request is usually there already. */
    if (peer != NULL)
        handle_peer(server, peer);
    return true;
}

static void accept_peers(struct server *server)
{
    for (int i = 0; i < ACCEPTS && server->count < HTTP_SERVER_BATCH; i++) {
        if (!accept_peer(server) || !should_listen(server))
            return;
    }
}

/* False when no other worker has given a connection. */
static bool receive_peer(struct server *server, const int pair[2])
{
    int fd = pair[0] >= 0 ? http_handoff_receive(pair[0]) : -1;
    struct peer *peer = fd >= 0 ? http_peers_add(server, fd) : NULL;

    if (peer != NULL)
        handle_peer(server, peer);
    return fd >= 0;
}

static void handle_events(struct server *server, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count && server->count < HTTP_SERVER_BATCH; i++) {
        void *data = events[i].data.ptr;

        if (data == &http_peers_listen_mark)
            accept_peers(server);
        else if (data == &http_peers_handoff_mark)
            (void)receive_peer(server, server->options->handoff);
        else if (data == &http_peers_passed_mark)
            (void)receive_peer(server, server->options->passed);
        else
            handle_peer(server, data);
    }
}

/* An application that forgets a request must not leave its client waiting. */
static void finish_forgotten(struct http_request *request)
{
    if (request->finished)
        return;
    log_error("request without a reply path=%s", request->path);
    if (!request->headers_sent) {
        request->status = 500;
        buf_clear(&request->headers);
        buf_clear(&request->body);
    }
    http_finish(request);
}

static void serve_batch(struct server *server)
{
    struct http_server_slot *slot = server->slot;

    if (server->count == 0)
        return;
    server->application->serve(server->application->context, server->batch, server->count);
    atomic_fetch_add_explicit(&slot->batches, 1, memory_order_relaxed);
    for (size_t i = 0; i < server->count; i++) {
        finish_forgotten(server->batch[i]);
        arena_reset(server->batch[i]->arena);
        if (http_fastcgi_spooled(server->batch_peers[i]->connection))
            atomic_fetch_add_explicit(&slot->spooled, 1, memory_order_relaxed);
        settle_peer(server, server->batch_peers[i]);
    }
    server->count = 0;
}

/* What is already in the queue of a listening socket was promised an answer, and what one worker
 * has given away just now may find no other that takes it. */
static void accept_rest(struct server *server)
{
    while (clock_monotonic_ms() < server->deadline &&
           (accept_peer(server) || receive_peer(server, server->options->passed) ||
            receive_peer(server, server->options->handoff)))
        serve_batch(server);
}

static int wait_events(struct server *server, struct epoll_event *events)
{
    bool listens = server->listening || server->options->role == HTTP_SERVER_LONG;
    int timeout = listens && !server->leaving ? HTTP_PEERS_TICK_MS : RECHECK_MS;
    int count;

    atomic_store(&server->slot->waiting, true);
    count = epoll_pwait(server->epoll_fd, events, EVENTS, timeout, server->options->wait_mask);
    atomic_store(&server->slot->waiting, false);
    return count;
}

static void round_trip(struct server *server)
{
    struct epoll_event events[EVENTS];
    int count = wait_events(server, events);

    handle_events(server, events, count);
    serve_batch(server);
    http_peers_sweep(server);
    http_stop_check(server);
    if (http_stop_closes(server))
        accept_rest(server);
    if (server->leaving)
        http_stop_part(server);
    atomic_store(&server->slot->connections, (int)server->peer_count);
    atomic_store(&server->slot->requests, server->served);
    http_peers_listen(server, should_listen(server));
    if (server->application->idle != NULL)
        server->application->idle(server->application->context);
}

static bool start(struct server *server)
{
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll_fd < 0 || http_fastcgi_init() != 0) {
        log_error("worker not started error=%s", strerror(errno));
        return false;
    }
    http_peers_listen(server, should_listen(server));
    return http_peers_watch_pairs(server, EPOLL_CTL_ADD);
}

int http_server_run(const struct http_application *application,
                    const struct http_server_options *options)
{
    /* Some 15 KiB, but a batch of requests is better off the stack. */
    struct server *server = calloc(1, sizeof *server);
    bool started;

    if (server == NULL)
        return -1;
    server->application = application;
    server->options = options;
    server->slot = &options->slots[options->self];
    atomic_store(&server->slot->accepts, options->role != HTTP_SERVER_LONG);
    server->glanced.arena = arena_new();
    if (options->role == HTTP_SERVER_QUICK && application->is_quick != NULL)
        server->chooser = (struct http_fastcgi_chooser){is_own, server};
    started = start(server);
    if (started)
        atomic_store(&server->slot->state, HTTP_SERVER_READY);
    while (started && !http_stop_done(server))
        round_trip(server);
    if (server->peer_count > 0)
        log_warn("worker stopped with connections open count=%zu", server->peer_count);
    while (server->peers != NULL)
        http_peers_close(server, server->peers);
    for (size_t i = 0; i < HTTP_SERVER_BATCH; i++) {
        if (server->requests[i].arena != NULL)
            arena_free(server->requests[i].arena);
    }
    arena_free(server->glanced.arena);
    if (server->epoll_fd >= 0)
        close(server->epoll_fd);
    free(server);
    return started ? 0 : -1;
}

int http_server_cgi(const struct http_application *application)
{
    struct http_request request = {.arena = arena_new(), .io = http_cgi_io()};
    struct http_request *batch[] = {&request};
    enum http_parse_result result = http_parse(&request);
    int status;

    if (result != HTTP_PARSED) {
        refuse(&request, result);
    } else {
        application->serve(application->context, batch, 1);
        finish_forgotten(&request);
        if (application->idle != NULL)
            application->idle(application->context);
    }
    status = request.write_failed ? 1 : 0;
    arena_free(request.arena);
    return status;
}
