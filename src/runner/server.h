/* The runner's side of docs/runner-protocol.md: one function a call. None of them tries again; the
 * answer says whether that makes sense. */
#ifndef TERRACE_RUNNER_SERVER_H
#define TERRACE_RUNNER_SERVER_H

#include "net/net_client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct runner_config;

enum answer {
    ANSWER_OK,
    ANSWER_NOTHING, /* 204 of a claim: no job */
    ANSWER_DENIED,  /* 401: the token is unknown or was revoked */
    ANSWER_GONE,    /* 404, 409: not this runner's (any more) */
    ANSWER_REFUSED, /* any other 4xx: the same again would be refused again */
    ANSWER_AGAIN,   /* no answer, or 5xx, 429 */
};

struct server {
    struct net_client *client; /* for everything */
    struct net_client *lease;  /* for renewing while the other is busy */
    const char *base;          /* https://host/api/runner/v1 */
    const char *headers[4];
    char agent[80];
    /* Called several times a second while client is busy; false gives the call up. */
    net_progress_fn *progress;
    void *progress_object;
    char error[320]; /* of the last call that was not answered as hoped, for the log */
};

void server_open(struct server *server, const struct runner_config *config, struct arena *arena);
void server_close(struct server *server);

enum answer server_register(struct server *server, const struct runner_config *config);
void server_goodbye(struct server *server);

/* The job's document is appended to reply. */
enum answer server_claim(struct server *server, const char *accept, struct buf *reply);

/* *cancel is set when the server asks for it, and never cleared. */
enum answer server_renew(struct server *server, const char *job, bool *cancel);

/* Sends bytes of the log that begin at offset; *offset is then what the server has, also after
 * ANSWER_GONE for a gap (*gap is set then). */
enum answer server_log(struct server *server, const char *job, const char *bytes, size_t len,
                       int64_t *offset, bool *gap);

/* path: below the job, "configuration" or "files/plan". Written to fd from its start. */
enum answer server_fetch(struct server *server, const char *job, const char *path, int fd);

/* Sends the file from its start. */
enum answer server_store(struct server *server, const char *job, const char *name, int fd);

/* body: JSON. */
enum answer server_finish(struct server *server, const char *job, const char *body);

#endif
