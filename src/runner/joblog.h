/* The log of a job: kept in a file, sent from there in pieces. A server that is away for a while
 * holds nothing up, and what it has missed can be sent again. */
#ifndef TERRACE_RUNNER_JOBLOG_H
#define TERRACE_RUNNER_JOBLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

struct joblog {
    int fd;
    int64_t written, sent;
    int64_t limit;    /* of what commands print */
    int64_t next_ms;  /* when the next piece may be sent */
    int64_t pause_ms; /* after a failure, doubled by each */
    bool full;        /* the limit was reached: the rest is dropped */
};

void joblog_open(struct joblog *log, int fd, int64_t limit);

/* What a command prints. False once the limit is reached. */
bool joblog_add(struct joblog *log, const char *bytes, size_t len);
/* A line of the runner itself: has room beyond the limit. */
void joblog_say(struct joblog *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool joblog_is_sent(const struct joblog *log);

/* Sends the next piece if it is time, or at once. False when the job is not this runner's any more.
 */
bool joblog_send(struct joblog *log, struct server *server, const char *job, bool now);

#endif
