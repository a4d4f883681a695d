/* Requests to the server. */
#include "runner/server.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "runner/runner_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Small calls are answered at once or not at all. */
#define CALL_MS 20000
#define RENEW_MS 5000
#define STALL_S 60
#define REPLY_DEPTH 32
#define FETCH_LIMIT ((int64_t)64 << 30)

void server_open(struct server *server, const struct runner_config *config, struct arena *arena)
{
    struct net_options options = {.user_agent = "terrace-runner", .ca_file = config->ca_file};
    *server = (struct server){.client = net_client_new(&options),
                              .lease = net_client_new(&options),
                              .base = arena_printf(arena, "%s/api/runner/v1", config->server)};
    server->headers[0] = arena_printf(arena, "Authorization: Bearer %s", config->token);
    server->headers[1] = "Content-Type: application/json";
}

void server_close(struct server *server)
{
    net_client_free(server->client);
    net_client_free(server->lease);
    server->client = server->lease = NULL;
}

static enum answer answer_of(int status)
{
    if (status == 204)
        return ANSWER_NOTHING;
    if (status >= 200 && status < 300)
        return ANSWER_OK;
    if (status == 401)
        return ANSWER_DENIED;
    if (status == 404 || status == 409)
        return ANSWER_GONE;
    return status >= 400 && status < 500 && status != 408 && status != 429 ? ANSWER_REFUSED
                                                                           : ANSWER_AGAIN;
}

static enum answer send_request(struct server *server, struct net_client *client,
                                struct net_request *request)
{
    if (request->headers == NULL)
        request->headers = server->headers;
    request->progress = server->progress;
    request->progress_object = server->progress_object;
    enum net_result result = net_client_send(client, request);
    if (result != NET_OK) {
        snprintf(server->error, sizeof(server->error), "%s", net_client_error(client));
        return result == NET_BAD_URL || result == NET_LOCAL || result == NET_TOO_LARGE
                   ? ANSWER_REFUSED
                   : ANSWER_AGAIN;
    }
    int status = net_client_status(client);
    snprintf(server->error, sizeof(server->error), "the server answered %d", status);
    return answer_of(status);
}

/* A small call: JSON there, JSON back. */
static enum answer call(struct server *server, const char *method, const char *path,
                        const char *body, struct buf *reply)
{
    char url[1024];
    snprintf(url, sizeof(url), "%s%s", server->base, path);
    struct net_request request = {.method = method,
                                  .url = url,
                                  .body = body,
                                  .body_len = body != NULL ? strlen(body) : 0,
                                  .reply = reply,
                                  .total_timeout_ms = CALL_MS};
    return send_request(server, server->client, &request);
}

enum answer server_register(struct server *server, const struct runner_config *config)
{
    struct arena *arena = arena_new();
    struct buf body, reply;
    struct json_writer w;
    buf_init(&body, arena);
    buf_init(&reply, arena);
    json_writer_init(&w, &body);
    json_object_begin(&w);
    json_member_string(&w, "name", config->name);
    json_member_string(&w, "version", TERRACE_VERSION);
    json_object_end(&w);
    enum answer answer = call(server, "POST", "/agents", buf_str(&body), &reply);
    if (answer == ANSWER_OK) {
        const char *reason;
        const char *id = json_text(
            json_get(json_read(arena, reply.data, reply.len, REPLY_DEPTH, &reason), "id"));
        if (id == NULL || strlen(id) >= sizeof(server->agent)) {
            snprintf(server->error, sizeof(server->error), "the server's answer has no id");
            answer = ANSWER_AGAIN;
        } else {
            snprintf(server->agent, sizeof(server->agent), "%s", id);
        }
    }
    arena_free(arena);
    return answer;
}

void server_goodbye(struct server *server)
{
    char path[160];
    snprintf(path, sizeof(path), "/agents/%s", server->agent);
    if (server->agent[0] != '\0')
        call(server, "DELETE", path, NULL, NULL);
    server->agent[0] = '\0';
}

enum answer server_claim(struct server *server, const char *accept, struct buf *reply)
{
    char path[160];
    struct buf body;
    struct json_writer w;
    snprintf(path, sizeof(path), "/agents/%s/claim", server->agent);
    buf_init(&body, NULL);
    json_writer_init(&w, &body);
    json_object_begin(&w);
    json_key(&w, "accept");
    json_array_begin(&w);
    while (*accept != '\0') {
        size_t len = strcspn(accept, ", ");
        if (len > 0)
            json_string_n(&w, accept, len);
        accept += len + (accept[len] != '\0');
    }
    json_array_end(&w);
    json_object_end(&w);
    enum answer answer = call(server, "POST", path, buf_str(&body), reply);
    buf_free(&body);
    return answer;
}

enum answer server_renew(struct server *server, const char *job, bool *cancel)
{
    char url[1024];
    snprintf(url, sizeof(url), "%s/jobs/%s/renew", server->base, job);
    struct arena *arena = arena_new();
    struct buf reply;
    buf_init(&reply, arena);
    struct net_request request = {
        .method = "POST", .url = url, .reply = &reply, .total_timeout_ms = RENEW_MS};
    enum answer answer = send_request(server, server->lease, &request);
    const char *reason;
    const char *wish =
        answer != ANSWER_OK
            ? NULL
            : json_text(json_get(json_read(arena, reply.data, reply.len, REPLY_DEPTH, &reason),
                                 "cancel"));
    if (wish != NULL)
        *cancel = true;
    arena_free(arena);
    return answer == ANSWER_NOTHING ? ANSWER_OK : answer;
}

enum answer server_log(struct server *server, const char *job, const char *bytes, size_t len,
                       int64_t *offset, bool *gap)
{
    char url[1024];
    const char *headers[] = {server->headers[0], "Content-Type: application/octet-stream", NULL};
    snprintf(url, sizeof(url), "%s/jobs/%s/log?offset=%lld", server->base, job, (long long)*offset);
    struct arena *arena = arena_new();
    struct buf reply;
    buf_init(&reply, arena);
    struct net_request request = {.method = "POST",
                                  .url = url,
                                  .headers = headers,
                                  .body = bytes,
                                  .body_len = len,
                                  .reply = &reply,
                                  .total_timeout_ms = CALL_MS};
    enum answer answer = send_request(server, server->client, &request);
    const char *reason;
    const struct json_value *end =
        reply.len > 0
            ? json_get(json_read(arena, reply.data, reply.len, REPLY_DEPTH, &reason), "offset")
            : NULL;
    *gap = answer == ANSWER_GONE && end != NULL && json_kind(end) == JSON_INT;
    if (end != NULL && json_kind(end) == JSON_INT && (answer == ANSWER_OK || *gap))
        *offset = json_integer(end);
    else if (answer == ANSWER_OK || answer == ANSWER_NOTHING)
        *offset += (int64_t)len;
    arena_free(arena);
    return answer == ANSWER_NOTHING ? ANSWER_OK : answer;
}

enum answer server_fetch(struct server *server, const char *job, const char *path, int fd)
{
    char url[1024];
    snprintf(url, sizeof(url), "%s/jobs/%s/%s", server->base, job, path);
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        snprintf(server->error, sizeof(server->error), "%s", strerror(errno));
        return ANSWER_REFUSED;
    }
    struct net_request request = {.url = url,
                                  .reply_fd = fd,
                                  .has_reply_fd = true,
                                  .reply_limit = FETCH_LIMIT,
                                  .stall_timeout_s = STALL_S,
                                  .redirects = 3};
    enum answer answer = send_request(server, server->client, &request);
    if (answer == ANSWER_OK && lseek(fd, 0, SEEK_SET) != 0)
        answer = ANSWER_REFUSED;
    return answer;
}

enum answer server_store(struct server *server, const char *job, const char *name, int fd)
{
    char url[1024];
    const char *headers[] = {server->headers[0], "Content-Type: application/octet-stream", NULL};
    snprintf(url, sizeof(url), "%s/jobs/%s/files/%s", server->base, job, name);
    if (lseek(fd, 0, SEEK_SET) != 0) {
        snprintf(server->error, sizeof(server->error), "%s", strerror(errno));
        return ANSWER_REFUSED;
    }
    struct net_request request = {.method = "PUT",
                                  .url = url,
                                  .headers = headers,
                                  .body_fd = fd,
                                  .has_body_fd = true,
                                  .stall_timeout_s = STALL_S};
    enum answer answer = send_request(server, server->client, &request);
    return answer == ANSWER_NOTHING ? ANSWER_OK : answer;
}

enum answer server_finish(struct server *server, const char *job, const char *body)
{
    char path[512];
    snprintf(path, sizeof(path), "/jobs/%s/finish", job);
    enum answer answer = call(server, "POST", path, body, NULL);
    return answer == ANSWER_NOTHING ? ANSWER_OK : answer;
}
