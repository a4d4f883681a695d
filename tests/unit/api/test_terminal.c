/* What was printed for a terminal, as HTML. */
#include "api/pages/terminal.h"

#include "unit/unit.h"

static char shown[8192];

static const char *limited(const char *text, size_t len, size_t limit)
{
    struct terminal terminal;
    struct buf out;

    buf_init(&out, NULL);
    terminal_init(&terminal, &out, limit);
    terminal_write(&terminal, text, len);
    terminal_end(&terminal);
    snprintf(shown, sizeof shown, "%s%s", buf_str(&out), terminal.is_full ? "|full" : "");
    buf_free(&out);
    return shown;
}

#define SHOW(text) limited((text), sizeof(text) - 1, sizeof shown)

TEST(text_is_escaped)
{
    CHECK_STR(SHOW(""), "");
    CHECK_STR(SHOW("a <b> & \"c\" 'd'\tx\n"), "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;\tx\n");
    CHECK_STR(SHOW("gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x99\x82"),
              "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x99\x82");
}

TEST(colours_are_classes)
{
    CHECK_STR(SHOW("\x1b[31mred\x1b[0m plain"), "<span class=\"t t1\">red</span> plain");
    CHECK_STR(SHOW("\x1b[1;32mx"), "<span class=\"t t2 tb\">x</span>");
    CHECK_STR(SHOW("\x1b[90ma\x1b[97mb"),
              "<span class=\"t t8\">a</span><span class=\"t t15\">b</span>");
    CHECK_STR(SHOW("\x1b[30ma"), "<span class=\"t t0\">a</span>");
    CHECK_STR(SHOW("\x1b[1;2;3;4mx\x1b[22;23;24my"), "<span class=\"t tb td ti tu\">x</span>y");
    CHECK_STR(SHOW("\x1b[33;1mx\x1b[39my\x1b[mz"),
              "<span class=\"t t3 tb\">x</span><span class=\"t tb\">y</span>z");
}

TEST(colours_by_number_are_left_out_with_their_numbers)
{
    CHECK_STR(SHOW("\x1b[38;5;31mx"), "x");
    CHECK_STR(SHOW("\x1b[38;2;31;32;33;1mx"), "<span class=\"t tb\">x</span>");
    CHECK_STR(SHOW("\x1b[48;5;4;31mx"), "<span class=\"t t1\">x</span>");
    CHECK_STR(SHOW("\x1b[38mx\x1b[38;5mx"), "xx");
    CHECK_STR(SHOW("\x1b[999999999999999999mx"), "x");
    CHECK_STR(SHOW("\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mx"), "x");
}

TEST(styles_without_text_come_to_nothing)
{
    CHECK_STR(SHOW("\x1b[31m\x1b[32m\x1b[0m\x1b[1m"), "");
    CHECK_STR(SHOW("\x1b[31m\x1b[32mx"), "<span class=\"t t2\">x</span>");
    CHECK_STR(SHOW("\x1b[31mx\x1b[0m\x1b[31my"), "<span class=\"t t1\">xy</span>");
}

TEST(what_steers_a_terminal_is_dropped)
{
    CHECK_STR(SHOW("\x1b[2J\x1b[1;1H\x1b[?1049hx\x1b(y"), "x"
                                                          "y");
    CHECK_STR(SHOW("\x1b]0;title\ax\x1b]8;;http://x\x1b\\y"), "xy");
    CHECK_STR(SHOW("a\x1b"), "a");
    CHECK_STR(SHOW("a\x1b["), "a");
    CHECK_STR(SHOW("a\x1b[3"), "a");
    CHECK_STR(SHOW("a\x1b]"), "a");
    CHECK_STR(SHOW("a\x1b\x1b[1mb"), "a<span class=\"t tb\">b</span>");
}

TEST(a_sequence_that_does_not_end_hides_no_further_line)
{
    CHECK_STR(SHOW("\x1b]0;for ever\nnext"), "\nnext");
    CHECK_STR(SHOW("\x1b[31\nnext"), "\nnext");
    CHECK_STR(SHOW("\x1b\nnext"), "\nnext");
    CHECK_STR(SHOW("\x1b[<script>"), "cript&gt;");
}

#define BAD "\xef\xbf\xbd"

TEST(what_is_no_character_is_seen)
{
    CHECK_STR(SHOW("a\0b\bc\x7f"), "a" BAD "b" BAD "c" BAD);
    CHECK_STR(SHOW("\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80"),
              BAD BAD "(" BAD BAD BAD BAD BAD BAD BAD);
    CHECK_STR(SHOW("\xc2\x9b"
                   "31mx\xc2\xa0"),
              BAD "31mx\xc2\xa0");
    CHECK_STR(SHOW("x\xe2"), "x" BAD);
}

TEST(directions_do_not_reorder)
{
    CHECK_STR(SHOW("\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f"),
              BAD BAD BAD BAD BAD BAD);
    CHECK_STR(SHOW("\xe2\x80\x9cx\xe2\x80\x9d\xe2\x80\xa6"),
              "\xe2\x80\x9cx\xe2\x80\x9d\xe2\x80\xa6");
}

TEST(what_is_written_over_itself_has_a_line_each)
{
    CHECK_STR(SHOW("10%\r20%\r\ndone\r"), "10%\n20%\ndone");
}

TEST(the_limit_is_kept_and_told)
{
    CHECK_STR(limited("abcdef", 6, 3), "abc|full");
    CHECK_STR(limited("abc", 3, 3), "abc");
    CHECK_STR(limited("\x1b[31mab", 7, 5), "<span class=\"t t1\">a</span>|full");
}

UNIT_MAIN
