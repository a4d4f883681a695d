/* Log lines: form, level, length, and that a message can't forge a line. */
#include "base/log.h"

#include "unit/unit.h"

#include <unistd.h>

static char line[9000];

/* Runs the next statement with standard error going into line. */
static int saved;
static int ends[2];

static void capture_begin(void)
{
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
        abort();
    close(ends[1]);
}

static void capture_end(void)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t len = read(ends[0], line, sizeof(line) - 1);
    line[len > 0 ? len : 0] = '\0';
    close(ends[0]);
}

TEST(line_has_time_level_pid_and_message)
{
    char expected[64];
    capture_begin();
    log_warn("hello key=%d", 5);
    capture_end();
    snprintf(expected, sizeof(expected), " WARN %ld hello key=5\n", (long)getpid());
    CHECK_INT(strlen(line), 24 + strlen(expected));
    CHECK_STR(line + 24, expected);
    CHECK(line[4] == '-' && line[10] == 'T' && line[19] == '.' && line[23] == 'Z');
}

TEST(level_decides)
{
    log_set_level(LOG_LEVEL_WARN);
    capture_begin();
    log_debug("d");
    log_info("i");
    capture_end();
    CHECK_STR(line, "");
    capture_begin();
    log_error("e");
    capture_end();
    CHECK(strstr(line, " ERROR ") != NULL);
    log_set_level(LOG_LEVEL_DEBUG);
    capture_begin();
    log_debug("d");
    capture_end();
    CHECK(strstr(line, " DEBUG ") != NULL);
    log_set_level(LOG_LEVEL_INFO);
}

TEST(message_can_not_start_a_line)
{
    capture_begin();
    log_info("a%sb", "\n2026 ERROR 1 forged\r\x1b[31m\x7f");
    capture_end();
    CHECK(strchr(line, '\n') == line + strlen(line) - 1);
    CHECK(strpbrk(line, "\r\x1b\x7f") == NULL);
    CHECK(strstr(line, "a 2026 ERROR 1 forged  [31m b\n") != NULL);
}

TEST(long_message_is_cut_to_one_atomic_write)
{
    char text[8000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    capture_begin();
    log_info("%s", text);
    capture_end();
    CHECK_INT(strlen(line), 4096);
    CHECK_STR(line + 4092, "...\n");
}

UNIT_MAIN
