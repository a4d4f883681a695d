/* An HTTP server of a few lines for the tests of src/net: a child process that answers by path, one
 * connection at a time. It does what a well-behaved server never would. */
#ifndef TERRACE_TESTS_UNIT_NET_SERVER_H
#define TERRACE_TESTS_UNIT_NET_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_HEAD 16384

static pid_t server_pid;
static int server_port;

static inline void server_write(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

static inline void server_say(int fd, const char *text)
{
    server_write(fd, text, strlen(text));
}

static inline void server_answer(int fd, const char *status, const char *headers, const char *body,
                                 size_t len)
{
    char head[SERVER_HEAD];
    int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status,
                     len, headers);
    server_write(fd, head, (size_t)n);
    server_write(fd, body, len);
}

/* Head and body of one request; false when the connection is closed. */
static inline bool server_read(int fd, char *head, size_t size, char **body, size_t *body_len)
{
    size_t len = 0;
    char *end = NULL;
    while (end == NULL && len < size - 1) {
        ssize_t n = read(fd, head + len, 1);
        if (n <= 0 || head[0] == 0x16) /* TLS */
            return false;
        len += (size_t)n;
        head[len] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    const char *length = strstr(head, "Content-Length: ");
    *body_len = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
    *body = malloc(*body_len + 1);
    for (size_t got = 0; got < *body_len;) {
        ssize_t n = read(fd, *body + got, *body_len - got);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    (*body)[*body_len] = '\0';
    return true;
}

static inline void server_serve(int fd)
{
    char head[SERVER_HEAD];
    char *body;
    size_t len;
    for (int count = 0; server_read(fd, head, sizeof(head), &body, &len); count++, free(body)) {
        const char *path = strchr(head, ' ') + 1;
        if (strncmp(head, "HEAD ", 5) == 0) {
            server_answer(fd, "404 Not Found", "", "", 0);
        } else if (strncmp(path, "/head", 5) == 0) {
            server_answer(fd, "200 OK", "Content-Type: text/plain\r\n", head, strlen(head));
        } else if (strncmp(path, "/echo", 5) == 0) {
            server_answer(fd, "201 Created", "X-One: 1\r\nX-Two: 2\r\n", body, len);
        } else if (strncmp(path, "/large", 6) == 0) {
            static char zeros[100000];
            server_answer(fd, "200 OK", "", zeros, sizeof(zeros));
        } else if (strncmp(path, "/moved", 6) == 0) {
            server_answer(fd, "302 Found", "Location: /head\r\n", "", 0);
        } else if (strncmp(path, "/file", 5) == 0) {
            server_answer(fd, "302 Found", "Location: file:///etc/passwd\r\n", "", 0);
        } else if (strncmp(path, "/slow", 5) == 0) {
            server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
            sleep(30);
        } else if (strncmp(path, "/broken", 7) == 0) {
            server_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
            free(body);
            return;
        } else if (strncmp(path, "/junk", 5) == 0) {
            server_say(fd, "SSH-2.0-nonsense\r\n\r\n");
            free(body);
            return;
        } else if (strncmp(path, "/count", 6) == 0) {
            char text[16];
            int n = snprintf(text, sizeof(text), "%d", count);
            server_answer(fd, "200 OK", "", text, (size_t)n);
        } else {
            server_answer(fd, "404 Not Found", "", "no", 2);
        }
    }
}

static inline void server_stop(void)
{
    if (server_pid <= 0)
        return;
    kill(server_pid, SIGKILL);
    waitpid(server_pid, NULL, 0);
    server_pid = 0;
}

static inline void server_start(void)
{
    if (server_pid > 0)
        return;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    server_port = ntohs(address.sin_port);
    fflush(stdout);
    server_pid = fork();
    if (server_pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        signal(SIGCHLD, SIG_IGN);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int fd = accept(listener, NULL, NULL);
            /* A process a connection, so that a kept one does not keep others waiting. */
            if (fd >= 0 && fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                server_serve(fd);
                _exit(0);
            }
            close(fd);
        }
    }
    close(listener);
    atexit(server_stop);
}

#endif
