/* The list of mounts. Whatever is not named here does not exist in the sandbox. */
#include "runner/sandbox.h"

#include "base/arena.h"
#include "base/buf.h"
#include "runner/env.h"
#include "runner/folder.h"
#include "runner/runner_config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether jobs can be kept from making namespaces of their own, in which much of the kernel is open
 * to them that is not otherwise: bubblewrap can since 0.8. Found out once, by sandbox_check(). */
static bool no_namespaces;

/* Who a job is inside; outside it is the runner's user. */
#define INSIDE_ID "1000"

static const struct {
    const char *inside;
    const char *part; /* of the job's folder; NULL: comes from the configuration */
} places[] = {
    [SANDBOX_WORK] = {"/work", "work"},
    [SANDBOX_CONTROL] = {"/run/terrace", "control"},
    [SANDBOX_SECRET] = {"/run/ssh", "secret"},
    [SANDBOX_HOME] = {"/home/runner", "home"},
    [SANDBOX_TMP] = {"/tmp", "tmp"},
    [SANDBOX_OUT] = {"/run/out", "out"},
    [SANDBOX_CLI] = {"/run/cli", NULL},
    [SANDBOX_MIRROR] = {"/run/mirror", NULL},
    [SANDBOX_PLUGINS] = {"/run/plugins", NULL},
    [SANDBOX_HOOKS] = {"/run/hooks", NULL},
};

/* Of /etc: what programs need to find each other, names and certificates; nothing with secrets. */
static const char *const etc[] = {
    "/etc/alternatives",    "/etc/ca-certificates", "/etc/crypto-policies", "/etc/gai.conf",
    "/etc/host.conf",       "/etc/hosts",           "/etc/ld.so.cache",     "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",    "/etc/localtime",       "/etc/mime.types",      "/etc/nsswitch.conf",
    "/etc/os-release",      "/etc/pki/ca-trust",    "/etc/pki/tls/certs",   "/etc/protocols",
    "/etc/resolv.conf",     "/etc/services",        "/etc/ssl/certs",       "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf", "/etc/timezone",
};

/* Links to /usr on most systems, folders on others. */
static const char *const roots[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

static const char *folder_of(const struct sandbox *sandbox, const char *file)
{
    const char *slash = file != NULL ? strrchr(file, '/') : NULL;
    return slash != NULL ? arena_strndup(sandbox->arena, file, (size_t)(slash - file)) : "/";
}

static const char *outside(const struct sandbox *sandbox, enum sandbox_place place)
{
    switch (place) {
    case SANDBOX_CLI:
        return folder_of(sandbox, sandbox->cli);
    case SANDBOX_MIRROR:
        return sandbox->config->provider_mirror;
    case SANDBOX_PLUGINS:
        return sandbox->config->plugin_cache;
    case SANDBOX_HOOKS:
        return sandbox->config->hooks_dir;
    default:
        return folder_path(sandbox->folder, sandbox->arena, places[place].part);
    }
}

const char *sandbox_path(const struct sandbox *sandbox, enum sandbox_place place)
{
    return sandbox->config->sandbox ? places[place].inside : outside(sandbox, place);
}

static void add(struct buf *out, const char *option)
{
    buf_add(out, option, strlen(option) + 1);
}

static void add2(struct buf *out, const char *option, const char *value)
{
    add(out, option);
    add(out, value);
}

static void add3(struct buf *out, const char *option, const char *from, const char *to)
{
    add(out, option);
    add2(out, from, to);
}

static void add_system(struct buf *out)
{
    add3(out, "--ro-bind", "/usr", "/usr");
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        char target[PATH_MAX];
        ssize_t len = readlink(roots[i], target, sizeof(target) - 1);
        if (len > 0) {
            target[len] = '\0';
            add3(out, "--symlink", target, roots[i]);
        } else {
            add3(out, "--ro-bind-try", roots[i], roots[i]);
        }
    }
    for (size_t i = 0; i < sizeof(etc) / sizeof(etc[0]); i++)
        add3(out, "--ro-bind-try", etc[i], etc[i]);
    add2(out, "--proc", "/proc");
    add2(out, "--dev", "/dev");
}

static void add_place(const struct sandbox *sandbox, struct buf *out, enum sandbox_place place,
                      const char *option)
{
    add3(out, option, outside(sandbox, place), places[place].inside);
}

static void add_places(const struct sandbox *sandbox, struct buf *out, bool secret)
{
    static const enum sandbox_place writable[] = {SANDBOX_WORK, SANDBOX_HOME, SANDBOX_TMP,
                                                  SANDBOX_OUT};
    const struct runner_config *config = sandbox->config;
    for (size_t i = 0; i < sizeof(writable) / sizeof(writable[0]); i++)
        add_place(sandbox, out, writable[i], "--bind");
    add3(out, "--bind", folder_path(sandbox->folder, sandbox->arena, "shm"), "/dev/shm");
    add_place(sandbox, out, SANDBOX_CONTROL, "--ro-bind");
    add3(out, "--ro-bind", folder_path(sandbox->folder, sandbox->arena, "control/passwd"),
         "/etc/passwd");
    add3(out, "--ro-bind", folder_path(sandbox->folder, sandbox->arena, "control/group"),
         "/etc/group");
    if (secret)
        add_place(sandbox, out, SANDBOX_SECRET, "--ro-bind");
    if (sandbox->cli != NULL)
        add3(out, "--ro-bind", sandbox->cli,
             arena_printf(sandbox->arena, "%s%s", places[SANDBOX_CLI].inside,
                          strrchr(sandbox->cli, '/')));
    if (config->provider_mirror[0] != '\0')
        add_place(sandbox, out, SANDBOX_MIRROR, "--ro-bind");
    if (config->plugin_cache[0] != '\0')
        add_place(sandbox, out, SANDBOX_PLUGINS, "--bind");
    if (config->hooks_dir[0] != '\0')
        add_place(sandbox, out, SANDBOX_HOOKS, "--ro-bind");
}

void sandbox_options(const struct sandbox *sandbox, const struct env *env, const char *dir,
                     bool secret, struct buf *out)
{
    static const char *const first[] = {"--unshare-all",     "--unshare-user", "--share-net",
                                        "--die-with-parent", "--new-session",  "--uid",
                                        INSIDE_ID,           "--gid",          INSIDE_ID};
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
        add(out, first[i]);
    if (no_namespaces)
        add(out, "--disable-userns");
    add_system(out);
    add_places(sandbox, out, secret);
    /* What is writable is on the disk: files in these two would be memory that nobody counts. */
    add2(out, "--remount-ro", "/dev");
    add2(out, "--remount-ro", "/");
    add2(out, "--chdir", dir);
    add(out, "--clearenv");
    for (size_t i = 0; i < env->count; i++) {
        size_t name = strcspn(env->lines[i], "=");
        add3(out, "--setenv", arena_strndup(sandbox->arena, env->lines[i], name),
             env->lines[i] + name + 1);
    }
}

/* Runs true in a sandbox with these options; what bubblewrap says is appended to said. */
static bool try_options(const struct runner_config *config, const char *option, char *said,
                        size_t size)
{
    int pipes[2];
    if (pipe(pipes) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        execle(config->bubblewrap, config->bubblewrap, "--unshare-all", "--unshare-user",
               "--share-net", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc",
               "--dev", "/dev", option, "/bin/true", (char *)NULL, (char *[]){NULL});
        _exit(127);
    }
    close(pipes[1]);
    ssize_t len = read(pipes[0], said, size - 1);
    close(pipes[0]);
    said[len > 0 ? len : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool sandbox_check(const struct runner_config *config, char *error, unsigned long error_size)
{
    char said[200] = "";
    no_namespaces = try_options(config, "--disable-userns", said, sizeof(said));
    if (no_namespaces || try_options(config, "--", said, sizeof(said)))
        return true;
    snprintf(error, error_size, "the sandbox does not work here: %s",
             said[0] != '\0' ? said : config->bubblewrap);
    return false;
}
