/* Operators on values. Undefined goes through all of them (see sentinel.h): what is asked about
 * something undefined is undefined itself, and never an error. */
#define _GNU_SOURCE /* memmem */
#include "sentinel/evaluate.h"

#include <math.h>
#include <string.h>

#include "sentinel/regex.h"

static bool is_number(struct value value)
{
    return value.kind == VALUE_INT || value.kind == VALUE_FLOAT;
}

static double number_of(struct value value)
{
    return value.kind == VALUE_INT ? (double)value.integer : value.number;
}

static const char *sign_of(enum operation op)
{
    static const char *const signs[] = {
        [OP_LESS] = "<",           [OP_LESS_EQUAL] = "<=", [OP_GREATER] = ">",
        [OP_GREATER_EQUAL] = ">=", [OP_ADD] = "+",         [OP_SUBTRACT] = "-",
        [OP_MULTIPLY] = "*",       [OP_DIVIDE] = "/",      [OP_REMAINDER] = "%",
    };
    return signs[op];
}

static bool fail_types(struct vm *vm, enum operation op, struct value a, struct value b, place at)
{
    return vm_fail(vm, at, "%s cannot be used with %s and %s", sign_of(op), value_kind_name(a.kind),
                   value_kind_name(b.kind));
}

/* --- Arithmetic --- */

/* Wraps, as two's complement does. */
static bool integers(struct vm *vm, enum operation op, int64_t a, int64_t b, place at,
                     struct value *out)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;

    if ((op == OP_DIVIDE || op == OP_REMAINDER) && b == 0)
        return vm_fail(vm, at, "division by zero");
    switch (op) {
    case OP_ADD:
        *out = value_int((int64_t)(x + y));
        return true;
    case OP_SUBTRACT:
        *out = value_int((int64_t)(x - y));
        return true;
    case OP_MULTIPLY:
        *out = value_int((int64_t)(x * y));
        return true;
    case OP_DIVIDE:
        *out = value_int(b == -1 ? (int64_t)(0 - x) : a / b);
        return true;
    default:
        *out = value_int(b == -1 ? 0 : a % b);
        return true;
    }
}

static bool floats(struct vm *vm, enum operation op, double a, double b, place at,
                   struct value *out)
{
    if (op == OP_REMAINDER)
        return vm_fail(vm, at, "%% takes integers");
    if (op == OP_DIVIDE && b == 0)
        return vm_fail(vm, at, "division by zero");
    *out = value_float(op == OP_ADD        ? a + b
                       : op == OP_SUBTRACT ? a - b
                       : op == OP_MULTIPLY ? a * b
                                           : a / b);
    return true;
}

static bool join_strings(struct vm *vm, struct value a, struct value b, place at, struct value *out)
{
    char *bytes = vm_alloc(vm, a.len + b.len + 1);

    if (!bytes || !vm_step(vm, at, (a.len + b.len) / 64))
        return false;
    if (a.len)
        memcpy(bytes, a.bytes, a.len);
    if (b.len)
        memcpy(bytes + a.len, b.bytes, b.len);
    *out = value_string(bytes, a.len + b.len);
    return true;
}

static bool join_lists(struct vm *vm, struct value a, struct value b, place at, struct value *out)
{
    *out = value_list_new(vm);
    if (!vm_step(vm, at, (a.list->count + b.list->count) / 4))
        return false;
    for (size_t i = 0; i < a.list->count; i++)
        if (!value_list_add(vm, *out, a.list->items[i]))
            return false;
    for (size_t i = 0; i < b.list->count; i++)
        if (!value_list_add(vm, *out, b.list->items[i]))
            return false;
    return true;
}

static bool arithmetic(struct vm *vm, enum operation op, struct value a, struct value b, place at,
                       struct value *out)
{
    if (a.kind == VALUE_INT && b.kind == VALUE_INT)
        return integers(vm, op, a.integer, b.integer, at, out);
    if (is_number(a) && is_number(b))
        return floats(vm, op, number_of(a), number_of(b), at, out);
    if (op == OP_ADD && a.kind == VALUE_STRING && b.kind == VALUE_STRING)
        return join_strings(vm, a, b, at, out);
    if (op == OP_ADD && a.kind == VALUE_LIST && b.kind == VALUE_LIST)
        return join_lists(vm, a, b, at, out);
    return fail_types(vm, op, a, b, at);
}

/* --- Comparison --- */

static bool order(struct vm *vm, enum operation op, struct value a, struct value b, place at,
                  struct value *out)
{
    if (!value_comparable(a, b) || a.kind == VALUE_BOOL)
        return fail_types(vm, op, a, b, at);
    if ((a.kind == VALUE_FLOAT && isnan(a.number)) || (b.kind == VALUE_FLOAT && isnan(b.number))) {
        *out = value_bool(false);
        return true;
    }
    int found = value_compare(a, b);
    *out = value_bool(op == OP_LESS         ? found < 0
                      : op == OP_LESS_EQUAL ? found <= 0
                      : op == OP_GREATER    ? found > 0
                                            : found >= 0);
    return true;
}

static bool contains_item(struct vm *vm, struct value list, struct value item, place at,
                          struct value *out)
{
    struct value unknown = value_bool(false);

    for (size_t i = 0; i < list.list->count; i++) {
        struct value other = list.list->items[i];
        bool equal = false;
        if (other.kind == VALUE_UNDEFINED) {
            unknown = evaluate_undefined(other, at);
            continue;
        }
        if (!value_equal(vm, other, item, &equal, at))
            return false;
        if (equal) {
            *out = value_bool(true);
            return true;
        }
    }
    *out = unknown;
    return true;
}

static bool contains(struct vm *vm, struct value whole, struct value part, place at,
                     struct value *out)
{
    switch (whole.kind) {
    case VALUE_LIST:
        return contains_item(vm, whole, part, at, out);
    case VALUE_MAP:
        if (!value_is_key(part))
            return vm_fail(vm, at, "a map has no keys that are %s", value_kind_name(part.kind));
        *out = value_bool(value_map_find(whole, part) != NULL);
        return true;
    case VALUE_STRING:
        if (part.kind != VALUE_STRING)
            return vm_fail(vm, at, "a string cannot contain %s", value_kind_name(part.kind));
        *out = value_bool(part.len == 0 ||
                          memmem(whole.bytes, whole.len, part.bytes, part.len) != NULL);
        return vm_step(vm, at, whole.len / 64);
    default:
        return vm_fail(vm, at, "%s is no list, map or string", value_kind_name(whole.kind));
    }
}

static bool matches(struct vm *vm, struct value text, struct value pattern, place at,
                    struct value *out)
{
    const char *reason;
    bool found = false;

    if (text.kind != VALUE_STRING || pattern.kind != VALUE_STRING)
        return vm_fail(vm, at, "matches takes two strings, not %s and %s",
                       value_kind_name(text.kind), value_kind_name(pattern.kind));
    if (!regex_match(vm, pattern, text, at, &found, &reason))
        return vm->error ? false : vm_fail(vm, at, "the pattern cannot be used: %s", reason);
    *out = value_bool(found);
    return true;
}

static bool negate(bool good, struct value *out)
{
    if (good && out->kind == VALUE_BOOL)
        out->boolean = !out->boolean;
    return good;
}

bool operators_binary(struct vm *vm, enum operation op, struct value a, struct value b, place at,
                      struct value *out)
{
    bool equal = false;

    if (a.kind == VALUE_UNDEFINED || b.kind == VALUE_UNDEFINED) {
        *out = evaluate_undefined(a.kind == VALUE_UNDEFINED ? a : b, at);
        return true;
    }
    switch (op) {
    case OP_IS:
    case OP_IS_NOT:
        if (!value_equal(vm, a, b, &equal, at))
            return false;
        *out = value_bool(equal == (op == OP_IS));
        return true;
    case OP_LESS:
    case OP_LESS_EQUAL:
    case OP_GREATER:
    case OP_GREATER_EQUAL:
        return order(vm, op, a, b, at, out);
    case OP_MATCHES:
        return matches(vm, a, b, at, out);
    case OP_NOT_MATCHES:
        return negate(matches(vm, a, b, at, out), out);
    case OP_CONTAINS:
        return contains(vm, a, b, at, out);
    case OP_NOT_CONTAINS:
        return negate(contains(vm, a, b, at, out), out);
    case OP_IN:
        return contains(vm, b, a, at, out);
    case OP_NOT_IN:
        return negate(contains(vm, b, a, at, out), out);
    default:
        return arithmetic(vm, op, a, b, at, out);
    }
}

bool operators_unary(struct vm *vm, enum operation op, struct value a, place at, struct value *out)
{
    if (op == OP_NOT) {
        /* What is no bool has no negation (three-valued logic). */
        *out = a.kind == VALUE_BOOL ? value_bool(!a.boolean) : evaluate_undefined(a, at);
        return true;
    }
    if (a.kind == VALUE_UNDEFINED)
        *out = evaluate_undefined(a, at);
    else if (a.kind == VALUE_INT)
        *out = op == OP_MINUS ? value_int((int64_t)(0 - (uint64_t)a.integer)) : a;
    else if (a.kind == VALUE_FLOAT)
        *out = op == OP_MINUS ? value_float(-a.number) : a;
    else
        return vm_fail(vm, at, "a sign cannot stand before %s", value_kind_name(a.kind));
    return true;
}

bool operators_empty(struct vm *vm, struct value a, bool negated, place at, struct value *out)
{
    size_t count;

    switch (a.kind) {
    case VALUE_UNDEFINED:
        *out = evaluate_undefined(a, at);
        return true;
    case VALUE_LIST:
        count = a.list->count;
        break;
    case VALUE_MAP:
        count = a.map->count;
        break;
    case VALUE_STRING:
        count = a.len;
        break;
    default:
        return vm_fail(vm, at, "%s cannot be empty", value_kind_name(a.kind));
    }
    *out = value_bool((count == 0) != negated);
    return true;
}

/* --- Elements --- */

/* An index as an integer; a float only if it is integral. */
static bool integral(struct vm *vm, struct value value, place at, int64_t *out)
{
    *out = 0;
    if (value.kind == VALUE_INT) {
        *out = value.integer;
        return true;
    }
    if (value.kind == VALUE_FLOAT && fabs(value.number) < 9e15 &&
        (double)(int64_t)value.number == value.number) {
        *out = (int64_t)value.number;
        return true;
    }
    return vm_fail(vm, at, "an index must be an integer, not %s", value_kind_name(value.kind));
}

static bool index_sequence(struct vm *vm, struct value a, struct value index, place at,
                           struct value *out)
{
    size_t count = a.kind == VALUE_LIST ? a.list->count : a.len;
    int64_t i;

    if (!integral(vm, index, at, &i))
        return false;
    if (i < 0)
        i += (int64_t)count;
    if (i < 0 || i >= (int64_t)count)
        *out = value_undefined(at);
    else
        *out = a.kind == VALUE_LIST ? a.list->items[i] : value_string(a.bytes + i, 1);
    if (out->kind == VALUE_UNDEFINED)
        *out = evaluate_undefined(*out, at);
    return true;
}

bool operators_index(struct vm *vm, struct value a, struct value index, place at, struct value *out)
{
    if (a.kind == VALUE_UNDEFINED || index.kind == VALUE_UNDEFINED) {
        *out = evaluate_undefined(a.kind == VALUE_UNDEFINED ? a : index, at);
        return true;
    }
    switch (a.kind) {
    case VALUE_NULL:
        *out = value_undefined(at);
        return true;
    case VALUE_LIST:
    case VALUE_STRING:
        return index_sequence(vm, a, index, at, out);
    case VALUE_MAP: {
        if (!value_is_key(index))
            return vm_fail(vm, at, "a key of a map cannot be %s", value_kind_name(index.kind));
        struct value *found = value_map_find(a, index);
        *out = found ? *found : value_undefined(at);
        return true;
    }
    case VALUE_OBJECT:
        if (index.kind == VALUE_STRING)
            return a.object->type->member(vm, a.object, index, at, out);
        /* fall through */
    default:
        return vm_fail(vm, at, "%s has no elements", value_kind_name(a.kind));
    }
}

/* A border of a slice; false with *out undefined when it is. */
static bool border(struct vm *vm, const struct value *given, int64_t usual, int64_t count, place at,
                   int64_t *out, bool *defined)
{
    *out = usual;
    *defined = true;
    if (!given)
        return true;
    if (given->kind == VALUE_UNDEFINED) {
        *defined = false;
        return true;
    }
    if (!integral(vm, *given, at, out))
        return false;
    *defined = *out >= 0 && *out <= count;
    return true;
}

bool operators_slice(struct vm *vm, struct value a, const struct value *from,
                     const struct value *to, place at, struct value *out)
{
    int64_t count = a.kind == VALUE_LIST ? (int64_t)a.list->count : (int64_t)a.len, low, high;
    bool has_low, has_high;

    if (a.kind == VALUE_UNDEFINED || a.kind == VALUE_NULL) {
        *out = evaluate_undefined(a, at);
        return true;
    }
    if (a.kind != VALUE_LIST && a.kind != VALUE_STRING)
        return vm_fail(vm, at, "%s cannot be sliced", value_kind_name(a.kind));
    if (!border(vm, from, 0, count, at, &low, &has_low) ||
        !border(vm, to, count, count, at, &high, &has_high))
        return false;
    if (!has_low || !has_high || low > high) {
        *out = value_undefined(at);
        return true;
    }
    if (a.kind == VALUE_STRING) {
        *out = value_string(a.bytes + low, (size_t)(high - low));
        return true;
    }
    *out = value_list_new(vm);
    for (int64_t i = low; i < high; i++)
        if (!value_list_add(vm, *out, a.list->items[i]))
            return false;
    return vm_step(vm, at, (size_t)(high - low) / 4);
}
