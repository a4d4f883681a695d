/* One CGI request in a child process with pipes. */
#include "http/http_server.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "unit/unit.h"

static char answer[4096];

static void serve_echo(void *context, struct http_request *const *batch, size_t count)
{
    struct buf body;

    (void)context;
    CHECK_INT(count, 1);
    buf_init(&body, batch[0]->arena);
    batch[0]->status = http_read_body(batch[0], 10, &body);
    if (batch[0]->status == 0) {
        batch[0]->status = 200;
        http_write(batch[0], body.data, body.len);
    }
    http_finish(batch[0]);
}

static void serve_nothing(void *context, struct http_request *const *batch, size_t count)
{
    (void)context;
    (void)batch;
    (void)count;
}

/* The exit status; the reply is in answer. Standard input stays open behind the body. */
static int run(void (*serve)(void *, struct http_request *const *, size_t), const char *uri,
               const char *length, const char *body)
{
    const struct http_application application = {.serve = serve};
    int in[2], out[2], status;
    size_t len = 0;
    ssize_t got;
    pid_t pid;

    fflush(stdout);
    CHECK_INT(pipe(in), 0);
    CHECK_INT(pipe(out), 0);
    pid = fork();
    if (pid == 0) {
        log_set_level(LOG_LEVEL_ERROR + 1);
        alarm(10);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        setenv("REQUEST_METHOD", "POST", 1);
        setenv("REQUEST_URI", uri, 1);
        if (length != NULL)
            setenv("CONTENT_LENGTH", length, 1);
        _exit(http_server_cgi(&application));
    }
    close(in[0]);
    close(out[1]);
    CHECK_INT(write(in[1], body, strlen(body)), strlen(body));
    while ((got = read(out[0], answer + len, sizeof answer - 1 - len)) > 0)
        len += (size_t)got;
    answer[len] = '\0';
    waitpid(pid, &status, 0);
    close(in[1]);
    close(out[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(a_request_and_its_reply)
{
    CHECK_INT(run(serve_echo, "/", "5", "hello"), 0);
    CHECK_STR(answer, "Status: 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

TEST(an_unread_body_is_taken_in)
{
    CHECK_INT(run(serve_echo, "/", "12", "hello, world"), 0);
    CHECK_STR(answer, "Status: 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
}

TEST(without_a_length_nobody_waits_for_the_end_of_input)
{
    CHECK_INT(run(serve_nothing, "/", NULL, ""), 0);
    CHECK_STR(answer, "Status: 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
}

TEST(a_bad_request_never_reaches_the_application)
{
    CHECK_INT(run(serve_nothing, "/%zz", NULL, ""), 0);
    CHECK(strncmp(answer, "Status: 400 Bad Request\r\n", 25) == 0);
}

UNIT_MAIN
