/* The worker's loop in a child process, spoken to over a unix socket. */
#include "http/http_handoff.h"
#include "http/http_server.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "unit/unit.h"

#define SLOTS 3

static struct http_server_slot *slots;
static int listen_fd;
static int handoff[2], passed[2];
static enum http_server_role role; /* of the next that is started */
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number == SIGUSR2 ? HTTP_SERVER_RETIRE : HTTP_SERVER_QUIT;
}

/* The reply says how many requests came together, and who served them. */
static void serve(void *context, struct http_request *const *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = arena_printf(batch[i]->arena, "%zu %d", count, (int)getpid());

        if (strcmp(batch[i]->path, "/slow") == 0)
            usleep(200000);
        http_write(batch[i], text, strlen(text));
        if (strcmp(batch[i]->path, "/forget") != 0)
            http_finish(batch[i]);
    }
    (void)context;
}

static bool is_quick(void *context, const struct http_request *request)
{
    (void)context;
    return strcmp(request->path, "/slow") != 0;
}

static void open_all(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    slots = mmap(NULL, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                 -1, 0);
    listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    /* The kernel picks an abstract name. */
    CHECK_INT(bind(listen_fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
    CHECK_INT(listen(listen_fd, 64), 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, handoff), 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, passed), 0);
    role = HTTP_SERVER_ALL;
}

static void close_all(void)
{
    munmap(slots, SLOTS * sizeof *slots);
    close(listen_fd);
    close(handoff[0]);
    close(handoff[1]);
    close(passed[0]);
    close(passed[1]);
}

static pid_t start(size_t self, long max_requests)
{
    const struct http_application application = {.serve = serve, .is_quick = is_quick};
    sigset_t block, none;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        struct http_server_options options = {.listen_fd = listen_fd,
                                              .role = role,
                                              .handoff = {handoff[0], handoff[1]},
                                              .passed = {passed[0], passed[1]},
                                              .max_requests = max_requests,
                                              .body_limit = 1000000,
                                              .slots = slots,
                                              .slot_count = SLOTS,
                                              .self = self,
                                              .stop = &stop,
                                              .wait_mask = &none};

        alarm(20);
        log_set_level(LOG_LEVEL_ERROR + 1);
        sigemptyset(&none);
        sigemptyset(&block);
        sigaddset(&block, SIGTERM);
        sigaddset(&block, SIGUSR2);
        sigprocmask(SIG_BLOCK, &block, NULL);
        signal(SIGTERM, on_signal);
        signal(SIGUSR2, on_signal);
        _exit(http_server_run(&application, &options) == 0 ? 0 : 1);
    }
    while (atomic_load(&slots[self].state) != HTTP_SERVER_READY)
        usleep(1000);
    return pid;
}

static int end(pid_t pid)
{
    int status;

    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void stop_both(pid_t first, pid_t second)
{
    kill(first, SIGTERM);
    kill(second, SIGTERM);
    CHECK_INT(end(first), 0);
    CHECK_INT(end(second), 0);
}

static int connect_client(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    struct timeval limit = {.tv_sec = 5};

    CHECK_INT(getsockname(listen_fd, (struct sockaddr *)&name, &size), 0);
    CHECK_INT(connect(fd, (struct sockaddr *)&name, size), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void ask(int fd, const char *uri)
{
    unsigned char wire[256] = {1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1};
    size_t len = 16, params = 2 + 11 + strlen(uri);

    memcpy(wire + len, (unsigned char[8]){1, 4, 0, 1, 0, (unsigned char)params, 0, 0}, 8);
    len += 8;
    wire[len++] = 11;
    wire[len++] = (unsigned char)strlen(uri);
    memcpy(wire + len, "REQUEST_URI", 11);
    memcpy(wire + len + 11, uri, strlen(uri));
    len += params - 2;
    memcpy(wire + len, (unsigned char[16]){1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1}, 16);
    len += 16;
    CHECK_INT(send(fd, wire, len, MSG_NOSIGNAL), len);
}

/* The whole reply as text, headers first. "" when the connection ended instead. */
static const char *take(int fd)
{
    static char text[4096];
    unsigned char header[8], rest[2048];
    size_t len = 0;

    while (recv(fd, header, 8, MSG_WAITALL) == 8) {
        size_t content = header[4] * 256u + header[5];

        if (content + header[6] > 0)
            CHECK_INT(recv(fd, rest, content + header[6], MSG_WAITALL), content + header[6]);
        if (header[1] == 3) {
            text[len] = '\0';
            return text;
        }
        memcpy(text + len, rest, content);
        len += content;
    }
    return "";
}

static int batch_of(const char *reply)
{
    const char *body = strstr(reply, "\r\n\r\n");

    return body != NULL ? (int)strtol(body + 4, NULL, 10) : -1;
}

static pid_t server_of(const char *reply)
{
    const char *space = strrchr(reply, ' ');

    return space != NULL ? (pid_t)strtol(space, NULL, 10) : -1;
}

TEST(one_connection_carries_many_requests)
{
    pid_t pid;
    int fd;

    open_all();
    pid = start(0, 0);
    fd = connect_client();
    for (int i = 0; i < 5; i++) {
        ask(fd, "/");
        CHECK_INT(server_of(take(fd)), pid);
    }
    close(fd);
    kill(pid, SIGTERM);
    CHECK_INT(end(pid), 0);
    CHECK_INT(atomic_load(&slots[0].requests), 5);
    close_all();
}

TEST(what_waits_together_is_served_together)
{
    int fds[10], largest = 0;
    pid_t pid;

    open_all();
    pid = start(0, 0);
    for (int i = 0; i < 10; i++) {
        fds[i] = connect_client();
        ask(fds[i], "/");
        take(fds[i]);
    }
    ask(fds[0], "/slow");
    usleep(50000);
    for (int i = 1; i < 10; i++)
        ask(fds[i], "/");
    for (int i = 0; i < 10; i++) {
        int batch = batch_of(take(fds[i]));

        largest = batch > largest ? batch : largest;
        close(fds[i]);
    }
    CHECK_INT(largest, 9);
    kill(pid, SIGTERM);
    CHECK_INT(end(pid), 0);
    close_all();
}

TEST(a_bad_request_is_answered_by_the_server)
{
    pid_t pid;
    int fd;

    open_all();
    pid = start(0, 0);
    fd = connect_client();
    ask(fd, "/%zz");
    CHECK(strncmp(take(fd), "Status: 400", 11) == 0);
    ask(fd, "/");
    CHECK_INT(server_of(take(fd)), pid);
    close(fd);
    kill(pid, SIGTERM);
    CHECK_INT(end(pid), 0);
    CHECK_INT(atomic_load(&slots[0].refused), 1);
    close_all();
}

TEST(a_forgotten_request_is_500)
{
    pid_t pid;
    int fd;

    open_all();
    pid = start(0, 0);
    fd = connect_client();
    ask(fd, "/forget");
    CHECK(strncmp(take(fd), "Status: 500", 11) == 0);
    close(fd);
    kill(pid, SIGTERM);
    CHECK_INT(end(pid), 0);
    close_all();
}

TEST(a_worker_that_retires_hands_its_connections_over)
{
    pid_t first, second;
    int fd;

    open_all();
    first = start(0, 3);
    fd = connect_client();
    for (int i = 0; i < 3; i++) {
        ask(fd, "/");
        CHECK_INT(server_of(take(fd)), first);
    }
    /* It ends by itself; the connection waits for a successor, and the request with it. */
    CHECK_INT(end(first), 0);
    ask(fd, "/");
    second = start(1, 0);
    CHECK_INT(server_of(take(fd)), second);
    close(fd);
    kill(second, SIGTERM);
    CHECK_INT(end(second), 0);
    close_all();
}

TEST(a_worker_that_quits_answers_first)
{
    pid_t pid;
    int busy, queued, idle;

    open_all();
    pid = start(0, 0);
    idle = connect_client();
    ask(idle, "/");
    take(idle);
    busy = connect_client();
    ask(busy, "/slow");
    usleep(50000);
    queued = connect_client();
    ask(queued, "/");
    kill(pid, SIGTERM);
    CHECK_INT(server_of(take(busy)), pid);
    CHECK_INT(server_of(take(queued)), pid);
    /* Also on a connection that was idle when it was told to quit, and then that ends. */
    ask(idle, "/");
    CHECK_INT(server_of(take(idle)), pid);
    CHECK_STR(take(idle), "");
    CHECK_INT(end(pid), 0);
    close(busy);
    close(queued);
    close(idle);
    close_all();
}

TEST(a_worker_that_quits_accepts_while_a_kept_connection_is_idle)
{
    pid_t pid;
    int idle, fd;

    open_all();
    pid = start(0, 0);
    idle = connect_client();
    ask(idle, "/");
    take(idle);
    kill(pid, SIGTERM);
    usleep(200000);
    fd = connect_client();
    ask(fd, "/");
    CHECK_INT(server_of(take(fd)), pid);
    CHECK_STR(take(fd), "");
    close(fd);
    /* Once that is used up, it ends at once. */
    ask(idle, "/");
    CHECK_INT(server_of(take(idle)), pid);
    CHECK_STR(take(idle), "");
    CHECK_INT(end(pid), 0);
    close(idle);
    close_all();
}

TEST(a_worker_that_quits_closes_a_kept_connection_that_stays_idle)
{
    pid_t pid;
    int idle;

    open_all();
    pid = start(0, 0);
    idle = connect_client();
    ask(idle, "/");
    take(idle);
    kill(pid, SIGTERM);
    CHECK_STR(take(idle), "");
    CHECK_INT(end(pid), 0);
    close(idle);
    close_all();
}

TEST(a_worker_leaves_new_connections_to_one_that_has_fewer)
{
    pid_t first, second;
    int fds[20], firsts = 0;

    open_all();
    first = start(0, 0);
    for (int i = 0; i < 10; i++) {
        fds[i] = connect_client();
        ask(fds[i], "/");
        CHECK_INT(server_of(take(fds[i])), first);
    }
    second = start(1, 0);
    usleep(500000);
    for (int i = 10; i < 18; i++) {
        fds[i] = connect_client();
        ask(fds[i], "/");
        firsts += server_of(take(fds[i])) == first;
    }
    /* At most while the first had not noticed yet. */
    CHECK(firsts <= 1);
    /* But when the second is busy, the first takes over. */
    ask(fds[17], "/slow");
    usleep(50000);
    fds[18] = connect_client();
    ask(fds[18], "/");
    CHECK_INT(server_of(take(fds[18])), first);
    for (int i = 0; i < 19; i++)
        close(fds[i]);
    stop_both(first, second);
    close_all();
}

TEST(a_silent_connection_holds_nobody_up)
{
    pid_t pid;
    int silent, fd;

    open_all();
    pid = start(0, 0);
    silent = connect_client();
    CHECK_INT(send(silent, "\x01\x01", 2, 0), 2);
    fd = connect_client();
    ask(fd, "/");
    CHECK_INT(server_of(take(fd)), pid);
    close(silent);
    close(fd);
    kill(pid, SIGTERM);
    CHECK_INT(end(pid), 0);
    close_all();
}

TEST(a_connection_that_another_process_still_holds_can_be_closed)
{
    int pair[2], fd;
    pid_t pid;

    open_all();
    pid = start(0, 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK(http_handoff_send(handoff[1], pair[1]));
    ask(pair[0], "/");
    CHECK_INT(server_of(take(pair[0])), pid);
    /* pair[1] stays open here. */
    shutdown(pair[0], SHUT_WR);
    usleep(50000);
    CHECK_INT(atomic_load(&slots[0].connections), 0);
    for (int i = 0; i < 20; i++) {
        fd = connect_client();
        ask(fd, "/");
        CHECK_INT(server_of(take(fd)), pid);
        close(fd);
    }
    close(pair[0]);
    close(pair[1]);
    kill(pid, SIGTERM);
    CHECK_INT(end(pid), 0);
    close_all();
}

static pid_t start_as(enum http_server_role wanted, size_t self)
{
    role = wanted;
    return start(self, 0);
}

TEST(a_long_request_is_passed_to_one_that_stands_by)
{
    pid_t quick, standing;
    int fd;

    open_all();
    quick = start_as(HTTP_SERVER_QUICK, 0);
    standing = start_as(HTTP_SERVER_LONG, 1);
    fd = connect_client();
    for (int i = 0; i < 3; i++) {
        ask(fd, "/");
        CHECK_INT(server_of(take(fd)), quick);
        ask(fd, "/slow");
        CHECK_INT(server_of(take(fd)), standing);
        ask(fd, "/%zz");
        CHECK(strncmp(take(fd), "Status: 400", 11) == 0);
    }
    close(fd);
    stop_both(quick, standing);
    CHECK_INT(atomic_load(&slots[0].refused), 3);
    CHECK_INT(atomic_load(&slots[1].requests), 3);
    CHECK_INT(atomic_load(&slots[1].connections), 0);
    close_all();
}

TEST(what_is_quick_does_not_wait_for_what_is_long)
{
    pid_t quick, standing;
    struct timeval soon = {.tv_usec = 100000};
    int slow[3], fd;

    open_all();
    quick = start_as(HTTP_SERVER_QUICK, 0);
    standing = start_as(HTTP_SERVER_LONG, 1);
    for (int i = 0; i < 3; i++) {
        slow[i] = connect_client();
        ask(slow[i], "/slow");
    }
    usleep(50000);
    fd = connect_client();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    ask(fd, "/");
    CHECK_INT(server_of(take(fd)), quick);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(server_of(take(slow[i])), standing);
        close(slow[i]);
    }
    close(fd);
    stop_both(quick, standing);
    close_all();
}

TEST(what_was_passed_waits_for_one_that_stands_by)
{
    pid_t quick, standing;
    int fd;

    open_all();
    quick = start_as(HTTP_SERVER_QUICK, 0);
    fd = connect_client();
    ask(fd, "/slow");
    usleep(50000);
    standing = start_as(HTTP_SERVER_LONG, 1);
    CHECK_INT(server_of(take(fd)), standing);
    close(fd);
    stop_both(quick, standing);
    close_all();
}

TEST(nothing_passed_is_lost_when_all_quit)
{
    pid_t quick;
    int fd;

    open_all();
    quick = start_as(HTTP_SERVER_QUICK, 0);
    fd = connect_client();
    ask(fd, "/slow");
    usleep(50000);
    /* Nobody has taken it. */
    kill(quick, SIGTERM);
    CHECK_INT(server_of(take(fd)), quick);
    CHECK_STR(take(fd), "");
    CHECK_INT(end(quick), 0);
    close(fd);
    close_all();
}

TEST(a_worker_that_can_pass_nothing_on_serves_it)
{
    pid_t quick;
    int fds[8], filler[2], count = 0;

    open_all();
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, filler), 0);
    while (http_handoff_send(passed[1], filler[0]))
        count++;
    CHECK(count > 0);
    quick = start_as(HTTP_SERVER_QUICK, 0);
    for (int i = 0; i < 2; i++) {
        fds[i] = connect_client();
        ask(fds[i], "/slow");
        CHECK_INT(server_of(take(fds[i])), quick);
        close(fds[i]);
    }
    while (count-- > 0)
        close(http_handoff_receive(passed[0]));
    close(filler[0]);
    close(filler[1]);
    kill(quick, SIGTERM);
    CHECK_INT(end(quick), 0);
    close_all();
}

UNIT_MAIN
