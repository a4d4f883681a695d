/* A struct http_io for tests: variables from a list, a body that arrives in pieces, and a reply
 * that is kept. */
#ifndef TERRACE_TESTS_FAKE_IO_H
#define TERRACE_TESTS_FAKE_IO_H

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/http_request.h"

struct fake_io {
    struct http_io io;
    const char *const *params; /* name, value, ..., NULL */
    const char *body;
    size_t body_len;
    size_t piece; /* bytes a read gives at most; 0 = no limit */
    bool broken;  /* reading fails once body_len bytes were given */
    bool write_fails;
    struct buf reply;
    int finished;
    bool complete;
};

static inline const char *fake_param(struct http_io *io, const char *name)
{
    struct fake_io *fake = (struct fake_io *)io;

    for (const char *const *pair = fake->params; pair != NULL && *pair != NULL; pair += 2) {
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    }
    return NULL;
}

static inline ssize_t fake_read(struct http_io *io, void *out, size_t size)
{
    struct fake_io *fake = (struct fake_io *)io;
    size_t len = fake->body_len < size ? fake->body_len : size;

    if (len == 0)
        return fake->broken ? -1 : 0;
    if (fake->piece > 0 && len > fake->piece)
        len = fake->piece;
    memcpy(out, fake->body, len);
    fake->body += len;
    fake->body_len -= len;
    return (ssize_t)len;
}

static inline int fake_write(struct http_io *io, const void *bytes, size_t size)
{
    struct fake_io *fake = (struct fake_io *)io;

    if (fake->write_fails)
        return -1;
    buf_add(&fake->reply, bytes, size);
    return 0;
}

static inline void fake_finish(struct http_io *io, bool complete)
{
    struct fake_io *fake = (struct fake_io *)io;

    fake->finished++;
    fake->complete = complete;
}

/* The request is zeroed, as the server does it. */
static inline void fake_open(struct fake_io *fake, struct http_request *request,
                             const char *const *params, const char *body, size_t body_len)
{
    memset(fake, 0, sizeof *fake);
    memset(request, 0, sizeof *request);
    fake->io.param = fake_param;
    fake->io.read = fake_read;
    fake->io.write = fake_write;
    fake->io.finish = fake_finish;
    fake->params = params;
    fake->body = body;
    fake->body_len = body_len;
    buf_init(&fake->reply, NULL);
    request->arena = arena_new();
    request->io = &fake->io;
}

static inline void fake_close(struct fake_io *fake, struct http_request *request)
{
    arena_free(request->arena);
    buf_free(&fake->reply);
}

#define FAKE_PARAMS(...) ((const char *const[]){__VA_ARGS__, NULL, NULL})

#endif
