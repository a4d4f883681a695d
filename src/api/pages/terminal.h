/* What was printed for a terminal, as HTML: colours become classes, everything else that steers a
 * terminal is dropped, and nothing that it holds is markup or can hide or reorder other text. */
#ifndef TERRACE_API_PAGES_TERMINAL_H
#define TERRACE_API_PAGES_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* How text looks: bits 0 to 3 are a colour (with TERMINAL_COLOURED). */
enum terminal_style {
    TERMINAL_COLOURED = 1 << 4,
    TERMINAL_BOLD = 1 << 5,
    TERMINAL_DIM = 1 << 6,
    TERMINAL_ITALIC = 1 << 7,
    TERMINAL_UNDERLINED = 1 << 8,
};
#define TERMINAL_RED (TERMINAL_COLOURED | 1)
#define TERMINAL_YELLOW (TERMINAL_COLOURED | 3)

struct terminal {
    struct buf *out;
    size_t limit; /* of out->len; a little more for the last tag */
    unsigned style;
    unsigned shown; /* the style of the open <span>, 0: none is open */
    bool is_full;   /* something was left out */
};

void terminal_init(struct terminal *terminal, struct buf *out, size_t limit);
/* Text may hold any bytes. An escape sequence ends with it at the latest. */
void terminal_write(struct terminal *terminal, const char *text, size_t len);
/* Closes what is open; the style is plain then. */
void terminal_end(struct terminal *terminal);

#endif
