/* Hooks against a server that behaves and misbehaves: what is sent, and what is kept of an answer.
 */
#include "hooks/hook.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "unit/net/server.h"
#include "unit/unit.h"

static struct arena *arena;
static struct hook_answer answer;

static const char *url(const char *path)
{
    return arena_printf(arena, "http://127.0.0.1:%d%s", server_port, path);
}

static void post(const char *path, const char *key, bool allow_private)
{
    server_start();
    struct hook hook = {.url = url(path),
                        .body = "{\"a\":1}",
                        .signature_header = "X-Sign",
                        .key = key,
                        .user_agent = "unit"};
    hook_send(arena, &hook, allow_private, &answer);
}

TEST(what_is_sent)
{
    post("/head", "key", true);
    CHECK_INT(answer.status, 200);
    CHECK(strstr(answer.body, "POST /head HTTP/1.1\r\n") == answer.body);
    CHECK(strstr(answer.body, "\r\nContent-Type: application/json\r\n") != NULL);
    CHECK(strstr(answer.body, "\r\nUser-Agent: unit\r\n") != NULL);
    CHECK(strstr(answer.body, arena_printf(arena, "\r\nX-Sign: %s\r\n",
                                           crypto_hmac_sha512_hex(arena, "key", "{\"a\":1}"))) !=
          NULL);
    CHECK(answer.problem == NULL);
    post("/echo", NULL, true);
    CHECK_INT(answer.status, 201);
    CHECK_STR(answer.body, "{\"a\":1}");
    CHECK(hook_is_success(&answer));
}

TEST(headers_are_lists_by_lower_case_name)
{
    const char *reason;
    post("/echo", NULL, true);
    const struct json_value *headers =
        json_read(arena, answer.headers, strlen(answer.headers), 8, &reason);
    CHECK_STR(json_text(json_at(json_get(headers, "x-one"), 0)), "1");
    CHECK_INT(json_length(json_get(headers, "x-two")), 1);
}

TEST(an_answer_is_kept_in_part_and_as_text)
{
    post("/large", NULL, true); /* 100,000 zero bytes */
    CHECK_INT(answer.status, 200);
    CHECK(answer.problem == NULL);
    CHECK_INT(strspn(answer.body, "?"), 4096);
    CHECK(utf8_valid(answer.body, strlen(answer.body)));
}

TEST(redirects_are_not_followed)
{
    post("/moved", NULL, true);
    CHECK_INT(answer.status, 302);
    CHECK(!hook_is_success(&answer));
    CHECK_STR(hook_outcome(arena, &answer), "answered with 302");
}

TEST(no_answer_has_a_problem)
{
    post("/junk", NULL, true);
    CHECK_INT(answer.status, 0);
    CHECK(strncmp(answer.problem, "could not be reached: ", 22) == 0);
    CHECK(!hook_is_success(&answer));
}

TEST(this_host_is_refused_unless_allowed)
{
    post("/echo", NULL, false);
    CHECK_INT(answer.status, 0);
    CHECK(strstr(answer.problem, "private network") != NULL);
}

TEST(urls)
{
    static const char *const good[] = {"http://a", "https://example.com:8443/a?b=c#d",
                                       "http://[::1]/x", "http://u:p@a/"};
    static const char *const bad[] = {
        "",          "example.com",  "ftp://a/",         "http://",
        "http:///a", "https://:80/", "http://u:p@/",     "http://a@b@c/",
        "HTTP//a",   "http://a b",   "http://a\r\nX: y", "javascript:x()"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(hook_is_url(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!hook_is_url(bad[i]));
    /* Behind the host it is a part of the path. */
    CHECK(hook_is_url("https://a/@b"));
}

TEST(the_response_that_is_shown)
{
    const char *reason;
    post("/echo", NULL, true);
    const char *text = hook_response_json(arena, "http://a", &answer);
    const struct json_value *list = json_read(arena, text, strlen(text), 8, &reason);
    const struct json_value *one = json_at(list, 0);
    CHECK_INT(json_length(list), 1);
    CHECK_STR(json_text(json_get(one, "url")), "http://a");
    CHECK_STR(json_text(json_get(one, "body")), "{\"a\":1}");
    CHECK_STR(json_text(json_get(one, "code")), "201");
    CHECK_STR(json_text(json_get(one, "successful")), "true");
    CHECK_INT(strlen(json_text(json_get(one, "sent-at"))), strlen("2019-01-08T21:34:37Z"));
    text = hook_response_json(
        arena, NULL,
        &(struct hook_answer){.body = "", .headers = "{}", .problem = "there is no mail server"});
    one = json_at(json_read(arena, text, strlen(text), 8, &reason), 0);
    CHECK_INT(json_kind(json_get(one, "url")), JSON_NULL);
    CHECK_STR(json_text(json_get(one, "successful")), "false");
    CHECK(strstr(json_text(json_get(one, "body")), "mail") != NULL);
}

int main(int argc, char **argv)
{
    crypto_init();
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    server_stop();
    arena_free(arena);
    return failed;
}
