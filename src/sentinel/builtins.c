/* The functions that every policy has. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sentinel/lexer.h"
#include "sentinel/vm.h"

#define PRINT_MAX ((size_t)1024 * 1024)

static bool append(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    (void)self, (void)count, (void)out;
    if (args[0].kind != VALUE_LIST)
        return vm_fail(vm, at, "append() takes a list, not %s", value_kind_name(args[0].kind));
    return value_list_add(vm, args[0], args[1]);
}

static bool delete_key(struct vm *vm, struct value self, const struct value *args, size_t count,
                       place at, struct value *out)
{
    (void)self, (void)count, (void)out;
    if (args[0].kind != VALUE_MAP || !value_is_key(args[1]))
        return vm_fail(vm, at, "delete() takes a map and a key, not %s and %s",
                       value_kind_name(args[0].kind), value_kind_name(args[1].kind));
    value_map_remove(args[0], args[1]);
    return true;
}

static bool members(struct vm *vm, const struct value *args, place at, bool keys, struct value *out)
{
    if (args[0].kind != VALUE_MAP)
        return vm_fail(vm, at, "%s() takes a map, not %s", keys ? "keys" : "values",
                       value_kind_name(args[0].kind));
    *out = value_list_new(vm);
    for (size_t i = 0; i < args[0].map->count; i++) {
        const struct value_entry *entry = &args[0].map->entries[i];
        if (!value_list_add(vm, *out, keys ? entry->key : entry->value))
            return false;
    }
    return vm_step(vm, at, args[0].map->count);
}

static bool keys(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    (void)self, (void)count;
    return members(vm, args, at, true, out);
}

static bool values(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    (void)self, (void)count;
    return members(vm, args, at, false, out);
}

static bool length(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    size_t found;

    (void)self, (void)count;
    switch (args[0].kind) {
    case VALUE_STRING:
        found = args[0].len;
        break;
    case VALUE_LIST:
        found = args[0].list->count;
        break;
    case VALUE_MAP:
        found = args[0].map->count;
        break;
    default:
        return vm_fail(vm, at, "%s has no length", value_kind_name(args[0].kind));
    }
    *out = value_int((int64_t)found);
    return true;
}

static bool range(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    int64_t start = 0, step = 1;

    (void)self;
    for (size_t i = 0; i < count; i++)
        if (args[i].kind != VALUE_INT)
            return vm_fail(vm, at, "range() takes integers, not %s", value_kind_name(args[i].kind));
    int64_t end = args[count > 1].integer;
    if (count > 1)
        start = args[0].integer;
    if (count > 2)
        step = args[2].integer;
    if (step == 0)
        return vm_fail(vm, at, "the step of range() cannot be 0");
    *out = value_list_new(vm);
    while (step > 0 ? start < end : start > end) {
        if (!vm_step(vm, at, 1) || !value_list_add(vm, *out, value_int(start)))
            return false;
        if (__builtin_add_overflow(start, step, &start))
            break;
    }
    return true;
}

static bool join_arguments(struct vm *vm, struct buf *out, const struct value *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_addc(out, ' ');
        if (!value_print(vm, out, args[i]))
            return false;
    }
    return true;
}

static bool print(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    struct buf line;

    (void)self, (void)at;
    *out = value_bool(true);
    buf_init(&line, vm->arena);
    if (!join_arguments(vm, &line, args, count))
        return false;
    if (vm->printed.len + line.len < PRINT_MAX) {
        buf_add(&vm->printed, buf_str(&line), line.len);
        buf_addc(&vm->printed, '\n');
    }
    return true;
}

static bool error(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    struct buf line;

    (void)self, (void)out;
    buf_init(&line, vm->arena);
    if (!join_arguments(vm, &line, args, count))
        return false;
    return vm_fail(vm, at, "error: %s", buf_str(&line));
}

static bool to_int(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    struct value value = args[0];

    (void)vm, (void)self, (void)count;
    if (value.kind == VALUE_STRING && !lexer_number(value.bytes, value.len, &value))
        value = value_undefined(at);
    if (value.kind == VALUE_BOOL)
        *out = value_int(value.boolean);
    else if (value.kind == VALUE_INT)
        *out = value;
    else if (value.kind == VALUE_FLOAT && fabs(value.number) < 9.2e18)
        *out = value_int((int64_t)value.number);
    else
        *out = value_undefined(at);
    return true;
}

static bool to_float(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    struct value value = args[0];

    (void)vm, (void)self, (void)count;
    if (value.kind == VALUE_STRING && !lexer_number(value.bytes, value.len, &value))
        value = value_undefined(at);
    if (value.kind == VALUE_BOOL)
        *out = value_float(value.boolean);
    else if (value.kind == VALUE_INT)
        *out = value_float((double)value.integer);
    else if (value.kind == VALUE_FLOAT)
        *out = value;
    else
        *out = value_undefined(at);
    return true;
}

static bool to_string(struct vm *vm, struct value self, const struct value *args, size_t count,
                      place at, struct value *out)
{
    char text[400];

    (void)self, (void)count;
    switch (args[0].kind) {
    case VALUE_STRING:
        *out = args[0];
        return true;
    case VALUE_BOOL:
        *out = value_text(args[0].boolean ? "true" : "false");
        return true;
    case VALUE_INT:
        snprintf(text, sizeof text, "%lld", (long long)args[0].integer);
        return vm_string(vm, text, strlen(text), out);
    case VALUE_FLOAT:
        snprintf(text, sizeof text, "%f", args[0].number);
        return vm_string(vm, text, strlen(text), out);
    default:
        *out = value_undefined(at);
        return true;
    }
}

static bool is_one_of(struct value value, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (value_is(value, texts[i]))
            return true;
    return false;
}

static bool to_bool(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

    (void)vm, (void)self, (void)count;
    if (args[0].kind == VALUE_BOOL)
        *out = args[0];
    else if (args[0].kind == VALUE_INT)
        *out = value_bool(args[0].integer != 0);
    else if (args[0].kind == VALUE_FLOAT)
        *out = value_bool(args[0].number != 0);
    else if (is_one_of(args[0], yes, 6) || is_one_of(args[0], no, 6))
        *out = value_bool(is_one_of(args[0], yes, 6));
    else
        *out = value_undefined(at);
    return true;
}

static bool compare(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    (void)self, (void)count;
    if (!value_comparable(args[0], args[1]) || args[0].kind == VALUE_BOOL)
        return vm_fail(vm, at, "compare() takes two numbers or two strings, not %s and %s",
                       value_kind_name(args[0].kind), value_kind_name(args[1].kind));
    int order = value_compare(args[0], args[1]);
    *out = value_int((order > 0) - (order < 0));
    return true;
}

static const struct builtin builtins[] = {
    {"append", 2, 2, append, .returns_nothing = true},
    {"delete", 2, 2, delete_key, .returns_nothing = true},
    {"keys", 1, 1, keys, .contagious = true},
    {"values", 1, 1, values, .contagious = true},
    {"length", 1, 1, length, .contagious = true},
    {"range", 1, 3, range, .contagious = true},
    {"print", 0, -1, print},
    {"error", 0, -1, error},
    {"int", 1, 1, to_int, .contagious = true},
    {"float", 1, 1, to_float, .contagious = true},
    {"string", 1, 1, to_string, .contagious = true},
    {"bool", 1, 1, to_bool, .contagious = true},
    {"compare", 2, 2, compare, .contagious = true},
};

const struct builtin *builtins_find(const struct symbol *name)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        if (strcmp(builtins[i].name, name->text) == 0)
            return &builtins[i];
    return NULL;
}

bool builtins_reserved(const struct symbol *name)
{
    static const char *const constants[] = {"true", "false", "null", "undefined"};

    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (strcmp(constants[i], name->text) == 0)
            return true;
    return builtins_find(name) != NULL;
}
