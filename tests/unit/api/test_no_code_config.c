/* The configuration that calls a module: whatever the module says stays a name, a text or a value.
 */
#include "api/registry/no_code_config.h"

#include "api/registry/module_contents.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "terraform/hcl.h"
#include "unit/unit.h"

static struct arena *arena;
static struct buf out;
static const char *reason;

/* The configuration for a module with this main.tf. */
static bool write_for(const char *file, const char *name)
{
    arena = arena_new();
    struct module_contents *contents = module_contents_new(arena, name);
    struct slug_reader reader = module_contents_reader(contents);
    CHECK(reader.wants(reader.object, "main.tf", (int64_t)strlen(file)));
    reader.take(reader.object, "main.tf", file, strlen(file));
    const char *why, *text = module_contents_document(contents);
    const struct no_code_call call = {
        .name = name,
        .source = "localterraform.com/acme/vpc/aws",
        .version = "1.2.0",
        .contents = json_read(arena, text, strlen(text), 100, &why),
    };
    buf_init(&out, arena);
    return no_code_config_write(&out, &call, &reason);
}

static bool holds(const char *text)
{
    if (strstr(buf_str(&out), text))
        return true;
    printf("# not in:\n%s\n", buf_str(&out));
    return false;
}

TEST(the_call)
{
    CHECK(write_for("variable \"region\" {\n  type = string\n}\noutput \"id\" {\n  value = 1\n}\n",
                    "vpc"));
    CHECK_STR(buf_str(&out), "variable \"region\" {\n"
                             "  type        = string\n"
                             "}\n\n"
                             "module \"vpc\" {\n"
                             "  source  = \"localterraform.com/acme/vpc/aws\"\n"
                             "  version = \"1.2.0\"\n\n"
                             "  region = var.region\n"
                             "}\n\n"
                             "output \"id\" {\n"
                             "  value     = module.vpc.id\n"
                             "}\n");
    arena_free(arena);
}

TEST(a_module_without_anything)
{
    CHECK(write_for("", "1st"));
    CHECK(holds("module \"module_1st\" {"));
    CHECK(!strstr(buf_str(&out), "variable"));
    arena_free(arena);
}

TEST(defaults_are_said_again)
{
    CHECK(write_for("variable \"n\" {\n  default = 3\n}\nvariable \"o\" {\n  default = null\n}\n"
                    "variable \"l\" {\n  default = [\"a\", { b = true, \"c d\" = 1.50 }]\n}\n"
                    "variable \"e\" {\n  default = \"\"\n}\nvariable \"x\" {\n  default = -(1)\n}\n"
                    "variable \"must\" {}\n",
                    "vpc"));
    CHECK(holds("  default     = 3\n"));
    CHECK(holds("  default     = null\n"));
    CHECK(holds("  default     = [\"a\", {\"b\" = true, \"c d\" = 1.50}]\n"));
    CHECK(holds("  default     = \"\"\n"));
    CHECK(holds("  default     = -(1)\n"));
    CHECK(holds("variable \"must\" {\n}\n"));
    arena_free(arena);
}

TEST(types_stand_as_they_stood)
{
    CHECK(write_for(
        "variable \"o\" {\n  type = object({ # two\n    a = string\n    b = optional(number, 1)\n"
        "  })\n}\n",
        "vpc"));
    CHECK(holds(
        "  type        = object({ # two\n    a = string\n    b = optional(number, 1)\n  })\n"));
    arena_free(arena);
}

TEST(secrets_stay_secret)
{
    CHECK(write_for("variable \"p\" {\n  sensitive = true\n}\noutput \"p\" {\n  value = var.p\n  "
                    "sensitive = true\n}\n"
                    "output \"e\" {\n  value = 1\n  ephemeral = true\n}\n",
                    "vpc"));
    CHECK(holds("variable \"p\" {\n  sensitive   = true\n}\n"));
    CHECK(holds("output \"p\" {\n  value     = module.vpc.p\n  sensitive = true\n}\n"));
    CHECK(!strstr(buf_str(&out), "\"e\""));
    arena_free(arena);
}

/* What was described before types and outputs were kept whole. */
TEST(an_old_description)
{
    const char *why, text[] = "{\"root\": {\"inputs\": [{\"name\": \"a\", \"type\": \"object({ a = "
                              "string b = number })\", "
                              "\"required\": true}, {\"name\": \"b\", \"type\": \"list(string)\", "
                              "\"required\": true}], "
                              "\"outputs\": [{\"name\": \"o\"}]}, \"interface\": null}";
    arena = arena_new();
    const struct no_code_call call = {.name = "m",
                                      .source = "s",
                                      .version = "1.0.0",
                                      .contents = json_read(arena, text, strlen(text), 100, &why)};
    buf_init(&out, arena);
    CHECK(no_code_config_write(&out, &call, &reason));
    CHECK(holds("variable \"a\" {\n}\n"));
    CHECK(holds("  type        = list(string)\n"));
    CHECK(holds("  sensitive = true\n"));
    arena_free(arena);
}

TEST(texts_are_no_templates)
{
    CHECK(write_for("variable \"a\" {\n  description = \"$${x} %%{if} \\\"q\\\" \\\\ $$${y} 50%\"\n"
                    "  default = \"$${x}\\n%%{y}\\t\"\n}\n",
                    "vpc"));
    CHECK(holds("  description = \"$${x} %%{if} \\\"q\\\" \\\\ $\\u0024{y} 50%\"\n"));
    CHECK(holds("  default     = \"$${x}\\n%%{y}\\t\"\n"));
    arena_free(arena);
}

/* What is quoted reads as what it was. */
TEST(quoted_and_read_again)
{
    static const char *const texts[] = {
        "",
        "plain",
        "\"",
        "\\",
        "${x}",
        "%{x}",
        "$${x}",
        "%%{x}",
        "$$${",
        "$",
        "%",
        "$$",
        "a\nb\tc\rd",
        "\x01\x1f",
        "\xc3\xa9 \xf0\x9f\x98\x80",
        "\"\n}\nresource \"x\" \"y\" {",
        "\\${x}",
        "%${%{$%{",
    };
    arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_init(&out, arena);
        no_code_config_quote(&out, texts[i]);
        const char *read = hcl_string(arena, (struct hcl_text){buf_str(&out), out.len});
        CHECK_STR(read ? read : "(none)", texts[i]);
    }
    arena_free(arena);
}

TEST(names_that_are_no_names)
{
    static const char *const files[] = {
        "variable \"a b\" {}\n",    "variable \"source\" {}\n",        "variable \"for_each\" {}\n",
        "variable \"a\\\"{\" {}\n", "output \"1\" {\n value = 1\n}\n", "variable \"${x}\" {}\n",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        reason = "";
        CHECK(!write_for(files[i], "vpc"));
        CHECK(strstr(reason, "whose name cannot be used"));
        arena_free(arena);
    }
    CHECK(write_for("output \"source\" {\n value = 1\n}\nvariable \"_a-\xc3\xa9\" {}\n", "vpc"));
    CHECK(holds("  _a-\xc3\xa9 = var._a-\xc3\xa9\n"));
    arena_free(arena);
}

UNIT_MAIN
