/* Temporary files that have no name. */
#include "http/http_spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "unit/unit.h"

TEST(what_is_written_can_be_read)
{
    int fd = http_spool_open();
    char text[16] = "";

    CHECK(fd >= 0);
    CHECK_INT(http_spool_write(fd, "hello", 5), 0);
    CHECK_INT(http_spool_write(fd, "", 0), 0);
    CHECK_INT(http_spool_write(fd, ", you", 5), 0);
    CHECK_INT(pread(fd, text, sizeof text, 0), 10);
    CHECK_STR(text, "hello, you");
    close(fd);
}

TEST(nobody_else_can_open_it)
{
    int fd = http_spool_open();
    struct stat status;

    CHECK_INT(fstat(fd, &status), 0);
    CHECK_INT(status.st_nlink, 0);
    CHECK_INT(status.st_mode & 0777, 0600);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

TEST(a_folder_that_does_not_exist_is_passed_over)
{
    int fd;

    setenv("TMPDIR", "/does/not/exist", 1);
    fd = http_spool_open();
    CHECK(fd >= 0);
    close(fd);
    unsetenv("TMPDIR");
}

TEST(a_full_disk_is_reported)
{
    int fd = open("/dev/full", O_WRONLY);

    log_set_level(LOG_LEVEL_ERROR + 1);
    CHECK(fd >= 0);
    CHECK_INT(http_spool_write(fd, "x", 1), -1);
    close(fd);
}

UNIT_MAIN
