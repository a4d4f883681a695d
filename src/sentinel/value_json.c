/* JSON to values and back. A plan may be tens of megabytes, so it is read without a tree between:
 * text without escapes stays where it is. */
#include "sentinel/value.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json_writer.h"
#include "sentinel/lexer.h"
#include "sentinel/vm.h"

#define MAX_DEPTH 200

struct reader {
    struct vm *vm;
    const char *at, *end;
    const char *reason;
    int depth;
};

static bool refuse(struct reader *r, const char *reason)
{
    if (!r->reason)
        r->reason = reason;
    return false;
}

static void skip_blank(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool take(struct reader *r, char sign)
{
    skip_blank(r);
    if (r->at == r->end || *r->at != sign)
        return false;
    r->at++;
    return true;
}

static bool hex4(struct reader *r, unsigned long *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        char c = r->at < r->end ? *r->at : 'x';
        char letter = (char)(c | 0x20);
        if (lexer_is_digit(c))
            *out = *out * 16 + (unsigned long)(c - '0');
        else if (letter >= 'a' && letter <= 'f')
            *out = *out * 16 + (unsigned long)(letter - 'a') + 10;
        else
            return refuse(r, "a broken escape sequence");
    }
    return true;
}

/* \uXXXX, both halves of a pair; a lone half becomes U+FFFD. */
static bool code_point(struct reader *r, char **out)
{
    unsigned long code, low;

    if (!hex4(r, &code))
        return false;
    if (code >= 0xD800 && code <= 0xDBFF && r->end - r->at >= 6 && r->at[0] == '\\' &&
        r->at[1] == 'u') {
        const char *back = r->at;
        r->at += 2;
        if (!hex4(r, &low))
            return false;
        if (low >= 0xDC00 && low <= 0xDFFF)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        else
            r->at = back;
    }
    if (code >= 0xD800 && code <= 0xDFFF)
        code = 0xFFFD;
    *out += utf8_put(*out, code);
    return true;
}

/* The cursor is behind the opening quote; len bytes to the closing one. */
static bool unescape(struct reader *r, size_t len, struct value *out)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *end = r->at + len;
    char *text = vm_alloc(r->vm, len + 4), *to = text;

    if (!text)
        return false;
    while (r->at < end) {
        if (*r->at != '\\') {
            *to++ = *r->at++;
            continue;
        }
        r->at++;
        char letter = *r->at++;
        const char *known = letter ? strchr(letters, letter) : NULL;
        if (known)
            *to++ = bytes[known - letters];
        else if (letter != 'u')
            return refuse(r, "a broken escape sequence");
        else if (!code_point(r, &to))
            return false;
    }
    *out = value_string(text, (size_t)(to - text));
    return true;
}

static bool string(struct reader *r, struct value *out)
{
    const char *from = r->at;
    bool escaped = false;

    for (; r->at < r->end && *r->at != '"'; r->at++) {
        if ((unsigned char)*r->at < 0x20)
            return refuse(r, "a control character in a string");
        if (*r->at == '\\') {
            escaped = true;
            if (++r->at == r->end)
                break;
        }
    }
    if (r->at >= r->end)
        return refuse(r, "a string that does not end");
    size_t len = (size_t)(r->at - from);
    *out = value_string(from, len);
    if (escaped) {
        r->at = from;
        if (!unescape(r, len, out))
            return false;
        r->at = from + len;
    }
    r->at++;
    return true;
}

static bool number(struct reader *r, struct value *out)
{
    const char *from = r->at;

    while (r->at < r->end && *r->at && strchr("+-.eE0123456789", *r->at))
        r->at++;
    const char *digits = from + (*from == '-');
    bool padded = r->at - digits > 1 && digits[0] == '0' && lexer_is_digit(digits[1]);
    if (*from == '+' || padded || !lexer_number(from, (size_t)(r->at - from), out)) {
        /* An integer that does not fit is a float. */
        char copy[64];
        size_t len = (size_t)(r->at - from);
        if (padded || *from == '+' || len + 2 >= sizeof copy)
            return refuse(r, "a broken number");
        memcpy(copy, from, len);
        memcpy(copy + len, ".0", 3);
        if (!lexer_number(copy, len + 2, out))
            return refuse(r, "a broken number");
    }
    return true;
}

static bool any(struct reader *r, struct value *out);

static bool array(struct reader *r, struct value *out)
{
    *out = value_list_new(r->vm);
    if (take(r, ']'))
        return true;
    do {
        struct value item = value_undefined(0);
        if (!any(r, &item) || !value_list_add(r->vm, *out, item))
            return false;
    } while (take(r, ','));
    return take(r, ']') || refuse(r, "an array that does not end");
}

static bool object(struct reader *r, struct value *out)
{
    *out = value_map_new(r->vm);
    if (take(r, '}'))
        return true;
    do {
        struct value key, item = value_undefined(0);
        if (!take(r, '"'))
            return refuse(r, "a member without a name");
        if (!string(r, &key))
            return false;
        if (!take(r, ':'))
            return refuse(r, "a member without a value");
        if (!any(r, &item) || !value_map_set(r->vm, *out, key, item, 0))
            return false;
    } while (take(r, ','));
    return take(r, '}') || refuse(r, "an object that does not end");
}

static bool word(struct reader *r, const char *text, struct value value, struct value *out)
{
    size_t len = strlen(text);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
        return refuse(r, "something that is no JSON");
    r->at += len;
    *out = value;
    return true;
}

static bool any(struct reader *r, struct value *out)
{
    skip_blank(r);
    if (r->at == r->end)
        return refuse(r, "an end too early");
    if (!vm_step(r->vm, 0, 1))
        return false;
    switch (*r->at) {
    case '"':
        r->at++;
        return string(r, out);
    case '[':
    case '{': {
        if (r->depth == MAX_DEPTH)
            return refuse(r, "nesting that is too deep");
        r->depth++;
        bool good = *r->at++ == '[' ? array(r, out) : object(r, out);
        r->depth--;
        return good;
    }
    case 't':
        return word(r, "true", value_bool(true), out);
    case 'f':
        return word(r, "false", value_bool(false), out);
    case 'n':
        return word(r, "null", value_null(), out);
    default:
        return number(r, out);
    }
}

bool value_from_json(struct vm *vm, const char *text, size_t len, struct value *out,
                     const char **reason)
{
    struct reader r = {.vm = vm, .at = text, .end = text + len};

    *reason = NULL;
    if (any(&r, out)) {
        skip_blank(&r);
        if (r.at == r.end)
            return true;
        refuse(&r, "something behind its end");
    }
    *reason = vm->error ? NULL : r.reason;
    return false;
}

/* --- To JSON --- */

static bool write(struct vm *vm, struct json_writer *w, struct value value, place at, int depth)
{
    if (!vm_step(vm, at, 1))
        return false;
    if (depth > MAX_DEPTH || w->out->len > vm->memory_limit / 4)
        return vm_fail(vm, at, "the value is too large for JSON");
    switch (value.kind) {
    case VALUE_NULL:
    case VALUE_UNDEFINED:
        json_null(w);
        return true;
    case VALUE_BOOL:
        json_bool(w, value.boolean);
        return true;
    case VALUE_INT:
        json_int(w, value.integer);
        return true;
    case VALUE_FLOAT: {
        struct buf text;
        buf_init(&text, vm->arena);
        if (!isfinite(value.number))
            return vm_fail(vm, at, "a number that is not finite has no JSON");
        if (!value_print(vm, &text, value))
            return false;
        json_raw(w, buf_str(&text));
        return true;
    }
    case VALUE_STRING:
        json_string_n(w, value.bytes, value.len);
        return true;
    case VALUE_LIST:
        json_array_begin(w);
        for (size_t i = 0; i < value.list->count; i++)
            if (value.list->items[i].kind != VALUE_UNDEFINED &&
                !write(vm, w, value.list->items[i], at, depth + 1))
                return false;
        json_array_end(w);
        return true;
    case VALUE_MAP:
        json_object_begin(w);
        for (size_t i = 0; i < value.map->count; i++) {
            const struct value_entry *entry = &value.map->entries[i];
            struct buf key;
            if (entry->value.kind == VALUE_UNDEFINED)
                continue;
            buf_init(&key, vm->arena);
            if (!value_print(vm, &key, entry->key))
                return false;
            json_key(w, buf_str(&key));
            if (!write(vm, w, entry->value, at, depth + 1))
                return false;
        }
        json_object_end(w);
        return true;
    default:
        return vm_fail(vm, at, "a %s has no JSON", value_kind_name(value.kind));
    }
}

bool value_to_json(struct vm *vm, struct buf *out, struct value value, place at)
{
    struct json_writer w;

    json_writer_init(&w, out);
    return write(vm, &w, value, at, 0);
}
