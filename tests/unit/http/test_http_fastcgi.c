/* Connections fed with hand-made FastCGI records. */
#include "http/http_fastcgi.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "unit/unit.h"

#define LIMIT (1 << 20)

static struct http_fastcgi *connection;
static int peer;

static unsigned char wire[600000];
static size_t wire_len;

static void add_record(unsigned type, unsigned id, const void *content, size_t len, size_t padding)
{
    unsigned char header[8] = {1,
                               (unsigned char)type,
                               (unsigned char)(id >> 8),
                               (unsigned char)id,
                               (unsigned char)(len >> 8),
                               (unsigned char)len,
                               (unsigned char)padding,
                               0};

    memcpy(wire + wire_len, header, 8);
    if (len > 0)
        memcpy(wire + wire_len + 8, content, len);
    memset(wire + wire_len + 8 + len, 0xee, padding);
    wire_len += 8 + len + padding;
}

/* A POST of /path with this body, in records of piece bytes. */
static void add_request(unsigned id, bool keep, const char *body, size_t body_len, size_t piece)
{
    const unsigned char begin[8] = {0, 1, keep, 0, 0, 0, 0, 0};
    char params[256];
    size_t len = 0;

    const char *const pairs[] = {"REQUEST_METHOD", "POST",      "REQUEST_URI",
                                 "/path",          "HTTP_HOST", "h"};
    for (size_t i = 0; i < 6; i += 2) {
        params[len++] = (char)strlen(pairs[i]);
        params[len++] = (char)strlen(pairs[i + 1]);
        memcpy(params + len, pairs[i], strlen(pairs[i]));
        len += strlen(pairs[i]);
        memcpy(params + len, pairs[i + 1], strlen(pairs[i + 1]));
        len += strlen(pairs[i + 1]);
    }
    add_record(1, id, begin, 8, 0);
    add_record(4, id, params, len, 5);
    add_record(4, id, "", 0, 0);
    for (size_t at = 0; at < body_len; at += piece)
        add_record(5, id, body + at, body_len - at < piece ? body_len - at : piece, at % 8);
    add_record(5, id, "", 0, 0);
}

static void open_it(void)
{
    int pair[2];

    log_set_level(LOG_LEVEL_ERROR + 1);
    CHECK_INT(http_fastcgi_init(), 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    peer = pair[0];
    connection = http_fastcgi_open(pair[1]);
    wire_len = 0;
}

static void close_it(void)
{
    http_fastcgi_close(connection);
    close(peer);
}

static void send_bytes(size_t from, size_t len)
{
    CHECK_INT(send(peer, wire + from, len, 0), len);
}

/* Sends the wire in pieces of this size, receiving after each. */
static enum http_fastcgi_state feed(size_t piece)
{
    enum http_fastcgi_state state = HTTP_FASTCGI_IDLE;

    for (size_t at = 0; at < wire_len; at += piece) {
        send_bytes(at, wire_len - at < piece ? wire_len - at : piece);
        state = http_fastcgi_receive(connection, LIMIT, NULL);
    }
    return state;
}

static size_t read_body(char *out, size_t size)
{
    struct http_io *io = http_fastcgi_io(connection);
    size_t len = 0;
    ssize_t got;

    while ((got = io->read(io, out + len, size - len)) > 0)
        len += (size_t)got;
    CHECK_INT(got, 0);
    return len;
}

static void reply(const char *text)
{
    struct http_io *io = http_fastcgi_io(connection);

    CHECK_INT(io->write(io, text, strlen(text)), 0);
    io->finish(io, true);
}

/* Takes a whole reply off the socket; the content of STDOUT, at most size bytes, and its length. */
static size_t take_reply(char *out, size_t size, unsigned id)
{
    unsigned char header[8], rest[65536 + 256];
    size_t len = 0;

    for (;;) {
        size_t content;

        if (recv(peer, header, 8, MSG_WAITALL) != 8)
            return (size_t)-1;
        content = header[4] * 256u + header[5];
        CHECK_INT(header[2] * 256 + header[3], id);
        if (content + header[6] > 0)
            CHECK_INT(recv(peer, rest, content + header[6], MSG_WAITALL), content + header[6]);
        if (header[1] == 3)
            return len;
        CHECK_INT(header[1], 6);
        if (content > 0 && len + content <= size)
            memcpy(out + len, rest, content);
        len += content;
    }
}

TEST(a_whole_request_is_served_where_it_lies)
{
    char text[64] = "";

    open_it();
    add_request(1, true, "hello", 5, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    CHECK(!http_fastcgi_spooled(connection));
    CHECK_STR(http_fastcgi_io(connection)->param(http_fastcgi_io(connection), "REQUEST_URI"),
              "/path");
    CHECK_STR(http_fastcgi_io(connection)->param(http_fastcgi_io(connection), "REQUEST"), NULL);
    CHECK_INT(read_body(text, sizeof text), 5);
    CHECK(memcmp(text, "hello", 5) == 0);
    reply("answer");
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_IDLE);
    CHECK_INT(take_reply(text, sizeof text, 1), 6);
    CHECK(memcmp(text, "answer", 6) == 0);
    close_it();
}

TEST(every_cut_gives_the_same_request)
{
    char text[64];

    open_it();
    add_request(7, true, "hello, world", 12, 5);
    for (size_t piece = 1; piece < wire_len; piece++) {
        CHECK_INT(feed(piece), HTTP_FASTCGI_SERVING);
        CHECK(http_fastcgi_spooled(connection));
        CHECK_INT(read_body(text, sizeof text), 12);
        CHECK(memcmp(text, "hello, world", 12) == 0);
        reply("ok");
        CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_IDLE);
        CHECK_INT(take_reply(text, sizeof text, 7), 2);
    }
    close_it();
}

TEST(nothing_is_handed_out_before_the_end)
{
    open_it();
    add_request(1, true, "hello", 5, 100);
    send_bytes(0, wire_len - 1);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_RECEIVING);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_RECEIVING);
    send_bytes(wire_len - 1, 1);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_SERVING);
    reply("ok");
    close_it();
}

static bool takes(void *context, struct http_io *io)
{
    bool *answer = context;

    CHECK_STR(io->param(io, "REQUEST_URI"), "/path");
    CHECK(io->param(io, "NO_SUCH") == NULL);
    return *answer;
}

TEST(a_request_that_is_declined_stays_whole)
{
    bool answer = false;
    const struct http_fastcgi_chooser chooser = {takes, &answer};
    char text[64];

    open_it();
    add_request(1, true, "hello", 5, 100);
    send_bytes(0, wire_len);
    for (int i = 0; i < 3; i++)
        CHECK_INT(http_fastcgi_receive(connection, LIMIT, &chooser), HTTP_FASTCGI_DECLINED);
    answer = true;
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, &chooser), HTTP_FASTCGI_SERVING);
    CHECK_INT(read_body(text, sizeof text), 5);
    reply("ok");
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_IDLE);
    /* Also while its body is on the way. */
    answer = false;
    send_bytes(0, wire_len - 9);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, &chooser), HTTP_FASTCGI_DECLINED);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_RECEIVING);
    close_it();
}

TEST(an_unread_body_does_not_reach_the_next_request)
{
    static char body[30000];
    char text[64];

    open_it();
    memset(body, 'b', sizeof body);
    for (int i = 0; i < 3; i++) {
        wire_len = 0;
        add_request(1, true, body, sizeof body, 8000);
        CHECK_INT(feed(i == 1 ? 10000 : wire_len), HTTP_FASTCGI_SERVING);
        reply("ok");
        CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_IDLE);
        CHECK_INT(take_reply(text, sizeof text, 1), 2);
        CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_IDLE);
    }
    close_it();
}

TEST(a_connection_that_is_not_kept_is_closed_after_the_reply)
{
    char text[64];

    open_it();
    add_request(1, false, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    reply("ok");
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_CLOSED);
    CHECK_INT(take_reply(text, sizeof text, 1), 2);
    CHECK_INT(recv(peer, text, 1, 0), 0);
    close_it();
    open_it();
    add_request(1, true, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    http_fastcgi_last(connection);
    reply("ok");
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_CLOSED);
    CHECK_INT(take_reply(text, sizeof text, 1), 2);
    CHECK_INT(recv(peer, text, sizeof text, 0), 16);
    CHECK_INT(text[1], 11);
    CHECK_INT(recv(peer, text, 1, 0), 0);
    close_it();
}

/* What tells nginx not to keep the connection must reach it with END_REQUEST: a peer that reads
 * once more after each write has both. */
TEST(the_last_reply_ends_in_one_piece)
{
    static const size_t sizes[] = {2, 8000, 8184, 20000};
    static char body[20000];
    static unsigned char got[30000];
    struct http_io *io;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ssize_t len;

        open_it();
        io = http_fastcgi_io(connection);
        add_request(1, true, "", 0, 100);
        CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
        http_fastcgi_last(connection);
        CHECK_INT(io->write(io, body, sizes[i]), 0);
        while (recv(peer, got, sizeof got, MSG_DONTWAIT) > 0)
            continue;
        io->finish(io, true);
        len = recv(peer, got, sizeof got, MSG_DONTWAIT);
        CHECK(len >= 32);
        CHECK_INT(got[len - 32 + 1], 3);
        CHECK_INT(got[len - 16 + 1], 11);
        CHECK_INT(recv(peer, got, 1, 0), 0);
        close_it();
    }
}

TEST(a_reply_that_nobody_takes_waits_in_a_file)
{
    static char piece[50000], got[4000000];
    struct http_io *io;
    size_t total = 0, sent = 3000000;

    open_it();
    io = http_fastcgi_io(connection);
    add_request(1, true, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    for (size_t at = 0; at < sent; at += sizeof piece) {
        for (size_t i = 0; i < sizeof piece; i++)
            piece[i] = (char)((at + i) * 2654435761u >> 9);
        CHECK_INT(io->write(io, piece, sizeof piece), 0);
    }
    io->finish(io, true);
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_SENDING);
    CHECK(http_fastcgi_spooled(connection));
    if (fork() == 0) {
        while (http_fastcgi_send(connection) == HTTP_FASTCGI_SENDING)
            usleep(100);
        _exit(0);
    }
    total = take_reply(got, sizeof got, 1);
    CHECK_INT(total, sent);
    for (size_t i = 0; i < sent; i++) {
        if (got[i] != (char)(i * 2654435761u >> 9)) {
            CHECK(!"same bytes");
            break;
        }
    }
    close_it();
}

TEST(a_peer_that_goes_while_it_is_sent_to)
{
    static char piece[500000];
    struct http_io *io;

    open_it();
    io = http_fastcgi_io(connection);
    add_request(1, true, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    CHECK_INT(io->write(io, piece, sizeof piece), 0);
    io->finish(io, true);
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_SENDING);
    shutdown(peer, SHUT_RDWR);
    CHECK_INT(http_fastcgi_send(connection), HTTP_FASTCGI_CLOSED);
    close_it();
}

TEST(an_incomplete_reply_has_no_end)
{
    struct http_io *io;
    char text[64];

    open_it();
    io = http_fastcgi_io(connection);
    add_request(1, true, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    CHECK_INT(io->write(io, "half", 4), 0);
    io->finish(io, false);
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_CLOSED);
    http_fastcgi_close(connection);
    CHECK_INT(take_reply(text, sizeof text, 1), -1);
    close(peer);
}

TEST(a_request_past_the_limit_is_handed_out_cut_off)
{
    static char body[400000], text[400000];
    struct http_io *io;
    enum http_fastcgi_state state = HTTP_FASTCGI_IDLE;
    size_t len = 0;
    ssize_t got;

    open_it();
    io = http_fastcgi_io(connection);
    add_request(1, true, body, sizeof body, 30000);
    for (size_t at = 0; at < 300000 && state != HTTP_FASTCGI_SERVING; at += 50000) {
        send_bytes(at, 50000);
        state = http_fastcgi_receive(connection, 100000, NULL);
    }
    CHECK_INT(state, HTTP_FASTCGI_SERVING);
    while ((got = io->read(io, text + len, sizeof text - len)) > 0)
        len += (size_t)got;
    CHECK_INT(got, -1);
    CHECK(len > 90000);
    reply("413");
    CHECK_INT(http_fastcgi_state(connection), HTTP_FASTCGI_LINGERING);
    CHECK_INT(take_reply(text, sizeof text, 1), 3);
    /* What the peer still sends is taken and thrown away until it goes. */
    send_bytes(300000, 50000);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_LINGERING);
    shutdown(peer, SHUT_WR);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_CLOSED);
    close_it();
}

TEST(a_peer_that_goes)
{
    open_it();
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_IDLE);
    shutdown(peer, SHUT_WR);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_CLOSED);
    close_it();
    open_it();
    add_request(1, true, "hello", 5, 100);
    send_bytes(0, wire_len - 10);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_RECEIVING);
    shutdown(peer, SHUT_WR);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_CLOSED);
    close_it();
}

static void check_refused(void)
{
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_CLOSED);
    close_it();
}

TEST(what_is_not_fastcgi_is_refused)
{
    const unsigned char begin[8] = {0, 1, 1};

    open_it();
    memcpy(wire, "GET / HTTP/1.1\r\n", 16);
    wire_len = 16;
    check_refused();
    open_it();
    add_record(9, 0, "", 0, 0); /* GET_VALUES */
    check_refused();
    open_it();
    add_record(5, 1, "", 0, 0);
    check_refused();
    open_it();
    add_record(1, 0, begin, 8, 0);
    check_refused();
    open_it();
    add_record(1, 1, begin, 8, 0);
    add_record(4, 2, "", 0, 0); /* another request in between */
    check_refused();
    open_it();
    add_request(1, true, "", 0, 100);
    add_request(1, true, "", 0, 100); /* without waiting for the reply */
    check_refused();
}

TEST(broken_variables_are_refused)
{
    const unsigned char begin[8] = {0, 1, 1};

    open_it();
    add_record(1, 1, begin, 8, 0);
    add_record(4, 1,
               "\x05\x7f"
               "short",
               7, 0);
    add_record(4, 1, "", 0, 0);
    add_record(5, 1, "", 0, 0);
    shutdown(peer, SHUT_RD);
    send_bytes(0, wire_len);
    shutdown(peer, SHUT_WR);
    CHECK_INT(http_fastcgi_receive(connection, LIMIT, NULL), HTTP_FASTCGI_CLOSED);
    close_it();
}

TEST(after_the_reply_nothing_works)
{
    struct http_io *io;
    char text[8];

    open_it();
    io = http_fastcgi_io(connection);
    add_request(1, true, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    reply("ok");
    CHECK_STR(io->param(io, "REQUEST_URI"), NULL);
    CHECK_INT(io->read(io, text, sizeof text), -1);
    CHECK_INT(io->write(io, "x", 1), -1);
    close_it();
}

TEST(a_released_connection_goes_on_elsewhere)
{
    char text[64];
    int fd;

    open_it();
    fd = http_fastcgi_release(connection);
    connection = http_fastcgi_open(fd);
    add_request(1, true, "", 0, 100);
    CHECK_INT(feed(wire_len), HTTP_FASTCGI_SERVING);
    reply("ok");
    CHECK_INT(take_reply(text, sizeof text, 1), 2);
    close_it();
}

UNIT_MAIN
