/* Which program runs a job. */
#include "runner/cli.h"
#include "base/arena.h"
#include "runner/runner_config.h"
#include "unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/terrace-cli-XXXXXX";
static char error[512];

static void write_program(const char *name, const char *text)
{
    static bool made; /* a made name may end in X as well */
    char path[512];
    if (!made && mkdtemp(folder) == NULL)
        abort();
    made = true;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    mkdir(path, 0700);
    *slash = '/';
    FILE *file = fopen(path, "w");
    fprintf(file, "#!/bin/sh\n%s\n", text);
    fclose(file);
    chmod(path, 0755);
}

static struct runner_config config(const char *cli, bool any)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder, cli);
    return (struct runner_config){
        .name = "host", .cli = *cli ? path : "", .cli_any_version = any, .cli_dir = folder};
}

TEST(versions_are_read)
{
    struct arena *arena = arena_new();
    struct cli cli = {0};
    CHECK(cli_parse_version("Terraform v1.11.4\non linux_amd64\n", arena, &cli));
    CHECK_STR(cli.version, "1.11.4");
    CHECK(!cli.tofu);
    CHECK(cli_at_least(&cli, 1, 11, 4) && cli_at_least(&cli, 1, 1, 9) &&
          cli_at_least(&cli, 0, 15, 2));
    CHECK(!cli_at_least(&cli, 1, 11, 5) && !cli_at_least(&cli, 1, 12, 0) &&
          !cli_at_least(&cli, 2, 0, 0));
    CHECK(cli_parse_version("OpenTofu v1.10.0-rc1", arena, &cli));
    CHECK_STR(cli.version, "1.10.0-rc1");
    CHECK(cli.tofu);
    CHECK_STR(cli_product(&cli), "OpenTofu");
    CHECK(cli_at_least(&cli, 1, 10, 0));
    CHECK(!cli_parse_version("bash: not found", arena, &cli));
    CHECK(!cli_parse_version("", arena, &cli));
    arena_free(arena);
}

TEST(a_version_of_the_folder_comes_first)
{
    struct arena *arena = arena_new();
    struct cli cli;
    write_program("1.5.7/terraform", "exit 1");
    write_program("1.10.7/tofu", "exit 1");
    write_program("cli/x", "echo Terraform v1.11.4");
    struct runner_config options = config("cli/x", false);
    CHECK(cli_find(&options, "1.5.7", arena, &cli, error, sizeof(error)));
    CHECK(strstr(cli.path, "/1.5.7/terraform") != NULL && !cli.tofu);
    CHECK(cli_at_least(&cli, 1, 5, 7) && !cli_at_least(&cli, 1, 5, 8));
    CHECK(cli_find(&options, "1.10.7", arena, &cli, error, sizeof(error)));
    CHECK(strstr(cli.path, "/1.10.7/tofu") != NULL && cli.tofu);
    arena_free(arena);
}

TEST(the_one_program_must_be_of_the_version)
{
    struct arena *arena = arena_new();
    struct cli cli;
    write_program("cli/x", "echo Terraform v1.11.4; echo junk");
    struct runner_config options = config("cli/x", false);
    CHECK(cli_find(&options, "1.11.4", arena, &cli, error, sizeof(error)));
    CHECK_STR(cli.version, "1.11.4");
    CHECK(!cli_find(&options, "1.11.5", arena, &cli, error, sizeof(error)));
    CHECK_STR(error, "Version 1.11.5 is not installed on the runner \"host\", which has Terraform "
                     "1.11.4.");
    options.cli_any_version = true;
    CHECK(cli_find(&options, "1.11.5", arena, &cli, error, sizeof(error)));
    CHECK_STR(cli.version, "1.11.4");
    arena_free(arena);
}

TEST(a_program_that_does_not_work)
{
    struct arena *arena = arena_new();
    struct cli cli;
    write_program("cli/bad", "exit 1");
    struct runner_config options = config("cli/bad", true);
    CHECK(!cli_find(&options, "1.0.0", arena, &cli, error, sizeof(error)));
    CHECK(strstr(error, "no working Terraform") != NULL);
    options = config("cli/absent", true);
    CHECK(!cli_find(&options, "1.0.0", arena, &cli, error, sizeof(error)));
    options = config("", true);
    CHECK(!cli_find(&options, "1.0.0", arena, &cli, error, sizeof(error)));
    CHECK_STR(error, "Version 1.0.0 is not installed on the runner \"host\".");
    arena_free(arena);
}

TEST(the_highest_that_will_do)
{
    struct arena *arena = arena_new();
    struct cli cli;
    write_program("1.5.7/terraform", "exit 1");
    write_program("1.10.7/tofu", "exit 1");
    write_program("1.13.0-rc1/terraform", "exit 1");
    write_program("cli/x", "echo Terraform v1.11.4");
    struct runner_config options = config("cli/x", false);
    CHECK(cli_find(&options, "latest", arena, &cli, error, sizeof(error)));
    CHECK_STR(cli.version, "1.11.4");
    CHECK(cli_find(&options, "~> 1.5.0", arena, &cli, error, sizeof(error)));
    CHECK_STR(cli.version, "1.5.7");
    CHECK(cli_find(&options, ">= 1.5.7, < 1.11", arena, &cli, error, sizeof(error)));
    CHECK_STR(cli.version, "1.10.7");
    CHECK(cli.tofu);
    CHECK(!cli_find(&options, ">= 1.12", arena, &cli, error, sizeof(error)));
    options = config("", false);
    CHECK(cli_find(&options, "latest", arena, &cli, error, sizeof(error)));
    CHECK_STR(cli.version, "1.10.7");
    arena_free(arena);
}

TEST(a_version_is_no_path)
{
    struct arena *arena = arena_new();
    struct cli cli;
    write_program("evil/terraform", "exit 0");
    struct runner_config options = config("", false);
    CHECK(!cli_find(&options, "../evil", arena, &cli, error, sizeof(error)));
    CHECK(!cli_find(&options, "1/../evil", arena, &cli, error, sizeof(error)));
    CHECK(!cli_find(&options, "evil", arena, &cli, error, sizeof(error)));
    arena_free(arena);
    char command[600];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (fork() == 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
}

UNIT_MAIN
