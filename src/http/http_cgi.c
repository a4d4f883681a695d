/* struct http_io over environ, standard input and standard output. */
#include "http/http_cgi.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* How much of an unread body is thrown away before the process ends. */
#define DISCARD (256LL << 20)

static long long bytes_read;

static const char *cgi_param(struct http_io *io, const char *name)
{
    (void)io;
    return getenv(name);
}

static ssize_t cgi_read(struct http_io *io, void *out, size_t size)
{
    ssize_t got;

    (void)io;
    do
        got = read(STDIN_FILENO, out, size);
    while (got < 0 && errno == EINTR);
    bytes_read += got > 0 ? got : 0;
    return got;
}

static int cgi_write(struct http_io *io, const void *bytes, size_t size)
{
    const char *at = bytes;

    (void)io;
    while (size > 0) {
        ssize_t put = write(STDOUT_FILENO, at, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        at += put;
        size -= (size_t)put;
    }
    return 0;
}

/* What is left of the body. Nothing without a sign that there is one: standard input may be a
 * terminal, or a pipe that nobody closes. */
static long long unread(void)
{
    const char *length = getenv("CONTENT_LENGTH");
    long long left;

    if (length == NULL || *length == '\0')
        return getenv("HTTP_TRANSFER_ENCODING") != NULL ? DISCARD : 0;
    left = atoll(length) - bytes_read;
    return left < DISCARD ? left : DISCARD;
}

/* Apache takes a script that closes standard input early for a broken one and drops its reply, a
 * 413 for instance. */
static void cgi_finish(struct http_io *io, bool complete)
{
    long long left = complete ? unread() : 0;
    char piece[65536];
    ssize_t got;

    close(STDOUT_FILENO);
    while (left > 0) {
        got = cgi_read(io, piece, left < (long long)sizeof piece ? (size_t)left : sizeof piece);
        if (got <= 0)
            return;
        left -= got;
    }
}

struct http_io *http_cgi_io(void)
{
    static struct http_io io = {
        .param = cgi_param, .read = cgi_read, .write = cgi_write, .finish = cgi_finish};

    return &io;
}
