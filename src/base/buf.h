/* A growing byte buffer. It lives in an arena, or on the heap when arena is NULL (then buf_free()).
 * data is always NUL-terminated once something was added, so that it can be read as a C string. */
#ifndef TERRACE_BASE_BUF_H
#define TERRACE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

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

/* Makes room for `more` further bytes and returns where they go; the caller adds to len. */
char *buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text, never NULL. */
const char *buf_str(struct buf *buf);

#endif
