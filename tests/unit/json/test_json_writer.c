/* The JSON writer: commas, escapes, every kind of member. */
#include "json/json_writer.h"

#include "base/buf.h"
#include "unit/unit.h"

static struct buf out;
static struct json_writer w;

static void start(void)
{
    buf_free(&out);
    buf_init(&out, NULL);
    json_writer_init(&w, &out);
}

TEST(empty_containers)
{
    start();
    json_array_begin(&w);
    json_object_begin(&w);
    json_object_end(&w);
    json_array_begin(&w);
    json_array_end(&w);
    json_array_end(&w);
    CHECK_STR(buf_str(&out), "[{},[]]");
}

TEST(commas_at_every_depth)
{
    start();
    json_object_begin(&w);
    json_key(&w, "a");
    json_array_begin(&w);
    json_int(&w, 1);
    json_array_begin(&w);
    json_int(&w, 2);
    json_array_end(&w);
    json_object_begin(&w);
    json_member_int(&w, "x", 3);
    json_member_int(&w, "y", 4);
    json_object_end(&w);
    json_null(&w);
    json_array_end(&w);
    json_key(&w, "b");
    json_bool(&w, true);
    json_object_end(&w);
    CHECK_STR(buf_str(&out), "{\"a\":[1,[2],{\"x\":3,\"y\":4},null],\"b\":true}");
}

TEST(every_member)
{
    start();
    json_object_begin(&w);
    json_member_string(&w, "s", "text");
    json_member_string(&w, "n", NULL);
    json_member_int(&w, "i", INT64_MIN);
    json_member_int(&w, "j", INT64_MAX);
    json_member_bool(&w, "t", true);
    json_member_bool(&w, "f", false);
    json_member_null(&w, "z");
    json_member_raw(&w, "r", "{\"k\":[1]}");
    json_object_end(&w);
    CHECK_STR(buf_str(&out),
              "{\"s\":\"text\",\"n\":null,\"i\":-9223372036854775808,\"j\":9223372036854775807,"
              "\"t\":true,\"f\":false,\"z\":null,\"r\":{\"k\":[1]}}");
}

TEST(escapes_are_those_of_the_rfc)
{
    start();
    json_string(&w, "\" \\ / \b \f \n \r \t \x01 \x1f \x7f");
    CHECK_STR(buf_str(&out), "\"\\\" \\\\ / \\b \\f \\n \\r \\t \\u0001 \\u001f \x7f\"");
    start();
    json_string_n(&w, "a\0b", 3);
    CHECK_STR(buf_str(&out), "\"a\\u0000b\"");
    start();
    json_object_begin(&w);
    json_member_string(&w, "k\"\n", "v");
    json_object_end(&w);
    CHECK_STR(buf_str(&out), "{\"k\\\"\\n\":\"v\"}");
}

TEST(utf8_passes_through)
{
    start();
    json_string(&w, "gr\xc3\xb6\xc3\x9f"
                    "e \xf0\x9f\x98\x80");
    CHECK_STR(buf_str(&out), "\"gr\xc3\xb6\xc3\x9f"
                             "e \xf0\x9f\x98\x80\"");
}

TEST(strings_of_a_length)
{
    start();
    json_array_begin(&w);
    json_string_n(&w, "abcdef", 3);
    json_string_n(&w, "", 0);
    json_string_n(&w, NULL, 0);
    json_string(&w, "");
    json_array_end(&w);
    CHECK_STR(buf_str(&out), "[\"abc\",\"\",null,\"\"]");
}

TEST(top_level_scalar)
{
    start();
    json_int(&w, 0);
    CHECK_STR(buf_str(&out), "0");
}

int main(int argc, char **argv)
{
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    buf_free(&out);
    return failed;
}
