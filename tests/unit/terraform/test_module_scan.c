/* The scanner of modules: what it tells of a file, where it stops, and that what it keeps is
 * bounded. */
#include "terraform/module_scan.h"

#include "base/arena.h"
#include "base/buf.h"
#include "terraform/hcl.h"
#include "unit/unit.h"

static struct arena *arena;
static size_t budget;

/* The text is copied to its exact size, so that ASan sees a read past it. */
static const struct module_facts *scan_text(const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    struct module_scan *scan = module_scan_new(arena, &budget);
    memcpy(copy, text, len);
    module_scan_file(scan, copy, len);
    free(copy);
    return module_scan_end(scan);
}

static void begin(void)
{
    arena = arena_new();
    budget = 1024 * 1024;
}

TEST(inputs)
{
    begin();
    const struct module_facts *facts =
        scan_text("# a comment\n"
                  "variable \"name\" {\n"
                  "  type        = string // why\n"
                  "  description = \"How it is \\\"called\\\"\"\n"
                  "  validation {\n"
                  "    condition     = length(var.name) > 3\n"
                  "    error_message = \"Not { this }\"\n"
                  "  }\n"
                  "  sensitive = true\n"
                  "}\n"
                  "variable \"rules\" {\n"
                  "  type = map(object({\n"
                  "    port = number\n"
                  "  }))\n"
                  "  default = {\n"
                  "    web = { port = 80 }, \"ssh\" : { port = 22 }\n"
                  "  }\n"
                  "}\n"
                  "variable text { default = \"a\\tb\" }\n"
                  "variable \"computed\" {\n"
                  "  default = max(1, 2)\n"
                  "}\n"
                  "variable \"nothing\" {\n"
                  "  default = null\n"
                  "}\n");
    const struct module_item *in = facts->inputs.items;
    CHECK(facts->inputs.count == 5);
    CHECK_STR(in[0].name, "name");
    CHECK_STR(in[0].type, "string");
    CHECK_STR(in[0].description, "How it is \"called\"");
    CHECK_STR(in[0].initial, NULL);
    CHECK(in[0].sensitive);
    CHECK_STR(in[1].type, "map(object({ port = number }))");
    CHECK_STR(in[1].initial, "{\"web\":{\"port\":80},\"ssh\":{\"port\":22}}");
    CHECK_STR(in[2].name, "text");
    CHECK_STR(in[2].initial, "\"a\\u0009b\"");
    CHECK_STR(in[3].initial, "max(1, 2)");
    CHECK_STR(in[4].initial, "null");
    CHECK(!facts->truncated);
    arena_free(arena);
}

TEST(outputs_calls_resources)
{
    begin();
    const struct module_facts *facts =
        scan_text("output \"id\" {\n"
                  "  value       = \"${aws_x.y[\"a}\"].id}-${\"}\"}\"\n"
                  "  description = <<-EOT\n"
                  "    Two\n"
                  "      lines\n"
                  "  EOT\n"
                  "}\n"
                  "module \"net\" {\n"
                  "  source  = \"app.example.org/acme/net/aws\"\n"
                  "  version = \"~> 1.0\"\n"
                  "  providers = {\n"
                  "    aws = aws.west\n"
                  "  }\n"
                  "}\n"
                  "resource \"aws_instance\" \"web\" {\n"
                  "  user_data = <<EOF\n"
                  "resource \"not\" \"this\" {\n"
                  "EOF\n"
                  "  /* } */\n"
                  "}\n"
                  "data \"aws_ami\" \"image\" {}\n"
                  "locals { a = \"}\" }\n"
                  "resource \"aws_eip\" \"ip\" {}\n");
    CHECK(facts->outputs.count == 1 && facts->calls.count == 1 && facts->resources.count == 2);
    CHECK_STR(facts->outputs.items[0].description, "Two\n  lines\n");
    CHECK_STR(facts->calls.items[0].source, "app.example.org/acme/net/aws");
    CHECK_STR(facts->calls.items[0].version, "~> 1.0");
    CHECK_STR(facts->resources.items[0].type, "aws_instance");
    CHECK_STR(facts->resources.items[0].name, "web");
    CHECK_STR(facts->resources.items[1].name, "ip");
    arena_free(arena);
}

TEST(providers)
{
    begin();
    const struct module_facts *facts = scan_text("terraform {\n"
                                                 "  required_version = \">= 1.0\"\n"
                                                 "  required_providers {\n"
                                                 "    aws = {\n"
                                                 "      source                = \"hashicorp/aws\"\n"
                                                 "      version               = \">= 5.0\"\n"
                                                 "      configuration_aliases = [aws.west]\n"
                                                 "    }\n"
                                                 "    null = \"~> 3.0\"\n"
                                                 "  }\n"
                                                 "  backend \"local\" {}\n"
                                                 "}\n"
                                                 "provider \"aws\" {\n"
                                                 "  region  = \"x\"\n"
                                                 "  version = \"ignored, there is one\"\n"
                                                 "}\n"
                                                 "provider \"google\" {\n"
                                                 "  version = \"4.0\"\n"
                                                 "}\n");
    const struct module_item *p = facts->providers.items;
    CHECK(facts->providers.count == 3);
    CHECK_STR(p[0].name, "aws");
    CHECK_STR(p[0].source, "hashicorp/aws");
    CHECK_STR(p[0].version, ">= 5.0");
    CHECK_STR(p[1].name, "null");
    CHECK_STR(p[1].version, "~> 3.0");
    CHECK_STR(p[2].name, "google");
    CHECK_STR(p[2].version, "4.0");
    arena_free(arena);
}

/* What stood before the place that cannot be followed is told. */
TEST(broken_files)
{
    static const char *const texts[] = {
        "variable \"a\" {}\nvariable \"b\" {",
        "variable \"a\" {}\nvariable \"b {}\nvariable \"c\" {}\n",
        "variable \"a\" {}\nvariable \"b\" { default = <<EOF\nno end\n",
        "variable \"a\" {}\n}\nvariable \"c\" {}\n",
        "variable \"a\" {}\nlocals { x = \"${ }\n",
        "variable \"a\" {}\n\"variable\" \"c\" {}\n",
        "variable \"a\" {}\nattribute = 1\nvariable \"c\" {}\n",
        "variable \"a\" {}\n/* no end",
    };
    begin();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct module_facts *facts = scan_text(texts[i]);
        CHECK(facts->inputs.count >= 1 && facts->inputs.count <= 2);
        CHECK_STR(facts->inputs.items[0].name, "a");
        CHECK(facts->inputs.count == 1 || strcmp(facts->inputs.items[1].name, "b") == 0);
    }
    CHECK(scan_text("")->inputs.count == 0);
    arena_free(arena);
}

TEST(strings)
{
    static const struct {
        const char *expression, *text;
    } cases[] = {
        {"\"\"", ""},
        {"\"$${a} %%{b}\"", "${a} %{b}"},
        {"\"${a}\"", NULL},
        {"\"\\u00e9\\U0001F600\"", "\xC3\xA9\xF0\x9F\x98\x80"},
        {"\"\\u0000\"", "\xEF\xBF\xBD"},
        {"\"\\uD800\"", "\xEF\xBF\xBD"},
        {"\"\\x\"", NULL},
        {"\"a\" + 1", NULL},
        {"<<E\na \\n\nE", "a \\n\n"},
        {"word", NULL},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(
            hcl_string(arena, (struct hcl_text){cases[i].expression, strlen(cases[i].expression)}),
            cases[i].text);
    arena_free(arena);
}

TEST(values)
{
    static const struct {
        const char *expression, *json;
    } cases[] = {
        {"-1.50", "-1.50"},
        {"01", NULL},
        {"1.", NULL},
        {"1 + 1", NULL},
        {"[]", "[]"},
        {"[1,\n 2, # two\n]", "[1,2]"},
        {"[1 2]", NULL},
        {"{}", "{}"},
        {"{ a = 1\n b = [true] }", "{\"a\":1,\"b\":[true]}"},
        {"{ a = 1 b = 2 }", NULL},
        {"{ (a) = 1 }", NULL},
        {"var.x", NULL},
        {"\"q\\\"\"", "\"q\\\"\""},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        buf_init(&out, arena);
        bool good =
            hcl_json((struct hcl_text){cases[i].expression, strlen(cases[i].expression)}, &out);
        CHECK(good == (cases[i].json != NULL));
        CHECK(!good || strcmp(buf_str(&out), cases[i].json) == 0);
    }
    arena_free(arena);
}

/* Too deep is no value, and no stack. */
TEST(deep_nesting)
{
    struct buf text;
    begin();
    buf_init(&text, arena);
    buf_adds(&text, "variable \"a\" {\n default = ");
    for (int i = 0; i < 100000; i++)
        buf_addc(&text, '[');
    buf_adds(&text, "\n}\nvariable \"b\" {\n default = ");
    for (int i = 0; i < 100000; i++)
        buf_adds(&text, "\"${");
    const struct module_facts *facts = scan_text(buf_str(&text));
    CHECK(facts->inputs.count == 1);
    arena_free(arena);
}

TEST(what_is_too_much)
{
    struct buf text;
    begin();
    buf_init(&text, arena);
    for (int i = 0; i < MODULE_SCAN_MAX_ITEMS + 1; i++)
        buf_printf(&text, "resource \"t\" \"r%d\" {}\n", i);
    budget = 64 * 1024 * 1024;
    const struct module_facts *facts = scan_text(buf_str(&text));
    CHECK(facts->resources.count == MODULE_SCAN_MAX_ITEMS && facts->truncated);

    buf_clear(&text);
    buf_adds(&text, "variable \"a\" {\n default = \"");
    for (size_t i = 0; i < MODULE_SCAN_MAX_TEXT; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\"\n description = \"short\"\n}\n");
    facts = scan_text(buf_str(&text));
    CHECK(facts->truncated && facts->inputs.items[0].initial == NULL);
    CHECK_STR(facts->inputs.items[0].description, "short");

    budget = 10000;
    buf_clear(&text);
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "output \"o%d\" {\n description = \"d\"\n}\n", i);
    facts = scan_text(buf_str(&text));
    CHECK(facts->truncated && facts->outputs.count > 0 && facts->outputs.count < 20);
    arena_free(arena);
}

UNIT_MAIN
