/* Percent-decoding and urlencoded lists. Each piece is decoded once, straight into the arena; the
 * UTF-8 check runs on the decoded bytes, where an attacker could hide something from a check on the
 * raw text. */
#include "http/http_form.h"

#include <string.h>

#include "base/arena.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Length of the well-formed sequence at the start of text, 0 when there is none: no overlong forms,
 * no surrogates, nothing past U+10FFFF (Unicode, table 3-7). */
static size_t utf8_sequence(const unsigned char *text, size_t len)
{
    unsigned char first = text[0];
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf) {
        size = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        size = 3;
        low = first == 0xe0 ? 0xa0 : low;
        high = first == 0xed ? 0x9f : high;
    } else if (first >= 0xf0 && first <= 0xf4) {
        size = 4;
        low = first == 0xf0 ? 0x90 : low;
        high = first == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (len < size || text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

static bool is_utf8(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;

    for (size_t i = 0; i < len;) {
        size_t size = utf8_sequence(bytes + i, len - i);

        if (size == 0)
            return false;
        i += size;
    }
    return true;
}

char *http_form_unescape(struct arena *arena, const char *text, size_t len, bool plus_is_space)
{
    char *out = arena_alloc(arena, len + 1);
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
            int low = i + 2 < len ? hex_value(text[i + 2]) : -1;

            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return NULL;
        out[used++] = c;
    }
    out[used] = '\0';
    return is_utf8(out, used) ? out : NULL;
}

static bool decode_pair(struct arena *arena, const char *text, size_t len,
                        struct http_query_param *param)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - text) : len;

    param->name = http_form_unescape(arena, text, name_len, true);
    param->value = "";
    if (equals != NULL)
        param->value = http_form_unescape(arena, equals + 1, len - name_len - 1, true);
    return param->name != NULL && param->value != NULL;
}

static size_t count_pairs(const char *text, size_t len)
{
    size_t count = 1;

    for (size_t i = 0; i < len; i++)
        count += text[i] == '&';
    return count;
}

bool http_form_decode(struct arena *arena, const char *text, size_t len,
                      const struct http_query_param **out, size_t *count)
{
    struct http_query_param *params;
    const char *end = text + len;
    bool clean = true;

    *out = NULL;
    *count = 0;
    if (len == 0)
        return true;
    params = arena_alloc(arena, count_pairs(text, len) * sizeof *params);
    while (text < end) {
        const char *amp = memchr(text, '&', (size_t)(end - text));
        const char *stop = amp != NULL ? amp : end;

        if (stop > text) {
            if (decode_pair(arena, text, (size_t)(stop - text), &params[*count]))
                *count += 1;
            else
                clean = false;
        }
        text = stop + 1;
    }
    *out = params;
    return clean;
}

size_t http_parse_form(struct arena *arena, const char *text, size_t len,
                       const struct http_query_param **out)
{
    size_t count;

    (void)http_form_decode(arena, text, len, out, &count);
    return count;
}

const char *http_form_value(const struct http_query_param *form, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(form[i].name, name) == 0)
            return form[i].value;
    }
    return NULL;
}
