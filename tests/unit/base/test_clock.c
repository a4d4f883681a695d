/* Times on the wire: what is understood, what is refused, and UTC arithmetic. */
#include "base/clock.h"

#include "unit/unit.h"

static const char *parsed(const char *text)
{
    static char out[CLOCK_WIRE_SIZE];
    return clock_parse(text, out) ? out : out[0] == '\0' ? NULL : "not emptied";
}

static const char *from_pg(const char *text)
{
    static char out[CLOCK_WIRE_SIZE];
    return clock_from_pg(text, out) ? out : out[0] == '\0' ? NULL : "not emptied";
}

TEST(postgres_times_are_cut_to_milliseconds)
{
    CHECK_STR(from_pg("2026-11-24 19:52:29.123456+00"), "2026-11-24T19:52:29.123Z");
    CHECK_STR(from_pg("2026-11-24 19:52:29.999999+00"), "2026-11-24T19:52:29.999Z");
    CHECK_STR(from_pg("2026-11-24 19:52:29.5+00"), "2026-11-24T19:52:29.500Z");
    CHECK_STR(from_pg("2026-11-24 19:52:29.000001+00"), "2026-11-24T19:52:29.000Z");
    CHECK_STR(from_pg("2026-11-24 19:52:29+00"), "2026-11-24T19:52:29.000Z");
    CHECK_STR(from_pg("0001-01-01 00:00:00+00"), "0001-01-01T00:00:00.000Z");
}

TEST(other_postgres_texts_are_refused)
{
    static const char *const bad[] = {
        "",
        "infinity",
        "-infinity",
        "2026-11-24",
        "2026-11-24 19:52:29",
        "2026-11-24 19:52:29+01",
        "2026-11-24 19:52:29-00",
        "2026-11-24T19:52:29+00",
        "2026-11-24 19:52:29.+00",
        "2026-11-24 19:52:29+00 BC",
        "12026-11-24 19:52:29+00",
        "2026-11-24 19:52:29+0000",
        "2026-11-24 19:52:2",
        "Tue Nov 24 19:52:29 2026 UTC",
        "2026-02-30 00:00:00+00",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (from_pg(bad[i]) != NULL)
            CHECK_STR(bad[i], "refused");
}

TEST(rfc3339_times_are_understood)
{
    CHECK_STR(parsed("2017-11-29T19:56:15.205Z"), "2017-11-29T19:56:15.205Z");
    CHECK_STR(parsed("2017-11-29T19:56:15Z"), "2017-11-29T19:56:15.000Z");
    CHECK_STR(parsed("2017-11-29t19:56:15z"), "2017-11-29T19:56:15.000Z");
    CHECK_STR(parsed("2017-11-29 19:56:15Z"), "2017-11-29T19:56:15.000Z");
    CHECK_STR(parsed("2017-11-29T19:56:15.2Z"), "2017-11-29T19:56:15.200Z");
    CHECK_STR(parsed("2017-11-29T19:56:15.2059999999999Z"), "2017-11-29T19:56:15.205Z");
    CHECK_STR(parsed("2017-11-29T19:56:15,205Z"), "2017-11-29T19:56:15.205Z");
    CHECK_STR(parsed("2017-11-29T19:56:15+00:00"), "2017-11-29T19:56:15.000Z");
    CHECK_STR(parsed("2017-11-29T19:56:15-00:00"), "2017-11-29T19:56:15.000Z");
}

TEST(offsets_are_taken_away)
{
    CHECK_STR(parsed("2017-11-29T19:56:15+02:00"), "2017-11-29T17:56:15.000Z");
    CHECK_STR(parsed("2017-11-29T19:56:15.25-0530"), "2017-11-30T01:26:15.250Z");
    CHECK_STR(parsed("2017-11-29T19:56:15+02"), "2017-11-29T17:56:15.000Z");
    CHECK_STR(parsed("2018-01-01T00:30:00+01:00"), "2017-12-31T23:30:00.000Z");
    CHECK_STR(parsed("2024-02-29T00:00:00+00:01"), "2024-02-28T23:59:00.000Z");
    CHECK_STR(parsed("1969-12-31T23:59:59-00:01"), "1970-01-01T00:00:59.000Z");
    CHECK_STR(parsed("1900-01-01T00:00:00+23:59"), "1899-12-31T00:01:00.000Z");
}

TEST(calendar_is_checked)
{
    CHECK_STR(parsed("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
    CHECK_STR(parsed("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00.000Z");
    CHECK(parsed("2023-02-29T00:00:00Z") == NULL);
    CHECK(parsed("1900-02-29T00:00:00Z") == NULL);
    CHECK(parsed("2026-02-30T00:00:00Z") == NULL);
    CHECK(parsed("2026-04-31T00:00:00Z") == NULL);
    CHECK(parsed("2026-12-32T00:00:00Z") == NULL);
    CHECK(parsed("2026-00-01T00:00:00Z") == NULL);
    CHECK(parsed("2026-13-01T00:00:00Z") == NULL);
    CHECK(parsed("2026-01-00T00:00:00Z") == NULL);
    CHECK(parsed("0000-01-01T00:00:00Z") == NULL);
}

TEST(years_stay_within_four_digits)
{
    CHECK_STR(parsed("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59.000Z");
    CHECK(parsed("9999-12-31T23:59:59-00:01") == NULL);
    CHECK(parsed("0001-01-01T00:00:00+00:01") == NULL);
    CHECK(parsed("10000-01-01T00:00:00Z") == NULL);
}

TEST(what_is_no_time_is_refused)
{
    static const char *const bad[] = {
        "",
        "Z",
        "now",
        "2017",
        "2017-11-29",
        "2017-11-29T19:56:15",
        "2017-11-29T19:56Z",
        "2017-11-29T19:56:15.Z",
        "2017-11-29T19:56:15 Z",
        "2017-11-29T19:56:15Zx",
        "2017-11-29T24:00:00Z",
        "2017-11-29T19:60:00Z",
        "2017-11-29T19:56:60Z",
        "2017-11-29T19:56:15+24:00",
        "2017-11-29T19:56:15+01:60",
        "2017-11-29T19:56:15+1:00",
        "2017-11-29T19:56:15+01:0",
        "2017-11-29T19:56:15+",
        "2017-11-29T19:56:15+01:00Z",
        " 2017-11-29T19:56:15Z",
        "2017/11/29T19:56:15Z",
        "17-11-29T19:56:15Z",
        "2017-1-29T19:56:15Z",
        "-017-11-29T19:56:15Z",
        "2017-11-29_19:56:15Z",
        "1511985375",
        "2017-11-29T19:56:15.-5Z",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (parsed(bad[i]) != NULL)
            CHECK_STR(bad[i], "refused");
}

TEST(dates_of_http)
{
    static const char *const bad[] = {"",
                                      "Wed",
                                      "Wed, 25 Nov 2026 07:28:00",
                                      "1795591680",
                                      "Wed, 25 Nov 2026 07:28:00 GMT;",
                                      "Wed Nov 25 07:28:00 2026"};
    char date[CLOCK_HTTP_SIZE];

    clock_http(1795591680, date);
    CHECK_STR(date, "Wed, 25 Nov 2026 07:28:00 GMT");
    CHECK_INT(clock_http_parse(date), 1795591680);
    clock_http(0, date);
    CHECK_STR(date, "Thu, 01 Jan 1970 00:00:00 GMT");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (clock_http_parse(bad[i]) != -1)
            CHECK_STR(bad[i], "refused");
}

TEST(seconds_become_the_wire_form)
{
    char time[CLOCK_WIRE_SIZE], parsed[CLOCK_WIRE_SIZE];

    clock_wire(1795591680, time);
    CHECK_STR(time, "2026-11-25T07:28:00.000Z");
    CHECK(clock_parse(time, parsed));
    CHECK_STR(parsed, time);
    clock_wire(0, time);
    CHECK_STR(time, "1970-01-01T00:00:00.000Z");
}

TEST(clocks_run)
{
    CHECK(clock_now() > 1700000000);
    int64_t before = clock_monotonic_ms();
    CHECK(clock_monotonic_ms() >= before);
}

UNIT_MAIN
