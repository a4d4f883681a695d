/* Tars made by hand, for the tests of src/archive: every header as it is wanted, right or wrong. */
#ifndef TERRACE_TESTS_TAR_H
#define TERRACE_TESTS_TAR_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/buf.h"

#define TAR_BLOCK 512

static inline void tar_pad(struct buf *tar)
{
    static const char zeros[TAR_BLOCK];
    buf_add(tar, zeros, (TAR_BLOCK - tar->len % TAR_BLOCK) % TAR_BLOCK);
}

/* A header alone. type: '0' file, '1' hard link, '2' symbolic link, '5' folder and so on. */
static inline void tar_header(struct buf *tar, char type, const char *name, const char *target,
                              unsigned long long size)
{
    unsigned char block[TAR_BLOCK] = {0};
    unsigned sum = 0;

    memcpy(block, name, strnlen(name, 100));
    memcpy(block + 100, "0000644", 8);
    memcpy(block + 108, "0000000", 8);
    memcpy(block + 116, "0000000", 8);
    snprintf((char *)block + 124, 12, "%011llo", size & 077777777777ULL);
    memcpy(block + 136, "00000000000", 12);
    memset(block + 148, ' ', 8);
    block[156] = (unsigned char)type;
    if (target)
        memcpy(block + 157, target, strnlen(target, 100));
    memcpy(block + 257, "ustar", 6);
    memcpy(block + 263, "00", 2);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += block[i];
    snprintf((char *)block + 148, 8, "%06o", sum);
    buf_add(tar, block, TAR_BLOCK);
}

static inline void tar_file(struct buf *tar, const char *name, const char *content)
{
    tar_header(tar, '0', name, NULL, strlen(content));
    buf_adds(tar, content);
    tar_pad(tar);
}

/* A name or target longer than the header has room for, GNU's way: type 'L' or 'K'. */
static inline void tar_long(struct buf *tar, char type, const char *text)
{
    tar_header(tar, type, "././@LongLink", NULL, strlen(text) + 1);
    buf_add(tar, text, strlen(text) + 1);
    tar_pad(tar);
}

static inline void tar_end(struct buf *tar)
{
    static const char zeros[2 * TAR_BLOCK];
    buf_add(tar, zeros, sizeof zeros);
}

static inline void tar_gzip(struct buf *out, const void *bytes, size_t len)
{
    z_stream zlib = {0};
    size_t room = len + len / 1000 + 1024;

    if (deflateInit2(&zlib, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    zlib.next_in = (unsigned char *)bytes;
    zlib.avail_in = (uInt)len;
    zlib.next_out = (unsigned char *)buf_reserve(out, room);
    zlib.avail_out = (uInt)room;
    if (deflate(&zlib, Z_FINISH) != Z_STREAM_END)
        abort();
    out->len += zlib.total_out;
    deflateEnd(&zlib);
}

/* A source of packed bytes in pieces of this size, that breaks off after `good` bytes. */
struct tar_source {
    const char *bytes;
    size_t len;
    size_t piece;
    size_t good; /* SIZE_MAX: never */
    size_t at;
};

static inline ssize_t tar_read(void *object, const void **bytes)
{
    struct tar_source *source = object;
    size_t len = source->len - source->at;

    if (source->at >= source->good)
        return -1;
    if (len == 0)
        return 0;
    if (len > source->piece)
        len = source->piece;
    *bytes = source->bytes + source->at;
    source->at += len;
    return (ssize_t)len;
}

#endif
