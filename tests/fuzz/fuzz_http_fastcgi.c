/* FastCGI records, from a web server that may be anything: nothing blocks, and a request that comes
 * out can be answered. The first byte says where the bytes are cut in two. */
#include "fuzz/fuzz.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "http/http_fastcgi.h"

static void answer(struct http_fastcgi *connection)
{
    struct http_request request = {.arena = arena_new(), .io = http_fastcgi_io(connection)};
    struct buf body;

    buf_init(&body, request.arena);
    http_parse(&request);
    if (http_read_body(&request, 1000, &body) == 0)
        http_write(&request, body.data, body.len);
    http_finish(&request);
    MUST(http_fastcgi_state(connection) != HTTP_FASTCGI_SERVING);
    arena_free(request.arena);
}

/* Looks at everything and wants nothing. */
static bool takes(void *context, struct http_io *io)
{
    struct http_request request = {.arena = arena_new(), .io = io};

    (void)context;
    http_parse_target(&request);
    arena_free(request.arena);
    return false;
}

static void receive(struct http_fastcgi *connection)
{
    static const struct http_fastcgi_chooser chooser = {.takes = takes};

    if (http_fastcgi_state(connection) == HTTP_FASTCGI_CLOSED)
        return;
    (void)http_fastcgi_receive(connection, 2000, &chooser);
    if (http_fastcgi_state(connection) != HTTP_FASTCGI_CLOSED &&
        http_fastcgi_receive(connection, 2000, NULL) == HTTP_FASTCGI_SERVING)
        answer(connection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct http_fastcgi *connection;
    size_t cut;
    int pair[2];

    if (!ready) {
        ready = true;
        signal(SIGPIPE, SIG_IGN);
        log_set_level(LOG_LEVEL_ERROR + 1);
        MUST(http_fastcgi_init() == 0);
    }
    if (size < 1 || size > 60000)
        return 0;
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    connection = http_fastcgi_open(pair[1]);
    cut = data[0] < size ? data[0] : size - 1;
    MUST(send(pair[0], data + 1, cut, MSG_NOSIGNAL) == (ssize_t)cut);
    receive(connection);
    (void)!send(pair[0], data + 1 + cut, size - 1 - cut, MSG_NOSIGNAL);
    /* So that libfcgi, which waits for the peer when it closes, need not. */
    shutdown(pair[0], SHUT_WR);
    for (int i = 0; i < 3; i++)
        receive(connection);
    http_fastcgi_close(connection);
    close(pair[0]);
    return 0;
}
