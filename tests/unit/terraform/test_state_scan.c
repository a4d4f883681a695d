/* The state scanner: what it extracts, from text cut anywhere; what it refuses; that its memory
 * does not grow with the file. */
#include "terraform/state_scan.h"

#include "base/arena.h"
#include "base/buf.h"
#include "unit/unit.h"

static struct arena *arena;
static const char *reason;

/* Each piece is copied to its exact size, so that ASan sees a read past it. */
static bool feed(struct state_scan *scan, const char *text, size_t len)
{
    char *piece = malloc(len);
    memcpy(piece, text, len);
    bool good = state_scan_feed(scan, piece, len);
    free(piece);
    return good;
}

static const struct state_summary *scan_text(const char *text)
{
    struct state_scan *scan = state_scan_new(arena);
    bool good = feed(scan, text, strlen(text));
    const struct state_summary *summary = state_scan_end(scan, &reason);
    CHECK(good || summary == NULL);
    CHECK((summary == NULL) == (reason != NULL));
    return summary;
}

static bool refused(const char *text)
{
    return scan_text(text) == NULL;
}

static const char sample[] =
    "{\n"
    "  \"version\": 4,\n"
    "  \"terraform_version\": \"1.5.7\",\n"
    "  \"serial\": 12,\n"
    "  \"lineage\": \"3f7b9a0e-0000-4b5c-8d2e-000000000001\",\n"
    "  \"outputs\": {\n"
    "    \"list\": { \"value\": [ \"a b\", 1.50, { \"k\" : null } ],\n"
    "      \"type\": [ \"tuple\", [ \"string\", \"number\" ] ] },\n"
    "    \"secret\": { \"sensitive\": true, \"type\": \"string\", \"value\": \"p\\\"w\\u00e4\" },\n"
    "    \"n\\u00e4me\": { \"value\": -1.25e+10, \"type\": \"number\", \"sensitive\": false }\n"
    "  },\n"
    "  \"resources\": [\n"
    "    {\n"
    "      \"module\": \"module.a[\\\"x\\\"].module.b[0]\",\n"
    "      \"mode\": \"managed\",\n"
    "      \"type\": \"null_resource\",\n"
    "      \"name\": \"this\",\n"
    "      \"provider\": \"provider[\\\"registry.terraform.io/hashicorp/null\\\"]\",\n"
    "      \"instances\": [\n"
    "        { \"index_key\": 0, \"schema_version\": 0,\n"
    "          \"attributes\": { \"id\": \"1\", \"index_key\": 99, \"deposed\": \"no\",\n"
    "            \"instances\": [ {\"name\": \"x\"} ] }, \"sensitive_attributes\": [] },\n"
    "        { \"attributes\": {}, \"index_key\": \"a\\u0026b\" },\n"
    "        { \"attributes\": null }\n"
    "      ]\n"
    "    },\n"
    "    {\n"
    "      \"instances\": [ { \"attributes\": { \"type\": \"wrong\" } } ],\n"
    "      \"type\": \"http\", \"provider\": \"p\", \"name\": \"d\", \"mode\": \"data\"\n"
    "    }\n"
    "  ],\n"
    "  \"check_results\": null\n"
    "}\n";

static void check_sample(const struct state_summary *summary)
{
    CHECK(summary != NULL);
    if (summary == NULL)
        return;
    CHECK_INT(summary->version, 4);
    CHECK_INT(summary->serial, 12);
    CHECK_STR(summary->terraform_version, "1.5.7");
    CHECK_STR(summary->lineage, "3f7b9a0e-0000-4b5c-8d2e-000000000001");
    CHECK(!summary->truncated);

    const struct state_output *output = summary->outputs;
    CHECK_INT(summary->output_count, 3);
    CHECK_STR(output[0].name, "list");
    CHECK_STR(output[0].value, "[\"a b\",1.50,{\"k\":null}]");
    CHECK_STR(output[0].type, "[\"tuple\",[\"string\",\"number\"]]");
    CHECK(!output[0].sensitive);
    CHECK_STR(output[1].name, "secret");
    CHECK_STR(output[1].value, "\"p\\\"w\\u00e4\"");
    CHECK_STR(output[1].type, "\"string\"");
    CHECK(output[1].sensitive);
    CHECK_STR(output[2].name, "n\xc3\xa4me");
    CHECK_STR(output[2].value, "-1.25e+10");
    CHECK(!output[2].sensitive);

    const struct state_resource *resource = summary->resources;
    CHECK_INT(summary->resource_count, 2);
    CHECK_STR(resource[0].module, "module.a[\"x\"].module.b[0]");
    CHECK_STR(resource[0].mode, "managed");
    CHECK_STR(resource[0].type, "null_resource");
    CHECK_STR(resource[0].name, "this");
    CHECK_STR(resource[0].provider, "provider[\"registry.terraform.io/hashicorp/null\"]");
    CHECK_INT(resource[0].instance_count, 3);
    CHECK_INT(resource[0].index_key_count, 3);
    CHECK_STR(resource[0].index_keys[0], "0");
    CHECK_STR(resource[0].index_keys[1], "\"a\\u0026b\"");
    CHECK(resource[0].index_keys[2] == NULL);
    CHECK(resource[1].module == NULL);
    CHECK_STR(resource[1].mode, "data");
    CHECK_STR(resource[1].type, "http");
    CHECK_STR(resource[1].name, "d");
    CHECK_STR(resource[1].provider, "p");
    CHECK_INT(resource[1].instance_count, 1);
    CHECK(resource[1].index_keys[0] == NULL);
}

TEST(extracts_everything)
{
    check_sample(scan_text(sample));
}

TEST(any_two_pieces_give_the_same)
{
    for (size_t cut = 0; cut < sizeof(sample); cut++) {
        struct state_scan *scan = state_scan_new(arena);
        CHECK(feed(scan, sample, cut));
        CHECK(feed(scan, sample + cut, sizeof(sample) - 1 - cut));
        check_sample(state_scan_end(scan, &reason));
        arena_reset(arena);
    }
}

TEST(single_bytes_give_the_same)
{
    struct state_scan *scan = state_scan_new(arena);
    for (size_t i = 0; i < sizeof(sample) - 1; i++) {
        CHECK(feed(scan, sample + i, 1));
        CHECK(state_scan_feed(scan, NULL, 0));
    }
    check_sample(state_scan_end(scan, &reason));
}

TEST(every_prefix_is_incomplete)
{
    for (size_t len = 0; len < sizeof(sample) - 2; len++) {
        struct state_scan *scan = state_scan_new(arena);
        CHECK(feed(scan, sample, len));
        CHECK(state_scan_end(scan, &reason) == NULL);
        CHECK_STR(reason, "the state ends too early");
        arena_reset(arena);
    }
}

TEST(empty_object_is_a_state_with_nothing_in_it)
{
    const struct state_summary *summary = scan_text(" {} ");
    CHECK(summary != NULL && summary->version == 0 && summary->serial == 0);
    CHECK(summary != NULL && summary->lineage == NULL && summary->terraform_version == NULL);
    CHECK(summary != NULL && summary->output_count == 0 && summary->resource_count == 0);
    CHECK(summary != NULL && !summary->truncated);
}

TEST(what_is_no_json_object_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "[]",
        "null",
        "4",
        "\"x\"",
        "{",
        "}",
        "{]",
        "{}}",
        "{} x",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":tru}",
        "{\"a\":TRUE}",
        "{\"a\":nul",
        "{\"a\":truex}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":+1}",
        "{\"a\":-01}",
        "{\"a\":0x1}",
        "{\"a\":1.2.3}",
        "{\"a\":--1}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":'x'}",
        "{\"a\":1;}",
        "\xef\xbb\xbf{}",
        "{\"a\":{}{}}",
        "{\"a\":\"x\" \"y\"}",
        "{\"a\":1}\n//",
        "{\"a\":\"\\\"}",
        "{1:2}",
        "{\"a\":[}",
        "{\"a\":{]}",
        "{\"a\"::1}",
        "{\"a\":1:}",
        "{\"a\":]}",
        "{\"a\":,}",
        "{\"outputs\":{]}",
        "{\"resources\":[}",
        "{\"a\":truefalse}",
        "{\"a\":00}",
        "{\"a\":1a}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!refused(bad[i]))
            CHECK_STR(bad[i], "refused");
    CHECK(refused("[1]"));
    CHECK_STR(reason, "the state is not a JSON object");
}

TEST(what_is_valid_json_is_accepted)
{
    static const char *const good[] = {
        "\t\r\n {\"a\" : 0 , "
        "\"b\":-0,\"c\":[0.0,1e5,1E-5,-0.5e+05,123456789012345678901234567890]}\n",
        "{\"a\":[true,false,null,[],{},\"\",[[]],{\"\":{}}]}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\uD83D\\uDE00\\ud800\\u0000\x7f\"}",
        "{\"\":1,\"\":2}",
        "{\"version\":{\"a\":[1]},\"serial\":[],\"lineage\":3,\"outputs\":[1],\"resources\":{\"a\":"
        "1}}",
        "{\"outputs\":null,\"resources\":null}",
        "{\"outputs\":{\"a\":1,\"b\":[{}],\"c\":\"x\"},\"resources\":[1,\"x\",[],[{}],null]}",
        "{\"resources\":[{\"instances\":[1,[],\"x\",null]},{\"instances\":{}},{\"instances\":5}]}",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (refused(good[i]))
            CHECK_STR(good[i], "accepted");
}

TEST(feed_stays_false_after_an_error)
{
    struct state_scan *scan = state_scan_new(arena);
    CHECK(!feed(scan, "{x", 2));
    CHECK(!feed(scan, "{}", 2));
    CHECK(state_scan_end(scan, &reason) == NULL);
    CHECK_STR(reason, "the state is not valid JSON");
}

TEST(nesting_ends_at_512)
{
    char text[2000];
    for (int depth = 511; depth <= 512; depth++) { /* and one level for the object */
        char *to = text + snprintf(text, sizeof(text), "{\"a\":");
        memset(to, '[', (size_t)depth);
        memset(to + depth, ']', (size_t)depth);
        memcpy(to + 2 * depth, "}", 2);
        CHECK(refused(text) == (depth == 512));
    }
    CHECK_STR(reason, "the state is nested too deeply");
}

TEST(values_of_a_wrong_kind_are_as_good_as_absent)
{
    const struct state_summary *summary = scan_text(
        "{\"version\":\"4\",\"serial\":1.5,\"lineage\":{\"a\":\"b\"},\"terraform_version\":7,"
        "\"resources\":[{\"name\":null,\"module\":5,\"instances\":[{\"index_key\":{\"a\":1}},{"
        "\"index_key\":null},"
        "{\"index_key\":true}]}],\"outputs\":{\"x\":{\"value\":null,\"sensitive\":\"true\"},\"y\":{"
        "}}}");
    CHECK(summary != NULL);
    CHECK_INT(summary->version, 0);
    CHECK_INT(summary->serial, 0);
    CHECK(summary->lineage == NULL);
    CHECK(summary->terraform_version == NULL);
    CHECK_STR(summary->resources[0].name, "");
    CHECK_STR(summary->resources[0].type, "");
    CHECK_STR(summary->resources[0].mode, "");
    CHECK_STR(summary->resources[0].provider, "");
    CHECK(summary->resources[0].module == NULL);
    CHECK_INT(summary->resources[0].index_key_count, 3);
    for (int i = 0; i < 3; i++)
        CHECK(summary->resources[0].index_keys[i] == NULL);
    CHECK_STR(summary->outputs[0].value, "null");
    CHECK(!summary->outputs[0].sensitive);
    CHECK_STR(summary->outputs[1].value, "null");
    CHECK(summary->outputs[1].type == NULL);
    CHECK(!summary->truncated);
}

TEST(serials_take_64_bits)
{
    const struct state_summary *summary =
        scan_text("{\"serial\":9223372036854775807,\"version\":-1}");
    CHECK(summary->serial == INT64_MAX && summary->version == -1);
    summary = scan_text("{\"serial\":9223372036854775808,\"version\":1e2}");
    CHECK(summary->serial == 0 && summary->version == 0);
}

TEST(the_last_of_two_members_counts)
{
    const struct state_summary *summary =
        scan_text("{\"serial\":1,\"serial\":2,\"lineage\":\"a\",\"lineage\":\"b\","
                  "\"outputs\":{\"x\":{\"value\":1},\"y\":{\"value\":2},\"x\":{\"value\":3}},"
                  "\"resources\":[{\"name\":\"gone\"}],"
                  "\"resources\":[{\"name\":\"n\",\"name\":\"m\",\"instances\":[{}],\"instances\":["
                  "{\"index_key\":1},{}]}]}");
    CHECK_INT(summary->serial, 2);
    CHECK_STR(summary->lineage, "b");
    CHECK_INT(summary->output_count, 2);
    CHECK_STR(summary->outputs[0].name, "y");
    CHECK_STR(summary->outputs[1].name, "x");
    CHECK_STR(summary->outputs[1].value, "3");
    CHECK_INT(summary->resource_count, 1);
    CHECK_STR(summary->resources[0].name, "m");
    CHECK_INT(summary->resources[0].instance_count, 2);
    CHECK_STR(summary->resources[0].index_keys[0], "1");
}

TEST(keys_are_compared_decoded_only_where_they_are_names)
{
    const struct state_summary *summary =
        scan_text("{\"outputs\":{\"a\\u0062\\n\":{\"value\":1}}}");
    CHECK_STR(summary->outputs[0].name, "ab\n");
}

TEST(names_are_decoded_to_clean_utf8)
{
    const struct state_summary *summary =
        scan_text("{\"lineage\":\"\\ud83d\\ude00|\\ud83d|\\ude00|\\ud83dx|\\u0000|\xff|\xc3|"
                  "\xc3\xa4|\\ud83d\\u0041\"}");
    CHECK_STR(summary->lineage,
              "\xf0\x9f\x98\x80|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbdx|\xef\xbf\xbd|\xef\xbf\xbd|"
              "\xef\xbf\xbd|\xc3\xa4|\xef\xbf\xbd"
              "A");
    summary = scan_text("{\"outputs\":{\"a\":{\"value\":\"\xff\\u0000\"}}}");
    CHECK_STR(summary->outputs[0].value, "\"\xef\xbf\xbd\\u0000\"");
}

TEST(deposed_objects_are_no_instances)
{
    const struct state_summary *summary =
        scan_text("{\"resources\":[{\"instances\":[{\"deposed\":\"4b5c8d2e\"},{\"index_key\":1,"
                  "\"deposed\":\"\"},"
                  "{\"deposed\":null}]}]}");
    CHECK_INT(summary->resources[0].instance_count, 2);
    CHECK_STR(summary->resources[0].index_keys[0], "1");
}

TEST(long_numbers_keep_every_digit)
{
    struct buf text;
    buf_init(&text, arena);
    buf_adds(&text, "{\"outputs\":{\"pi\":{\"value\":3.");
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, (char)('0' + i % 10));
    buf_adds(&text,
             "}},\"resources\":[{\"instances\":[{\"index_key\":12345678901234567890123}]}]}");
    const struct state_summary *summary = scan_text(buf_str(&text));
    CHECK_INT(strlen(summary->outputs[0].value), 5002);
    CHECK_STR(summary->resources[0].index_keys[0], "12345678901234567890123");
}

static const char *output_of(size_t value_len)
{
    struct buf text;
    buf_init(&text, arena);
    buf_adds(&text, "{\"outputs\":{\"big\":{\"type\":\"string\",\"value\":\"");
    char *to = buf_reserve(&text, value_len);
    memset(to, 'x', value_len);
    text.len += value_len;
    buf_adds(&text, "\"},\"small\":{\"value\":1}},\"serial\":3}");
    return buf_str(&text);
}

TEST(value_over_one_mebibyte_is_marked_and_dropped)
{
    const struct state_summary *summary = scan_text(output_of(1024 * 1024 - 2));
    CHECK_INT(strlen(summary->outputs[0].value), 1024 * 1024);
    CHECK(!summary->truncated);
    arena_reset(arena);
    summary = scan_text(output_of(1024 * 1024 - 1));
    CHECK(summary->outputs[0].value == NULL);
    CHECK_STR(summary->outputs[0].type, "\"string\"");
    CHECK_STR(summary->outputs[0].name, "big");
    CHECK_STR(summary->outputs[1].value, "1");
    CHECK_INT(summary->serial, 3);
    CHECK(summary->truncated);
}

TEST(name_over_64_kibibytes_is_marked_and_dropped)
{
    struct buf text;
    buf_init(&text, arena);
    buf_adds(&text, "{\"outputs\":{\"");
    for (int i = 0; i < 70000; i++)
        buf_addc(&text, 'k');
    buf_adds(&text, "\":{\"value\":1},\"b\":{\"value\":2}}}");
    const struct state_summary *summary = scan_text(buf_str(&text));
    CHECK_INT(summary->output_count, 1);
    CHECK_STR(summary->outputs[0].name, "b");
    CHECK(summary->truncated);
}

TEST(instances_over_200000_are_counted)
{
    struct state_scan *scan = state_scan_new(arena);
    static const char head[] = "{\"resources\":[{\"name\":\"many\",\"instances\":[{}";
    static const char tail[] = "]},{\"name\":\"next\",\"instances\":[{}]}]}";
    CHECK(feed(scan, head, strlen(head)));
    for (int i = 1; i < 200001; i++)
        CHECK(state_scan_feed(scan, ",{\"index_key\":7}", 16));
    CHECK(feed(scan, tail, strlen(tail)));
    const struct state_summary *summary = state_scan_end(scan, &reason);
    CHECK_INT(summary->resources[0].instance_count, 200001);
    CHECK_INT(summary->resources[0].index_key_count, 200000);
    CHECK_INT(summary->resources[1].instance_count, 1);
    CHECK_INT(summary->resources[1].index_key_count, 0);
    CHECK_STR(summary->resources[1].name, "next");
    CHECK(summary->truncated);
}

/* Repeats a piece until size bytes were fed. */
static const struct state_summary *scan_large(const char *head, const char *piece, const char *tail,
                                              size_t size)
{
    struct state_scan *scan = state_scan_new(arena);
    size_t len = strlen(piece);
    CHECK(feed(scan, head, strlen(head)));
    for (size_t done = 0; done < size; done += len)
        if (!state_scan_feed(scan, piece, len)) {
            CHECK(!"feed");
            break;
        }
    CHECK(feed(scan, tail, strlen(tail)));
    return state_scan_end(scan, &reason);
}

#define MIB (1024 * 1024)

/* What keeps the test short where each byte costs more. */
#ifdef ARENA_DEBUG
#define LARGE (64 * MIB)
#else
#define LARGE (256 * MIB)
#endif

TEST(memory_does_not_grow_with_what_is_skipped)
{
    arena_reset(arena);
    static const char piece[] =
        "          \"content_0\": \"Lorem ipsum dolor sit amet, \\\"consectetur\\\" adipiscing "
        "elit, sed do "
        "eiusmod tempor incididunt ut labore et dolore magna aliqua.\\n\",\n"
        "          \"tags\": {\n            \"Name\": \"web\",\n            \"count\": 12345.5,\n"
        "            \"on\": true\n          },\n"
        "          \"ids\": [\n            \"sg-0123456789abcdef0\",\n            null\n          "
        "],\n";
    const struct state_summary *summary =
        scan_large("{\"resources\":[{\"name\":\"a\",\"instances\":[{\"attributes\":{", piece,
                   "\"z\":1}}]}],\"serial\":5}", LARGE);
    CHECK(summary != NULL && summary->serial == 5 && summary->resources[0].instance_count == 1);
    CHECK(arena_used(arena) < 64 * 1024);
}

TEST(memory_has_a_limit_whatever_the_state_holds)
{
    arena_reset(arena);
    static const char *const cases[][3] = {
        {"{\"outputs\":{\"a\":{}", ",\"b\":{\"value\":[1,2,3],\"type\":\"x\"}", "}}"},
        {"{\"resources\":[{}", ",{\"name\":\"b\",\"instances\":[{\"index_key\":\"kkkk\"}]}", "]}"},
        {"{\"resources\":[{\"instances\":[{}", ",{\"index_key\":\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkk\"}",
         "]}]}"},
        {"{\"outputs\":{\"a\":{\"value\":\"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\"}}}"},
        {"{\"lineage\":\"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\"}"},
        {"{\"serial\":1", "111111111111111111111111111111111111", "}"},
        {"{\"a\":\"", "\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061", "\"}"},
        {"{\"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\":1}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct state_summary *summary =
            scan_large(cases[i][0], cases[i][1], cases[i][2], LARGE / 2);
        CHECK(summary != NULL);
        CHECK(summary != NULL && (summary->truncated || i >= 6));
        CHECK(arena_used(arena) < 48 * (size_t)MIB);
        arena_reset(arena);
    }
}

int main(int argc, char **argv)
{
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    arena_free(arena);
    return failed;
}
