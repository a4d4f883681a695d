/* Brackets are counted, strings are skipped; no recursion, so depth costs nothing. */
#include "json/json_span.h"

#include <string.h>

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* Behind the closing quote; NULL when there is none. at is behind the opening one. */
static const char *skip_string(const char *at, const char *end)
{
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL)
            return NULL;
        size_t backslashes = 0;
        while (quote - backslashes > at && quote[-1 - (ptrdiff_t)backslashes] == '\\')
            backslashes++;
        at = quote + 1;
        if (backslashes % 2 == 0)
            return at;
    }
    return NULL;
}

static const char *skip_container(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        char c = *at++;
        if (c == '"') {
            at = skip_string(at, end);
            if (at == NULL)
                return NULL;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at;
        }
    }
    return NULL;
}

/* Behind the value that begins at `at`; NULL when there is none. */
static const char *skip_value(const char *at, const char *end)
{
    if (at >= end)
        return NULL;
    if (*at == '{' || *at == '[')
        return skip_container(at, end);
    if (*at == '"')
        return skip_string(at + 1, end);
    const char *from = at;
    while (at < end && strchr(",:]} \t\r\n", *at) == NULL)
        at++;
    return at > from ? at : NULL;
}

bool json_span_whole(const char *text, size_t len, struct json_span *value)
{
    const char *end = text + len, *at = skip_blank(text, end);
    const char *behind = skip_value(at, end);
    if (behind == NULL || skip_blank(behind, end) != end)
        return false;
    *value = (struct json_span){at, (size_t)(behind - at)};
    return true;
}

bool json_span_enter(struct json_span value, struct json_walk *walk)
{
    if (value.len < 2 || (*value.at != '{' && *value.at != '['))
        return false;
    *walk = (struct json_walk){.next = value.at + 1,
                               .end = value.at + value.len,
                               .close = *value.at == '{' ? '}' : ']',
                               .first = true};
    return true;
}

static bool give_up(struct json_walk *walk)
{
    walk->broken = true;
    walk->next = walk->end;
    return false;
}

static bool take_key(struct json_walk *walk, struct json_span *key)
{
    const char *at = walk->next;
    const char *behind = at < walk->end && *at == '"' ? skip_string(at + 1, walk->end) : NULL;
    if (behind == NULL)
        return false;
    if (key != NULL)
        *key = (struct json_span){at + 1, (size_t)(behind - at - 2)};
    at = skip_blank(behind, walk->end);
    if (at >= walk->end || *at != ':')
        return false;
    walk->next = skip_blank(at + 1, walk->end);
    return true;
}

bool json_span_next(struct json_walk *walk, struct json_span *key, struct json_span *value)
{
    if (walk->next >= walk->end)
        return false;
    walk->next = skip_blank(walk->next, walk->end);
    if (walk->next < walk->end && *walk->next == walk->close) {
        walk->next = walk->end;
        return false;
    }
    if (!walk->first) {
        if (walk->next >= walk->end || *walk->next != ',')
            return give_up(walk);
        walk->next = skip_blank(walk->next + 1, walk->end);
    }
    walk->first = false;
    if (key != NULL)
        *key = (struct json_span){"", 0};
    if (walk->close == '}' && !take_key(walk, key))
        return give_up(walk);
    const char *behind = skip_value(walk->next, walk->end);
    if (behind == NULL)
        return give_up(walk);
    *value = (struct json_span){walk->next, (size_t)(behind - walk->next)};
    walk->next = behind;
    return true;
}

bool json_span_is(struct json_span key, const char *word)
{
    return key.len == strlen(word) && memcmp(key.at, word, key.len) == 0;
}

bool json_span_get(struct json_span object, const char *key, struct json_span *value)
{
    struct json_walk walk;
    struct json_span name, found;
    if (object.len == 0 || *object.at != '{' || !json_span_enter(object, &walk))
        return false;
    while (json_span_next(&walk, &name, &found))
        if (json_span_is(name, key)) {
            *value = found;
            return true;
        }
    return false;
}
