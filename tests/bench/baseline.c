/* What libfcgi itself can do behind the same nginx: no routing, no JSON, no database.
 *
 *     baseline SOCKET WORKERS FILE FOLDER
 *
 * GET answers with the bytes of FILE (head and body, as a FastCGI program writes them). PUT /x
 * writes its body to FOLDER/x and GET /cat/x sends that file: what `cat` would do.
 *
 * A worker serves many connections, as terrace.fcgi does: an epoll over the listening socket and
 * one FCGX_Request for each connection that nginx keeps. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE 65536

static char *answer;
static int answer_len;
static const char *folder;

static void die(const char *what)
{
    fprintf(stderr, "baseline: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void read_answer(const char *name)
{
    FILE *file = fopen(name, "rb");

    if (file == NULL)
        die(name);
    fseek(file, 0, SEEK_END);
    answer_len = (int)ftell(file);
    rewind(file);
    answer = malloc((size_t)answer_len + 1);
    if (answer == NULL || fread(answer, 1, (size_t)answer_len, file) != (size_t)answer_len)
        die(name);
    fclose(file);
}

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    unlink(path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 1024) != 0)
        die(path);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static int open_file(const char *target, int flags)
{
    char path[4096];
    const char *name = strrchr(target, '/');

    snprintf(path, sizeof path, "%s/%s", folder, name == NULL ? target : name + 1);
    return open(path, flags | O_CLOEXEC, 0600);
}

static void receive(FCGX_Request *request, const char *target)
{
    static char piece[PIECE];
    int fd = open_file(target, O_WRONLY | O_CREAT | O_TRUNC);
    int n;

    while (fd >= 0 && (n = FCGX_GetStr(piece, PIECE, request->in)) > 0)
        if (write(fd, piece, (size_t)n) != n)
            die("write");
    if (fd >= 0)
        close(fd);
    FCGX_PutS("Status: 200 OK\r\nContent-Length: 0\r\n\r\n", request->out);
}

static void send_file(FCGX_Request *request, const char *target)
{
    static char piece[PIECE];
    int fd = open_file(target, O_RDONLY);
    ssize_t n;

    if (fd < 0) {
        FCGX_PutS("Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n", request->out);
        return;
    }
    FCGX_FPrintF(request->out, "Status: 200 OK\r\nContent-Length: %ld\r\n\r\n",
                 (long)lseek(fd, 0, SEEK_END));
    lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, piece, PIECE)) > 0)
        if (FCGX_PutStr(piece, (int)n, request->out) != n)
            break;
    close(fd);
}

static void serve(FCGX_Request *request)
{
    const char *method = FCGX_GetParam("REQUEST_METHOD", request->envp);
    const char *target = FCGX_GetParam("REQUEST_URI", request->envp);

    if (method == NULL || target == NULL)
        return;
    if (strcmp(method, "PUT") == 0)
        receive(request, target);
    else if (strncmp(target, "/cat/", 5) == 0)
        send_file(request, target);
    else
        FCGX_PutStr(answer, answer_len, request->out);
}

static void watch(int epoll_fd, int fd, unsigned events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

static void accept_one(int epoll_fd, int listen_fd)
{
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    FCGX_Request *request;

    if (fd < 0)
        return;
    request = calloc(1, sizeof *request);
    if (request == NULL)
        die("memory");
    FCGX_InitRequest(request, -1, 0);
    request->ipcFd = fd;
    watch(epoll_fd, fd, EPOLLIN, request);
}

static void next_request(FCGX_Request *request)
{
    char byte;

    /* FCGX_Accept_r would close the connection of a request that does not say keep. */
    request->keepConnection = 1;
    if (recv(request->ipcFd, &byte, 1, MSG_PEEK) > 0 && FCGX_Accept_r(request) == 0) {
        serve(request);
        FCGX_Finish_r(request);
        if (request->ipcFd >= 0)
            return;
    }
    FCGX_Free(request, 1);
    free(request);
}

static void work(int listen_fd)
{
    struct epoll_event events[64];
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    FCGX_Init();
    watch(epoll_fd, listen_fd, EPOLLIN | EPOLLEXCLUSIVE, NULL);
    for (;;) {
        int n = epoll_wait(epoll_fd, events, 64, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                accept_one(epoll_fd, listen_fd);
            else
                next_request(events[i].data.ptr);
        }
    }
}

int main(int argc, char **argv)
{
    int listen_fd;

    if (argc != 5) {
        fprintf(stderr, "usage: baseline SOCKET WORKERS FILE FOLDER\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    folder = argv[4];
    read_answer(argv[3]);
    listen_fd = listen_on(argv[1]);
    for (int i = 0; i < strtol(argv[2], NULL, 10); i++)
        if (fork() == 0)
            work(listen_fd);
    while (wait(NULL) > 0)
        continue;
    return 0;
}
