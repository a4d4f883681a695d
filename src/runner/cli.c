/* A program of cli_dir is what its path says. The one named by `cli` is asked, with nothing in its
 * environment, each time: it may have been replaced. */
#include "runner/cli.h"

#include "base/arena.h"
#include "runner/cli_version.h"
#include "runner/runner_config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool cli_at_least(const struct cli *cli, int major, int minor, int patch)
{
    const int wanted[] = {major, minor, patch};
    for (int i = 0; i < 3; i++)
        if (cli->number[i] != wanted[i])
            return cli->number[i] > wanted[i];
    return true;
}

const char *cli_product(const struct cli *cli)
{
    return cli->tofu ? "OpenTofu" : "Terraform";
}

static void read_numbers(struct cli *cli, const char *text)
{
    for (int i = 0; i < 3; i++) {
        char *end;
        cli->number[i] = (int)strtol(text, &end, 10);
        text = *end == '.' ? end + 1 : end;
    }
}

bool cli_parse_version(const char *text, struct arena *arena, struct cli *cli)
{
    static const char *const names[] = {"Terraform v", "OpenTofu v"};
    for (int i = 0; i < 2; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(text, names[i], len) != 0)
            continue;
        cli->tofu = i == 1;
        cli->version = arena_strndup(arena, text + len, strcspn(text + len, " \r\n"));
        read_numbers(cli, text + len);
        return true;
    }
    return false;
}

static bool ask_version(const char *path, char *text, size_t size)
{
    int pipes[2];
    if (pipe(pipes) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        dup2(null, STDIN_FILENO);
        dup2(pipes[1], STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execle(path, path, "version", (char *)NULL,
               (char *[]){(char *)(unsigned long)"CHECKPOINT_DISABLE=1",
                          (char *)(unsigned long)"PATH=/usr/bin:/bin", NULL});
        _exit(127);
    }
    close(pipes[1]);
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 &&
           ((n = read(pipes[0], text + len, size - 1 - len)) > 0 || (n < 0 && errno == EINTR)))
        len += n > 0 ? (size_t)n : 0;
    close(pipes[0]);
    text[len] = '\0';
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return len > 0;
}

static bool use(const char *path, bool tofu, const char *version, struct arena *arena,
                struct cli *cli)
{
    *cli = (struct cli){.path = path, .tofu = tofu, .version = arena_strdup(arena, version)};
    read_numbers(cli, version);
    return true;
}

/* Whatever of a version there is in cli_dir. */
static bool find_exactly(const struct runner_config *config, const char *version,
                         struct arena *arena, struct cli *cli)
{
    static const char *const names[] = {"terraform", "tofu"};
    for (int i = 0; i < 2 && config->cli_dir[0] != '\0' && cli_version_is_one(version); i++) {
        const char *path = arena_printf(arena, "%s/%s/%s", config->cli_dir, version, names[i]);
        if (access(path, X_OK) == 0)
            return use(path, i == 1, version, arena, cli);
    }
    return false;
}

/* The highest version of cli_dir that will do and is higher than what cli holds already. */
static void find_highest(const struct runner_config *config, const char *wish, struct arena *arena,
                         struct cli *cli)
{
    DIR *folder = config->cli_dir[0] != '\0' ? opendir(config->cli_dir) : NULL;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        if (cli_version_is_one(entry->d_name) && cli_version_satisfies(entry->d_name, wish) &&
            (cli->version == NULL || cli_version_compare(entry->d_name, cli->version) > 0))
            find_exactly(config, entry->d_name, arena, cli);
    if (folder != NULL)
        closedir(folder);
}

static bool fail(const struct runner_config *config, const char *wish, const struct cli *there,
                 char *error, size_t size)
{
    if (config->cli[0] != '\0' && there->version == NULL)
        snprintf(error, size,
                 "The runner \"%s\" has no working Terraform: its program tells no version.",
                 config->name);
    else if (there->version != NULL)
        snprintf(error, size, "Version %s is not installed on the runner \"%s\", which has %s %s.",
                 wish, config->name, cli_product(there), there->version);
    else
        snprintf(error, size, "Version %s is not installed on the runner \"%s\".", wish,
                 config->name);
    return false;
}

bool cli_find(const struct runner_config *config, const char *version, struct arena *arena,
              struct cli *cli, char *error, size_t error_size)
{
    char text[4096];
    struct cli own = {.path = config->cli};
    *cli = (struct cli){0};
    if (find_exactly(config, version, arena, cli))
        return true;
    if (config->cli[0] != '\0' && ask_version(config->cli, text, sizeof(text)))
        cli_parse_version(text, arena, &own);
    if (own.version != NULL && cli_version_satisfies(own.version, version))
        *cli = own;
    find_highest(config, version, arena, cli);
    if (cli->version == NULL && own.version != NULL && config->cli_any_version)
        *cli = own;
    return cli->version != NULL || fail(config, version, &own, error, error_size);
}
