/* Logs as HTML: whatever the bytes, what comes out is text, line breaks and <span>s that are
 * closed, within the limit. */
#include "fuzz/fuzz.h"

#include "api/pages/terminal.h"
#include "base/utf8.h"

#define LIMIT 4096
/* Of the last character and its tags. */
#define MORE 128

static const char *skip(const char *at, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(at, prefix, len) == 0 ? at + len : NULL;
}

/* <span class="t t1 tb"> or </span>; behind it. */
static const char *tag(const char *at, int *open)
{
    const char *next = skip(at, "</span>");

    if (next) {
        MUST(--*open == 0);
        return next;
    }
    next = skip(at, "<span class=\"t");
    MUST(next != NULL);
    next += strspn(next, " tbdiu0123456789");
    MUST(strncmp(next, "\">", 2) == 0);
    MUST(++*open == 1);
    return next + 2;
}

static void check(const char *text, size_t len)
{
    int open = 0;

    MUST(strlen(text) == len && utf8_valid(text, len) && len <= LIMIT + MORE);
    for (const char *at = text; *at;) {
        MUST((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
        MUST(*at != '>' && *at != '"' && *at != '\'' && *at != 0x7f);
        at = *at == '<' ? tag(at, &open) : at + 1;
    }
    MUST(open == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct terminal terminal;
    struct buf out;

    buf_init(&out, NULL);
    terminal_init(&terminal, &out, LIMIT);
    terminal_write(&terminal, (const char *)data, size);
    terminal_end(&terminal);
    check(buf_str(&out), out.len);
    buf_free(&out);
    return 0;
}
