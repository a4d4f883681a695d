/* Nameless temporary files. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "http/http_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static int open_in(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    /* Not every file system has O_TMPFILE (NFS, old overlays). */
    if (fd >= 0 || (size_t)snprintf(path, sizeof path, "%s/terrace-XXXXXX", folder) >= sizeof path)
        return fd;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int http_spool_open(void)
{
    const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        int fd = folders[i] != NULL && *folders[i] != '\0' ? open_in(folders[i]) : -1;

        if (fd >= 0)
            return fd;
    }
    log_error("no temporary file error=%s", strerror(errno));
    return -1;
}

int http_spool_write(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t put = write(fd, at, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            log_error("temporary file not written error=%s", strerror(errno));
            return -1;
        }
        at += put;
        size -= (size_t)put;
    }
    return 0;
}
