/* Percent-decoding and urlencoded lists. Each piece is decoded once, straight into the arena; the
 * UTF-8 check runs on the decoded bytes, where an attacker could hide something from a check on the
 * raw text. */
#include "http/http_form.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

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
    return utf8_valid(out, used) ? out : NULL;
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
