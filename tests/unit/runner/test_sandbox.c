/* The list of mounts: what is not in it does not exist for a job. */
#include "runner/sandbox.h"
#include "base/arena.h"
#include "base/buf.h"
#include "runner/env.h"
#include "runner/folder.h"
#include "runner/runner_config.h"
#include "unit/unit.h"

static struct runner_config config = {.sandbox = true,
                                      .provider_mirror = "",
                                      .plugin_cache = "",
                                      .hooks_dir = "",
                                      .bubblewrap = "/usr/bin/bwrap"};
static const struct folder folder = {.base = "/var/lib/runner"};
static struct arena *arena;

/* The options as one text, with '|' between them. */
static const char *options(bool secret)
{
    static char text[32768];
    struct sandbox sandbox = {
        .config = &config, .folder = &folder, .arena = arena, .cli = "/opt/tf/terraform"};
    struct env env;
    struct buf out;
    if (arena == NULL)
        sandbox.arena = arena = arena_new();
    env_init(&env, arena);
    env_set(&env, "A", "b=c");
    buf_init(&out, arena);
    sandbox_options(&sandbox, &env, "/work/x", secret, &out);
    CHECK(out.len < sizeof(text));
    memcpy(text, out.data, out.len);
    for (size_t i = 0; i < out.len; i++)
        if (text[i] == '\0')
            text[i] = '|';
    text[out.len] = '\0';
    return text;
}

TEST(everything_is_unshared_but_the_network)
{
    const char *text = options(false);
    CHECK(strncmp(text, "--unshare-all|--unshare-user|--share-net|--die-with-parent|--new-session|",
                  73) == 0);
    CHECK(strstr(text, "|--clearenv|--setenv|A|b=c|") != NULL);
    CHECK(strstr(text, "|--chdir|/work/x|") != NULL);
    CHECK(strstr(text, "|--remount-ro|/|") != NULL);
}

TEST(only_the_jobs_own_folders_are_writable)
{
    const char *text = options(false);
    int count = 0;
    for (const char *at = text; (at = strstr(at, "|--bind|")) != NULL; at += 8, count++)
        CHECK(strncmp(at + 8, "/var/lib/runner/job/", 20) == 0);
    CHECK_INT(count, 5);
    CHECK(strstr(text, "job/files") == NULL);
    CHECK(strstr(text, "|--ro-bind|/var/lib/runner/job/control|/run/terrace|") != NULL);
    CHECK(strstr(text, "|--ro-bind|/opt/tf/terraform|/run/cli/terraform|") != NULL);
}

TEST(secrets_only_for_those_who_need_them)
{
    CHECK(strstr(options(false), "/run/ssh") == NULL);
    CHECK(strstr(options(true), "|--ro-bind|/var/lib/runner/job/secret|/run/ssh|") != NULL);
    CHECK(strstr(options(true), "|/etc|") == NULL);
    CHECK(strstr(options(true), "/etc/shadow") == NULL);
}

TEST(folders_of_the_administrator)
{
    config.provider_mirror = "/srv/mirror";
    config.plugin_cache = "/srv/cache";
    config.hooks_dir = "/srv/hooks";
    const char *text = options(false);
    CHECK(strstr(text, "|--ro-bind|/srv/mirror|/run/mirror|") != NULL);
    CHECK(strstr(text, "|--bind|/srv/cache|/run/plugins|") != NULL);
    CHECK(strstr(text, "|--ro-bind|/srv/hooks|/run/hooks|") != NULL);
}

TEST(without_a_sandbox_the_folders_have_their_own_names)
{
    struct sandbox sandbox = {
        .config = &config, .folder = &folder, .arena = arena, .cli = "/opt/tf/terraform"};
    CHECK_STR(sandbox_path(&sandbox, SANDBOX_WORK), "/work");
    config.sandbox = false;
    CHECK_STR(sandbox_path(&sandbox, SANDBOX_WORK), "/var/lib/runner/job/work");
    CHECK_STR(sandbox_path(&sandbox, SANDBOX_CLI), "/opt/tf");
    CHECK_STR(sandbox_path(&sandbox, SANDBOX_HOOKS), "/srv/hooks");
    arena_free(arena);
}

UNIT_MAIN
