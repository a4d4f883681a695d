/* See terminal.h. */
#include "api/pages/terminal.h"

#include <stdlib.h>

#include "base/utf8.h"

#define ESC '\x1b'
/* Stands for what is no character, or one that must not work here. */
#define REPLACEMENT "\xef\xbf\xbd"
#define MAX_CODES 16

void terminal_init(struct terminal *terminal, struct buf *out, size_t limit)
{
    *terminal = (struct terminal){.out = out, .limit = limit};
}

static void close_span(struct terminal *t)
{
    if (t->shown)
        buf_adds(t->out, "</span>");
    t->shown = 0;
}

static void open_span(struct terminal *t)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{TERMINAL_BOLD, " tb"},
                 {TERMINAL_DIM, " td"},
                 {TERMINAL_ITALIC, " ti"},
                 {TERMINAL_UNDERLINED, " tu"}};

    buf_adds(t->out, "<span class=\"t");
    if (t->style & TERMINAL_COLOURED)
        buf_printf(t->out, " t%u", t->style & 15);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (t->style & names[i].bit)
            buf_adds(t->out, names[i].name);
    buf_adds(t->out, "\">");
    t->shown = t->style;
}

/* Styles are only written with text that has them, so that a flood of them comes to nothing. */
static void put(struct terminal *t, const char *html, size_t len)
{
    if (t->out->len >= t->limit) {
        t->is_full = true;
        return;
    }
    if (t->shown != t->style) {
        close_span(t);
        if (t->style)
            open_span(t);
    }
    buf_add(t->out, html, len);
}

static void set_style(struct terminal *t, unsigned code)
{
    if (code == 0)
        t->style = 0;
    else if (code == 1)
        t->style |= TERMINAL_BOLD;
    else if (code == 2)
        t->style |= TERMINAL_DIM;
    else if (code == 3)
        t->style |= TERMINAL_ITALIC;
    else if (code == 4)
        t->style |= TERMINAL_UNDERLINED;
    else if (code == 22)
        t->style &= ~(unsigned)(TERMINAL_BOLD | TERMINAL_DIM);
    else if (code == 23)
        t->style &= ~(unsigned)TERMINAL_ITALIC;
    else if (code == 24)
        t->style &= ~(unsigned)TERMINAL_UNDERLINED;
    else if (code == 39)
        t->style &= ~(unsigned)(TERMINAL_COLOURED | 15);
    else if (code >= 30 && code <= 37)
        t->style = (t->style & ~15u) | TERMINAL_COLOURED | (code - 30);
    else if (code >= 90 && code <= 97)
        t->style = (t->style & ~15u) | TERMINAL_COLOURED | (code - 90 + 8);
}

/* `1;31`. Of the colours by number (38;5;n, 38;2;r;g;b) none is shown. */
static void set_styles(struct terminal *t, const char *text, const char *end)
{
    unsigned codes[MAX_CODES] = {0};
    size_t count = 1;

    for (; text < end; text++)
        if (*text == ';' || *text == ':') {
            if (count == MAX_CODES)
                return;
            count++;
        } else if (*text < '0' || *text > '9') {
            return;
        } else if (codes[count - 1] < 1000) {
            codes[count - 1] = codes[count - 1] * 10 + (unsigned)(*text - '0');
        }
    for (size_t i = 0; i < count; i++)
        if (codes[i] == 38 || codes[i] == 48)
            i += i + 1 < count && codes[i + 1] == 2 ? 4 : 2;
        else
            set_style(t, codes[i]);
}

/* Where the sequence that begins at `at` (an ESC) ends. None reaches over a line, so that one that
 * is not closed hides no more than that. */
static const char *escape(struct terminal *t, const char *at, const char *end)
{
    const char *first = at + 1;

    if (first == end)
        return end;
    if (*first == '[') {
        const char *c = first + 1;
        while (c < end && *c >= 0x20 && *c <= 0x3f)
            c++;
        if (c == end || *c < 0x40 || *c > 0x7e)
            return c;
        if (*c == 'm')
            set_styles(t, first + 1, c);
        return c + 1;
    }
    if (*first == ']') {
        const char *c = first + 1;
        while (c < end && *c != '\a' && *c != ESC && *c != '\n')
            c++;
        if (c < end && *c == ESC && c + 1 < end && c[1] == '\\')
            return c + 2;
        return c < end && *c == '\a' ? c + 1 : c;
    }
    return *first >= 0x20 && *first <= 0x7e ? first + 1 : first;
}

/* Directions would let a line read as something else than it is; C1 is control again. */
static bool is_unwanted(const char *text, size_t len)
{
    const unsigned char *c = (const unsigned char *)text;

    if (len == 2)
        return c[0] == 0xc2 && c[1] < 0xa0;
    return len == 3 && c[0] == 0xe2 &&
           ((c[1] == 0x80 && ((c[2] >= 0xaa && c[2] <= 0xae) || c[2] == 0x8e || c[2] == 0x8f)) ||
            (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

static void put_ascii(struct terminal *t, char c)
{
    switch (c) {
    case '&':
        put(t, "&amp;", 5);
        return;
    case '<':
        put(t, "&lt;", 4);
        return;
    case '>':
        put(t, "&gt;", 4);
        return;
    case '"':
        put(t, "&quot;", 6);
        return;
    case '\'':
        put(t, "&#39;", 5);
        return;
    case '\n':
    case '\t':
        put(t, &c, 1);
        return;
    default:
        if (c < ' ' || c == 0x7f)
            put(t, REPLACEMENT, 3);
        else
            put(t, &c, 1);
    }
}

void terminal_write(struct terminal *t, const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end && !t->is_full) {
        size_t size = utf8_char(text, (size_t)(end - text));
        if (*text == ESC) {
            text = escape(t, text, end);
        } else if (*text == '\r') {
            /* Progress that is written over itself: a line each. */
            if (text + 1 < end && text[1] != '\n')
                put(t, "\n", 1);
            text++;
        } else if (size == 1) {
            put_ascii(t, *text++);
        } else if (size == 0 || is_unwanted(text, size)) {
            put(t, REPLACEMENT, 3);
            text += size ? size : 1;
        } else {
            put(t, text, size);
            text += size;
        }
    }
}

void terminal_end(struct terminal *t)
{
    close_span(t);
    t->style = 0;
}
