/* The JSON reader: kinds, access, limits, and everything that is refused. */
#include "json/json_reader.h"

#include "base/arena.h"
#include "base/buf.h"
#include "unit/unit.h"

static struct arena *arena;
static const char *reason;

/* What is wrong, whatever place is named. */
#define CHECK_REASON(expected)                                                                     \
    CHECK(reason != NULL && strncmp(reason, expected, strlen(expected)) == 0 &&                    \
          (reason[strlen(expected)] == '\0' ||                                                     \
           strncmp(reason + strlen(expected), " at line ", 9) == 0))

/* The text is copied to its exact size, so that ASan sees a read past it. */
static const struct json_value *read_n(const char *text, size_t len, int depth)
{
    char *exact = malloc(len);
    memcpy(exact, text, len);
    const struct json_value *value = json_read(arena, exact, len, depth, &reason);
    free(exact);
    CHECK((value == NULL) == (reason != NULL));
    return value;
}

static const struct json_value *read_text(const char *text)
{
    return read_n(text, strlen(text), 64);
}

static const char *printed(const struct json_value *value)
{
    struct buf out;
    buf_init(&out, arena);
    json_print(&out, value);
    return buf_str(&out);
}

TEST(every_kind)
{
    const struct json_value *doc = read_text(
        "{\"n\":null,\"t\":true,\"f\":false,\"i\":-12,\"d\":1.5,\"s\":\"x\",\"a\":[1,2],\"o\":{}}");
    CHECK(doc != NULL);
    CHECK_INT(json_kind(doc), JSON_OBJECT);
    CHECK_INT(json_kind(json_get(doc, "n")), JSON_NULL);
    CHECK(json_get(doc, "n") != NULL);
    CHECK(json_get(doc, "absent") == NULL);
    CHECK_INT(json_kind(json_get(doc, "t")), JSON_BOOL);
    CHECK(json_boolean(json_get(doc, "t")) && !json_boolean(json_get(doc, "f")));
    CHECK_INT(json_kind(json_get(doc, "i")), JSON_INT);
    CHECK_INT(json_integer(json_get(doc, "i")), -12);
    CHECK_INT(json_kind(json_get(doc, "d")), JSON_DOUBLE);
    CHECK(json_double(json_get(doc, "d")) == 1.5);
    CHECK(json_double(json_get(doc, "i")) == -12.0);
    CHECK_INT(json_kind(json_get(doc, "s")), JSON_STRING);
    CHECK_STR(json_text(json_get(doc, "s")), "x");
    CHECK_INT(json_kind(json_get(doc, "a")), JSON_ARRAY);
    CHECK_INT(json_length(json_get(doc, "a")), 2);
    CHECK_INT(json_integer(json_at(json_get(doc, "a"), 1)), 2);
    CHECK(json_at(json_get(doc, "a"), 2) == NULL);
    CHECK_INT(json_kind(json_get(doc, "o")), JSON_OBJECT);
}

TEST(scalars_are_documents_too)
{
    CHECK_INT(json_kind(read_text("null")), JSON_NULL);
    CHECK(read_text(" null ") != NULL);
    CHECK_INT(json_integer(read_text("42")), 42);
    CHECK_INT(json_integer(read_text(" 42\n")), 42);
    CHECK_STR(json_text(read_text("\"x\"")), "x");
    CHECK_INT(json_kind(read_text("true")), JSON_BOOL);
    CHECK_INT(json_kind(read_text("-0.5e3")), JSON_DOUBLE);
}

TEST(accessors_of_the_wrong_kind)
{
    const struct json_value *number = read_text("5"), *null = read_text("null");
    CHECK(json_text(number) == NULL && json_text(null) == NULL && json_text(NULL) == NULL);
    CHECK_INT(json_text_len(number), 0);
    CHECK_INT(json_integer(read_text("\"5\"")), 0);
    CHECK(!json_boolean(number) && !json_boolean(NULL) && !json_boolean(null));
    CHECK_INT(json_length(number), 0);
    CHECK_INT(json_length(NULL), 0);
    CHECK(json_at(number, 0) == NULL && json_at(null, 0) == NULL);
    CHECK(json_get(number, "x") == NULL && json_get(null, "x") == NULL &&
          json_get(NULL, "x") == NULL);
    CHECK_INT(json_kind(NULL), JSON_NULL);
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;
    CHECK(!json_next(number, &cursor, &key, &value));
    CHECK(!json_next(NULL, &cursor, &key, &value));
}

TEST(find_walks_a_path)
{
    const struct json_value *doc =
        read_text("{\"data\":{\"attributes\":{\"name\":\"x\",\"vcs\":null}}}");
    CHECK_STR(json_text(json_find(doc, "data", "attributes", "name", NULL)), "x");
    CHECK_INT(json_kind(json_find(doc, "data", "attributes", "vcs", NULL)), JSON_NULL);
    CHECK(json_find(doc, "data", "attributes", "vcs", "id", NULL) == NULL);
    CHECK(json_find(doc, "data", "relationships", "x", NULL) == NULL);
    CHECK(json_find(doc, NULL) == doc);
    CHECK(json_find(NULL, "data", NULL) == NULL);
}

TEST(members_come_in_document_order)
{
    const struct json_value *doc = read_text("{\"z\":1,\"a\":null,\"m\":[],\"\":2}");
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;
    struct buf keys;
    buf_init(&keys, arena);
    while (json_next(doc, &cursor, &key, &value)) {
        CHECK(value != NULL);
        buf_printf(&keys, "%s,", key);
    }
    CHECK_STR(buf_str(&keys), "z,a,m,,");
    cursor = NULL;
    CHECK(!json_next(read_text("{}"), &cursor, &key, &value));
}

TEST(last_of_two_equal_keys_counts)
{
    const struct json_value *doc = read_text("{\"a\":1,\"b\":2,\"a\":3}");
    CHECK_INT(json_integer(json_get(doc, "a")), 3);
    CHECK_STR(printed(doc), "{\"a\":3,\"b\":2}");
}

TEST(strings_are_decoded)
{
    const struct json_value *value =
        read_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\uDE00\xc3\xb6\"");
    CHECK_STR(json_text(value), "\"\\/\b\f\n\r\t\xc3\xa4\xf0\x9f\x98\x80\xc3\xb6");
    CHECK_INT(json_text_len(value), 16);
    CHECK_STR(json_text(read_text("\"\"")), "");
}

TEST(whole_numbers_of_64_bits)
{
    CHECK(json_integer(read_text("9223372036854775807")) == INT64_MAX);
    CHECK(json_integer(read_text("-9223372036854775808")) == INT64_MIN);
    CHECK(read_text("9223372036854775808") == NULL);
    CHECK_REASON("a number is out of range");
    CHECK(read_text("-9223372036854775809") == NULL);
    CHECK(read_text("1e400") == NULL);
    CHECK_REASON("a number is out of range");
    CHECK_INT(json_kind(read_text("1e300")), JSON_DOUBLE);
}

TEST(print_gives_the_same_values)
{
    static const char *const texts[] = {
        "null", "true", "[1,2.50,-3e5,\"x\"]", "{\"a\":{\"b\":[null,{}]},\"c\":\"/\\\"\\n\"}",
        "[]",   "0.1",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CHECK_STR(printed(read_text(texts[i])), texts[i]);
    CHECK_STR(printed(NULL), "null");
    CHECK_STR(printed(json_at(read_text("[{\"k\":[1]}]"), 0)), "{\"k\":[1]}");
}

TEST(malformed_text_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "'x'",
        "\"x",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "tru",
        "TRUE",
        "True",
        "nul",
        "Null",
        "truex",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1.2.3",
        "1-2",
        "--1",
        "1 2",
        "{} {}",
        "{}x",
        "[]]",
        "//c\n1",
        "1//c",
        "/* c */ 1",
        "[1]/* c */",
        "\xef\xbb\xbf{}",
        "\"a\nb\"",
        "\"a\tb\"",
        "{\"a\":1}}",
        "\"\\\"",
        "[\"a\",",
        "{\"a\":",
        "{\"a\"::1}",
        "{:1}",
        "[:]",
        ",",
        ":",
        "{1:2}",
        "{null:1}",
        "nulll",
        "[truefalse]",
        "[1true]",
        "\f1",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (read_text(bad[i]) != NULL)
            CHECK_STR(bad[i], "refused");
}

TEST(reasons_say_where)
{
    CHECK(read_text("{\"a\": [1,\n  2,]}") == NULL);
    CHECK_STR(reason, "something else is expected at line 2, column 5");
    CHECK(read_text("{\n\"a\": tru}") == NULL);
    CHECK_STR(reason, "something else is expected at line 2, column 6");
    CHECK(read_text("[1] 2") == NULL);
    CHECK_STR(reason, "something follows the JSON value at line 1, column 5");
    CHECK(read_text("[1,") == NULL);
    CHECK_STR(reason, "the text ends too early at line 1, column 4");
}

TEST(reasons_say_what_is_wrong)
{
    CHECK(read_text("") == NULL);
    CHECK_REASON("the text is empty");
    CHECK(read_text("{\"a\":") == NULL);
    CHECK_REASON("the text ends too early");
    CHECK(read_text("{} {}") == NULL);
    CHECK_REASON("something follows the JSON value");
    CHECK(read_text("{\"a\" 1}") == NULL);
    CHECK_REASON("something else is expected");
}

TEST(invalid_utf8_is_refused)
{
    static const char *const bad[] = {"\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
                                      "{\"\x80\":1}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(read_text(bad[i]) == NULL);
        CHECK_REASON("the text is not valid UTF-8");
    }
    CHECK(read_text("\"\\ud800\"") == NULL);
    CHECK_REASON("a string contains half a surrogate pair");
    CHECK(read_text("\"\\ude00\\ud83d\"") == NULL);
    CHECK(read_text("\"\\ud83dx\"") == NULL);
    CHECK(read_text("\"\\ud83d\\u0041\"") == NULL);
}

TEST(nul_is_refused_in_every_form)
{
    CHECK(read_text("\"a\\u0000b\"") == NULL);
    CHECK_REASON("a string contains a NUL character");
    CHECK(read_text("{\"\\u0000\":1}") == NULL);
    CHECK(read_n("\"a\0b\"", 5, 64) == NULL);
    CHECK_REASON("a string contains a NUL character");
    CHECK(read_n("{}\0", 3, 64) == NULL);
    CHECK(read_n("\0{}", 3, 64) == NULL);
    CHECK(read_n("1\0", 2, 64) == NULL);
}

TEST(depth_is_exact)
{
    CHECK(read_n("[[[1]]]", 7, 3) != NULL);
    CHECK(read_n("[[[[1]]]]", 9, 3) == NULL);
    CHECK_REASON("the text is nested too deeply");
    CHECK(read_n("{\"a\":{\"b\":{\"c\":1}}}", 19, 3) != NULL);
    CHECK(read_n("{\"a\":{\"b\":{\"c\":[]}}}", 20, 3) == NULL);
    CHECK(read_n("[[],[],[[]]]", 12, 3) != NULL);
    char deep[20000];
    memset(deep, '[', 10000);
    memset(deep + 10000, ']', 10000);
    CHECK(read_n(deep, 20000, 512) == NULL);
    CHECK(read_n(deep + 9488, 1024, 512) != NULL);
}

/* Two bytes of text can cost 800 of memory. */
TEST(memory_of_a_tree_is_limited)
{
    struct buf text;
    buf_init(&text, arena);
    buf_addc(&text, '[');
    for (int i = 0; i < 100000; i++)
        buf_adds(&text, "{},");
    buf_adds(&text, "0]");
    CHECK(read_text(buf_str(&text)) == NULL);
    CHECK_REASON("the text has too many values");

    buf_clear(&text);
    buf_addc(&text, '{');
    for (int i = 0; i < 200000; i++)
        buf_printf(&text, "\"%d\":0,", i);
    buf_adds(&text, "\"\":0}");
    CHECK(read_text(buf_str(&text)) == NULL);
    CHECK_REASON("the text has too many values");

    buf_clear(&text);
    buf_addc(&text, '[');
    for (int i = 0; i < 10000; i++)
        buf_adds(&text, "{\"type\":\"workspaces\",\"id\":\"ws-1\"},");
    buf_adds(&text, "0]");
    CHECK(read_text(buf_str(&text)) != NULL);
}

TEST(tree_dies_with_the_arena)
{
    for (int i = 0; i < 3; i++) {
        CHECK(read_text("{\"a\":[1,2,{\"b\":\"c\"}]}") != NULL);
        CHECK(read_text("{\"a\":[1,2,{\"b\":\"c\"") == NULL);
        CHECK(read_text("{} x") == NULL);
        arena_reset(arena); /* ASan and valgrind see what is left */
    }
}

TEST(kind_names_complete_a_sentence)
{
    CHECK_STR(json_kind_name(JSON_STRING), "a string");
    CHECK_STR(json_kind_name(JSON_INT), "a number");
    CHECK_STR(json_kind_name(JSON_DOUBLE), "a number");
    CHECK_STR(json_kind_name(JSON_OBJECT), "an object");
    CHECK_STR(json_kind_name(JSON_ARRAY), "an array");
    CHECK_STR(json_kind_name(JSON_BOOL), "a boolean");
    CHECK_STR(json_kind_name(JSON_NULL), "null");
}

int main(int argc, char **argv)
{
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    arena_free(arena);
    return failed;
}
