/* The texts that the CLI is given. */
#include "runner/cli_files.h"
#include "base/arena.h"
#include "base/buf.h"
#include "runner/cli.h"
#include "runner/job.h"
#include "unit/unit.h"

#include <sys/stat.h>

static struct buf out;

static const char *variables(struct job_variable *list, size_t count, const char *declared)
{
    struct job job = {.variables = list, .variable_count = count};
    buf_free(&out);
    cli_files_variables(&job, declared, &out);
    return buf_str(&out);
}

TEST(values_are_quoted)
{
    struct job_variable list[] = {
        {"a", "plain", false, false},
        {"b", "q\"b\\n\nt\tr\r", false, false},
        {"c", "${x} %{y} $x %", false, false},
        {"d", "[1, \"${v}\"]", false, true},
        {"e", "\x01 ü", false, false},
        {"f", "", false, false},
        {"env", "x", true, false},
    };
    CHECK_STR(variables(list, 7, NULL), "a = \"plain\"\n"
                                        "b = \"q\\\"b\\\\n\\nt\\tr\\r\"\n"
                                        "c = \"$${x} %%{y} $x %\"\n"
                                        "d = [1, \"${v}\"]\n"
                                        "e = \"\\u0001 ü\"\n"
                                        "f = \"\"\n");
}

TEST(names_that_cannot_be_declared_are_left_out)
{
    struct job_variable list[] = {{"", "x", false, false},     {"a b", "x", false, false},
                                  {"1a", "x", false, false},   {"a\nb = 1", "x", false, false},
                                  {"-a", "x", false, false},   {"a.b", "x", false, false},
                                  {"_a-1", "x", false, false}, {"größe", "x", false, false}};
    CHECK_STR(variables(list, 8, NULL), "_a-1 = \"x\"\ngröße = \"x\"\n");
}

TEST(only_declared_ones)
{
    struct job_variable list[] = {
        {"a", "1", false, false}, {"ab", "2", false, false}, {"b", "3", false, false}};
    CHECK_STR(variables(list, 3, "ab\nc\n"), "ab = \"2\"\n");
    CHECK_STR(variables(list, 3, "c\nb"), "b = \"3\"\n");
    CHECK_STR(variables(list, 3, ""), "");
}

static const struct job job = {.server = "https://terrace.example.org:8443/sub",
                               .token = "x.atlasv1.y",
                               .organization = "acme",
                               .workspace = "pro\"d"};

static const char * override(int major, int minor)
{
    struct cli cli = {.number = {major, minor, 0}};
    buf_free(&out);
    cli_files_override(&job, &cli, &out);
    return buf_str(&out);
}

TEST(the_override_is_a_cloud_block)
{
    CHECK_STR(override(1, 1), "terraform {\n  cloud {\n"
                              "    hostname     = \"terrace.example.org:8443\"\n"
                              "    organization = \"acme\"\n"
                              "    workspaces {\n      name = \"pro\\\"d\"\n    }\n  }\n}\n");
}

TEST(old_versions_get_a_remote_backend)
{
    CHECK(strncmp(override(1, 0), "terraform {\n  backend \"remote\" {\n", 33) == 0);
    CHECK(strncmp(override(0, 12), "terraform {\n  backend \"remote\" {\n", 33) == 0);
}

static const char *configuration(const struct cli_folders *folders)
{
    struct cli cli = {.number = {1, 11, 4}};
    buf_free(&out);
    cli_files_configuration(&job, &cli, folders, &out);
    return buf_str(&out);
}

TEST(the_configuration_knows_the_server_by_both_names)
{
    const char *text = configuration(&(struct cli_folders){0});
    CHECK(strstr(text,
                 "credentials \"terrace.example.org:8443\" {\n  token = \"x.atlasv1.y\"\n}\n") !=
          NULL);
    CHECK(strstr(text, "credentials \"localterraform.com\" {\n  token = \"x.atlasv1.y\"\n}\n") !=
          NULL);
    CHECK(strstr(text,
                 "host \"terrace.example.org:8443\" {\n  services = {\n"
                 "    \"modules.v1\" = "
                 "\"https://terrace.example.org:8443/sub/api/registry/v1/modules/\"\n") != NULL);
    CHECK(strstr(text, "\"tfe.v2.1\" = \"https://terrace.example.org:8443/sub/api/v2/\"") != NULL);
    CHECK(strstr(text, "plugin_cache_dir") == NULL);
    CHECK(strstr(text, "provider_installation") == NULL);
}

TEST(a_mirror_serves_what_it_holds)
{
    char folder[] = "/tmp/terrace-mirror-XXXXXX", path[128];
    CHECK(mkdtemp(folder) != NULL);
    static const char *const parts[] = {"/h.example", "/h.example/ns", "/h.example/ns/type",
                                        "/h.example/ns/.hidden", "/h.example/empty"};
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
        CHECK_INT(mkdir(path, 0700), 0);
    }
    struct cli_folders folders = {
        .mirror = "/run/mirror", .mirror_there = folder, .plugins = "/run/plugins"};
    const char *text = configuration(&folders);
    CHECK(strstr(text, "plugin_cache_dir = \"/run/plugins\"\n") != NULL);
    CHECK(strstr(text, "filesystem_mirror {\n    path = \"/run/mirror\"\n"
                       "    include = [\"h.example/ns/type\"]\n") != NULL);
    CHECK(strstr(text, "direct {\n    exclude = [\"h.example/ns/type\"]\n") != NULL);
    for (size_t i = 5; i-- > 0;) {
        snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
        remove(path);
    }
    for (size_t i = 5; i-- > 0;) {
        snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
        remove(path);
    }
    CHECK(strstr(configuration(&folders), "provider_installation") == NULL);
    remove(folder);
    buf_free(&out);
}

UNIT_MAIN
