/* The listening socket. It is always non-blocking: several workers wait on it, and one of them
 * wins. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define SYSTEMD_FIRST_FD 3
/* nginx opens a connection for each request that waits, and answers 502 when there is no room. The
 * kernel cuts it to net.core.somaxconn. */
#define BACKLOG 4096

static bool is_listening(int fd)
{
    int listening = 0;
    socklen_t size = sizeof listening;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

static int prepare(int fd)
{
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        log_warn("listening socket not prepared error=%s", strerror(errno));
    return fd;
}

/* systemd sets LISTEN_PID so that a child which inherits the variables does not believe them. */
static bool from_systemd(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *fds = getenv("LISTEN_FDS");

    return pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid() &&
           strtol(fds, NULL, 10) >= 1;
}

int listener_inherited(void)
{
    if (from_systemd() && is_listening(SYSTEMD_FIRST_FD))
        return prepare(SYSTEMD_FIRST_FD);
    return is_listening(STDIN_FILENO) ? prepare(STDIN_FILENO) : -1;
}

static int fail(int fd, const char *address, const char *what)
{
    log_error("cannot listen address=%s step=%s error=%s", address, what, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Splits `unix:/path,group=name`. False when the path does not fit a socket address. */
static bool parse_unix(const char *address, struct sockaddr_un *out, const char **group)
{
    const char *path = address + strlen("unix:");
    const char *comma = strstr(path, ",group=");
    size_t len = comma != NULL ? (size_t)(comma - path) : strlen(path);

    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    *group = comma != NULL ? comma + strlen(",group=") : NULL;
    if (len == 0 || len >= sizeof out->sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(out->sun_path, path, len);
    return true;
}

/* True when the path is a socket that nobody listens on: what a crash leaves behind. Anything else
 * in that place is not ours to remove. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat status;
    int fd;
    bool refused;

    if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
              errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static int set_group(const char *path, const char *name)
{
    struct group *group = getgrnam(name);

    if (group == NULL) {
        errno = ENOENT;
        return -1;
    }
    return chown(path, (uid_t)-1, group->gr_gid);
}

static int bind_unix(int fd, const struct sockaddr_un *address)
{
    /* No moment in which others could connect. */
    mode_t before = umask(0117);
    int result = bind(fd, (const struct sockaddr *)address, sizeof *address);

    if (result != 0 && errno == EADDRINUSE && is_stale(address)) {
        log_warn("stale socket replaced path=%s", address->sun_path);
        unlink(address->sun_path);
        result = bind(fd, (const struct sockaddr *)address, sizeof *address);
    }
    umask(before);
    return result;
}

static int open_unix(const char *text)
{
    struct sockaddr_un address;
    const char *group;
    int fd;

    if (!parse_unix(text, &address, &group))
        return fail(-1, text, "parse");
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind_unix(fd, &address) != 0)
        return fail(fd, text, "bind");
    if (group != NULL && set_group(address.sun_path, group) != 0)
        return fail(fd, text, "group");
    if (listen(fd, BACKLOG) != 0)
        return fail(fd, text, "listen");
    return prepare(fd);
}

/* host:port, [v6]:port or :port (then this machine only). */
static bool split_host(const char *text, char host[256], const char **port)
{
    const char *colon = strrchr(text, ':');
    size_t len;

    if (colon == NULL || colon[1] == '\0')
        return false;
    len = (size_t)(colon - text);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len >= 256)
        return false;
    snprintf(host, 256, "%.*s", (int)len, text);
    if (len == 0)
        snprintf(host, 256, "127.0.0.1");
    *port = colon + 1;
    return true;
}

static int open_tcp(const char *text)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    char host[256];
    const char *port;
    int one = 1, fd, error;

    if (!split_host(text, host, &port)) {
        errno = EINVAL;
        return fail(-1, text, "parse");
    }
    error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) {
        log_error("cannot listen address=%s step=resolve error=%s", text, gai_strerror(error));
        return -1;
    }
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        fd = fail(fd, text, "bind");
    freeaddrinfo(found);
    return fd >= 0 ? prepare(fd) : -1;
}

int listener_open(const char *address)
{
    return strncmp(address, "unix:", 5) == 0 ? open_unix(address) : open_tcp(address);
}

void listener_unlink(const char *address)
{
    struct sockaddr_un parsed;
    const char *group;

    if (strncmp(address, "unix:", 5) == 0 && parse_unix(address, &parsed, &group))
        unlink(parsed.sun_path);
}
