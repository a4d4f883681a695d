/* Archives of VCS providers, without the folder around everything. */
#include "archive/repack.h"

#include <unistd.h>

#include "archive/slug.h"
#include "base/buf.h"
#include "unit/archive/tar.h"
#include "unit/unit.h"

static struct arena *arena;
static struct buf seen;
static const char *reason;

static int file_of(const void *bytes, size_t len)
{
    FILE *file = tmpfile();
    if (!file || fwrite(bytes, 1, len, file) != len || fflush(file) != 0)
        abort();
    int fd = dup(fileno(file));
    fclose(file);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static ssize_t source(void *object, const void **bytes)
{
    static char piece[4096];
    *bytes = piece;
    return read(*(int *)object, piece, sizeof piece);
}

static bool wants(void *object, const char *path, int64_t size)
{
    (void)object;
    (void)size;
    buf_printf(&seen, "%s ", path);
    return true;
}

static void take(void *object, const char *path, const char *bytes, size_t len)
{
    (void)object;
    (void)path;
    buf_add(&seen, bytes, len);
    buf_addc(&seen, '\n');
}

/* What slug_read() finds in what comes out. */
static bool repack(struct buf *tar, int strip, int64_t max_size)
{
    struct buf packed;

    buf_init(&packed, arena);
    tar_gzip(&packed, tar->data, tar->len);
    int in = file_of(packed.data, packed.len), out = file_of("", 0);
    const struct slug_reader reader = {wants, take, NULL};
    struct slug slug;

    buf_init(&seen, arena);
    bool good = repack_slug(arena, in, out, strip, max_size, &reason);
    if (good) {
        lseek(out, 0, SEEK_SET);
        good = slug_read(arena, source, &out, 1 << 20, &reader, &slug) == SLUG_GOOD;
        reason = slug.reason;
    }
    close(in);
    close(out);
    return good;
}

TEST(the_folder_goes)
{
    struct buf tar;

    buf_init(&tar, arena);
    tar_header(&tar, '5', "owner-repo-12/", NULL, 0);
    tar_file(&tar, "owner-repo-12/main.tf", "main");
    tar_file(&tar, "owner-repo-12/a/b.tf", "b");
    tar_header(&tar, '2', "owner-repo-12/link", "a/b.tf", 0);
    tar_end(&tar);
    CHECK(repack(&tar, 1, 1000));
    CHECK_STR(buf_str(&seen), "main.tf main\na/b.tf b\n");
    CHECK(repack(&tar, 0, 1000));
    CHECK(strstr(buf_str(&seen), "owner-repo-12/main.tf main") != NULL);
}

TEST(what_leads_out_is_refused_afterwards)
{
    struct buf tar;

    buf_init(&tar, arena);
    tar_file(&tar, "x/../../evil", "e");
    tar_end(&tar);
    CHECK(!repack(&tar, 1, 1000));
    CHECK(reason != NULL);
}

TEST(too_much)
{
    struct buf tar;

    buf_init(&tar, arena);
    tar_file(&tar, "x/a", "12345");
    tar_file(&tar, "x/b", "12345");
    tar_end(&tar);
    CHECK(repack(&tar, 1, 10));
    CHECK(!repack(&tar, 1, 9));
    CHECK_STR(reason, "unpacks to more than is allowed");
}

TEST(no_archive)
{
    int in = file_of("<html>sign in</html>", 20), out = file_of("", 0);

    CHECK(!repack_slug(arena, in, out, 1, 1000, &reason));
    CHECK(reason != NULL);
    close(in);
    close(out);
}

int main(int argc, char **argv)
{
    arena = arena_new();
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    arena_free(arena);
    return failed;
}
