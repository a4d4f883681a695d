/* Percent-decoding and urlencoded lists. */
#include "http/http_form.h"

#include "base/arena.h"
#include "unit/unit.h"

static struct arena *arena;

static const char *decode(const char *text)
{
    arena = arena != NULL ? arena : arena_new();
    return http_form_unescape(arena, text, strlen(text), false);
}

TEST(plain_text_stays)
{
    CHECK_STR(decode(""), "");
    CHECK_STR(decode("a-b_c.d~e+f"), "a-b_c.d~e+f");
}

TEST(escapes_are_decoded_once)
{
    CHECK_STR(decode("%41%2f%2Fb"), "A//b");
    CHECK_STR(decode("%2541"), "%41");
    CHECK_STR(decode("%"), NULL);
    CHECK_STR(decode("%4"), NULL);
    CHECK_STR(decode("a%4"), NULL);
    CHECK_STR(decode("%g0"), NULL);
    CHECK_STR(decode("%0g"), NULL);
    CHECK_STR(decode("%+1"), NULL);
}

TEST(nul_is_refused)
{
    CHECK_STR(decode("a%00b"), NULL);
    CHECK_STR(http_form_unescape(arena, "a\0b", 3, false), NULL);
}

TEST(utf8_must_be_well_formed)
{
    CHECK_STR(decode("%C3%A4"), "\xc3\xa4");
    CHECK_STR(decode("\xe2\x82\xac"), "\xe2\x82\xac");
    CHECK_STR(decode("%F0%9F%98%80"), "\xf0\x9f\x98\x80");
    CHECK_STR(decode("%F4%8F%BF%BF"), "\xf4\x8f\xbf\xbf");
    CHECK_STR(decode("%80"), NULL);
    CHECK_STR(decode("%C0%AF"), NULL); /* overlong slash */
    CHECK_STR(decode("%C1%BF"), NULL);
    CHECK_STR(decode("%E0%80%AF"), NULL);
    CHECK_STR(decode("%ED%A0%80"), NULL); /* surrogate */
    CHECK_STR(decode("%F0%80%80%80"), NULL);
    CHECK_STR(decode("%F4%90%80%80"), NULL); /* past U+10FFFF */
    CHECK_STR(decode("%F5%80%80%80"), NULL);
    CHECK_STR(decode("%E2%82"), NULL); /* cut short */
    CHECK_STR(decode("%E2%82a"), NULL);
}

TEST(pairs_are_split_before_decoding)
{
    const struct http_query_param *params;
    const char *text = "page%5Bsize%5D=20&q=a%26b%3Dc&empty=&alone&&x=1+2&x=3&=y";
    size_t count;

    arena = arena != NULL ? arena : arena_new();
    CHECK(http_form_decode(arena, text, strlen(text), &params, &count));
    CHECK_INT(count, 7);
    CHECK_STR(params[0].name, "page[size]");
    CHECK_STR(params[1].value, "a&b=c");
    CHECK_STR(http_form_value(params, count, "page[size]"), "20");
    CHECK_STR(http_form_value(params, count, "empty"), "");
    CHECK_STR(http_form_value(params, count, "alone"), "");
    CHECK_STR(http_form_value(params, count, "x"), "1 2");
    CHECK_STR(http_form_value(params, count, ""), "y");
    CHECK_STR(http_form_value(params, count, "page"), NULL);
}

TEST(an_empty_list_has_no_pairs)
{
    const struct http_query_param *params;
    size_t count = 9;

    CHECK(http_form_decode(arena, "", 0, &params, &count));
    CHECK_INT(count, 0);
    CHECK_STR(http_form_value(params, count, "x"), NULL);
    CHECK(http_form_decode(arena, "&&&", 3, &params, &count));
    CHECK_INT(count, 0);
}

TEST(a_broken_pair_is_reported_and_left_out)
{
    const struct http_query_param *params;
    size_t count;

    CHECK(!http_form_decode(arena, "a=1&b=%zz&c=3", 13, &params, &count));
    CHECK_INT(http_parse_form(arena, "a=1&b=%zz&c=3", 13, &params), 2);
    CHECK_STR(params[0].name, "a");
    CHECK_STR(params[1].name, "c");
}

UNIT_MAIN
