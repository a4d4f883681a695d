/* Sends a hook: see hook.h. */
#include "hooks/hook.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "crypto/crypto.h"
#include "json/json_writer.h"
#include "net/net_client.h"

/* What is kept of an answer: enough to see what went wrong. Of one that is longer the rest is not
 * even read. */
#define BODY_KEPT 4096
#define BODY_READ (64 * 1024)
#define HEADERS_KEPT 64  /* lines */
#define HEADER_KEPT 1024 /* bytes of one */
#define CONNECT_TIMEOUT_MS 5000

static bool is_http(const char *url, const char **rest)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0) {
            *rest = url + strlen(schemes[i]);
            return true;
        }
    return false;
}

bool hook_is_url(const char *url)
{
    const char *host;
    if (!is_http(url, &host))
        return false;
    for (const char *c = url; *c; c++)
        if (iscntrl((unsigned char)*c) || *c == ' ')
            return false;
    size_t len = strcspn(host, "/?#");
    const char *at = memchr(host, '@', len); /* a name and a password may stand in front */
    if (at) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    return len > 0 && host[0] != ':' && memchr(host, '@', len) == NULL;
}

bool hook_is_success(const struct hook_answer *answer)
{
    return answer->status >= 200 && answer->status < 300;
}

const char *hook_outcome(struct arena *arena, const struct hook_answer *answer)
{
    return answer->problem ? answer->problem
                           : arena_printf(arena, "answered with %d", answer->status);
}

const char *hook_printable(struct arena *arena, const char *bytes, size_t len)
{
    struct buf out;

    buf_init(&out, arena);
    while (len > 0) {
        size_t n = bytes[0] ? utf8_char(bytes, len) : 0;
        if (n > 0)
            buf_add(&out, bytes, n);
        else
            buf_addc(&out, '?');
        bytes += n > 0 ? n : 1;
        len -= n > 0 ? n : 1;
    }
    return buf_str(&out);
}

struct header {
    const char *name; /* in lower case */
    const char *value;
};

static size_t read_headers(struct arena *arena, const struct net_client *client,
                           struct header headers[HEADERS_KEPT])
{
    void *cursor = NULL;
    const char *name, *value;
    size_t count = 0;

    while (count < HEADERS_KEPT && net_client_next_header(client, &cursor, &name, &value)) {
        char *lower = arena_strdup(arena, hook_printable(arena, name, strlen(name)));
        for (char *c = lower; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        size_t len = strlen(value);
        headers[count++] = (struct header){
            lower, hook_printable(arena, value, len < HEADER_KEPT ? len : HEADER_KEPT)};
    }
    return count;
}

static bool is_first(const struct header *headers, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(headers[i].name, headers[index].name) == 0)
            return false;
    return true;
}

static const char *headers_json(struct arena *arena, const struct net_client *client)
{
    struct header headers[HEADERS_KEPT];
    size_t count = read_headers(arena, client, headers);
    struct json_writer w;
    struct buf out;

    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (size_t i = 0; i < count; i++) {
        if (!is_first(headers, i))
            continue;
        json_key(&w, headers[i].name);
        json_array_begin(&w);
        for (size_t k = i; k < count; k++)
            if (strcmp(headers[k].name, headers[i].name) == 0)
                json_string(&w, headers[k].value);
        json_array_end(&w);
    }
    json_object_end(&w);
    return buf_str(&out);
}

void hook_send(struct arena *arena, const struct hook *hook, bool allow_private,
               struct hook_answer *out)
{
    struct net_options options = {.user_agent = hook->user_agent, .public_only = !allow_private};
    const char *headers[5] = {"Accept: application/json", "Content-Type: application/json"};
    struct net_client *client = net_client_new(&options);
    struct buf reply;

    *out = (struct hook_answer){.body = "", .headers = "{}"};
    buf_init(&reply, arena);
    if (hook->signature_header) {
        const char *signature =
            hook->key ? crypto_hmac_sha512_hex(arena, hook->key, hook->body) : "";
        headers[2] = arena_printf(arena, "%s: %s", hook->signature_header, signature);
    }
    struct net_request request = {
        .method = "POST",
        .url = hook->url,
        .headers = headers,
        .body = hook->body,
        .body_len = strlen(hook->body),
        .reply = &reply,
        .reply_limit = BODY_READ,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .total_timeout_ms = HOOK_TIMEOUT_MS,
    };
    enum net_result result = net_client_send(client, &request);
    /* An answer that is longer than anybody reads is still an answer. */
    if (result == NET_OK || result == NET_TOO_LARGE) {
        out->status = net_client_status(client);
        out->headers = headers_json(arena, client);
        out->body =
            hook_printable(arena, buf_str(&reply), reply.len < BODY_KEPT ? reply.len : BODY_KEPT);
    } else if (result == NET_REFUSED) {
        out->problem = "is an address of this server or of a private network, which is not allowed";
    } else {
        out->problem = arena_printf(arena, "could not be reached: %s", net_client_error(client));
    }
    net_client_free(client);
}

const char *hook_response_json(struct arena *arena, const char *url,
                               const struct hook_answer *answer)
{
    struct json_writer w;
    struct buf out;
    char time_text[CLOCK_WIRE_SIZE];
    time_t now = (time_t)clock_now();
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    json_object_begin(&w);
    json_member_string(&w, "url", url);
    json_member_string(&w, "body", answer->problem ? answer->problem : answer->body);
    json_member_string(&w, "code", arena_printf(arena, "%d", answer->status));
    json_member_raw(&w, "headers", answer->headers);
    json_member_string(&w, "sent-at", time_text);
    json_member_string(&w, "successful", hook_is_success(answer) ? "true" : "false");
    json_object_end(&w);
    json_array_end(&w);
    return buf_str(&out);
}
