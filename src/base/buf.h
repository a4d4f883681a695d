/* A growing byte buffer. It lives in an arena, or on the heap when arena is NULL (then buf_free()).
 * data is always NUL-terminated once something was added, so that it can be read as a C string. */
#ifndef TERRACE_BASE_BUF_H
#define TERRACE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

struct buf {
    char *data;
    size_t len;
    size_t cap;
    struct arena *arena;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_free(struct buf *buf);
void buf_clear(struct buf *buf);

/* The slow half of buf_reserve(). */
char *buf_grow(struct buf *buf, size_t more);

/* Makes room for `more` further bytes and returns where they go; the caller adds to len. */
static inline char *buf_reserve(struct buf *buf, size_t more)
{
    return more < buf->cap - buf->len ? buf->data + buf->len : buf_grow(buf, more);
}

/* These three are here because an answer is made by thousands of them. */
static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    char *to = buf_reserve(buf, len);

    if (len > 0)
        memcpy(to, bytes, len);
    to[len] = '\0';
    buf->len += len;
}

static inline void buf_adds(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

static inline void buf_addc(struct buf *buf, char c)
{
    char *to = buf_reserve(buf, 1);

    to[0] = c;
    to[1] = '\0';
    buf->len++;
}

void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text with everything but unreserved characters percent-encoded (RFC 3986 section 2.3). */
void buf_add_uri(struct buf *buf, const char *text);
/* The text, never NULL. */
const char *buf_str(struct buf *buf);

#endif
