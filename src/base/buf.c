/* Growing byte buffer. Capacity doubles; in an arena that is usually an extension in place
 * (arena_resize), because the buffer being written is the last allocation. */
#include "base/buf.h"

#include "base/arena.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){.arena = arena};
}

void buf_free(struct buf *buf)
{
    if (buf->arena == NULL)
        free(buf->data);
    buf_init(buf, buf->arena);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

static void fail(size_t more)
{
    log_error("out of memory bytes=%zu", more);
    abort();
}

static void enlarge(struct buf *buf, size_t need)
{
    size_t cap = buf->cap < FIRST_CAP ? FIRST_CAP : buf->cap * 2;
    if (cap < need)
        cap = need;
    if (buf->arena != NULL) {
        buf->data = arena_resize(buf->arena, buf->data, buf->cap, cap);
    } else {
        buf->data = realloc(buf->data, cap);
        if (buf->data == NULL)
            fail(cap);
    }
    buf->cap = cap;
}

char *buf_grow(struct buf *buf, size_t more)
{
    if (more > PTRDIFF_MAX / 4 - buf->len)
        fail(more);
    size_t need = buf->len + more + 1;
    if (need > buf->cap)
        enlarge(buf, need);
    return buf->data + buf->len;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        log_error("bad format in buf_printf format=%s", format);
        abort();
    }
    char *to = buf_reserve(buf, (size_t)len);
    va_start(args, format);
    vsnprintf(to, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void buf_add_uri(struct buf *buf, const char *text)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text; text++)
        if (strchr(unreserved, *text))
            buf_addc(buf, *text);
        else
            buf_printf(buf, "%%%02X", (unsigned char)*text);
}

const char *buf_str(struct buf *buf)
{
    if (buf->data == NULL)
        return "";
    buf->data[buf->len] = '\0';
    return buf->data;
}
