/* import "time": one moment for the whole evaluation, and values of the calendar. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "sentinel/imports.h"
#include "sentinel/lexer.h"
#include "sentinel/sentinel.h"

#define NANOSECONDS INT64_C(1000000000)
#define DAY INT64_C(86400)
/* The years -9999 to 9999, whose days fit everywhere. */
#define FIRST INT64_C(-377705116800)
#define LAST INT64_C(253402300799)

struct moment {
    struct object object;
    int64_t seconds; /* since 1970 */
    int64_t nanoseconds;
    int offset; /* seconds east of UTC */
};

struct calendar {
    int64_t year;
    int month, day, hour, minute, second, weekday;
};

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970 of a day in the Gregorian calendar, and back: years begin in March, so that the
 * leap day is the last one. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_divide(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct calendar calendar_of(const struct moment *moment)
{
    int64_t local = moment->seconds + moment->offset;
    int64_t days = floor_divide(local, DAY), of_day = local - days * DAY;
    int64_t shifted = days + 719468, era = floor_divide(shifted, 146097);
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct calendar c = {.day = (int)(of_year - (153 * month + 2) / 5 + 1),
                         .month = (int)(month < 10 ? month + 3 : month - 9),
                         .hour = (int)(of_day / 3600),
                         .minute = (int)(of_day / 60 % 60),
                         .second = (int)(of_day % 60)};
    c.year = year + era * 400 + (c.month <= 2);
    c.weekday = (int)((days % 7 + 11) % 7);
    return c;
}

/* --- Reading --- */

static bool digits(const char **at, const char *end, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (*at == end || !lexer_is_digit(**at))
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

static bool sign(const char **at, const char *end, char a, char b)
{
    if (*at == end || (**at != a && **at != b))
        return false;
    (*at)++;
    return true;
}

static bool read_fraction(const char **at, const char *end, int64_t *nanoseconds)
{
    int64_t unit = NANOSECONDS / 10;

    *nanoseconds = 0;
    if (!sign(at, end, '.', '.'))
        return true;
    if (*at == end || !lexer_is_digit(**at))
        return false;
    for (; *at < end && lexer_is_digit(**at); (*at)++, unit /= 10)
        *nanoseconds += (**at - '0') * unit;
    return true;
}

static bool read_offset(const char **at, const char *end, int *offset)
{
    int hours, minutes;

    *offset = 0;
    if (sign(at, end, 'Z', 'z'))
        return true;
    bool west = *at < end && **at == '-';
    if (!sign(at, end, '+', '-') || !digits(at, end, 2, &hours) || !sign(at, end, ':', ':') ||
        !digits(at, end, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

static bool is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= lengths[month - 1] + (month == 2 && leap);
}

static bool read_rfc3339(struct value text, struct moment *out)
{
    const char *at = text.bytes, *end = text.bytes + text.len;
    int year, month, day, hour, minute, second;

    if (!digits(&at, end, 4, &year) || !sign(&at, end, '-', '-') || !digits(&at, end, 2, &month) ||
        !sign(&at, end, '-', '-') || !digits(&at, end, 2, &day) || !sign(&at, end, 'T', 't') ||
        !digits(&at, end, 2, &hour) || !sign(&at, end, ':', ':') || !digits(&at, end, 2, &minute) ||
        !sign(&at, end, ':', ':') || !digits(&at, end, 2, &second) ||
        !read_fraction(&at, end, &out->nanoseconds) || !read_offset(&at, end, &out->offset) ||
        at != end || !is_day(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    out->seconds =
        days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second - out->offset;
    return true;
}

/* --- Values --- */

static const struct value_object_type moment_type;

static bool moment_new(struct vm *vm, struct moment moment, place at, struct value *out)
{
    struct moment *copy = vm_alloc(vm, sizeof *copy);

    if (!copy)
        return false;
    if (moment.seconds < FIRST || moment.seconds > LAST)
        return vm_fail(vm, at, "a time is out of the calendar");
    *copy = moment;
    copy->object.type = &moment_type;
    *out = value_object(&copy->object);
    return true;
}

static const struct moment *moment_of(struct value value)
{
    return value.kind == VALUE_OBJECT && value.object->type == &moment_type
               ? (const struct moment *)value.object
               : NULL;
}

static bool two_moments(struct vm *vm, struct value self, const struct value *args, place at,
                        const char *what, int *order, int64_t *difference)
{
    const struct moment *a = moment_of(self), *b = moment_of(args[0]);

    if (!b)
        return imports_fail_argument(vm, at, what, "a time", args[0]);
    int64_t seconds;
    if (__builtin_sub_overflow(a->seconds, b->seconds, &seconds) ||
        __builtin_mul_overflow(seconds, NANOSECONDS, difference) ||
        __builtin_add_overflow(*difference, a->nanoseconds - b->nanoseconds, difference))
        *difference = a->seconds < b->seconds ? INT64_MIN : INT64_MAX;
    *order = (*difference > 0) - (*difference < 0);
    return true;
}

static bool before(struct vm *vm, struct value self, const struct value *args, size_t count,
                   place at, struct value *out)
{
    int order;
    int64_t difference;

    (void)count;
    if (!two_moments(vm, self, args, at, "before", &order, &difference))
        return false;
    *out = value_bool(order < 0);
    return true;
}

static bool after(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    int order;
    int64_t difference;

    (void)count;
    if (!two_moments(vm, self, args, at, "after", &order, &difference))
        return false;
    *out = value_bool(order > 0);
    return true;
}

static bool equal(struct vm *vm, struct value self, const struct value *args, size_t count,
                  place at, struct value *out)
{
    int order;
    int64_t difference;

    (void)count;
    if (!two_moments(vm, self, args, at, "equal", &order, &difference))
        return false;
    *out = value_bool(order == 0);
    return true;
}

static bool sub(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                struct value *out)
{
    int order;
    int64_t difference;

    (void)count;
    if (!two_moments(vm, self, args, at, "sub", &order, &difference))
        return false;
    *out = value_int(difference);
    return true;
}

static bool add(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                struct value *out)
{
    struct moment moment = *moment_of(self);

    (void)count;
    if (args[0].kind != VALUE_INT)
        return imports_fail_argument(vm, at, "add", "nanoseconds", args[0]);
    int64_t whole = floor_divide(args[0].integer, NANOSECONDS);
    moment.nanoseconds += args[0].integer - whole * NANOSECONDS;
    if (__builtin_add_overflow(moment.seconds, whole + moment.nanoseconds / NANOSECONDS,
                               &moment.seconds))
        return vm_fail(vm, at, "add() leads out of the calendar");
    moment.nanoseconds %= NANOSECONDS;
    return moment_new(vm, moment, at, out);
}

static const struct builtin methods[] = {
    {"before", 1, 1, before, .contagious = true}, {"after", 1, 1, after, .contagious = true},
    {"equal", 1, 1, equal, .contagious = true},   {"add", 1, 1, add, .contagious = true},
    {"sub", 1, 1, sub, .contagious = true},
};

static void write_offset(char *out, size_t size, int offset)
{
    int minutes = (offset < 0 ? -offset : offset) / 60;
    if (offset == 0)
        snprintf(out, size, "Z");
    else
        snprintf(out, size, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static bool text_member(struct vm *vm, const struct moment *m, struct value name, struct value *out)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};
    struct calendar c = calendar_of(m);
    char text[80], offset[32];

    write_offset(offset, sizeof offset, m->offset);
    if (value_is(name, "month_name")) {
        *out = value_text(months[c.month - 1]);
    } else if (value_is(name, "weekday_name")) {
        *out = value_text(weekdays[c.weekday]);
    } else if (value_is(name, "zone_string")) {
        *out = value_text("UTC");
        return m->offset == 0 || vm_string(vm, offset, strlen(offset), out);
    } else if (value_is(name, "rfc3339")) {
        snprintf(text, sizeof text, "%04lld-%02d-%02dT%02d:%02d:%02d%s", (long long)c.year, c.month,
                 c.day, c.hour, c.minute, c.second, offset);
        return vm_string(vm, text, strlen(text), out);
    }
    return true;
}

static bool moment_member(struct vm *vm, struct object *object, struct value name, place at,
                          struct value *out)
{
    const struct moment *m = (const struct moment *)object;
    struct calendar c = calendar_of(m);
    int64_t nanoseconds;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"year", c.year},       {"month", c.month},   {"day", c.day},
        {"hour", c.hour},       {"minute", c.minute}, {"second", c.second},
        {"weekday", c.weekday}, {"unix", m->seconds}, {"zone", m->offset},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (value_is(name, numbers[i].name)) {
            *out = value_int(numbers[i].value);
            return true;
        }
    *out = value_undefined(at);
    if (value_is(name, "unix_nano")) {
        if (!__builtin_mul_overflow(m->seconds, NANOSECONDS, &nanoseconds) &&
            !__builtin_add_overflow(nanoseconds, m->nanoseconds, &nanoseconds))
            *out = value_int(nanoseconds);
        return true;
    }
    if (imports_method(vm, methods, sizeof methods / sizeof methods[0], value_object(object), name,
                       out))
        return true;
    return text_member(vm, m, name, out);
}

static const struct value_object_type moment_type = {"time", false, moment_member};

/* --- The import --- */

static bool load(struct vm *vm, struct value self, const struct value *args, size_t count, place at,
                 struct value *out)
{
    struct moment moment = {0};

    (void)self, (void)count;
    if (moment_of(args[0])) {
        *out = args[0];
        return true;
    }
    if (args[0].kind == VALUE_INT)
        moment.seconds = args[0].integer;
    else if (args[0].kind == VALUE_FLOAT && args[0].number > -6e10 && args[0].number < 3e11)
        moment.seconds = (int64_t)args[0].number;
    else if (args[0].kind != VALUE_STRING)
        return imports_fail_argument(vm, at, "time.load", "seconds or a text", args[0]);
    else if (!read_rfc3339(args[0], &moment))
        return vm_fail(vm, at, "time.load() got a text that is no RFC 3339 time");
    return moment_new(vm, moment, at, out);
}

static const struct builtin functions[] = {{"load", 1, 1, load, .contagious = true}};

bool import_time(struct vm *vm, place at, struct value *out)
{
    static const struct {
        const char *name;
        int64_t value;
    } units[] = {
        {"nanosecond", 1},       {"microsecond", 1000},        {"millisecond", 1000000},
        {"second", NANOSECONDS}, {"minute", 60 * NANOSECONDS}, {"hour", 3600 * NANOSECONDS},
    };
    struct value members = value_map_new(vm), now;

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (!value_map_put(vm, members, units[i].name, value_int(units[i].value)))
            return false;
    return moment_new(vm, (struct moment){.seconds = vm->input->now}, at, &now) &&
           value_map_put(vm, members, "now", now) &&
           IMPORTS_NAMESPACE(vm, "time", functions, members, out);
}
