/* Pieces grow with what has come meanwhile, so that a slow server is asked less often. */
#include "runner/joblog.h"

#include "base/clock.h"
#include "base/log.h"
#include "runner/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE (256 * 1024)
#define INTERVAL_MS 400
#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 10000

void joblog_open(struct joblog *log, int fd, int64_t limit)
{
    *log = (struct joblog){.fd = fd, .limit = limit};
}

static void append(struct joblog *log, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = pwrite(log->fd, bytes, len, log->written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            log_error("the log of a job can't be written error=%s", strerror(errno));
            log->full = true;
            return;
        }
        log->written += n;
        bytes += n;
        len -= (size_t)n;
    }
}

bool joblog_add(struct joblog *log, const char *bytes, size_t len)
{
    int64_t room = log->full ? 0 : log->limit - log->written;
    append(log, bytes, (int64_t)len < room ? len : (size_t)(room > 0 ? room : 0));
    if ((int64_t)len > room)
        log->full = true;
    return !log->full;
}

void joblog_say(struct joblog *log, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0)
        append(log, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

bool joblog_is_sent(const struct joblog *log)
{
    return log->sent >= log->written;
}

static void wait_before_next(struct joblog *log, bool failed)
{
    if (!failed)
        log->pause_ms = 0;
    else if (log->pause_ms == 0)
        log->pause_ms = FIRST_PAUSE_MS;
    else if (log->pause_ms < LONGEST_PAUSE_MS)
        log->pause_ms *= 2;
    log->next_ms = clock_monotonic_ms() + (failed ? log->pause_ms : INTERVAL_MS);
}

bool joblog_send(struct joblog *log, struct server *server, const char *job, bool now)
{
    static char piece[PIECE];
    bool hurry = log->written - log->sent >= PIECE && log->pause_ms == 0;
    if (joblog_is_sent(log) || (!now && !hurry && clock_monotonic_ms() < log->next_ms))
        return true;
    ssize_t len = pread(log->fd, piece, sizeof(piece), log->sent);
    if (len <= 0) {
        log->sent = log->written;
        return true;
    }
    bool gap;
    int64_t offset = log->sent;
    enum answer answer = server_log(server, job, piece, (size_t)len, &offset, &gap);
    bool usable = offset >= 0 && offset <= log->written;
    if ((answer == ANSWER_OK || gap) && usable)
        log->sent = offset;
    if (answer != ANSWER_OK)
        log_warn("log not taken job=%s error=%s", job, server->error);
    wait_before_next(log, answer != ANSWER_OK);
    /* What the server refuses for what it is would be refused for ever. */
    if (answer == ANSWER_REFUSED)
        log->sent += len;
    return (answer != ANSWER_GONE && answer != ANSWER_DENIED) || (gap && usable);
}
