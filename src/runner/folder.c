/* Removing is left to chmod and rm of the system, which cope with trees of any depth and follow no
 * links; only this file runs programs outside the sandbox. */
#include "runner/folder.h"

#include "base/arena.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const parts[] = {"control", "secret", "work", "home",
                                    "tmp",     "shm",    "out",  "files"};

static bool fail(char *error, size_t size, const char *path)
{
    snprintf(error, size, "%s: %s", path, strerror(errno));
    return false;
}

static void run_tool(const char *program, const char *option, const char *more, const char *path)
{
    const char *argv[] = {program, option, more, "--", path, NULL};
    const char *env[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        dup2(null, STDIN_FILENO);
        dup2(null, STDERR_FILENO);
        execve(program, (char **)(uintptr_t)argv, (char **)(uintptr_t)env);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static bool job_path(const struct folder *folder, char *path, size_t size, const char *name)
{
    int len = snprintf(path, size, "%s/job%s%s", folder->base, name[0] != '\0' ? "/" : "", name);
    return len > 0 && (size_t)len < size;
}

void folder_end(const struct folder *folder)
{
    char path[PATH_MAX];
    struct stat status;
    if (!job_path(folder, path, sizeof(path), "") || lstat(path, &status) != 0)
        return;
    run_tool("/bin/rm", "-rf", "--one-file-system", path);
    if (lstat(path, &status) != 0)
        return;
    run_tool("/bin/chmod", "-R", "u+rwx", path);
    run_tool("/bin/rm", "-rf", "--one-file-system", path);
    if (lstat(path, &status) == 0)
        log_error("the job's folder can't be removed path=%s", path);
}

bool folder_open(struct folder *folder, const char *base, char *error, size_t error_size)
{
    char path[PATH_MAX];
    folder->base = base;
    if (mkdir(base, 0700) != 0 && errno != EEXIST)
        return fail(error, error_size, base);
    snprintf(path, sizeof(path), "%s/lock", base);
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (folder->lock < 0)
        return fail(error, error_size, path);
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0) {
        snprintf(error, error_size, "%s: another runner uses this folder", base);
        return false;
    }
    folder_end(folder);
    return true;
}

bool folder_begin(const struct folder *folder, char *error, size_t error_size)
{
    char path[PATH_MAX];
    folder_end(folder);
    if (!job_path(folder, path, sizeof(path), "") || mkdir(path, 0700) != 0)
        return fail(error, error_size, path);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (!job_path(folder, path, sizeof(path), parts[i]) || mkdir(path, 0700) != 0)
            return fail(error, error_size, path);
    return true;
}

const char *folder_path(const struct folder *folder, struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/job/%s", folder->base, name);
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

bool folder_write(const struct folder *folder, const char *name, const char *text, size_t len)
{
    char path[PATH_MAX];
    if (!job_path(folder, path, sizeof(path), name))
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, text, len);
    if (fd >= 0 && close(fd) != 0)
        good = false;
    if (!good)
        log_error("a file of the job can't be written path=%s error=%s", path, strerror(errno));
    return good;
}

int folder_file(const struct folder *folder, const char *name)
{
    char path[PATH_MAX], inside[NAME_MAX];
    snprintf(inside, sizeof(inside), "files/%s", name);
    if (!job_path(folder, path, sizeof(path), inside))
        return -1;
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

const char *folder_keep(const struct folder *folder, struct arena *arena, const char *name,
                        const char *as)
{
    const char *kept = arena_printf(arena, "%s/errored-states", folder->base);
    if (mkdir(kept, 0700) != 0 && errno != EEXIST)
        return NULL;
    const char *from = arena_printf(arena, "%s/job/files/%s", folder->base, name);
    const char *to = arena_printf(arena, "%s/%s", kept, as);
    return rename(from, to) == 0 ? to : NULL;
}

long folder_free_space(const struct folder *folder)
{
    struct statvfs status;
    if (statvfs(folder->base, &status) != 0)
        return LONG_MAX;
    return (long)(status.f_bavail * status.f_frsize);
}
