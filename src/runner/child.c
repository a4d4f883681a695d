/* Starting and killing. In the sandbox the end of process 1 is the end of all, and the kernel ends
 * it when this process ends; without one, orphans are found because they become our children. */
#define _GNU_SOURCE /* memfd_create, pipe2, close_range */
#include "runner/child.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "json/json_reader.h"
#include "runner/env.h"
#include "runner/runner_config.h"
#include "runner/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 20000 /* for bubblewrap to say that the sandbox is there */
#define KILL_MS 10000
#define ARGUMENTS 4096

/* Descriptors that bubblewrap is told about. */
enum { ARGS_FD = 3, INFO_FD = 4 };

void child_setup(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1L);
}

static void limit(int resource, rlim_t value)
{
    struct rlimit old;
    if (getrlimit(resource, &old) == 0 && old.rlim_max != RLIM_INFINITY && old.rlim_max < value)
        value = old.rlim_max;
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    setrlimit(resource, &both);
}

/* Libraries open descriptors of their own and do not all mark them. */
static void close_others(int first)
{
    if (close_range((unsigned)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int fd = first; fd < 65536; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

struct pipes {
    int output[2]; /* of both standard output and errors */
    int args;
    int info[2];
};

static void become_command(const struct child_spec *spec, const struct pipes *pipes, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, (long)SIGKILL);
    if (getppid() != parent)
        _exit(127);
    setsid();
    int input = spec->input >= 0 ? spec->input : open("/dev/null", O_RDONLY | O_CLOEXEC);
    int output = spec->output >= 0 ? spec->output : pipes->output[1];
    /* Away from the numbers that are about to be used. */
    int args = pipes->args >= 0 ? fcntl(pipes->args, F_DUPFD_CLOEXEC, 10) : -1;
    int info = pipes->info[1] >= 0 ? fcntl(pipes->info[1], F_DUPFD_CLOEXEC, 10) : -1;
    input = fcntl(input, F_DUPFD_CLOEXEC, 10);
    output = fcntl(output, F_DUPFD_CLOEXEC, 10);
    int errors = fcntl(pipes->output[1], F_DUPFD_CLOEXEC, 10);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    if (args >= 0) {
        dup2(args, ARGS_FD);
        dup2(info, INFO_FD);
    }
    close_others(args >= 0 ? INFO_FD + 1 : STDERR_FILENO + 1);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, (rlim_t)spec->file_limit);
    limit(RLIMIT_NOFILE, 65536);
}

/* The shell sets the limit of processes, because it counts in the sandbox only when set there, and
 * makes the command the first that the kernel ends when it has no memory. */
static const char wrapper[] = "echo 500 2>/dev/null >/proc/self/oom_score_adj; "
                              "ulimit -p \"$0\" 2>/dev/null || ulimit -u \"$0\" 2>/dev/null; "
                              "exec \"$@\"";

/* A little above the limit: who reaches that one is ended with a word, and does not spin on
 * failures. */
static void wrap(const struct child_spec *spec, const char **argv, size_t used)
{
    static char count[32];
    snprintf(count, sizeof(count), "%ld", spec->processes + spec->processes / 8);
    const char *const shell[] = {"/bin/sh", "-c", wrapper, count};
    for (size_t i = 0; i < sizeof(shell) / sizeof(shell[0]); i++)
        argv[used++] = shell[i];
    for (size_t i = 0; spec->argv[i] != NULL && used + 1 < ARGUMENTS; i++)
        argv[used++] = spec->argv[i];
    argv[used] = NULL;
}

static void run_sandboxed(const struct sandbox *sandbox, const struct child_spec *spec)
{
    const char *argv[ARGUMENTS] = {
        sandbox->config->bubblewrap, "--args", "3", "--info-fd", "4", "--"};
    wrap(spec, argv, 6);
    execve(argv[0], (char **)(uintptr_t)argv, (char *[]){NULL});
}

static void run_plain(const struct child_spec *spec)
{
    const char *argv[ARGUMENTS];
    wrap(spec, argv, 0);
    if (chdir(spec->dir) == 0)
        execve(argv[0], (char **)(uintptr_t)argv, (char **)(uintptr_t)spec->env->lines);
}

static int write_options(const struct sandbox *sandbox, const struct child_spec *spec)
{
    struct buf options;
    buf_init(&options, NULL);
    sandbox_options(sandbox, spec->env, spec->dir, spec->secret, &options);
    int fd = memfd_create("options", MFD_CLOEXEC);
    if (fd >= 0 && (write(fd, options.data, options.len) != (ssize_t)options.len ||
                    lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        fd = -1;
    }
    buf_free(&options);
    return fd;
}

/* bubblewrap tells the number of process 1 as soon as there is one; an end of the pipe before that
 * means that it has failed, and says why on the command's pipe. */
static pid_t read_init(int fd)
{
    char text[512];
    size_t len = 0;
    int64_t end = clock_monotonic_ms() + START_MS;
    while (len < sizeof(text) - 1 && clock_monotonic_ms() < end) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, 1000) <= 0)
            continue;
        ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        if (memchr(text, '}', len) != NULL)
            break;
    }
    struct arena *arena = arena_new();
    const char *reason;
    const struct json_value *pid = json_get(json_read(arena, text, len, 4, &reason), "child-pid");
    pid_t found = pid != NULL && json_kind(pid) == JSON_INT ? (pid_t)json_integer(pid) : 0;
    arena_free(arena);
    return found;
}

static void close_all(struct pipes *pipes)
{
    int *const fds[] = {&pipes->output[0], &pipes->output[1], &pipes->args, &pipes->info[0],
                        &pipes->info[1]};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (*fds[i] >= 0)
            close(*fds[i]);
}

static bool open_pipes(struct pipes *pipes, const struct sandbox *sandbox,
                       const struct child_spec *spec)
{
    *pipes = (struct pipes){{-1, -1}, -1, {-1, -1}};
    if (pipe2(pipes->output, O_CLOEXEC) != 0)
        return false;
    if (!sandbox->config->sandbox)
        return true;
    pipes->args = write_options(sandbox, spec);
    return pipes->args >= 0 && pipe2(pipes->info, O_CLOEXEC) == 0;
}

bool child_start(struct child *child, const struct sandbox *sandbox, const struct child_spec *spec)
{
    struct pipes pipes;
    *child = (struct child){.pipe = -1};
    if (!open_pipes(&pipes, sandbox, spec)) {
        close_all(&pipes);
        return false;
    }
    pid_t parent = getpid();
    child->pid = fork();
    if (child->pid == 0) {
        become_command(spec, &pipes, parent);
        if (sandbox->config->sandbox)
            run_sandboxed(sandbox, spec);
        else
            run_plain(spec);
        dprintf(STDERR_FILENO, "%s: %s\n", sandbox->config->sandbox ? "bubblewrap" : spec->argv[0],
                strerror(errno));
        _exit(127);
    }
    if (child->pid < 0) {
        child->pid = 0;
        close_all(&pipes);
        return false;
    }
    child->pipe = pipes.output[0];
    pipes.output[0] = -1;
    if (pipes.info[1] >= 0) {
        close(pipes.info[1]);
        pipes.info[1] = -1;
        child->init = read_init(pipes.info[0]);
    }
    close_all(&pipes);
    return true;
}

/* Children of a process, of all its threads. */
static size_t children_of(pid_t pid, pid_t *list, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    size_t count = 0;
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        char name[PATH_MAX];
        if (task->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s/children", path, task->d_name);
        FILE *file = fopen(name, "re");
        int number;
        while (file != NULL && count < size && fscanf(file, "%d", &number) == 1)
            list[count++] = number;
        if (file != NULL)
            fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return count;
}

#define TREE 16384

/* All that descend from this process: the job's are all there are. Not for two threads. */
static size_t descendants(pid_t **out)
{
    static pid_t list[TREE];
    size_t count = children_of(getpid(), list, TREE);
    for (size_t next = 0; next < count; next++)
        count += children_of(list[next], list + count, TREE - count);
    *out = list;
    return count;
}

static long read_kib(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found != NULL ? strtol(found + strlen(name), NULL, 10) : 0;
}

static void add_process(pid_t pid, struct child_usage *usage)
{
    char path[64], text[4096];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    /* Pages of files can be dropped by the kernel at any time: they are not counted. */
    usage->memory += 1024 * (read_kib(text, "\nRssAnon:") + read_kib(text, "\nRssShmem:"));
    usage->processes += read_kib(text, "\nThreads:");
}

void child_measure(const struct child *child, struct child_usage *usage)
{
    *usage = (struct child_usage){0};
    pid_t *list;
    size_t count = child->pid > 0 ? descendants(&list) : 0;
    for (size_t i = 0; i < count; i++)
        add_process(list[i], usage);
}

bool child_ended(struct child *child, int *status)
{
    if (child->pid == 0)
        return true;
    pid_t done = waitpid(child->pid, status, WNOHANG);
    if (done == 0 || (done < 0 && errno == EINTR))
        return false;
    child->pid = 0;
    return true;
}

void child_interrupt(const struct child *child)
{
    pid_t command = child->pid;
    if (child->init > 0 && children_of(child->init, &command, 1) == 0)
        return;
    if (command > 0)
        kill(command, SIGINT);
}

void child_kill(struct child *child)
{
    int64_t end = clock_monotonic_ms() + KILL_MS;
    bool left = true;
    while (left && clock_monotonic_ms() < end) {
        pid_t *list;
        size_t count = descendants(&list);
        for (size_t i = 0; i < count; i++)
            kill(list[i], SIGKILL);
        pid_t done;
        while ((done = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        left = done == 0 || errno != ECHILD;
        if (left)
            nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
    }
    if (left)
        log_error("processes of a job can't be killed");
    child->pid = child->init = 0;
    if (child->pipe >= 0)
        close(child->pipe);
    child->pipe = -1;
}
