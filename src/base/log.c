/* Log lines on standard error. Each line is one write(2), so that lines of several processes do not
 * mix; control characters become spaces, so that nothing a client sends can start a line. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* POSIX promises atomic pipe writes up to PIPE_BUF, which is 4096 on Linux. */
#define LINE_SIZE 4096

static enum log_level threshold = LOG_LEVEL_INFO;

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

void log_set_level(enum log_level level)
{
    threshold = level;
}

static size_t put_time(char *line)
{
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    size_t len = strftime(line, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    return len +
           (size_t)snprintf(line + len, LINE_SIZE - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void clean(char *from, const char *end)
{
    for (; from < end; from++)
        if ((unsigned char)*from < ' ' || *from == 0x7f)
            *from = ' ';
}

void log_write(enum log_level level, const char *format, ...)
{
    if (level < threshold)
        return;
    char line[LINE_SIZE];
    size_t len = put_time(line);
    len += (size_t)snprintf(line + len, sizeof(line) - len, " %s %ld ", level_names[level],
                            (long)getpid());

    size_t room = sizeof(line) - len;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line + len, room, format, args);
    va_end(args);
    size_t start = len;
    if (wanted < 0)
        len += (size_t)snprintf(line + len, room, "unprintable message");
    else
        len += (size_t)wanted < room ? (size_t)wanted : room - 1;
    clean(line + start, line + len);
    if (wanted >= 0 && (size_t)wanted >= room)
        memcpy(line + len - 3, "...", 3);
    line[len++] = '\n';
    /* There is nowhere to report that the log itself can't be written. */
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written;
}
