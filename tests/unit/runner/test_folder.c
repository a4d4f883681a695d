/* The runner's folder. */
#include "runner/folder.h"
#include "base/arena.h"
#include "unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/tmp/terrace-folder-XXXXXX";
static struct folder folder;
static char error[512];

static bool there(const char *name)
{
    char path[256];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", base, name);
    return lstat(path, &status) == 0;
}

static const char *in_base(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", base, name);
    return path;
}

static void open_folder(void)
{
    static bool ready;
    if (!ready && mkdtemp(base) == NULL)
        abort();
    if (!ready)
        CHECK(folder_open(&folder, base, error, sizeof(error)));
    ready = true;
}

TEST(one_runner_a_folder)
{
    struct folder other;
    open_folder();
    CHECK(!folder_open(&other, base, error, sizeof(error)));
    CHECK(strstr(error, "another runner") != NULL);
    CHECK(!folder_open(&other, "/nonexistent/x", error, sizeof(error)));
}

TEST(a_job_has_folders_for_its_owner_only)
{
    struct stat status;
    open_folder();
    CHECK(folder_begin(&folder, error, sizeof(error)));
    CHECK(there("job/work") && there("job/control") && there("job/files"));
    CHECK_INT(stat(in_base("job"), &status), 0);
    CHECK_INT(status.st_mode & 0777, 0700);
    CHECK(folder_write(&folder, "control/x", "abc", 3));
    CHECK_INT(stat(in_base("job/control/x"), &status), 0);
    CHECK_INT(status.st_mode & 0777, 0600);
    CHECK_INT(status.st_size, 3);
    CHECK(!folder_write(&folder, "control/x", "abc", 3));
    folder_end(&folder);
    CHECK(!there("job"));
}

TEST(whatever_a_job_has_left_is_removed)
{
    open_folder();
    CHECK(folder_begin(&folder, error, sizeof(error)));
    mkdir(in_base("outside"), 0700);
    CHECK_INT(mkdir(in_base("job/work/closed"), 0700), 0);
    CHECK_INT(mkdir(in_base("job/work/closed/too"), 0700), 0);
    char target[256];
    snprintf(target, sizeof(target), "%s", in_base("outside"));
    CHECK_INT(symlink(target, in_base("job/work/link")), 0);
    chmod(in_base("job/work/closed/too"), 0);
    chmod(in_base("job/work/closed"), 0);
    CHECK(folder_begin(&folder, error, sizeof(error)));
    CHECK(!there("job/work/closed"));
    CHECK(there("outside"));
    folder_end(&folder);
    CHECK(!there("job"));
    rmdir(in_base("outside"));
}

TEST(links_are_not_followed)
{
    open_folder();
    CHECK(folder_begin(&folder, error, sizeof(error)));
    CHECK_INT(symlink("/tmp/terrace-folder-victim", in_base("job/files/log")), 0);
    CHECK_INT(folder_file(&folder, "log"), -1);
    CHECK_INT(symlink("/tmp/terrace-folder-victim", in_base("job/control/x")), 0);
    CHECK(!folder_write(&folder, "control/x", "abc", 3));
    CHECK(access("/tmp/terrace-folder-victim", F_OK) != 0);
    folder_end(&folder);
}

TEST(a_file_can_be_kept)
{
    struct arena *arena = arena_new();
    struct stat status;
    open_folder();
    CHECK(folder_begin(&folder, error, sizeof(error)));
    int fd = folder_file(&folder, "errored-state");
    CHECK(fd >= 0);
    CHECK_INT(write(fd, "x", 1), 1);
    close(fd);
    const char *kept = folder_keep(&folder, arena, "errored-state", "run-1.tfstate");
    CHECK(kept != NULL);
    folder_end(&folder);
    CHECK(there("errored-states/run-1.tfstate"));
    CHECK_INT(stat(in_base("errored-states"), &status), 0);
    CHECK_INT(status.st_mode & 0777, 0700);
    CHECK(folder_free_space(&folder) > 0);
    remove(in_base("errored-states/run-1.tfstate"));
    remove(in_base("errored-states"));
    remove(in_base("lock"));
    remove(base);
    arena_free(arena);
}

UNIT_MAIN
