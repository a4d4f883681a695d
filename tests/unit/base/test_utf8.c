/* Well-formed UTF-8: every border of the table. */
#include "base/utf8.h"

#include "unit/unit.h"

TEST(every_code_point_round_trips_and_surrogates_do_not)
{
    for (unsigned long c = 0; c <= 0x10ffff; c++) {
        char out[4];
        size_t len = utf8_put(out, c);
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        if (utf8_char(out, len) != (surrogate ? 0 : len) ||
            (len > 1 && utf8_char(out, len - 1) != 0)) {
            CHECK_INT(c, -1);
            break;
        }
    }
}

TEST(ill_formed_sequences_are_refused)
{
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\xaf",
        "\xc1\xbf",
        "\xc3",
        "\xc3x",
        "\xe0\x9f\xbf",
        "\xe0\xa0",
        "\xe1\x80x",
        "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(utf8_char(bad[i], strlen(bad[i])), 0);
        CHECK(!utf8_valid(bad[i], strlen(bad[i])));
    }
    CHECK_INT(utf8_char("", 0), 0);
}

TEST(whole_texts)
{
    CHECK(utf8_valid("", 0));
    CHECK(utf8_valid("gr\xc3\xb6\xc3\x9f"
                     "e \xe2\x82\xac \xf0\x9f\x98\x80",
                     17));
    CHECK(utf8_valid("a\0b", 3));
    CHECK(!utf8_valid("gr\xc3\xb6\xc3", 5));
}

UNIT_MAIN
