/* import "version": versions of software and constraints on them, as Terraform has them. */
#include <string.h>

#include "base/arena.h"
#include "sentinel/imports.h"
#include "sentinel/lexer.h"

#define MAX_SEGMENTS 8

struct version {
    struct object object;
    int64_t segments[MAX_SEGMENTS]; /* zeros behind the last that was given */
    int count;                      /* that were given */
    struct value prerelease, metadata;
};

static bool segments(const char **at, const char *end, struct version *out)
{
    for (out->count = 0; out->count < MAX_SEGMENTS;) {
        int64_t number = 0;
        const char *from = *at;
        for (; *at < end && lexer_is_digit(**at); (*at)++)
            if (__builtin_mul_overflow(number, 10, &number) ||
                __builtin_add_overflow(number, **at - '0', &number))
                return false;
        if (*at == from)
            return false;
        out->segments[out->count++] = number;
        if (*at == end || **at != '.')
            return true;
        (*at)++;
    }
    return false;
}

/* Dotted words of letters, digits and hyphens. */
static bool words(const char **at, const char *end, struct value *out)
{
    const char *from = *at;

    for (; *at < end && (lexer_is_digit(**at) || ((**at | 0x20) >= 'a' && (**at | 0x20) <= 'z') ||
                         **at == '-' || **at == '.' || **at == '~');)
        (*at)++;
    *out = value_string(from, (size_t)(*at - from));
    return *at > from;
}

static bool read_version(struct value text, struct version *out)
{
    const char *at = text.bytes, *end = text.bytes + text.len;

    *out = (struct version){.prerelease = value_text(""), .metadata = value_text("")};
    if (at < end && *at == 'v')
        at++;
    if (!segments(&at, end, out))
        return false;
    if (at < end && *at == '-') {
        at++;
        if (!words(&at, end, &out->prerelease))
            return false;
    }
    if (at < end && *at == '+') {
        at++;
        if (!words(&at, end, &out->metadata))
            return false;
    }
    return at == end;
}

/* --- Order --- */

static struct value next_word(struct value *words)
{
    const char *dot = words->len ? memchr(words->bytes, '.', words->len) : NULL;
    struct value word = value_string(words->bytes, dot ? (size_t)(dot - words->bytes) : words->len);
    *words = dot ? value_string(dot + 1, words->len - word.len - 1) : value_string("", 0);
    return word;
}

static int compare_words(struct value a, struct value b)
{
    struct value x, y;
    bool a_number = lexer_number(a.bytes, a.len, &x) && x.kind == VALUE_INT;
    bool b_number = lexer_number(b.bytes, b.len, &y) && y.kind == VALUE_INT;

    if (a.len == 0 || b.len == 0)
        return (a.len > 0) - (b.len > 0);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    return a_number ? value_compare(x, y) : value_compare(a, b);
}

/* A version without a prerelease is later than any with one. */
static int compare_prereleases(struct value a, struct value b)
{
    if (a.len == 0 || b.len == 0)
        return (a.len == 0) - (b.len == 0);
    while (a.len > 0 || b.len > 0) {
        int order = compare_words(next_word(&a), next_word(&b));
        if (order)
            return order;
    }
    return 0;
}

static int compare_segments(const struct version *a, const struct version *b)
{
    for (int i = 0; i < MAX_SEGMENTS; i++)
        if (a->segments[i] != b->segments[i])
            return a->segments[i] < b->segments[i] ? -1 : 1;
    return 0;
}

static int compare(const struct version *a, const struct version *b)
{
    int order = compare_segments(a, b);
    return order ? order : compare_prereleases(a->prerelease, b->prerelease);
}

/* --- Constraints --- */

static bool pessimistic(const struct version *v, const struct version *c)
{
    if (compare(v, c) < 0)
        return false;
    for (int i = 0; i < c->count - 1; i++)
        if (v->segments[i] != c->segments[i])
            return false;
    return true;
}

static bool satisfies_one(const struct version *v, struct value sign, const struct version *c)
{
    int order = compare(v, c);

    if (value_is(sign, "!="))
        return order != 0;
    /* A prerelease is only meant by a constraint that names one of the same version. */
    if (v->prerelease.len > 0 && (c->prerelease.len == 0 || compare_segments(v, c) != 0))
        return false;
    if (value_is(sign, "") || value_is(sign, "="))
        return order == 0;
    if (value_is(sign, ">"))
        return order > 0;
    if (value_is(sign, ">="))
        return order >= 0;
    if (value_is(sign, "<"))
        return order < 0;
    if (value_is(sign, "<="))
        return order <= 0;
    return pessimistic(v, c);
}

static struct value trimmed(struct value text)
{
    while (text.len > 0 && strchr(" \t", *text.bytes))
        text = value_string(text.bytes + 1, text.len - 1);
    while (text.len > 0 && strchr(" \t", text.bytes[text.len - 1]))
        text.len--;
    return text;
}

/* Parts with commas between, all of which must hold; false: this is no constraint. */
static bool satisfies_all(const struct version *v, struct value text, bool *out)
{
    *out = true;
    for (;;) {
        const char *comma = text.len ? memchr(text.bytes, ',', text.len) : NULL;
        struct value part =
            trimmed(value_string(text.bytes, comma ? (size_t)(comma - text.bytes) : text.len));
        size_t len = 0;
        struct version c;
        while (len < part.len && strchr("=!<>~", part.bytes[len]))
            len++;
        struct value sign = value_string(part.bytes, len);
        static const char *const signs[] = {"", "=", "!=", ">", "<", ">=", "<=", "~>"};
        bool known = false;
        for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
            known |= value_is(sign, signs[i]);
        if (!known || !read_version(trimmed(value_string(part.bytes + len, part.len - len)), &c))
            return false;
        *out = *out && satisfies_one(v, sign, &c);
        if (!comma)
            return true;
        text = value_string(comma + 1, text.len - (size_t)(comma + 1 - text.bytes));
    }
}

/* --- Values --- */

static bool member(struct vm *vm, struct object *object, struct value name, place at,
                   struct value *out);
static const struct value_object_type version_type = {"version", false, member};

static bool argument(struct vm *vm, struct value value, place at, struct version *out)
{
    if (value.kind == VALUE_OBJECT && value.object->type == &version_type) {
        *out = *(const struct version *)value.object;
        return true;
    }
    if (value.kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "version", "a version", value);
    return read_version(value, out) ||
           vm_fail(vm, at, "%.*s is no version", (int)(value.len > 100 ? 100 : value.len),
                   value.bytes);
}

static bool order_with(struct vm *vm, struct value self, const struct value *args, place at,
                       int *order)
{
    struct version other;

    if (!argument(vm, args[0], at, &other))
        return false;
    *order = compare((const struct version *)self.object, &other);
    return true;
}

#define COMPARISON(NAME, RESULT)                                                                   \
    static bool NAME(struct vm *vm, struct value self, const struct value *args, size_t count,     \
                     place at, struct value *out)                                                  \
    {                                                                                              \
        int order;                                                                                 \
        (void)count;                                                                               \
        if (!order_with(vm, self, args, at, &order))                                               \
            return false;                                                                          \
        *out = (RESULT);                                                                           \
        return true;                                                                               \
    }
COMPARISON(greater_than, value_bool(order > 0))
COMPARISON(greater_than_or_equals, value_bool(order >= 0))
COMPARISON(less_than, value_bool(order < 0))
COMPARISON(less_than_or_equals, value_bool(order <= 0))
COMPARISON(equals, value_bool(order == 0))
COMPARISON(compare_with, value_int((order > 0) - (order < 0)))

static bool satisfies(struct vm *vm, struct value self, const struct value *args, size_t count,
                      place at, struct value *out)
{
    bool good = false;

    (void)count;
    if (args[0].kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "satisfies", "a constraint", args[0]);
    if (!satisfies_all((const struct version *)self.object, args[0], &good))
        return vm_fail(vm, at, "%.*s is no constraint on versions",
                       (int)(args[0].len > 100 ? 100 : args[0].len), args[0].bytes);
    *out = value_bool(good);
    return true;
}

static const struct builtin methods[] = {
    {"gt", 1, 1, greater_than, .contagious = true},
    {"greater_than", 1, 1, greater_than, .contagious = true},
    {"gte", 1, 1, greater_than_or_equals, .contagious = true},
    {"greater_than_or_equals", 1, 1, greater_than_or_equals, .contagious = true},
    {"lt", 1, 1, less_than, .contagious = true},
    {"less_than", 1, 1, less_than, .contagious = true},
    {"lte", 1, 1, less_than_or_equals, .contagious = true},
    {"less_than_or_equals", 1, 1, less_than_or_equals, .contagious = true},
    {"eq", 1, 1, equals, .contagious = true},
    {"equals", 1, 1, equals, .contagious = true},
    {"compare", 1, 1, compare_with, .contagious = true},
    {"cmp", 1, 1, compare_with, .contagious = true},
    {"satisfies", 1, 1, satisfies, .contagious = true},
    {"sat", 1, 1, satisfies, .contagious = true},
};

static bool write_text(struct vm *vm, const struct version *v, struct value *out)
{
    struct buf text;

    buf_init(&text, vm->arena);
    for (int i = 0; i < v->count || i < 3; i++)
        buf_printf(&text, "%s%lld", i ? "." : "", (long long)v->segments[i]);
    if (v->prerelease.len)
        buf_printf(&text, "-%.*s", (int)v->prerelease.len, v->prerelease.bytes);
    if (v->metadata.len)
        buf_printf(&text, "+%.*s", (int)v->metadata.len, v->metadata.bytes);
    *out = value_string(buf_str(&text), text.len);
    return true;
}

static bool member(struct vm *vm, struct object *object, struct value name, place at,
                   struct value *out)
{
    static const char *const numbers[] = {"major", "minor", "patch"};
    const struct version *v = (const struct version *)object;

    for (int i = 0; i < 3; i++)
        if (value_is(name, numbers[i])) {
            *out = value_int(v->segments[i]);
            return true;
        }
    if (value_is(name, "prerelease")) {
        *out = v->prerelease;
        return true;
    }
    if (value_is(name, "metadata")) {
        *out = v->metadata;
        return true;
    }
    if (value_is(name, "version"))
        return write_text(vm, v, out);
    if (!imports_method(vm, methods, sizeof methods / sizeof methods[0], value_object(object), name,
                        out))
        *out = value_undefined(at);
    return true;
}

static bool new_version(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    struct version *v = vm_alloc(vm, sizeof *v);

    (void)self, (void)count;
    if (!v || !argument(vm, args[0], at, v))
        return false;
    v->object.type = &version_type;
    *out = value_object(&v->object);
    return true;
}

static const struct builtin functions[] = {{"new", 1, 1, new_version, .contagious = true}};

bool import_version(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "version", functions, value_undefined(at), out);
}
