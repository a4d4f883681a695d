/* libfcgi reads and writes with blocking calls on request.ipcFd. Two things make that harmless: the
 * record headers are looked at first (MSG_PEEK), so that libfcgi only ever starts on a request that
 * is whole; and ipcFd is ours to set before each call, so that a request which did not fit the
 * socket's buffer is read back from a temporary file, and a reply that the peer is slow to take is
 * written to one. Sockets are closed here, never by libfcgi, whose close waits up to two seconds.
 */
#define _GNU_SOURCE
#include "http/http_fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/http_framing.h"
#include "http/http_spool.h"

/* More than a unix socket holds: what is there of a request is seen at once, and a document of 100
 * KiB needs no temporary file. */
#define PIECE 262144
/* Bytes taken from one connection before the others get their turn. */
#define TURN (4 * PIECE)
/* What certainly fits an empty socket buffer, so that small replies need no poll(). */
#define UNPOLLED 16384
/* libfcgi's buffer is 8192 with the record header. */
#define WRITE_PIECE 8184
/* From this size on records are written here: libfcgi would cut the bytes into its small buffers.
 */
#define LARGE_WRITE 16384
/* What one record holds, and a multiple of 8 so that it needs no padding. */
#define RECORD_MAX 65528
/* How long a reply waits for a peer that takes it, before the rest goes to a file. nginx takes in a
 * socket's buffer in less. */
#define PATIENCE_MS 10

struct http_fastcgi {
    struct http_io io; /* first: the io is the connection */
    FCGX_Request request;
    enum http_fastcgi_state state;
    int fd;
    int in_fd;  /* where libfcgi reads this request: fd or a temporary file */
    int out_fd; /* where libfcgi writes this reply: fd or a temporary file */
    off_t out_sent;
    size_t unpolled; /* bytes written since the socket was last seen writable */
    bool cut_off;    /* the request is larger than the limit and was not read to its end */
    bool spooled;
    bool keep;
    bool last; /* the web server would keep the connection, but must not */
    int64_t active;
    long long received;
    struct http_framing framing;
};

/* Peeked and received bytes; used between two system calls only. */
static unsigned char piece[PIECE];

int http_fastcgi_init(void)
{
    /* libfcgi takes these, even ignored ones; SIGUSR1 would make it refuse everything. */
    static const int taken[] = {SIGUSR1, SIGTERM};
    struct sigaction before[sizeof taken / sizeof taken[0]];
    int result;

    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        sigaction(taken[i], NULL, &before[i]);
    result = FCGX_Init();
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        sigaction(taken[i], &before[i], NULL);
    /* A peer that goes must not take the worker along. */
    signal(SIGPIPE, SIG_IGN);
    return result == 0 ? 0 : -1;
}

static const char *fastcgi_param(struct http_io *io, const char *name)
{
    struct http_fastcgi *connection = (struct http_fastcgi *)io;

    return connection->state == HTTP_FASTCGI_SERVING ? FCGX_GetParam(name, connection->request.envp)
                                                     : NULL;
}

static ssize_t fastcgi_read(struct http_io *io, void *out, size_t size)
{
    struct http_fastcgi *connection = (struct http_fastcgi *)io;
    FCGX_Stream *in = connection->request.in;
    int want = size < PIECE ? (int)size : PIECE;
    int got;

    if (connection->state != HTTP_FASTCGI_SERVING)
        return -1;
    connection->request.ipcFd = connection->in_fd;
    got = FCGX_GetStr(out, want, in);
    return got == 0 && FCGX_GetError(in) != 0 ? -1 : got;
}

static int start_spool(struct http_fastcgi *connection)
{
    int fd = http_spool_open();

    if (fd < 0)
        return -1;
    connection->out_fd = fd;
    connection->out_sent = 0;
    connection->spooled = true;
    return 0;
}

/* Sends this reply's further bytes to a file once the peer does not take them any more. */
static int choose_output(struct http_fastcgi *connection, size_t size)
{
    struct pollfd poll_fd = {.fd = connection->fd, .events = POLLOUT};

    if (connection->out_fd != connection->fd)
        return 0;
    connection->unpolled += size;
    if (connection->unpolled <= UNPOLLED)
        return 0;
    connection->unpolled = size;
    if (poll(&poll_fd, 1, 0) == 1)
        return 0;
    return start_spool(connection);
}

/* Sends what the peer takes now or soon; the number of bytes, -1 on failure. */
static ssize_t send_patiently(struct http_fastcgi *connection, struct iovec *parts, size_t count)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    struct pollfd poll_fd = {.fd = connection->fd, .events = POLLOUT};
    ssize_t put;

    for (;;) {
        put = sendmsg(connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put >= 0 || (errno != EAGAIN && errno != EINTR))
            return put;
        if (errno == EAGAIN && poll(&poll_fd, 1, PATIENCE_MS) == 0)
            return 0;
    }
}

/* All of parts, to the peer, and to a file from where the peer stops taking it. */
static int put_parts(struct http_fastcgi *connection, struct iovec *parts, size_t count)
{
    while (count > 0) {
        ssize_t put = 0;

        if (connection->out_fd == connection->fd) {
            put = send_patiently(connection, parts, count);
            if (put < 0 || (put == 0 && start_spool(connection) != 0))
                return -1;
        } else {
            if (http_spool_write(connection->out_fd, parts[0].iov_base, parts[0].iov_len) != 0)
                return -1;
            put = (ssize_t)parts[0].iov_len;
        }
        while (count > 0 && (size_t)put >= parts[0].iov_len) {
            put -= (ssize_t)parts[0].iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts[0].iov_base = (char *)parts[0].iov_base + put;
            parts[0].iov_len -= (size_t)put;
        }
    }
    return 0;
}

/* Records of our own, behind what libfcgi has buffered. */
static int write_large(struct http_fastcgi *connection, const char *bytes, size_t size)
{
    connection->request.ipcFd = connection->out_fd;
    if (FCGX_FFlush(connection->request.out) != 0)
        return -1;
    while (size > 0) {
        size_t step = size < RECORD_MAX ? size : RECORD_MAX;
        unsigned char header[HTTP_FRAMING_HEADER];
        struct iovec parts[] = {{.iov_base = header, .iov_len = sizeof header},
                                {.iov_base = (char *)bytes, .iov_len = step}};

        http_framing_stdout(header, (unsigned)connection->request.requestId, step);
        if (put_parts(connection, parts, 2) != 0)
            return -1;
        bytes += step;
        size -= step;
    }
    return 0;
}

static int fastcgi_write(struct http_io *io, const void *bytes, size_t size)
{
    struct http_fastcgi *connection = (struct http_fastcgi *)io;
    const char *at = bytes;

    if (connection->state != HTTP_FASTCGI_SERVING)
        return -1;
    if (size >= LARGE_WRITE)
        return write_large(connection, at, size);
    while (size > 0) {
        size_t step = size < WRITE_PIECE ? size : WRITE_PIECE;

        if (choose_output(connection, step) != 0)
            return -1;
        connection->request.ipcFd = connection->out_fd;
        if (FCGX_PutStr(at, (int)step, connection->request.out) != (int)step)
            return -1;
        at += step;
        size -= step;
    }
    return 0;
}

static void close_file(struct http_fastcgi *connection, int *fd)
{
    if (*fd != connection->fd && *fd >= 0)
        close(*fd);
    *fd = connection->fd;
}

/* The reply has gone out. */
static void settle(struct http_fastcgi *connection)
{
    close_file(connection, &connection->out_fd);
    connection->active = clock_monotonic_ms();
    if (connection->cut_off) {
        /* Closing now would reset the connection, and the peer could lose the reply. */
        shutdown(connection->fd, SHUT_WR);
        connection->state = HTTP_FASTCGI_LINGERING;
    } else {
        connection->state = connection->keep ? HTTP_FASTCGI_IDLE : HTTP_FASTCGI_CLOSED;
        /* At once: a web server that sees the end of the connection with the end of the reply does
         * not use it again. */
        if (!connection->keep)
            shutdown(connection->fd, SHUT_WR);
    }
}

/* What the handler did not read would be taken for the next request. */
static void read_rest(struct http_fastcgi *connection)
{
    if (connection->in_fd == connection->fd) {
        while (fastcgi_read(&connection->io, piece, PIECE) > 0)
            continue;
    }
    if (!connection->cut_off && FCGX_GetError(connection->request.in) != 0)
        connection->keep = false;
}

/* The end of a reply. nginx keeps a connection as soon as it has read END_REQUEST with nothing
 * behind it, and may send a POST there before it sees that the connection ends: that POST would be
 * lost. Bytes behind END_REQUEST tell it in time, if they come with it; so this end goes into a
 * file first, and then out in one piece. The bytes are a record that asks for nothing. */
static bool write_end(struct http_fastcgi *connection)
{
    static const unsigned char unknown_type[] = {1, 11, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    FCGX_Request *request = &connection->request;
    bool marked =
        connection->last && (connection->out_fd != connection->fd || start_spool(connection) == 0);

    request->ipcFd = connection->out_fd;
    if (FCGX_FClose(request->err) != 0 || FCGX_FClose(request->out) != 0)
        return false;
    if (marked)
        (void)http_spool_write(connection->out_fd, unknown_type, sizeof unknown_type);
    return true;
}

static void fastcgi_finish(struct http_io *io, bool complete)
{
    struct http_fastcgi *connection = (struct http_fastcgi *)io;
    FCGX_Request *request = &connection->request;

    read_rest(connection);
    if (complete)
        complete = write_end(connection);
    FCGX_Free(request, 0);
    request->ipcFd = -1;
    close_file(connection, &connection->in_fd);
    if (!complete) {
        close_file(connection, &connection->out_fd);
        connection->state = HTTP_FASTCGI_CLOSED;
    } else if (connection->out_fd != connection->fd) {
        connection->active = clock_monotonic_ms();
        connection->state = HTTP_FASTCGI_SENDING;
        if (connection->last)
            (void)http_fastcgi_send(connection);
    } else {
        settle(connection);
    }
}

struct http_fastcgi *http_fastcgi_open(int fd)
{
    struct http_fastcgi *connection = calloc(1, sizeof *connection);

    if (connection == NULL) {
        log_error("out of memory");
        abort();
    }
    connection->io.param = fastcgi_param;
    connection->io.read = fastcgi_read;
    connection->io.write = fastcgi_write;
    connection->io.finish = fastcgi_finish;
    connection->fd = connection->in_fd = connection->out_fd = fd;
    connection->active = clock_monotonic_ms();
    /* No listening socket: libfcgi must never accept on its own. */
    FCGX_InitRequest(&connection->request, -1, 0);
    return connection;
}

static void free_connection(struct http_fastcgi *connection)
{
    FCGX_Free(&connection->request, 0);
    close_file(connection, &connection->in_fd);
    close_file(connection, &connection->out_fd);
    free(connection);
}

void http_fastcgi_close(struct http_fastcgi *connection)
{
    int fd = connection->fd;

    free_connection(connection);
    if (fd >= 0)
        close(fd);
}

int http_fastcgi_release(struct http_fastcgi *connection)
{
    int fd = connection->fd;

    free_connection(connection);
    return fd;
}

int http_fastcgi_fd(const struct http_fastcgi *connection)
{
    return connection->fd;
}

enum http_fastcgi_state http_fastcgi_state(const struct http_fastcgi *connection)
{
    return connection->state;
}

int64_t http_fastcgi_active(const struct http_fastcgi *connection)
{
    return connection->active;
}

bool http_fastcgi_spooled(const struct http_fastcgi *connection)
{
    return connection->spooled;
}

void http_fastcgi_last(struct http_fastcgi *connection)
{
    connection->last = connection->keep;
    connection->keep = false;
}

struct http_io *http_fastcgi_io(struct http_fastcgi *connection)
{
    return &connection->io;
}

/* Lets libfcgi read the variables of a request that lies ready in in_fd. */
static void begin_request(struct http_fastcgi *connection)
{
    FCGX_Request *request = &connection->request;

    request->ipcFd = connection->in_fd;
    request->keepConnection = 1; /* or FCGX_Accept_r closes ipcFd first */
    request->detached = 1;       /* or it waits for the peer when it closes after a failure */
    if (FCGX_Accept_r(request) != 0) {
        /* It has closed ipcFd. */
        log_warn("fastcgi request refused reason=parameters");
        if (connection->in_fd == connection->fd)
            connection->fd = connection->out_fd = -1;
        connection->in_fd = connection->fd;
        connection->state = HTTP_FASTCGI_CLOSED;
        return;
    }
    connection->keep = request->keepConnection != 0;
    connection->unpolled = 0;
    connection->state = HTTP_FASTCGI_SERVING;
}

static ssize_t receive_piece(struct http_fastcgi *connection, int flags)
{
    ssize_t got = recv(connection->fd, piece, PIECE, flags | MSG_DONTWAIT);

    if (got > 0)
        connection->active = clock_monotonic_ms();
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        connection->state = HTTP_FASTCGI_CLOSED;
    return got;
}

/* What stands in piece, for a chooser. */
struct glance {
    struct http_io io; /* first: the io is the glance */
    size_t len;
    char value[HTTP_MAX_URI + 2];
};

static const char *glance_param(struct http_io *io, const char *name)
{
    struct glance *glance = (struct glance *)io;
    const char *value;
    size_t len;

    if (!http_framing_variable(piece, glance->len, name, &value, &len) ||
        len >= sizeof glance->value)
        return NULL;
    memcpy(glance->value, value, len);
    glance->value[len] = '\0';
    return glance->value;
}

static bool is_wanted(const struct http_fastcgi_chooser *chooser, size_t len)
{
    static struct glance glance = {.io.param = glance_param};

    glance.len = len;
    return chooser == NULL || chooser->takes(chooser->context, &glance.io);
}

/* The first bytes of a request. Usually all of it is here and stays where it is. */
static void look(struct http_fastcgi *connection, const struct http_fastcgi_chooser *chooser)
{
    ssize_t got = receive_piece(connection, MSG_PEEK);

    if (got <= 0)
        return;
    connection->state = HTTP_FASTCGI_IDLE;
    memset(&connection->framing, 0, sizeof connection->framing);
    http_framing_feed(&connection->framing, piece, (size_t)got);
    connection->cut_off = false;
    connection->spooled = false;
    if (connection->framing.broken) {
        log_warn("fastcgi connection closed reason=protocol");
        connection->state = HTTP_FASTCGI_CLOSED;
    } else if (!is_wanted(chooser, (size_t)got)) {
        connection->state = HTTP_FASTCGI_DECLINED;
    } else if (connection->framing.done) {
        begin_request(connection);
    } else {
        memset(&connection->framing, 0, sizeof connection->framing);
        connection->in_fd = http_spool_open();
        connection->spooled = true;
        connection->received = 0;
        connection->state = connection->in_fd >= 0 ? HTTP_FASTCGI_RECEIVING : HTTP_FASTCGI_CLOSED;
    }
}

/* True when there may be more to take. */
static bool spool_piece(struct http_fastcgi *connection, long long limit)
{
    ssize_t got = receive_piece(connection, 0);

    if (got <= 0)
        return false;
    http_framing_feed(&connection->framing, piece, (size_t)got);
    connection->received += got;
    if (connection->framing.broken ||
        http_spool_write(connection->in_fd, piece, (size_t)got) != 0) {
        connection->state = HTTP_FASTCGI_CLOSED;
        return false;
    }
    connection->cut_off = !connection->framing.done && connection->received > limit;
    if (!connection->framing.done && !connection->cut_off)
        return true;
    lseek(connection->in_fd, 0, SEEK_SET);
    begin_request(connection);
    return false;
}

static void spool(struct http_fastcgi *connection, long long limit)
{
    for (int taken = 0; taken < TURN; taken += PIECE) {
        if (!spool_piece(connection, limit))
            return;
    }
}

enum http_fastcgi_state http_fastcgi_receive(struct http_fastcgi *connection, long long limit,
                                             const struct http_fastcgi_chooser *chooser)
{
    if (connection->state == HTTP_FASTCGI_IDLE || connection->state == HTTP_FASTCGI_DECLINED)
        look(connection, chooser);
    if (connection->state == HTTP_FASTCGI_RECEIVING)
        spool(connection, limit);
    else if (connection->state == HTTP_FASTCGI_LINGERING)
        (void)receive_piece(connection, 0);
    return connection->state;
}

enum http_fastcgi_state http_fastcgi_send(struct http_fastcgi *connection)
{
    for (int sent = 0; sent < TURN && connection->state == HTTP_FASTCGI_SENDING;) {
        ssize_t got = pread(connection->out_fd, piece, PIECE, connection->out_sent);
        ssize_t put;

        if (got <= 0) {
            connection->state = HTTP_FASTCGI_CLOSED;
            if (got == 0)
                settle(connection);
            break;
        }
        put = send(connection->fd, piece, (size_t)got, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0) {
            if (errno != EAGAIN && errno != EINTR)
                connection->state = HTTP_FASTCGI_CLOSED;
            break;
        }
        connection->out_sent += put;
        connection->active = clock_monotonic_ms();
        sent += (int)put;
    }
    return connection->state;
}
