/* Patterns in the syntax of RE2, through `matches`. */
#include "unit/unit.h"

#include "unit/sentinel/policy.h"

static const char *try(const char *pattern, const char *text)
{
    arena = arena ? arena : arena_new();
    return value_of(arena_printf(arena, "`%s` matches `%s`", text, pattern));
}

#define YES(pattern, text) CHECK_STR(try(pattern, text), "true")
#define NO(pattern, text) CHECK_STR(try(pattern, text), "false")
#define BAD(pattern) CHECK(is_error(try(pattern, "a")))

TEST(literals_and_anchors)
{
    YES("b", "abc");
    NO("^b", "abc");
    YES("^abc$", "abc");
    NO("^ab$", "abc");
    YES("", "abc");
    YES("^$", "");
    YES("\\Aabc\\z", "abc");
    NO("b$", "abc\n");
    YES("(?m)^b$", "a\nb\nc");
    NO("^b$", "a\nb\nc");
    YES("\\.", "a.b");
    NO("\\.", "ab");
}

TEST(repetition)
{
    YES("^a*$", "");
    YES("^a+b?$", "aaab");
    NO("^a+$", "");
    YES("^a{3}$", "aaa");
    NO("^a{3}$", "aa");
    YES("^a{2,}$", "aaaa");
    YES("^a{1,2}$", "aa");
    NO("^a{1,2}$", "aaa");
    YES("^(ab){2}$", "abab");
    YES("^a+?b$", "aab");
    YES("a{", "a{");
    YES("a{,2}", "a{,2}");
    YES("^(a*)*$", "aaa");
    YES("^(a|b){0,2}c$", "abc");
    BAD("*a");
    BAD("a**");
    BAD("a{2,1}");
    BAD("a{1001}");
}

TEST(alternatives_and_groups)
{
    YES("^(cat|dog)$", "dog");
    NO("^(cat|dog)$", "cow");
    YES("^(?:a|)$", "");
    YES("^(?P<name>a)(?<other>b)$", "ab");
    YES("a|b|c", "xxc");
    BAD("(a");
    BAD("a)");
    BAD("(?=a)");
    BAD("(?!a)");
    BAD("(?<=a)b");
    BAD("(a)\\1");
}

TEST(classes)
{
    YES("^[a-c]+$", "abc");
    NO("^[a-c]+$", "abd");
    YES("^[^a-c]+$", "xyz");
    NO("^[^a-c]+$", "xbz");
    YES("^[]a]+$", "]a");
    YES("^[a-]+$", "a-");
    YES("^\\d+\\s\\w+$", "12 ab_");
    NO("\\D", "123");
    YES("^[\\d.]+$", "1.2.3");
    YES("^[[:alpha:][:digit:]]+$", "aB9");
    NO("[[:^alpha:]]", "abc");
    YES("^.$", "\xC3\xA9");
    NO("^.$", "\n");
    YES("(?s)^.$", "\n");
    YES("^[\xC3\xA0-\xC3\xBC]$", "\xC3\xA9");
    YES("\\x41\\x{42}", "AB");
    BAD("[a");
    BAD("[c-a]");
    BAD("\\pL");
    BAD("[[:no:]]");
    BAD("a\\");
}

TEST(flags_and_borders)
{
    YES("(?i)ABC", "xabcx");
    YES("(?i)[a-c]+$", "ABC");
    YES("a(?i)b", "aB");
    NO("a(?i)b", "AB");
    YES("a(?i:b)c", "aBc");
    NO("a(?i:b)c", "aBC");
    YES("\\bcat\\b", "a cat sat");
    NO("\\bcat\\b", "concat");
    YES("\\Bcat", "concat");
    YES("\\Qa.b\\E+", "a.bbb");
    NO("\\Qa.b\\E", "axb");
    BAD("(?i)\xC3\xA9");
    BAD("(?x)a");
}

/* What makes a backtracking matcher take for ever takes a few steps a character here. */
TEST(no_pattern_takes_long)
{
    char text[4001], pattern[1000] = "";

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    NO("^(a+)+$b", text);
    NO("(a|aa)+$b", text);
    for (int i = 0; i < 200; i++)
        strncat(pattern, "a?", sizeof pattern - strlen(pattern) - 1);
    YES(pattern, text);
    BAD("((a{1000}){1000}){1000}");
}

TEST(many_patterns_and_texts)
{
    CHECK_STR(shown("n = 0\nfor range(3000) as i { if string(i) matches \"^\" + string(i) + \"$\" "
                    "{ n += 1 } }\nprint(n)"),
              "3000");
    CHECK_STR(
        shown(
            "n = 0\nfor range(3000) as i { if string(i) matches `^\\d*7$` { n += 1 } }\nprint(n)"),
        "300");
}

UNIT_MAIN
