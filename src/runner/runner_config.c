/* The options of terrace-runner and the checks between them. */
#include "runner/runner_config.h"

#include "base/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define MIB (1024L * 1024)
#define DEFAULT_KINDS "plan,apply,query"

/* kind, field, environment, default, minimum, maximum, secrecy, help */
#define OPTIONS(X)                                                                                 \
    X(URL, server, "TERRACE_RUNNER_SERVER", "", 0, 0, OPEN,                                        \
      "address of the Terrace installation, https://host")                                         \
    X(TEXT, token, "TERRACE_RUNNER_TOKEN", "", 0, 0, SECRET,                                       \
      "token of an agent pool, or one made by terracectl runner-token create")                     \
    X(TEXT, token_file, "TERRACE_RUNNER_TOKEN_FILE", "", 0, 0, OPEN,                               \
      "file that holds the token instead, readable by its owner only")                             \
    X(TEXT, name, "TERRACE_RUNNER_NAME", "", 0, 0, OPEN, "name shown for it; empty: the host's")   \
    X(TEXT, accept, "TERRACE_RUNNER_ACCEPT", DEFAULT_KINDS, 0, 0, OPEN,                            \
      "kinds of job that it takes, with commas; policy is added where opa is set")                 \
    X(TEXT, work_dir, "TERRACE_RUNNER_WORK_DIR", "/var/lib/terrace-runner", 0, 0, OPEN,            \
      "folder of its own, for one runner; jobs lie below it while they run")                       \
    X(TEXT, user, "TERRACE_RUNNER_USER", "nobody", 0, 0, OPEN,                                     \
      "who it becomes when root starts it")                                                        \
    X(TEXT, cli, "TERRACE_RUNNER_CLI", "", 0, 0, OPEN,                                             \
      "terraform or tofu, used for runs of exactly its version")                                   \
    X(SWITCH, cli_any_version, "TERRACE_RUNNER_CLI_ANY_VERSION", "false", 0, 0, OPEN,              \
      "true uses cli where cli_dir lacks the version that a run asks for")                         \
    X(TEXT, cli_dir, "TERRACE_RUNNER_CLI_DIR", "", 0, 0, OPEN,                                     \
      "folder with <version>/terraform or <version>/tofu")                                         \
    X(TEXT, opa, "TERRACE_RUNNER_OPA", "", 0, 0, OPEN,                                             \
      "the program opa, which evaluates OPA policies")                                             \
    X(TEXT, provider_mirror, "TERRACE_RUNNER_PROVIDER_MIRROR", "", 0, 0, OPEN,                     \
      "filesystem mirror of providers, used for those that it holds")                              \
    X(TEXT, plugin_cache, "TERRACE_RUNNER_PLUGIN_CACHE", "", 0, 0, OPEN,                           \
      "folder where downloaded providers are kept for the next run, shared by all of them")        \
    X(TEXT, hooks_dir, "TERRACE_RUNNER_HOOKS_DIR", "", 0, 0, OPEN,                                 \
      "folder with terraform-pre-plan, -post-plan, -pre-apply, -post-apply")                       \
    X(TEXT, ca_file, "TERRACE_RUNNER_CA_FILE", "", 0, 0, OPEN,                                     \
      "PEM file of further authorities that the runner and its runs trust")                        \
    X(SWITCH, sandbox, "TERRACE_RUNNER_SANDBOX", "true", 0, 0, OPEN,                               \
      "false runs jobs with all rights of the runner's user")                                      \
    X(TEXT, bubblewrap, "TERRACE_RUNNER_BUBBLEWRAP", "/usr/bin/bwrap", 0, 0, OPEN,                 \
      "the program that makes the sandbox")                                                        \
    X(BYTES, memory_limit, "TERRACE_RUNNER_MEMORY_LIMIT", "2G", 64 * MIB, LONG_MAX, OPEN,          \
      "memory of a job's processes together (K, M, G may follow)")                                 \
    X(NUMBER, process_limit, "TERRACE_RUNNER_PROCESS_LIMIT", "1000", 64, 1000000, OPEN,            \
      "processes and threads of a job")                                                            \
    X(BYTES, output_limit, "TERRACE_RUNNER_OUTPUT_LIMIT", "64M", 4096, LONG_MAX, OPEN,             \
      "log of a job (K, M, G may follow)")                                                         \
    X(BYTES, file_limit, "TERRACE_RUNNER_FILE_LIMIT", "2G", MIB, LONG_MAX, OPEN,                   \
      "largest file that a job may write (K, M, G may follow)")                                    \
    X(BYTES, disk_reserve, "TERRACE_RUNNER_DISK_RESERVE", "512M", 0, LONG_MAX, OPEN,               \
      "space below work_dir that a job must leave free (K, M, G may follow)")                      \
    X(SWITCH, single, "TERRACE_RUNNER_SINGLE", "false", 0, 0, OPEN, "true exits after one job")    \
    X(LEVEL, log_level, "TERRACE_RUNNER_LOG_LEVEL", "info", 0, 0, OPEN,                            \
      "debug, info, warn or error")

#define ROW(...) OPTION_ROW(runner_config, __VA_ARGS__),

static const struct option table[] = {OPTIONS(ROW)};
static enum option_origin origins[sizeof(table) / sizeof(table[0])];

static const struct options options = {
    .table = table,
    .count = sizeof(table) / sizeof(table[0]),
    .section = "runner",
    .file = SYSCONFDIR "/terrace/runner.conf",
    .file_variable = "TERRACE_RUNNER_CONFIG",
    .origins = origins,
};

/* Both live as long as the process. */
static char token[1024];
static char host[256];

static bool refuse(char *error, size_t size, const char *option, const char *what)
{
    snprintf(error, size, "%s: %s", option, what);
    return false;
}

static bool read_token(struct runner_config *config, char *error, size_t size)
{
    struct stat status;
    int fd = open(config->token_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) != 0) {
        snprintf(error, size, "token_file: %s: %s", config->token_file, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    ssize_t len = (status.st_mode & 077) != 0 ? -1 : read(fd, token, sizeof(token) - 1);
    close(fd);
    if ((status.st_mode & 077) != 0)
        return refuse(error, size, "token_file", "others may read it; chmod 600 it");
    if (len < 0)
        return refuse(error, size, "token_file", strerror(errno));
    token[len] = '\0';
    token[strcspn(token, "\r\n")] = '\0';
    config->token = token;
    return true;
}

static bool check_folders(const struct runner_config *config, char *error, size_t size)
{
    const struct {
        const char *option, *path;
    } paths[] = {{"work_dir", config->work_dir},
                 {"cli", config->cli},
                 {"opa", config->opa},
                 {"cli_dir", config->cli_dir},
                 {"provider_mirror", config->provider_mirror},
                 {"plugin_cache", config->plugin_cache},
                 {"hooks_dir", config->hooks_dir},
                 {"ca_file", config->ca_file},
                 {"bubblewrap", config->bubblewrap}};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i].path[0] == '\0')
            continue;
        if (paths[i].path[0] != '/')
            return refuse(error, size, paths[i].option, "must begin with /");
        struct stat status;
        if (i > 0 && stat(paths[i].path, &status) != 0 &&
            (i + 1 < sizeof(paths) / sizeof(paths[0]) || config->sandbox)) {
            snprintf(error, size, "%s: %s: %s", paths[i].option, paths[i].path, strerror(errno));
            return false;
        }
    }
    if (config->work_dir[0] == '\0' || strcmp(config->work_dir, "/") == 0)
        return refuse(error, size, "work_dir", "must be a folder of the runner's own");
    if (config->cli[0] == '\0' && config->cli_dir[0] == '\0' && config->opa[0] == '\0')
        return refuse(error, size, "cli", "neither cli nor cli_dir is set");
    return true;
}

/* It goes into a header line as it is. */
static bool is_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

bool runner_config_load(struct runner_config *config, char *error, size_t error_size)
{
    memset(config, 0, sizeof(*config));
    if (!options_load(&options, config, error, error_size))
        return false;
    if (config->server[0] == '\0')
        return refuse(error, error_size, "server", "is not set");
    if (config->token[0] == '\0' && config->token_file[0] != '\0' &&
        !read_token(config, error, error_size))
        return false;
    if (!is_token(config->token))
        return refuse(error, error_size, "token", "is not set, or is no token");
    if (config->name[0] == '\0') {
        if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
            snprintf(host, sizeof(host), "runner");
        config->name = host;
    }
    if (config->opa[0] != '\0' && strcmp(config->accept, DEFAULT_KINDS) == 0)
        config->accept = DEFAULT_KINDS ",policy";
    return check_folders(config, error, error_size);
}

void runner_config_print(const struct runner_config *config)
{
    options_print(&options, config);
}
