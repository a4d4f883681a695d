/* The runner's options, and what cannot work. */
#include "runner/runner_config.h"
#include "unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/terrace-runner-config-XXXXXX";
static char error[512];
static struct runner_config config;

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(name, mode) != 0)
        abort();
}

static bool load(const char *more)
{
    static bool ready;
    char text[2048];
    if (!ready) {
        close(mkstemp(path));
        setenv("TERRACE_RUNNER_CONFIG", path, 1);
        ready = true;
    }
    snprintf(text, sizeof(text), "server = https://x.example\ncli = /bin/true\nsandbox = no\n%s",
             more);
    write_file(path, text, 0600);
    return runner_config_load(&config, error, sizeof(error));
}

TEST(defaults)
{
    CHECK(load("[runner]\ntoken = abc\n"));
    CHECK_STR(error, "");
    CHECK_STR(config.token, "abc");
    CHECK_STR(config.accept, "plan,apply,query");
    CHECK_INT(config.memory_limit, 2L << 30);
    CHECK_INT(config.process_limit, 1000);
    CHECK(!config.single && !config.cli_any_version && !config.sandbox);
    CHECK(config.name[0] != '\0');
    CHECK_STR(config.user, "nobody");
}

TEST(the_environment_wins)
{
    setenv("TERRACE_RUNNER_NAME", "other", 1);
    CHECK(load("token = abc\nname = mine\n"));
    CHECK_STR(config.name, "other");
    unsetenv("TERRACE_RUNNER_NAME");
}

TEST(a_token_may_come_from_a_file)
{
    char name[64], text[128];
    snprintf(name, sizeof(name), "%s.token", path);
    write_file(name, "from.atlasv1.file\n", 0600);
    snprintf(text, sizeof(text), "token_file = %s\n", name);
    CHECK(load(text));
    CHECK_STR(config.token, "from.atlasv1.file");
    write_file(name, "x", 0640);
    CHECK(!load(text));
    CHECK_STR(error, "token_file: others may read it; chmod 600 it");
    remove(name);
    CHECK(!load(text));
    CHECK(strncmp(error, "token_file: ", 12) == 0);
}

TEST(what_is_needed)
{
    CHECK(!load(""));
    CHECK_STR(error, "token: is not set, or is no token");
    CHECK(!load("token = a b\n"));
    CHECK(!load("token = abc\nserver =\n"));
    CHECK_STR(error, "server: is not set");
    CHECK(!load("token = abc\ncli =\n"));
    CHECK_STR(error, "cli: neither cli nor cli_dir is set");
    CHECK(!load("token = abc\nwork_dir = here\n"));
    CHECK_STR(error, "work_dir: must begin with /");
    CHECK(!load("token = abc\nwork_dir = /\n"));
    CHECK(!load("token = abc\nprovider_mirror = /nonexistent\n"));
    CHECK(!load("token = abc\nsandbox = yes\nbubblewrap = /nonexistent\n"));
    CHECK(load("token = abc\nbubblewrap = /nonexistent\n"));
    CHECK(!load("token = abc\nmemory_limit = 1M\n"));
    CHECK(!load("[terrace]\ntoken = abc\n"));
    remove(path);
}

UNIT_MAIN
