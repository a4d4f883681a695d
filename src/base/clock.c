/* Times on the wire. Fractions are cut to milliseconds, never rounded: a rounded time could lie in
 * the future of the event that it names. */
#define _GNU_SOURCE /* strptime */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct civil {
    int year, month, day, hour, minute, second, millisecond;
};

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly n digits and moves on. */
static bool number(const char **at, int n, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!digit((*at)[i]))
            return false;
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += n;
    *out = value;
    return true;
}

static bool literal(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool in_range(const struct civil *t)
{
    return t->year >= 1 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in_month(t->year, t->month) && t->hour <= 23 && t->minute <= 59 &&
           t->second <= 59;
}

/* An optional fraction of at least one digit. */
static bool fraction(const char **at, int *millisecond)
{
    *millisecond = 0;
    if (**at != '.' && **at != ',')
        return true;
    (*at)++;
    if (!digit(**at))
        return false;
    int weight = 100;
    for (; digit(**at); (*at)++) {
        *millisecond += (**at - '0') * weight;
        weight /= 10;
    }
    return true;
}

static bool date_and_time(const char **at, const char *separators, struct civil *t)
{
    if (!number(at, 4, &t->year) || !literal(at, '-') || !number(at, 2, &t->month) ||
        !literal(at, '-') || !number(at, 2, &t->day))
        return false;
    if (**at == '\0' || strchr(separators, **at) == NULL)
        return false;
    (*at)++;
    return number(at, 2, &t->hour) && literal(at, ':') && number(at, 2, &t->minute) &&
           literal(at, ':') && number(at, 2, &t->second) && fraction(at, &t->millisecond) &&
           in_range(t);
}

static char *two(char *to, int value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
    return to + 2;
}

/* By hand because every row of a list has two or three of these, and snprintf is ten times as
 * slow. */
static void format(const struct civil *t, char out[CLOCK_WIRE_SIZE])
{
    char *to = two(out, t->year / 100);
    to = two(to, t->year % 100);
    *to++ = '-';
    to = two(to, t->month);
    *to++ = '-';
    to = two(to, t->day);
    *to++ = 'T';
    to = two(to, t->hour);
    *to++ = ':';
    to = two(to, t->minute);
    *to++ = ':';
    to = two(to, t->second);
    *to++ = '.';
    *to++ = (char)('0' + t->millisecond / 100);
    to = two(to, t->millisecond % 100);
    *to++ = 'Z';
    *to = '\0';
}

bool clock_from_pg(const char *text, char out[CLOCK_WIRE_SIZE])
{
    struct civil t;
    out[0] = '\0';
    if (!date_and_time(&text, " ", &t) || strcmp(text, "+00") != 0)
        return false;
    format(&t, out);
    return true;
}

/* Z, +hh:mm, +hhmm or +hh, in seconds east of Greenwich. */
static bool zone(const char **at, int *seconds)
{
    *seconds = 0;
    if (literal(at, 'Z') || literal(at, 'z'))
        return true;
    int sign = **at == '-' ? -1 : 1;
    if (**at != '+' && **at != '-')
        return false;
    (*at)++;
    int hours, minutes = 0;
    if (!number(at, 2, &hours))
        return false;
    if (**at != '\0') {
        if (**at == ':')
            (*at)++;
        if (!number(at, 2, &minutes))
            return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

/* Moves t by the offset; false when that leaves the years 1 to 9999. */
static bool to_utc(struct civil *t, int seconds_east)
{
    struct tm tm = {.tm_year = t->year - 1900,
                    .tm_mon = t->month - 1,
                    .tm_mday = t->day,
                    .tm_hour = t->hour,
                    .tm_min = t->minute,
                    .tm_sec = t->second};
    time_t utc = timegm(&tm) - seconds_east;
    if (gmtime_r(&utc, &tm) == NULL || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
        return false;
    t->year = tm.tm_year + 1900;
    t->month = tm.tm_mon + 1;
    t->day = tm.tm_mday;
    t->hour = tm.tm_hour;
    t->minute = tm.tm_min;
    t->second = tm.tm_sec;
    return true;
}

bool clock_parse(const char *text, char out[CLOCK_WIRE_SIZE])
{
    struct civil t;
    int seconds_east;
    out[0] = '\0';
    if (!date_and_time(&text, "Tt ", &t) || !zone(&text, &seconds_east) || *text != '\0')
        return false;
    if (seconds_east != 0 && !to_utc(&t, seconds_east))
        return false;
    format(&t, out);
    return true;
}

void clock_wire(int64_t seconds, char out[CLOCK_WIRE_SIZE])
{
    time_t time = (time_t)seconds;
    struct tm tm;

    out[0] = '\0';
    if (gmtime_r(&time, &tm))
        strftime(out, CLOCK_WIRE_SIZE, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
}

static const char http_form[] = "%a, %d %b %Y %H:%M:%S GMT";

void clock_http(int64_t seconds, char out[CLOCK_HTTP_SIZE])
{
    time_t time = (time_t)seconds;
    struct tm tm;

    out[0] = '\0';
    if (gmtime_r(&time, &tm))
        strftime(out, CLOCK_HTTP_SIZE, http_form, &tm);
}

int64_t clock_http_parse(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, http_form, &tm);

    return end && *end == '\0' ? (int64_t)timegm(&tm) : -1;
}
