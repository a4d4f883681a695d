/* What a configuration was initialized with, from what a CLI says: whatever that is, the answer is
 * a document. */
#include "unit/unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "runner/dependencies.h"

static struct arena *arena;

static const char *written(const char *versions, const char *modules)
{
    struct buf out;
    buf_init(&out, arena);
    dependencies_write(arena, versions, strlen(versions), modules, strlen(modules), &out);
    return buf_str(&out);
}

TEST(both)
{
    arena = arena_new();
    CHECK_STR(
        written("{\"terraform_version\":\"1.11.4\",\"provider_selections\":{"
                "\"registry.terraform.io/hashicorp/null\":\"3.2.4\",\"odd\":7}}",
                "{\"Modules\":[{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"},"
                "{\"Key\":\"a\",\"Source\":\"registry.terraform.io/x/y/z\",\"Version\":\"1.0.0\"},"
                "{\"Key\":\"a.b\",\"Source\":\"./b \\\"q\\\"\",\"Dir\":\"b\"},7]}"),
        "{\"providers\":{\"registry.terraform.io/hashicorp/null\":\"3.2.4\"},"
        "\"modules\":{\"a\":{\"source\":\"registry.terraform.io/x/y/z\",\"version\":\"1.0.0\"},"
        "\"a.b\":{\"source\":\"./b \\\"q\\\"\",\"version\":null}}}");
    arena_free(arena);
}

TEST(nothing_of_use)
{
    static const char *const texts[] = {
        "", "Terraform v1.0.0", "[]", "{}", "7", "{\"provider_selections\":[],\"Modules\":{}}"};

    arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CHECK_STR(written(texts[i], texts[i]), "{\"providers\":{},\"modules\":{}}");
    arena_free(arena);
}

TEST(limits)
{
    struct buf text;
    const char *reason;

    arena = arena_new();
    buf_init(&text, arena);
    buf_adds(&text, "{\"Modules\":[");
    for (int i = 0; i < 2 * DEPENDENCIES_MAX; i++)
        buf_printf(&text, "%s{\"Key\":\"m%d\"}", i ? "," : "", i);
    buf_adds(&text, "]}");
    const char *out = written("", buf_str(&text));
    const struct json_value *modules =
                                json_get(json_read(arena, out, strlen(out), 8, &reason), "modules"),
                            *value;
    const char *key;
    void *cursor = NULL;
    int count = 0;
    while (json_next(modules, &cursor, &key, &value))
        count++;
    CHECK_INT(count, DEPENDENCIES_MAX);
    arena_free(arena);
}

UNIT_MAIN
