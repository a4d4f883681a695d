/* What is told of a module's archive, and that no archive makes it much. */
#include "api/registry/module_contents.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "unit/unit.h"

#define MIB ((size_t)1024 * 1024)

static struct arena *arena;
static struct module_contents *contents;
static struct slug_reader reader;

static void begin(void)
{
    arena = arena_new();
    contents = module_contents_new(arena, "vpc");
    reader = module_contents_reader(contents);
}

/* As src/archive/slug.c would. */
static bool offer_bytes(const char *path, const char *bytes, size_t len)
{
    if (!reader.wants(reader.object, path, (int64_t)len))
        return false;
    reader.take(reader.object, path, bytes, len);
    return true;
}

static bool offer(const char *path, const char *text)
{
    return offer_bytes(path, text, strlen(text));
}

static const struct json_value *document(void)
{
    const char *reason, *text = module_contents_document(contents);
    return json_read(arena, text, strlen(text), 32, &reason);
}

TEST(which_files)
{
    begin();
    CHECK(offer("main.tf", ""));
    CHECK(offer("README.md", ""));
    CHECK(offer("modules/a/b.tf", ""));
    CHECK(offer("examples/a/README.md", ""));
    CHECK(!offer("main.tf.json", ""));
    CHECK(!offer("readme.txt", ""));
    CHECK(!offer(".tf", ""));
    CHECK(!offer("modules/main.tf", ""));
    CHECK(!offer("modules/a/b/c.tf", ""));
    CHECK(!offer("other/a/b.tf", ""));
    CHECK(!offer("modulesx/a/b.tf", ""));
    arena_free(arena);
}

TEST(folders)
{
    begin();
    offer("README.md", "The root");
    offer("modules/a/main.tf", "variable \"x\" {}\n");
    offer("examples/e/main.tf", "provider \"aws\" {\n version = \"5\"\n}\n");
    offer("modules/b/README.md", "No file of Terraform");
    const struct json_value *found = document();
    CHECK_STR(json_text(json_find(found, "root", "name", NULL)), "vpc");
    CHECK_STR(json_text(json_find(found, "root", "readme", NULL)), "The root");
    CHECK(json_boolean(json_find(found, "root", "empty", NULL)));
    const struct json_value *modules = json_get(found, "submodules");
    CHECK_INT(json_length(modules), 2);
    CHECK_STR(json_text(json_get(json_at(modules, 0), "path")), "modules/a");
    CHECK_STR(json_text(json_get(json_at(modules, 0), "name")), "a");
    CHECK_INT(json_length(json_get(json_at(modules, 0), "inputs")), 1);
    CHECK(json_boolean(json_get(json_at(modules, 1), "empty")));
    CHECK_INT(json_length(json_get(found, "examples")), 1);
    CHECK_STR(module_contents_summary(contents),
              "{\"root\":{\"providers\":[],\"dependencies\":[]},\"submodules\":["
              "{\"path\":\"modules/a\",\"providers\":[],\"dependencies\":[]},"
              "{\"path\":\"modules/b\",\"providers\":[],\"dependencies\":[]}]}");
    arena_free(arena);
}

TEST(sources_of_providers)
{
    static const struct {
        const char *source, *namespace;
    } cases[] = {
        {"acme/x", "acme"},
        {"registry.example.org/acme/x", "acme"},
        {"x", "hashicorp"},
        {"/x", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        begin();
        snprintf(text, sizeof text,
                 "terraform {\n required_providers {\n x = { source = \"%s\" }\n }\n}\n",
                 cases[i].source);
        offer("main.tf", text);
        const struct json_value *of =
            json_at(json_find(document(), "root", "provider_dependencies", NULL), 0);
        CHECK_STR(json_text(json_get(of, "namespace")), cases[i].namespace);
        CHECK_STR(json_text(json_get(of, "source")), cases[i].source);
        arena_free(arena);
    }
}

/* PostgreSQL takes neither. */
TEST(what_is_no_text)
{
    begin();
    CHECK(offer("README.md", "\xFF"));
    CHECK(offer_bytes("main.tf", "variable \"a\" {}\0", 16));
    CHECK(!offer("modules/\xFF/main.tf", "variable \"a\" {}"));
    const struct json_value *found = document();
    CHECK_STR(json_text(json_find(found, "root", "readme", NULL)), "");
    CHECK_INT(json_length(json_find(found, "root", "inputs", NULL)), 0);
    CHECK(!json_boolean(json_find(found, "root", "empty", NULL)));
    CHECK_INT(json_length(json_get(found, "submodules")), 0);
    arena_free(arena);
}

/* They are there, though nothing more is told of them. */
TEST(files_that_are_too_large)
{
    begin();
    CHECK(!reader.wants(reader.object, "modules/a/main.tf", (int64_t)64 * 1024 * 1024));
    CHECK(!reader.wants(reader.object, "README.md", (int64_t)64 * 1024 * 1024));
    const struct json_value *module = json_at(json_get(document(), "submodules"), 0);
    CHECK_STR(json_text(json_get(module, "name")), "a");
    CHECK(!json_boolean(json_get(module, "empty")));
    CHECK(json_boolean(json_find(document(), "root", "empty", NULL)));
    arena_free(arena);
}

static void fill(struct buf *text, const char *unit, size_t len)
{
    buf_clear(text);
    while (text->len < len)
        buf_adds(text, unit);
}

/* A worker stays under 64 MiB, whatever the files are made of. */
TEST(hostile_archives)
{
    static const char *const units[] = {
        "variable \"a\" { default = \"\" }\n",
        "variable \"a\" {\n source = 1\n source = 1\n source = 1\n}\n",
        "output \"\\u0001\" { description = \"\\u0001\\u0001\\u0001\\u0001\" }\n",
        "variable \"a\" { default = [\"\", \"\", \"\", \"\", \"\", \"\", \"\", \"\", \"\"] }\n",
        "provider \"a\" {}\n",
        "module \"\x01\x01\x01\x01\" {}\n",
        "\x01",
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct buf text;
        buf_init(&text, NULL);
        begin();
        fill(&text, units[i], MIB - 100);
        char path[64];
        for (int folder = 0; folder < 30; folder++) {
            snprintf(path, sizeof path, "modules/m%d/main.tf", folder);
            offer_bytes(path, buf_str(&text), text.len);
            snprintf(path, sizeof path, "modules/m%d/README.md", folder);
            offer_bytes(path, buf_str(&text), text.len / 4);
        }
        CHECK(strlen(module_contents_summary(contents)) > 0);
        CHECK(document() != NULL);
        CHECK(arena_used(arena) < 48 * MIB);
        arena_free(arena);
        buf_free(&text);
    }
}

TEST(many_folders)
{
    char path[64];
    begin();
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "modules/m%d/main.tf", i);
        CHECK(offer(path, "output \"o\" {}\n") == (i < 99));
    }
    CHECK_INT(json_length(json_get(document(), "submodules")), 99);
    arena_free(arena);
}

UNIT_MAIN
