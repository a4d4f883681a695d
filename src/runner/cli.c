/* A program of cli_dir is what its path says. The one named by `cli` is asked, with nothing in its
 * environment, each time: it may have been replaced. */
#include "runner/cli.h"

#include "base/arena.h"
#include "runner/runner_config.h"

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

static void read_numbers(struct cli *cli)
{
    const char *text = cli->version;
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
        read_numbers(cli);
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

static bool is_version(const char *text)
{
    return *text >= '0' && *text <= '9' &&
           text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz.-+")] == '\0';
}

static bool find_in_folder(const struct runner_config *config, const char *version,
                           struct arena *arena, struct cli *cli)
{
    static const char *const names[] = {"terraform", "tofu"};
    for (int i = 0; i < 2 && config->cli_dir[0] != '\0' && is_version(version); i++) {
        const char *path = arena_printf(arena, "%s/%s/%s", config->cli_dir, version, names[i]);
        if (access(path, X_OK) != 0)
            continue;
        *cli = (struct cli){.path = path, .tofu = i == 1, .version = arena_strdup(arena, version)};
        read_numbers(cli);
        return true;
    }
    return false;
}

bool cli_find(const struct runner_config *config, const char *version, struct arena *arena,
              struct cli *cli, char *error, size_t error_size)
{
    char text[4096];
    if (find_in_folder(config, version, arena, cli))
        return true;
    *cli = (struct cli){.path = config->cli};
    if (config->cli[0] == '\0') {
        snprintf(error, error_size, "Version %s is not installed on the runner \"%s\".", version,
                 config->name);
        return false;
    }
    if (!ask_version(config->cli, text, sizeof(text)) || !cli_parse_version(text, arena, cli)) {
        snprintf(error, error_size,
                 "The runner \"%s\" has no working Terraform: its program tells no version.",
                 config->name);
        return false;
    }
    if (!config->cli_any_version && strcmp(cli->version, version) != 0) {
        snprintf(error, error_size,
                 "Version %s is not installed on the runner \"%s\", which has %s %s.", version,
                 config->name, cli_product(cli), cli->version);
        return false;
    }
    return true;
}
