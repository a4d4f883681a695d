/* Walking through a text without a tree. */
#include "json/json_span.h"
#include "unit/unit.h"

static bool is(struct json_span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static struct json_span whole(const char *text)
{
    struct json_span value = {"", 0};
    CHECK(json_span_whole(text, strlen(text), &value));
    return value;
}

static bool is_whole(const char *text)
{
    struct json_span value;
    return json_span_whole(text, strlen(text), &value);
}

TEST(a_text_is_one_value)
{
    CHECK(is(whole(" \n{\"a\": [1]}\t"), "{\"a\": [1]}"));
    CHECK(is(whole("\"x\\\\\\\"y\""), "\"x\\\\\\\"y\""));
    CHECK(is(whole("null"), "null"));
    CHECK(is(whole("-1.5e3 "), "-1.5e3"));
    CHECK(!is_whole(""));
    CHECK(!is_whole("  "));
    CHECK(!is_whole("{} {}"));
    CHECK(!is_whole("{"));
    CHECK(!is_whole("[1, 2"));
    CHECK(!is_whole("\"abc"));
    CHECK(!is_whole("\"abc\\\""));
    CHECK(!is_whole("{\"a\": \"}"));
    CHECK(!is_whole("]"));
}

TEST(members_come_in_order)
{
    struct json_walk walk;
    struct json_span key, value;
    CHECK(json_span_enter(
        whole("{ \"a\" : 1 ,\"b\\\"c\":{\"x\":[\"}\",\"]\"]}, \"\": null,\"d\":\"e,f\" }"), &walk));
    CHECK(json_span_next(&walk, &key, &value));
    CHECK(is(key, "a") && is(value, "1"));
    CHECK(json_span_next(&walk, &key, &value));
    CHECK(is(key, "b\\\"c") && is(value, "{\"x\":[\"}\",\"]\"]}"));
    CHECK(json_span_next(&walk, &key, &value));
    CHECK(is(key, "") && is(value, "null"));
    CHECK(json_span_next(&walk, &key, &value));
    CHECK(is(key, "d") && is(value, "\"e,f\""));
    CHECK(!json_span_next(&walk, &key, &value));
    CHECK(!walk.broken);
    CHECK(!json_span_next(&walk, &key, &value));
}

TEST(elements_come_in_order)
{
    struct json_walk walk;
    struct json_span key, value;
    CHECK(json_span_enter(whole("[1, [2,3] ,\"\\\\\",true]"), &walk));
    CHECK(json_span_next(&walk, &key, &value));
    CHECK(is(value, "1") && key.len == 0);
    CHECK(json_span_next(&walk, NULL, &value) && is(value, "[2,3]"));
    CHECK(json_span_next(&walk, NULL, &value) && is(value, "\"\\\\\""));
    CHECK(json_span_next(&walk, NULL, &value) && is(value, "true"));
    CHECK(!json_span_next(&walk, NULL, &value));
    CHECK(!walk.broken);
}

TEST(empty_ones_have_nothing)
{
    struct json_walk walk;
    struct json_span value;
    CHECK(json_span_enter(whole("{ }"), &walk) && !json_span_next(&walk, NULL, &value));
    CHECK(!walk.broken);
    CHECK(json_span_enter(whole("[]"), &walk) && !json_span_next(&walk, NULL, &value));
    CHECK(!walk.broken);
    CHECK(!json_span_enter(whole("\"text\""), &walk));
    CHECK(!json_span_enter(whole("12"), &walk));
}

static int walked(const char *text, bool *broken)
{
    struct json_walk walk;
    struct json_span value;
    int count = 0;
    CHECK(json_span_enter((struct json_span){text, strlen(text)}, &walk));
    while (json_span_next(&walk, NULL, &value))
        count++;
    *broken = walk.broken;
    return count;
}

TEST(what_is_broken_is_told)
{
    static const char *const texts[] = {"[1 2]", "[,1]",    "[1,]",     "{\"a\" 1}",
                                        "{a:1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
                                        "[\"a]", "{\"a:1}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bool broken;
        walked(texts[i], &broken);
        if (!broken)
            CHECK_STR(texts[i], "broken");
    }
}

TEST(a_member_is_found_by_its_name)
{
    struct json_span value;
    struct json_span object = whole("{\"a\":1,\"ab\":2,\"c\":{\"a\":3}}");
    CHECK(json_span_get(object, "ab", &value) && is(value, "2"));
    CHECK(json_span_get(object, "c", &value) && json_span_get(value, "a", &value) &&
          is(value, "3"));
    CHECK(!json_span_get(object, "b", &value));
    CHECK(!json_span_get(whole("[\"a\"]"), "a", &value));
    CHECK(!json_span_get((struct json_span){"", 0}, "a", &value));
}

TEST(depth_costs_nothing)
{
    size_t depth = 1000000;
    char *text = malloc(2 * depth + 1);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = '\0';
    CHECK(is_whole(text));
    text[depth - 1] = '{';
    bool broken;
    CHECK_INT(walked(text, &broken), 1);
    free(text);
}

UNIT_MAIN
