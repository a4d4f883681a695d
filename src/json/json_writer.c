/* Streaming JSON writer. Only the comma flag is kept: the caller's own calls are the nesting. */
#include "json/json_writer.h"

#include "base/buf.h"
#include "base/scan.h"

#include <stdio.h>
#include <string.h>

/* What must be escaped: 0 nothing, 'u' as \u00XX, else the letter after the backslash. DEL is
 * legal in JSON and passes. */
static const char escapes[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u',  [0x04] = 'u', [0x05] = 'u',
    [0x06] = 'u', [0x07] = 'u', [0x08] = 'b', [0x09] = 't',  [0x0a] = 'n', [0x0b] = 'u',
    [0x0c] = 'f', [0x0d] = 'r', [0x0e] = 'u', [0x0f] = 'u',  [0x10] = 'u', [0x11] = 'u',
    [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',  [0x16] = 'u', [0x17] = 'u',
    [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u',  [0x1c] = 'u', [0x1d] = 'u',
    [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

void json_writer_init(struct json_writer *w, struct buf *out)
{
    w->out = out;
    w->comma = false;
}

static void before_value(struct json_writer *w)
{
    if (w->comma)
        buf_addc(w->out, ',');
    w->comma = true;
}

static void begin(struct json_writer *w, char bracket)
{
    before_value(w);
    buf_addc(w->out, bracket);
    w->comma = false;
}

static void end(struct json_writer *w, char bracket)
{
    buf_addc(w->out, bracket);
    w->comma = true;
}

void json_object_begin(struct json_writer *w)
{
    begin(w, '{');
}

void json_object_end(struct json_writer *w)
{
    end(w, '}');
}

void json_array_begin(struct json_writer *w)
{
    begin(w, '[');
}

void json_array_end(struct json_writer *w)
{
    end(w, ']');
}

static void put_escape(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    if (escapes[c] == 'u') {
        buf_add(out, "\\u00", 4);
        buf_addc(out, hex[c >> 4]);
        buf_addc(out, hex[c & 15]);
    } else {
        buf_addc(out, '\\');
        buf_addc(out, escapes[c]);
    }
}

static void put_string(struct buf *out, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + len;

    buf_reserve(out, len + 2);
    buf_addc(out, '"');
    while (p < end) {
        const unsigned char *stop = scan_plain(p, end);
        buf_add(out, p, (size_t)(stop - p));
        if (stop < end)
            put_escape(out, *stop++);
        p = stop;
    }
    buf_addc(out, '"');
}

void json_key(struct json_writer *w, const char *key)
{
    before_value(w);
    put_string(w->out, key, strlen(key));
    buf_addc(w->out, ':');
    w->comma = false;
}

void json_string_n(struct json_writer *w, const char *text, size_t len)
{
    if (text == NULL) {
        json_null(w);
        return;
    }
    before_value(w);
    put_string(w->out, text, len);
}

void json_string(struct json_writer *w, const char *text)
{
    json_string_n(w, text, text == NULL ? 0 : strlen(text));
}

void json_int(struct json_writer *w, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)value);
    before_value(w);
    buf_add(w->out, digits, (size_t)len);
}

void json_bool(struct json_writer *w, bool value)
{
    json_raw(w, value ? "true" : "false");
}

void json_null(struct json_writer *w)
{
    json_raw(w, "null");
}

void json_raw(struct json_writer *w, const char *text)
{
    before_value(w);
    buf_adds(w->out, text);
}

void json_member_string(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_string(w, text);
}

void json_member_int(struct json_writer *w, const char *key, int64_t value)
{
    json_key(w, key);
    json_int(w, value);
}

void json_member_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}

void json_member_null(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_null(w);
}

void json_member_raw(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_raw(w, text);
}
