/* struct http_io over environ, standard input and standard output. */
#include "http/http_cgi.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

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

struct http_io *http_cgi_io(void)
{
    static struct http_io io = {.param = cgi_param, .read = cgi_read, .write = cgi_write};

    return &io;
}
