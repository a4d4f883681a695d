/* The client against a server that behaves and misbehaves. */
#define _GNU_SOURCE /* memfd_create */
#include "net/net_client.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "unit/net/server.h"
#include "unit/unit.h"

#include <fcntl.h>
#include <sys/mman.h>

static struct net_client *client;
static struct buf reply;

static const char *url(const char *path)
{
    static char text[256];
    snprintf(text, sizeof(text), "http://127.0.0.1:%d%s", server_port, path);
    return text;
}

static enum net_result get_with(const struct net_options *options, const char *from)
{
    net_client_free(client);
    client = net_client_new(options);
    buf_free(&reply);
    struct net_request request = {.url = from, .reply = &reply};
    return net_client_send(client, &request);
}

static enum net_result get(const char *from)
{
    server_start();
    return get_with(&(struct net_options){.user_agent = "unit"}, from);
}

/* As get(), for a request that says more. */
static enum net_result sends(struct net_request request)
{
    server_start();
    net_client_free(client);
    client = net_client_new(&(struct net_options){0});
    buf_free(&reply);
    if (request.reply == NULL && !request.has_reply_fd)
        request.reply = &reply;
    return net_client_send(client, &request);
}

static int memory_file(const char *text)
{
    int fd = memfd_create("body", MFD_CLOEXEC);
    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
    CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

TEST(get_sends_little_and_takes_the_body)
{
    server_start();
    CHECK_INT(get(url("/head?a=b")), NET_OK);
    CHECK_INT(net_client_status(client), 200);
    CHECK_STR(net_client_error(client), "");
    CHECK_STR(net_client_header(client, "content-type"), "text/plain");
    CHECK(strncmp(buf_str(&reply), "GET /head?a=b HTTP/1.1\r\n", 24) == 0);
    CHECK(strstr(buf_str(&reply), "User-Agent: unit\r\n") != NULL);
    CHECK(strstr(buf_str(&reply), "Content-Type") == NULL);
}

TEST(headers_are_sent_as_given)
{
    static const char *const headers[] = {"Authorization: Bearer x", "Content-Type: text/a", NULL};
    server_start();
    CHECK_INT(sends((struct net_request){.method = "POST",
                                         .url = url("/head"),
                                         .headers = headers,
                                         .body = "abc",
                                         .body_len = 3}),
              NET_OK);
    CHECK(strstr(buf_str(&reply), "POST /head") == reply.data);
    CHECK(strstr(buf_str(&reply), "Authorization: Bearer x\r\n") != NULL);
    CHECK(strstr(buf_str(&reply), "Content-Type: text/a\r\n") != NULL);
    CHECK(strstr(buf_str(&reply), "Expect") == NULL);
}

TEST(no_type_is_made_up_for_a_body)
{
    server_start();
    CHECK_INT(sends((struct net_request){.url = url("/head"), .body = "abc", .body_len = 3}),
              NET_OK);
    CHECK(strstr(buf_str(&reply), "POST /head") == reply.data);
    CHECK(strstr(buf_str(&reply), "Content-Type") == NULL);
}

TEST(a_body_from_memory_may_hold_anything)
{
    server_start();
    CHECK_INT(sends((struct net_request){
                  .method = "PUT", .url = url("/echo"), .body = "a\0b", .body_len = 3}),
              NET_OK);
    CHECK_INT(net_client_status(client), 201);
    CHECK_INT(reply.len, 3);
    CHECK(reply.len == 3 && memcmp(reply.data, "a\0b", 3) == 0);
}

TEST(a_body_from_a_file_begins_at_its_offset)
{
    int fd = memory_file("0123456789");
    CHECK_INT(lseek(fd, 4, SEEK_SET), 4);
    server_start();
    CHECK_INT(sends((struct net_request){
                  .method = "PUT", .url = url("/echo"), .body_fd = fd, .has_body_fd = true}),
              NET_OK);
    CHECK_STR(buf_str(&reply), "456789");
    close(fd);
}

TEST(an_empty_file_is_an_empty_body)
{
    int fd = memory_file("");
    server_start();
    CHECK_INT(sends((struct net_request){
                  .method = "PUT", .url = url("/head"), .body_fd = fd, .has_body_fd = true}),
              NET_OK);
    CHECK(strstr(buf_str(&reply), "Content-Length: 0\r\n") != NULL);
    close(fd);
}

TEST(a_post_without_a_body_says_so)
{
    server_start();
    CHECK_INT(sends((struct net_request){.method = "POST", .url = url("/head")}), NET_OK);
    CHECK(strstr(buf_str(&reply), "POST /head") == reply.data);
    CHECK(strstr(buf_str(&reply), "Content-Length: 0\r\n") != NULL);
}

TEST(delete_and_head)
{
    server_start();
    CHECK_INT(sends((struct net_request){.method = "DELETE", .url = url("/head")}), NET_OK);
    CHECK(strstr(buf_str(&reply), "DELETE /head") == reply.data);
    CHECK_INT(sends((struct net_request){.method = "HEAD", .url = url("/nothing")}), NET_OK);
    CHECK_INT(net_client_status(client), 404);
    CHECK_INT(reply.len, 0);
}

TEST(one_client_asks_in_every_way_one_after_the_other)
{
    static const struct {
        const char *method, *body;
    } ways[] = {{"GET", NULL},  {"PUT", "x"},  {"HEAD", NULL}, {"DELETE", NULL},
                {"POST", "yy"}, {"GET", NULL}, {"PATCH", ""}};
    server_start();
    struct net_client *kept = net_client_new(&(struct net_options){0});
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        buf_free(&reply);
        struct net_request request = {.method = ways[i].method,
                                      .url = url("/head"),
                                      .body = ways[i].body,
                                      .body_len = ways[i].body ? strlen(ways[i].body) : 0,
                                      .reply = &reply};
        CHECK_INT(net_client_send(kept, &request), NET_OK);
        if (strcmp(ways[i].method, "HEAD") != 0)
            CHECK(strncmp(buf_str(&reply), ways[i].method, strlen(ways[i].method)) == 0);
        else
            CHECK_INT(reply.len, 0);
    }
    net_client_free(kept);
}

TEST(the_connection_is_kept)
{
    server_start();
    struct net_client *kept = net_client_new(&(struct net_options){0});
    for (int i = 0; i < 3; i++) {
        buf_free(&reply);
        CHECK_INT(
            net_client_send(kept, &(struct net_request){.url = url("/count"), .reply = &reply}),
            NET_OK);
        CHECK_INT(reply.data[0], '0' + i);
    }
    net_client_free(kept);
}

TEST(a_server_that_starts_again_is_found_again_with_the_body_from_its_start)
{
    server_start();
    struct net_client *kept = net_client_new(&(struct net_options){0});
    CHECK_INT(net_client_send(kept, &(struct net_request){.url = url("/broken")}), NET_FAILED);
    CHECK_INT(net_client_send(kept, &(struct net_request){.url = url("/count")}), NET_OK);
    int fd = memory_file("whole");
    buf_free(&reply);
    struct net_request request = {
        .method = "PUT", .url = url("/echo"), .body_fd = fd, .has_body_fd = true, .reply = &reply};
    CHECK_INT(net_client_send(kept, &request), NET_OK);
    CHECK_STR(buf_str(&reply), "whole");
    close(fd);
    net_client_free(kept);
}

TEST(an_answer_goes_into_a_file)
{
    int fd = memory_file("");
    server_start();
    CHECK_INT(
        sends((struct net_request){.url = url("/large"), .reply_fd = fd, .has_reply_fd = true}),
        NET_OK);
    CHECK_INT(lseek(fd, 0, SEEK_CUR), 100000);
    close(fd);
}

TEST(an_answer_that_cannot_be_written_is_an_error_of_this_side)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    server_start();
    CHECK_INT(
        sends((struct net_request){.url = url("/large"), .reply_fd = fd, .has_reply_fd = true}),
        NET_LOCAL);
    CHECK_STR(net_client_error(client), "No space left on device");
    close(fd);
}

TEST(an_answer_over_the_limit_is_refused)
{
    server_start();
    CHECK_INT(sends((struct net_request){.url = url("/large"), .reply_limit = 99999}),
              NET_TOO_LARGE);
    CHECK_STR(net_client_error(client), "the answer is larger than 99999 bytes");
    CHECK(reply.len <= 99999);
    CHECK_INT(sends((struct net_request){.url = url("/large"), .reply_limit = 100000}), NET_OK);
    CHECK_INT(reply.len, 100000);
}

TEST(a_redirect_is_an_answer)
{
    server_start();
    CHECK_INT(get(url("/moved")), NET_OK);
    CHECK_INT(net_client_status(client), 302);
    CHECK_STR(net_client_header(client, "Location"), "/head");
}

TEST(a_redirect_is_followed_when_asked_for)
{
    server_start();
    CHECK_INT(sends((struct net_request){.url = url("/moved"), .redirects = 3}), NET_OK);
    CHECK_INT(net_client_status(client), 200);
    CHECK(strstr(buf_str(&reply), "GET /head") == reply.data);
}

TEST(a_redirect_never_leads_to_a_file)
{
    server_start();
    CHECK_INT(sends((struct net_request){.url = url("/file"), .redirects = 3}), NET_BAD_URL);
    CHECK_INT(reply.len, 0);
}

TEST(only_http_and_https)
{
    CHECK_INT(get("file:///etc/passwd"), NET_BAD_URL);
    CHECK_STR(net_client_error(client), "the URL is neither http nor https");
    CHECK_INT(get("gopher://127.0.0.1/"), NET_BAD_URL);
    CHECK_INT(get("http://"), NET_BAD_URL);
    CHECK_INT(get(""), NET_BAD_URL);
}

TEST(a_slow_answer_ends_in_a_timeout)
{
    server_start();
    int64_t begin = clock_monotonic_ms();
    CHECK_INT(sends((struct net_request){.url = url("/slow"), .total_timeout_ms = 300}),
              NET_TIMEOUT);
    CHECK(clock_monotonic_ms() - begin < 5000);
    CHECK_INT(net_client_status(client), 0);
    CHECK(net_client_error(client)[0] != '\0');
}

TEST(an_answer_that_stalls_does_too)
{
    server_start();
    CHECK_INT(sends((struct net_request){.url = url("/slow"), .stall_timeout_s = 1}), NET_TIMEOUT);
}

static bool count_down(void *object)
{
    return --*(int *)object > 0;
}

TEST(progress_may_give_up)
{
    int left = 3;
    server_start();
    CHECK_INT(sends((struct net_request){
                  .url = url("/slow"), .progress = count_down, .progress_object = &left}),
              NET_ABORTED);
    CHECK_STR(net_client_error(client), "given up");
}

TEST(broken_answers_are_failures)
{
    server_start();
    CHECK_INT(get(url("/broken")), NET_FAILED);
    CHECK(net_client_error(client)[0] != '\0');
    CHECK_INT(get(url("/junk")), NET_FAILED);
}

TEST(nobody_listens)
{
    server_start();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    CHECK_INT(bind(fd, (struct sockaddr *)&address, len), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    char dead[64];
    snprintf(dead, sizeof(dead), "http://127.0.0.1:%d/", ntohs(address.sin_port));
    CHECK_INT(get(dead), NET_FAILED);
    CHECK(net_client_error(client)[0] != '\0');
    close(fd);
}

TEST(plain_http_is_no_tls)
{
    server_start();
    char text[64];
    snprintf(text, sizeof(text), "https://127.0.0.1:%d/head", server_port);
    CHECK_INT(get(text), NET_TLS);
    CHECK_INT(get_with(&(struct net_options){.ca_file = "/nonexistent"}, text), NET_TLS);
}

TEST(public_only_refuses_this_host_however_it_is_written)
{
    static const char *const hosts[] = {"127.0.0.1",  "localhost",   "2130706433",         "0x7f.1",
                                        "0177.0.0.1", "0.0.0.0",     "[::ffff:127.0.0.1]", "[::1]",
                                        "10.0.0.1",   "192.168.1.1", "169.254.169.254",    NULL};
    server_start();
    setenv("http_proxy", url(""), 1);
    for (size_t i = 0; hosts[i] != NULL; i++) {
        char text[128];
        snprintf(text, sizeof(text), "http://%s:%d/head", hosts[i], server_port);
        enum net_result result = get_with(&(struct net_options){.public_only = true}, text);
        if (result != NET_REFUSED)
            printf("# %s: %s\n", text, net_client_error(client));
        CHECK_INT(result, NET_REFUSED);
        CHECK_INT(reply.len, 0);
    }
    CHECK_STR(net_client_error(client), "the address is one of this host or of a private network");
    unsetenv("http_proxy");
}

TEST(headers_are_listed)
{
    server_start();
    CHECK_INT(sends((struct net_request){.url = url("/echo"), .body = "", .body_len = 0}), NET_OK);
    void *cursor = NULL;
    const char *name, *value;
    int seen = 0;
    while (net_client_next_header(client, &cursor, &name, &value))
        seen += strcmp(name, "X-One") == 0 || strcmp(name, "X-Two") == 0;
    CHECK_INT(seen, 2);
    CHECK(net_client_header(client, "X-Three") == NULL);
    net_client_free(client);
    buf_free(&reply);
}

UNIT_MAIN
