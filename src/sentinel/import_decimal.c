/* import "decimal": numbers of 100 significant digits, as money needs them. Roots, logarithms and
 * exponentials are not there, and say so. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sentinel/imports.h"
#include "sentinel/lexer.h"

#define PRECISION 100
/* A product has twice as many digits, and a sum is worked out with some to spare. */
#define ROOM 440
#define MAX_EXPONENT 100000

enum special { FINITE, INFINITE, NOT_A_NUMBER };

/* coefficient * 10^exponent; digits are those of the coefficient, the first one not 0 (zero has
 * none). */
struct decimal {
    struct object object;
    enum special special;
    bool negative;
    long exponent;
    int count;
    unsigned char digits[ROOM];
};

static bool is_zero(const struct decimal *d)
{
    return d->special == FINITE && d->count == 0;
}

/* Without leading zeros, and to PRECISION digits, half away from zero. */
static void normalize(struct decimal *d)
{
    int zeros = 0;
    while (zeros < d->count && d->digits[zeros] == 0)
        zeros++;
    memmove(d->digits, d->digits + zeros, (size_t)(d->count - zeros));
    d->count -= zeros;
    if (d->count <= PRECISION)
        return;
    bool up = d->digits[PRECISION] >= 5;
    d->exponent += d->count - PRECISION;
    d->count = PRECISION;
    for (int i = PRECISION - 1; up && i >= 0; i--) {
        up = d->digits[i] == 9;
        d->digits[i] = up ? 0 : d->digits[i] + 1;
    }
    if (up) { /* 999... has become 1000... */
        memmove(d->digits + 1, d->digits, PRECISION - 1);
        d->digits[0] = 1;
        d->exponent++;
    }
}

/* Digits with a point and an exponent; false: no number, or too long. */
static bool read_text(const char *at, size_t len, struct decimal *out)
{
    const char *end = at + len;
    bool point = false, any = false;

    *out = (struct decimal){.special = FINITE};
    if (at < end && (*at == '-' || *at == '+'))
        out->negative = *at++ == '-';
    for (; at < end && (lexer_is_digit(*at) || (*at == '.' && !point)); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        any = true;
        if (out->count == 2 * PRECISION)
            return false;
        out->digits[out->count++] = (unsigned char)(*at - '0');
        out->exponent -= point;
    }
    if (!any)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        char *stop, copy[12] = "";
        size_t left = (size_t)(end - at - 1);
        if (left == 0 || left >= sizeof copy || at[1] == ' ')
            return false;
        memcpy(copy, at + 1, left);
        long exponent = strtol(copy, &stop, 10);
        if (*stop || stop == copy || labs(exponent) > MAX_EXPONENT)
            return false;
        out->exponent += exponent;
        at = end;
    }
    normalize(out);
    return at == end;
}

static const struct value_object_type decimal_type;

static bool argument(struct vm *vm, struct value value, place at, struct decimal *out)
{
    char text[64];

    switch (value.kind) {
    case VALUE_OBJECT:
        if (value.object->type != &decimal_type)
            break;
        *out = *(const struct decimal *)value.object;
        return true;
    case VALUE_INT:
        snprintf(text, sizeof text, "%lld", (long long)value.integer);
        return read_text(text, strlen(text), out);
    case VALUE_FLOAT:
        if (!isfinite(value.number)) {
            *out = (struct decimal){.special = isnan(value.number) ? NOT_A_NUMBER : INFINITE,
                                    .negative = value.number < 0};
            return true;
        }
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value.number);
            if (strtod(text, NULL) == value.number)
                break;
        }
        return read_text(text, strlen(text), out);
    case VALUE_STRING:
        return read_text(value.bytes, value.len, out) ||
               vm_fail(vm, at, "%.*s is no decimal number", (int)(value.len > 60 ? 60 : value.len),
                       value.bytes);
    default:
        break;
    }
    return imports_fail_argument(vm, at, "decimal", "a number", value);
}

static bool give(struct vm *vm, const struct decimal *d, place at, struct value *out)
{
    struct decimal *copy = vm_alloc(vm, sizeof *copy);

    if (!copy)
        return false;
    if (labs(d->exponent) > MAX_EXPONENT)
        return vm_fail(vm, at, "a decimal number is out of range");
    *copy = *d;
    copy->object.type = &decimal_type;
    *out = value_object(&copy->object);
    return true;
}

/* --- Magnitudes --- */

/* Zeros behind, so that the exponent is `exponent`; false: there is no room. */
static bool extend(struct decimal *d, long exponent)
{
    long zeros = d->exponent - exponent;
    if (d->count == 0) {
        d->exponent = exponent;
        return true;
    }
    if (zeros < 0 || zeros + d->count > ROOM - 2)
        return false;
    memset(d->digits + d->count, 0, (size_t)zeros);
    d->count += (int)zeros;
    d->exponent = exponent;
    return true;
}

/* Where the first digit stands: 3 for 123. */
static long height(const struct decimal *d)
{
    return d->count + d->exponent;
}

static int compare_sizes(const struct decimal *a, const struct decimal *b)
{
    if (a->count == 0 || b->count == 0)
        return (a->count > 0) - (b->count > 0);
    if (height(a) != height(b))
        return height(a) < height(b) ? -1 : 1;
    for (int i = 0; i < a->count || i < b->count; i++) {
        int x = i < a->count ? a->digits[i] : 0, y = i < b->count ? b->digits[i] : 0;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static int compare(const struct decimal *a, const struct decimal *b)
{
    int x = is_zero(a) ? 0 : a->negative ? -1 : 1, y = is_zero(b) ? 0 : b->negative ? -1 : 1;

    if (x != y)
        return x < y ? -1 : 1;
    if (a->special == INFINITE || b->special == INFINITE)
        return a->special == b->special ? 0 : (a->special == INFINITE) == (x > 0) ? 1 : -1;
    return x < 0 ? compare_sizes(b, a) : compare_sizes(a, b);
}

/* Both have the same exponent; a is not the smaller one. */
static void add_or_subtract(const struct decimal *a, const struct decimal *b, bool subtract,
                            struct decimal *out)
{
    int carry = 0;

    *out = *a;
    out->count = a->count + 1;
    for (int i = 0; i < out->count; i++) {
        int x = i < a->count ? a->digits[a->count - 1 - i] : 0;
        int y = i < b->count ? b->digits[b->count - 1 - i] : 0;
        int digit = subtract ? x - y - carry : x + y + carry;
        carry = subtract ? digit < 0 : digit > 9;
        out->digits[out->count - 1 - i] = (unsigned char)((digit + 10) % 10);
    }
    normalize(out);
}

static void add(const struct decimal *left, const struct decimal *right, struct decimal *out)
{
    struct decimal a = *left, b = *right;

    if (compare_sizes(&a, &b) < 0) {
        a = *right;
        b = *left;
    }
    long low = a.exponent < b.exponent && a.count ? a.exponent : b.exponent;
    if (b.count == 0 || !extend(&a, low) || !extend(&b, low)) {
        *out = a; /* the smaller one lies behind the last digit */
        return;
    }
    add_or_subtract(&a, &b, a.negative != b.negative, out);
    if (out->count == 0)
        out->negative = false;
}

static void multiply(const struct decimal *a, const struct decimal *b, struct decimal *out)
{
    int sums[2 * PRECISION + 2] = {0};

    *out = (struct decimal){.negative = a->negative != b->negative,
                            .exponent = a->exponent + b->exponent,
                            .count = a->count + b->count};
    for (int i = 0; i < a->count; i++)
        for (int j = 0; j < b->count; j++)
            sums[i + j + 1] += a->digits[i] * b->digits[j];
    for (int i = out->count - 1; i > 0; i--) {
        sums[i - 1] += sums[i] / 10;
        sums[i] %= 10;
    }
    for (int i = 0; i < out->count; i++)
        out->digits[i] = (unsigned char)sums[i];
    normalize(out);
}

/* The largest digit by which b fits into rest; rest keeps what is left. Both are integers. */
static int divide_step(struct decimal *rest, const struct decimal *b)
{
    int digit = 0;
    while (rest->count && compare_sizes(rest, b) >= 0) {
        struct decimal less;
        add_or_subtract(rest, b, true, &less);
        *rest = less;
        digit++;
    }
    return digit;
}

/* Long division; whole: only the digits before the point, with what is left in *rest. */
static void divide(const struct decimal *a, const struct decimal *b, bool whole,
                   struct decimal *out, struct decimal *rest)
{
    struct decimal divisor = *b;
    long point = a->exponent - b->exponent;
    int extra = whole ? (point > 0 ? (int)(point > 2 * PRECISION ? 2 * PRECISION : point) : 0)
                      : PRECISION + 2 + b->count;

    *rest = (struct decimal){0};
    *out = (struct decimal){.negative = a->negative != b->negative};
    divisor.exponent = 0;
    for (int i = 0; i < a->count + extra; i++) {
        int next = i < a->count ? a->digits[i] : 0;
        if (rest->count || next)
            rest->digits[rest->count++] = (unsigned char)next;
        rest->exponent = 0;
        int digit = divide_step(rest, &divisor);
        if ((out->count || digit) && out->count < ROOM)
            out->digits[out->count++] = (unsigned char)digit;
    }
    out->exponent = point - extra;
    normalize(out);
}

/* Cuts off what is behind the point. *cut: whether there was anything but zeros. */
static void truncate_decimal(struct decimal *d, bool *cut)
{
    *cut = false;
    while (d->exponent < 0 && d->count > 0) {
        *cut |= d->digits[d->count - 1] != 0;
        d->count--;
        d->exponent++;
    }
    if (d->count == 0)
        d->exponent = 0;
}

/* --- Text --- */

static void write_text(struct buf *out, const struct decimal *d)
{
    long shown = d->count ? d->count : 1, adjusted = d->exponent + shown - 1;

    if (d->special != FINITE) {
        buf_adds(out, d->special == NOT_A_NUMBER ? "NaN" : d->negative ? "-Infinity" : "Infinity");
        return;
    }
    char digits[ROOM + 1] = "0";
    for (int i = 0; i < d->count; i++)
        digits[i] = (char)('0' + d->digits[i]);
    buf_adds(out, d->negative && d->count ? "-" : "");
    if (d->exponent <= 0 && adjusted >= -6) {
        long before = shown + d->exponent;
        if (d->exponent == 0) {
            buf_add(out, digits, (size_t)shown);
        } else if (before > 0) {
            buf_printf(out, "%.*s.%.*s", (int)before, digits, (int)(shown - before),
                       digits + before);
        } else {
            buf_adds(out, "0.");
            for (long i = before; i < 0; i++)
                buf_addc(out, '0');
            buf_add(out, digits, (size_t)shown);
        }
        return;
    }
    buf_addc(out, digits[0]);
    if (shown > 1)
        buf_printf(out, ".%.*s", (int)shown - 1, digits + 1);
    buf_printf(out, "E%+ld", adjusted);
}

/* --- Methods --- */

static const struct decimal *self_of(struct value self)
{
    return (const struct decimal *)self.object;
}

static bool special(const struct decimal *a, const struct decimal *b)
{
    return a->special != FINITE || b->special != FINITE;
}

enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER };

static bool arithmetic(struct vm *vm, int operation, struct value self, struct value value,
                       place at, struct value *out)
{
    struct decimal b, result, rest;
    const struct decimal *a = self_of(self);

    if (!argument(vm, value, at, &b))
        return false;
    if (special(a, &b)) {
        result = (struct decimal){.special = NOT_A_NUMBER};
        return give(vm, &result, at, out);
    }
    if (operation >= DIVIDE && is_zero(&b))
        return vm_fail(vm, at, "division by zero");
    if (operation == SUBTRACT)
        b.negative = !b.negative;
    if (operation == ADD || operation == SUBTRACT) {
        add(a, &b, &result);
    } else if (operation == MULTIPLY) {
        multiply(a, &b, &result);
    } else if (operation == DIVIDE) {
        divide(a, &b, false, &result, &rest);
        bool exact = true; /* 6 / 3 is 2, not 2.000 */
        while (result.count && result.exponent < 0 && exact) {
            exact = result.digits[result.count - 1] == 0;
            result.count -= exact;
            result.exponent += exact;
        }
    } else {
        struct decimal x = *a;
        long low = x.exponent < b.exponent ? x.exponent : b.exponent;
        bool negative = x.negative;
        if (!extend(&x, low) || !extend(&b, low))
            return vm_fail(vm, at, "the numbers are too far apart for a remainder");
        divide(&x, &b, true, &result, &rest);
        result = rest;
        result.exponent = low;
        result.negative = negative && rest.count > 0;
        normalize(&result);
    }
    return give(vm, &result, at, out);
}

#define ARITHMETIC(NAME, OPERATION)                                                                \
    static bool NAME(struct vm *vm, struct value self, const struct value *args, size_t count,     \
                     place at, struct value *out)                                                  \
    {                                                                                              \
        (void)count;                                                                               \
        return arithmetic(vm, OPERATION, self, args[0], at, out);                                  \
    }
ARITHMETIC(add_to, ADD)
ARITHMETIC(subtract_from, SUBTRACT)
ARITHMETIC(multiply_by, MULTIPLY)
ARITHMETIC(divide_by, DIVIDE)
ARITHMETIC(modulo_by, REMAINDER)

#define COMPARISON(NAME, RESULT)                                                                   \
    static bool NAME(struct vm *vm, struct value self, const struct value *args, size_t count,     \
                     place at, struct value *out)                                                  \
    {                                                                                              \
        struct decimal b;                                                                          \
        const struct decimal *a = self_of(self);                                                   \
        (void)count;                                                                               \
        if (!argument(vm, args[0], at, &b))                                                        \
            return false;                                                                          \
        bool comparable = a->special != NOT_A_NUMBER && b.special != NOT_A_NUMBER;                 \
        int order = compare(a, &b);                                                                \
        *out = value_bool(RESULT);                                                                 \
        return true;                                                                               \
    }
COMPARISON(is_same, comparable &&order == 0)
COMPARISON(is_other, !(comparable && order == 0))
COMPARISON(less_than, comparable &&order < 0)
COMPARISON(less_than_or_equals, comparable &&order <= 0)
COMPARISON(greater_than, comparable &&order > 0)
COMPARISON(greater_than_or_equals, comparable &&order >= 0)

static bool negate(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    struct decimal d = *self_of(self);

    (void)args, (void)count;
    d.negative = !d.negative && !is_zero(&d);
    return give(vm, &d, at, out);
}

static bool absolute(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    struct decimal d = *self_of(self);

    (void)args, (void)count;
    d.negative = false;
    return give(vm, &d, at, out);
}

/* To the next integer below, or above. */
static bool round_to(struct vm *vm, struct value self, bool up, place at, struct value *out)
{
    struct decimal d = *self_of(self), one, result;
    bool cut;

    if (d.special != FINITE)
        return give(vm, &d, at, out);
    truncate_decimal(&d, &cut);
    if (cut && d.negative != up) {
        read_text(up ? "1" : "-1", up ? 1 : 2, &one);
        add(&d, &one, &result);
        d = result;
    }
    if (d.count == 0)
        d.negative = false;
    return give(vm, &d, at, out);
}

static bool floor_of(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    (void)args, (void)count;
    return round_to(vm, self, false, at, out);
}

static bool ceiling(struct vm *vm, struct value self, const struct value *args, size_t count,
                    place at, struct value *out)
{
    (void)args, (void)count;
    return round_to(vm, self, true, at, out);
}

static bool power(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    struct decimal result, next;

    (void)count;
    if (args[0].kind != VALUE_INT || args[0].integer < 0 || args[0].integer > 1000)
        return vm_fail(vm, at, "power() is only supported for integers from 0 to 1000");
    read_text("1", 1, &result);
    for (int64_t i = 0; i < args[0].integer; i++) {
        multiply(&result, self_of(self), &next);
        result = next;
    }
    return give(vm, &result, at, out);
}

static bool unsupported(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    (void)self, (void)args, (void)count, (void)out;
    return vm_fail(vm, at,
                   "exponentials, logarithms and roots of decimals are not supported by "
                   "this server");
}

#define ONE(NAME, CALL)                                                                            \
    {                                                                                              \
        NAME, 1, 1, CALL, .contagious = true                                                       \
    }
#define NONE(NAME, CALL)                                                                           \
    {                                                                                              \
        NAME, 0, 0, CALL                                                                           \
    }
static const struct builtin methods[] = {
    ONE("is", is_same),
    ONE("is_not", is_other),
    ONE("less_than", less_than),
    ONE("lt", less_than),
    ONE("less_than_or_equals", less_than_or_equals),
    ONE("lte", less_than_or_equals),
    ONE("greater_than", greater_than),
    ONE("gt", greater_than),
    ONE("greater_than_or_equals", greater_than_or_equals),
    ONE("gte", greater_than_or_equals),
    ONE("add", add_to),
    ONE("subtract", subtract_from),
    ONE("sub", subtract_from),
    ONE("multiply", multiply_by),
    ONE("mul", multiply_by),
    ONE("divide", divide_by),
    ONE("div", divide_by),
    ONE("modulo", modulo_by),
    ONE("mod", modulo_by),
    ONE("remainder", modulo_by),
    ONE("rem", modulo_by),
    ONE("power", power),
    ONE("pow", power),
    NONE("ceiling", ceiling),
    NONE("ceil", ceiling),
    NONE("floor", floor_of),
    NONE("absolute", absolute),
    NONE("abs", absolute),
    NONE("negate", negate),
    NONE("neg", negate),
    NONE("exp", unsupported),
    NONE("loge", unsupported),
    NONE("ln", unsupported),
    NONE("log10", unsupported),
    NONE("log", unsupported),
    NONE("square_root", unsupported),
    NONE("sqrt", unsupported),
};

static bool to_int(const struct decimal *d, place at, struct value *out)
{
    struct decimal whole = *d;
    int64_t value = 0;
    bool cut;

    *out = value_undefined(at);
    truncate_decimal(&whole, &cut);
    if (d->special != FINITE || height(&whole) > 19)
        return true;
    for (long i = 0; i < height(&whole); i++) {
        int digit = i < whole.count ? whole.digits[i] : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return true;
    }
    if (whole.negative || value != INT64_MIN)
        *out = value_int(whole.negative ? value : -value);
    return true;
}

static bool member(struct vm *vm, struct object *object, struct value name, place at,
                   struct value *out)
{
    const struct decimal *d = (const struct decimal *)object;
    struct buf text;

    buf_init(&text, vm->arena);
    if (imports_method(vm, methods, sizeof methods / sizeof methods[0], value_object(object), name,
                       out))
        return true;
    *out = value_undefined(at);
    if (value_is(name, "int"))
        return to_int(d, at, out);
    if (value_is(name, "sign")) {
        *out = value_int(is_zero(d) ? 0 : d->negative ? -1 : 1);
    } else if (value_is(name, "exponent")) {
        *out = value_int(d->exponent);
    } else if (value_is(name, "coefficient")) {
        struct decimal coefficient = *d;
        coefficient.exponent = 0;
        coefficient.negative = false;
        return to_int(&coefficient, at, out);
    } else if (value_is(name, "string") || value_is(name, "float")) {
        write_text(&text, d);
        *out = value_is(name, "string") ? value_string(buf_str(&text), text.len)
                                        : value_float(strtod(buf_str(&text), NULL));
    }
    return true;
}

static const struct value_object_type decimal_type = {"decimal", false, member};

/* --- The import --- */

static bool new_decimal(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    struct decimal d;

    (void)self, (void)count;
    return argument(vm, args[0], at, &d) && give(vm, &d, at, out);
}

static bool infinity(struct vm *vm, struct value self, const struct value *args, size_t count,
                     place at, struct value *out)
{
    struct decimal d = {.special = INFINITE};

    (void)self;
    if (count > 0 && args[0].kind != VALUE_INT)
        return imports_fail_argument(vm, at, "decimal.infinity", "a sign", args[0]);
    d.negative = count > 0 && args[0].integer < 0;
    return give(vm, &d, at, out);
}

static bool not_a_number(struct vm *vm, struct value self, const struct value *args, size_t count,
                         place at, struct value *out)
{
    struct decimal d = {.special = NOT_A_NUMBER};

    (void)self, (void)args, (void)count;
    return give(vm, &d, at, out);
}

static bool is_infinite(struct vm *vm, struct value self, const struct value *args, size_t count,
                        place at, struct value *out)
{
    struct decimal d;

    (void)self, (void)count;
    if (!argument(vm, args[0], at, &d))
        return false;
    *out = value_bool(d.special == INFINITE);
    return true;
}

static bool is_nan(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    struct decimal d;

    (void)self, (void)count;
    if (!argument(vm, args[0], at, &d))
        return false;
    *out = value_bool(d.special == NOT_A_NUMBER);
    return true;
}

static const struct builtin functions[] = {
    ONE("new", new_decimal),
    {"infinity", 0, 1, infinity, .contagious = true},
    {"inf", 0, 1, infinity, .contagious = true},
    NONE("nan", not_a_number),
    ONE("is_infinite", is_infinite),
    ONE("is_inf", is_infinite),
    ONE("isinf", is_infinite),
    ONE("isinfinite", is_infinite),
    ONE("is_nan", is_nan),
    ONE("isnan", is_nan),
};

bool import_decimal(struct vm *vm, place at, struct value *out)
{
    return IMPORTS_NAMESPACE(vm, "decimal", functions, value_undefined(at), out);
}
