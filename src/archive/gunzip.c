#include "archive/gunzip.h"

#include <stdbool.h>
#include <zlib.h>

#include "base/arena.h"

#define PIECE ((size_t)64 * 1024)
/* A window of any size, and a gzip header rather than one of zlib's. */
#define WINDOW_BITS (15 + 16)

struct gunzip {
    gunzip_source *read;
    void *source;
    z_stream zlib;
    bool between; /* a member has ended (gzip may hold several, one after the other) */
    bool failed;
    int members;
    int64_t total;
    const char *error;
    unsigned char piece[PIECE];
};

static void end_zlib(void *zlib)
{
    inflateEnd(zlib);
}

struct gunzip *gunzip_new(struct arena *arena, gunzip_source *read, void *source)
{
    struct gunzip *gunzip = arena_alloc(arena, sizeof *gunzip);

    gunzip->read = read;
    gunzip->source = source;
    if (inflateInit2(&gunzip->zlib, WINDOW_BITS) == Z_OK)
        arena_defer(arena, end_zlib, &gunzip->zlib);
    else
        gunzip->failed = true;
    return gunzip;
}

static ssize_t fail(struct gunzip *gunzip, const char *error)
{
    gunzip->failed = true;
    gunzip->error = error;
    return -1;
}

/* > 0 when there is input, 0 at its end, -1 on failure. */
static ssize_t fill(struct gunzip *gunzip)
{
    const void *bytes;

    if (gunzip->zlib.avail_in > 0)
        return 1;
    ssize_t len = gunzip->read(gunzip->source, &bytes);
    if (len < 0)
        return fail(gunzip, NULL);
    gunzip->zlib.next_in = (unsigned char *)bytes;
    gunzip->zlib.avail_in = (uInt)len;
    return len;
}

/* What the bytes are that zlib does not take, or that end too early. */
static const char *describe(const struct gunzip *gunzip, const char *started,
                            const char *not_started)
{
    if (gunzip->zlib.total_out > 0)
        return started;
    return gunzip->members > 0 ? "is followed by something else" : not_started;
}

static ssize_t at_end(struct gunzip *gunzip)
{
    if (gunzip->between)
        return 0;
    return fail(gunzip, describe(gunzip, "is cut short",
                                 gunzip->zlib.total_in > 0 ? "is cut short" : "is empty"));
}

/* One step of zlib; false when it refuses the bytes. */
static bool step(struct gunzip *gunzip)
{
    if (gunzip->between) {
        inflateReset(&gunzip->zlib);
        gunzip->between = false;
    }
    int status = inflate(&gunzip->zlib, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
        gunzip->between = true;
        gunzip->members++;
        return true;
    }
    /* Z_BUF_ERROR: this step could do nothing, the next one gets more. */
    return status == Z_OK || status == Z_BUF_ERROR;
}

ssize_t gunzip_next(struct gunzip *gunzip, const void **bytes)
{
    if (gunzip->failed)
        return -1;
    gunzip->zlib.next_out = gunzip->piece;
    gunzip->zlib.avail_out = PIECE;
    while (gunzip->zlib.avail_out == PIECE) {
        ssize_t input = fill(gunzip);
        if (input < 0)
            return -1;
        if (input == 0)
            return at_end(gunzip);
        if (!step(gunzip))
            return fail(gunzip, describe(gunzip, "is damaged", "is not compressed with gzip"));
    }
    ssize_t len = (ssize_t)(PIECE - gunzip->zlib.avail_out);
    gunzip->total += len;
    *bytes = gunzip->piece;
    return len;
}

const char *gunzip_error(const struct gunzip *gunzip)
{
    return gunzip->error;
}

int64_t gunzip_total(const struct gunzip *gunzip)
{
    return gunzip->total;
}
