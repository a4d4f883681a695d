/* Records followed byte by byte. */
#include "http/http_framing.h"

#include "unit/unit.h"

static const unsigned char begin[16] = {1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1};
static const unsigned char params_end[8] = {1, 4, 0, 1};
static const unsigned char stdin_end[8] = {1, 5, 0, 1};

static const unsigned char filler[60000];

static unsigned char wire[400000];
static size_t wire_len;

static void add(const void *bytes, size_t len)
{
    memcpy(wire + wire_len, bytes, len);
    wire_len += len;
}

static void add_record(unsigned type, const void *content, size_t len, unsigned padding)
{
    const unsigned char header[8] = {1,
                                     (unsigned char)type,
                                     0,
                                     1,
                                     (unsigned char)(len >> 8),
                                     (unsigned char)len,
                                     (unsigned char)padding,
                                     0};

    add(header, 8);
    add(content, len);
    memset(wire + wire_len, 0, padding);
    wire_len += padding;
}

static void start(void)
{
    wire_len = 0;
    add(begin, sizeof begin);
}

/* "done", "broken" or "more", the same whatever the pieces. */
static const char *result(void)
{
    static const size_t pieces[] = {1, 3, 7, 1000000};
    const char *first = NULL;

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct http_framing framing = {0};
        const char *now;

        for (size_t at = 0; at < wire_len; at += pieces[i])
            http_framing_feed(&framing, wire + at,
                              wire_len - at < pieces[i] ? wire_len - at : pieces[i]);
        now = framing.broken ? "broken" : framing.done ? "done" : "more";
        first = first != NULL ? first : now;
        CHECK_STR(now, first);
    }
    return first;
}

TEST(a_request_without_a_body)
{
    start();
    CHECK_STR(result(), "more");
    add_record(4, "\x01\x02kvv", 5, 3);
    add(params_end, 8);
    CHECK_STR(result(), "more");
    add(stdin_end, 8);
    CHECK_STR(result(), "done");
}

TEST(a_request_with_a_body_and_padding)
{
    start();
    add(params_end, 8);
    add_record(5, "hello", 5, 3);
    CHECK_STR(result(), "more");
    add(stdin_end, 8);
    CHECK_STR(result(), "done");
    wire_len -= 1;
    CHECK_STR(result(), "more");
}

TEST(padding_that_libfcgi_would_forget)
{
    start();
    add_record(4, "", 0, 8);
    CHECK_STR(result(), "broken");
    start();
    add(params_end, 8);
    add_record(5, "", 0, 8);
    CHECK_STR(result(), "broken");
    start();
    wire[6] = 8;
    add(params_end, 8);
    CHECK_STR(result(), "broken");
}

TEST(variables_may_be_cut_anywhere)
{
    start();
    add_record(4, "\x01", 1, 0);
    add_record(4, "\x80\x00", 2, 0);
    add_record(4, "\x01\x00n", 3, 0);
    add_record(4, filler, 255, 1);
    add_record(4, "\0\x00\x02gg", 5, 0);
    add(params_end, 8);
    add(stdin_end, 8);
    CHECK_STR(result(), "done");
}

TEST(lengths_that_lie)
{
    static const char *const lies[] = {"\x05\x7fshort", "\x05", "\x84\xff", "\xff\xff\xff\xff"};
    static const size_t sizes[] = {7, 1, 2, 4};

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        start();
        add_record(4, lies[i], sizes[i], 0);
        add(params_end, 8);
        CHECK_STR(result(), "broken");
    }
    /* The sum of both overflows 32 bits: what CVE-2025-23016 is about. */
    start();
    add_record(4, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 0);
    CHECK_STR(result(), "broken");
}

TEST(variables_have_a_limit)
{
    start();
    /* One name of a length that is just allowed, then one byte more. */
    add_record(4, "\x80\x03\xff\xfb\0", 5, 0);
    for (size_t left = HTTP_FRAMING_MAX_PARAMS - 5; left > 0;) {
        size_t step = left < 60000 ? left : 60000;

        add_record(4, filler, step, 0);
        left -= step;
    }
    CHECK_STR(result(), "more");
    add_record(4, "x", 1, 0);
    CHECK_STR(result(), "broken");
}

TEST(records_out_of_place)
{
    wire_len = 0;
    add(stdin_end, 8);
    CHECK_STR(result(), "broken");
    start();
    add(stdin_end, 8); /* before the variables ended */
    CHECK_STR(result(), "broken");
    start();
    add(begin, sizeof begin);
    CHECK_STR(result(), "broken");
    start();
    add(params_end, 8);
    add(params_end, 8);
    CHECK_STR(result(), "broken");
    start();
    add_record(2, "", 0, 0); /* abort */
    CHECK_STR(result(), "broken");
    start();
    wire[0] = 2; /* another version */
    CHECK_STR(result(), "broken");
}

TEST(other_roles)
{
    for (size_t at = 8; at < 10; at++) {
        start();
        wire[at] += 2; /* 2 is an authorizer, 3 a filter, 256 nothing */
        CHECK_STR(result(), "broken");
    }
}

TEST(nothing_may_follow)
{
    start();
    add(params_end, 8);
    add(stdin_end, 8);
    add("x", 1);
    CHECK_STR(result(), "broken");
}

/* The variable in the first len bytes of the wire; "-" when they do not hold it. */
static const char *variable(const char *name, size_t len)
{
    static char text[256];
    const char *value;
    size_t value_len;

    if (!http_framing_variable(wire, len, name, &value, &value_len))
        return "-";
    memcpy(text, value, value_len);
    text[value_len] = '\0';
    return text;
}

TEST(a_variable_is_found_in_the_first_bytes)
{
    static const char pairs[] = "\x01\x02kvv\x05\0empty\x03\x80\0\0\x05longxxxx";

    start();
    add_record(4, pairs, sizeof pairs - 1, 2);
    CHECK_STR(variable("k", wire_len), "vv");
    CHECK_STR(variable("empty", wire_len), "");
    CHECK_STR(variable("lon", wire_len), "gxxxx");
    CHECK_STR(variable("ke", wire_len), "-");
    CHECK_STR(variable("", wire_len), "-");
    /* As much of it as has arrived. */
    for (size_t len = 0; len <= wire_len; len++) {
        CHECK_STR(variable("k", len), len < 24 + 5 ? "-" : "vv");
        CHECK_STR(variable("lon", len), len < 24 + 5 + 7 + 13 ? "-" : "gxxxx");
    }
    /* Lengths that promise more than the record holds. */
    start();
    add_record(4, "\x01\x7fkv", 4, 0);
    add_record(4, filler, 500, 0);
    CHECK_STR(variable("k", wire_len), "-");
    /* Another kind of record. */
    start();
    add_record(5, "\x01\x02kvv", 5, 0);
    CHECK_STR(variable("k", wire_len), "-");
}

UNIT_MAIN
