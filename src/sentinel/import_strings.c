/* import "strings" */
#define _GNU_SOURCE /* memmem, newlocale */
#include <locale.h>
#include <string.h>
#include <wctype.h>

#include "base/utf8.h"
#include "sentinel/imports.h"

static bool all_strings(struct vm *vm, const char *what, const struct value *args, size_t count,
                        place at)
{
    for (size_t i = 0; i < count; i++)
        if (args[i].kind != VALUE_STRING)
            return imports_fail_argument(vm, at, what, "strings", args[i]);
    return true;
}

static bool begins(struct value text, struct value part)
{
    return text.len >= part.len && (part.len == 0 || memcmp(text.bytes, part.bytes, part.len) == 0);
}

static bool ends(struct value text, struct value part)
{
    return text.len >= part.len &&
           (part.len == 0 || memcmp(text.bytes + text.len - part.len, part.bytes, part.len) == 0);
}

static bool has_prefix(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    (void)self;
    *out = value_bool(args[0].kind == VALUE_STRING && args[1].kind == VALUE_STRING &&
                      begins(args[0], args[1]));
    return all_strings(vm, "strings.has_prefix", args, count, at);
}

static bool has_suffix(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    (void)self;
    *out = value_bool(args[0].kind == VALUE_STRING && args[1].kind == VALUE_STRING &&
                      ends(args[0], args[1]));
    return all_strings(vm, "strings.has_suffix", args, count, at);
}

static bool trim_prefix(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    (void)self;
    if (!all_strings(vm, "strings.trim_prefix", args, count, at))
        return false;
    *out = begins(args[0], args[1])
               ? value_string(args[0].bytes + args[1].len, args[0].len - args[1].len)
               : args[0];
    return true;
}

static bool trim_suffix(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    (void)self;
    if (!all_strings(vm, "strings.trim_suffix", args, count, at))
        return false;
    *out =
        ends(args[0], args[1]) ? value_string(args[0].bytes, args[0].len - args[1].len) : args[0];
    return true;
}

/* --- Trimming by sets of characters --- */

/* A byte that is no UTF-8 is a character of its own. */
static size_t char_len(const char *at, size_t left)
{
    size_t len = utf8_char(at, left);
    return len ? len : 1;
}

static bool in_set(struct value set, const char *at, size_t len)
{
    for (size_t i = 0; i < set.len;) {
        size_t size = char_len(set.bytes + i, set.len - i);
        if (size == len && memcmp(set.bytes + i, at, len) == 0)
            return true;
        i += size;
    }
    return false;
}

/* Where the character ends that begins before `end`. */
static size_t last_start(const char *bytes, size_t end)
{
    size_t start = end - 1;
    while (start > 0 && end - start < 4 && ((unsigned char)bytes[start] & 0xC0) == 0x80)
        start--;
    return char_len(bytes + start, end - start) == end - start ? start : end - 1;
}

static struct value trim_set(struct value text, struct value set, bool left, bool right)
{
    size_t from = 0, to = text.len;

    while (left && from < to) {
        size_t size = char_len(text.bytes + from, to - from);
        if (!in_set(set, text.bytes + from, size))
            break;
        from += size;
    }
    while (right && to > from) {
        size_t start = last_start(text.bytes, to);
        if (start < from || !in_set(set, text.bytes + start, to - start))
            break;
        to = start;
    }
    return value_string(text.bytes + from, to - from);
}

static bool trim_some(struct vm *vm, const char *what, const struct value *args, size_t count,
                      place at, bool left, bool right, struct value *out)
{
    if (!all_strings(vm, what, args, count, at))
        return false;
    *out = trim_set(args[0], count > 1 ? args[1] : value_text(" \t\n\v\f\r\xC2\x85\xC2\xA0"), left,
                    right);
    return vm_step(vm, at, args[0].len / 16);
}

static bool trim(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    (void)self;
    return trim_some(vm, "strings.trim", args, count, at, true, true, out);
}

static bool trim_left(struct vm *vm, struct value self, const struct value *args, size_t count,
                      place at, struct value *out)
{
    (void)self;
    return trim_some(vm, "strings.trim_left", args, count, at, true, false, out);
}

static bool trim_right(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    (void)self;
    return trim_some(vm, "strings.trim_right", args, count, at, false, true, out);
}

static bool trim_space(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    (void)self;
    return trim_some(vm, "strings.trim_space", args, count, at, true, true, out);
}

/* --- Case --- */

static wint_t code_point(const char *at, size_t len)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    wint_t code = (unsigned char)*at & lead[len];
    for (size_t i = 1; i < len; i++)
        code = code << 6 | ((unsigned char)at[i] & 0x3F);
    return code;
}

static bool change_case(struct vm *vm, struct value text, bool upper, place at, struct value *out)
{
    static locale_t unicode;
    char *to = vm_alloc(vm, text.len * 2 + 5), *start = to;

    if (!to || !vm_step(vm, at, text.len / 8))
        return false;
    for (size_t i = 0; i < text.len;) {
        size_t len = char_len(text.bytes + i, text.len - i);
        unsigned char c = (unsigned char)text.bytes[i];
        if (c < 0x80) {
            bool letter = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
            *to++ = (char)(letter ? c ^ 0x20 : c);
        } else if (utf8_char(text.bytes + i, text.len - i) == 0) {
            *to++ = (char)c;
        } else {
            if (!unicode && !(unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL)))
                return vm_fail(vm, at, "letters beyond ASCII have no case on this machine");
            wint_t code = code_point(text.bytes + i, len);
            to += utf8_put(to, upper ? towupper_l(code, unicode) : towlower_l(code, unicode));
        }
        i += len;
    }
    *out = value_string(start, (size_t)(to - start));
    return true;
}

static bool to_lower(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    (void)self;
    return all_strings(vm, "strings.to_lower", args, count, at) &&
           change_case(vm, args[0], false, at, out);
}

static bool to_upper(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    (void)self;
    return all_strings(vm, "strings.to_upper", args, count, at) &&
           change_case(vm, args[0], true, at, out);
}

/* --- Parts --- */

static bool add_joined(struct vm *vm, struct buf *out, struct value list, struct value separator,
                       bool *first, place at, int depth)
{
    if (depth > 100)
        return vm_fail(vm, at, "strings.join() got lists that are nested too deep");
    for (size_t i = 0; i < list.list->count; i++) {
        struct value item = list.list->items[i];
        if (item.kind == VALUE_LIST) {
            if (!add_joined(vm, out, item, separator, first, at, depth + 1))
                return false;
            continue;
        }
        if (!value_is_key(item))
            return imports_fail_argument(vm, at, "strings.join", "strings and numbers", item);
        if (!*first)
            buf_add(out, separator.bytes, separator.len);
        *first = false;
        if (out->len > vm->memory_limit / 4)
            return vm_fail(vm, at, "strings.join() makes a text that is too long");
        if (!value_print(vm, out, item))
            return false;
    }
    return true;
}

static bool join(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    struct buf text;
    bool first = true;

    (void)self;
    if (args[0].kind != VALUE_LIST)
        return imports_fail_argument(vm, at, "strings.join", "a list", args[0]);
    if (!all_strings(vm, "strings.join", args + 1, count - 1, at))
        return false;
    buf_init(&text, vm->arena);
    if (!add_joined(vm, &text, args[0], args[1], &first, at, 0))
        return false;
    *out = value_string(buf_str(&text), text.len);
    return true;
}

/* Without a separator: into characters. */
static bool split(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    struct value text = args[0], separator = args[1];

    (void)self;
    if (text.kind == VALUE_LIST) {
        *out = text;
        return true;
    }
    if (!all_strings(vm, "strings.split", args, count, at) || !vm_step(vm, at, text.len / 16))
        return false;
    *out = value_list_new(vm);
    const char *from = text.bytes, *end = text.bytes + text.len;
    if (separator.len == 0) {
        for (; from < end; from += char_len(from, (size_t)(end - from)))
            if (!vm_step(vm, at, 1) ||
                !value_list_add(vm, *out, value_string(from, char_len(from, (size_t)(end - from)))))
                return false;
        return true;
    }
    for (;;) {
        const char *found =
            from < end ? memmem(from, (size_t)(end - from), separator.bytes, separator.len) : NULL;
        const char *to = found ? found : end;
        if (!value_list_add(vm, *out, value_string(from, (size_t)(to - from))))
            return false;
        if (!found)
            return true;
        from = found + separator.len;
    }
}

static bool replace(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    struct value text = args[0], old = args[1];
    int64_t left = count > 3 && args[3].kind == VALUE_INT ? args[3].integer : -1;
    struct buf result;

    (void)self;
    if (!all_strings(vm, "strings.replace", args, 3, at))
        return false;
    if (count > 3 && args[3].kind != VALUE_INT)
        return imports_fail_argument(vm, at, "strings.replace", "a count", args[3]);
    if (old.len == 0)
        return vm_fail(vm, at, "strings.replace() cannot replace an empty text");
    buf_init(&result, vm->arena);
    const char *from = text.bytes, *end = text.bytes + text.len;
    while (left != 0 && from < end) {
        const char *found = memmem(from, (size_t)(end - from), old.bytes, old.len);
        if (!found)
            break;
        buf_add(&result, from, (size_t)(found - from));
        buf_add(&result, args[2].bytes, args[2].len);
        if (!vm_step(vm, at, 1 + args[2].len / 64) || result.len > vm->memory_limit / 4)
            return vm_fail(vm, at, "strings.replace() makes a text that is too long");
        from = found + old.len;
        left--;
    }
    buf_add(&result, from, (size_t)(end - from));
    *out = value_string(buf_str(&result), result.len);
    return true;
}

static const struct builtin functions[] = {
    {"has_prefix", 2, 2, has_prefix, .contagious = true},
    {"has_suffix", 2, 2, has_suffix, .contagious = true},
    {"trim_prefix", 2, 2, trim_prefix, .contagious = true},
    {"trim_suffix", 2, 2, trim_suffix, .contagious = true},
    {"trim", 2, 2, trim, .contagious = true},
    {"trim_left", 2, 2, trim_left, .contagious = true},
    {"trim_right", 2, 2, trim_right, .contagious = true},
    {"trim_space", 1, 1, trim_space, .contagious = true},
    {"to_lower", 1, 1, to_lower, .contagious = true},
    {"to_upper", 1, 1, to_upper, .contagious = true},
    {"join", 2, 2, join, .contagious = true},
    {"split", 2, 2, split, .contagious = true},
    {"replace", 3, 4, replace, .contagious = true},
};

bool import_strings(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "strings", functions, value_undefined(at), out);
}
