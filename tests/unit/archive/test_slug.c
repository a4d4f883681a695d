/* slug: what a configuration's archive may hold, and what is refused for which reason. */
#include "unit/unit.h"

#include "archive/slug.h"
#include "unit/archive/tar.h"

#define MIB ((int64_t)1024 * 1024)

static struct arena *arena;
static struct buf tar;

static void begin(void)
{
    arena = arena_new();
    buf_init(&tar, arena);
}

static struct slug slug;

static enum slug_verdict check_packed(const struct buf *packed, size_t piece, size_t good,
                                      int64_t max_size)
{
    struct tar_source source = {packed->data, packed->len, piece, good, 0};
    enum slug_verdict verdict = slug_read(arena, tar_read, &source, max_size, NULL, &slug);
    CHECK(verdict != SLUG_GOOD || source.at == source.len);
    CHECK((verdict == SLUG_REFUSED) == (slug.reason != NULL));
    return verdict;
}

static enum slug_verdict check_within(int64_t max_size)
{
    struct buf packed;
    tar_end(&tar);
    buf_init(&packed, arena);
    tar_gzip(&packed, tar.data, tar.len);
    return check_packed(&packed, 1000, SIZE_MAX, max_size);
}

/* NULL when it is good, else the reason. */
static const char *verdict(void)
{
    return check_within(64 * MIB) == SLUG_GOOD ? NULL : slug.reason;
}

/* Ends a case that began with begin(). */
#define GOOD()                                                                                     \
    do {                                                                                           \
        CHECK_STR(verdict(), NULL);                                                                \
        arena_free(arena);                                                                         \
    } while (0)
#define REFUSED(why)                                                                               \
    do {                                                                                           \
        CHECK_STR(verdict(), why);                                                                 \
        arena_free(arena);                                                                         \
    } while (0)

TEST(a_configuration)
{
    begin();
    tar_header(&tar, '5', "./", NULL, 0);
    tar_file(&tar, "./main.tf", "resource \"null_resource\" \"a\" {}\n");
    tar_header(&tar, '5', "modules/", NULL, 0);
    tar_header(&tar, '5', "modules/m/", NULL, 0);
    tar_file(&tar, "modules/m/main.tf", "");
    tar_header(&tar, '2', "modules/m/shared", "../../main.tf", 0);
    tar_header(&tar, '2', "again", "modules/m", 0);
    tar_header(&tar, '1', "hard.tf", "main.tf", 0);
    CHECK_STR(verdict(), NULL);
    CHECK_INT(slug.entries, 8);
    CHECK_INT(slug.size, tar.len);
    arena_free(arena);
}

TEST(no_entries)
{
    begin();
    GOOD();
}

TEST(a_tar_without_end)
{
    begin();
    tar_file(&tar, "main.tf", "x");
    struct buf packed;
    buf_init(&packed, arena);
    tar_gzip(&packed, tar.data, tar.len);
    CHECK_INT(check_packed(&packed, 1000, SIZE_MAX, MIB), SLUG_GOOD);
    arena_free(arena);
}

TEST(names_of_any_bytes)
{
    begin();
    tar_file(&tar, "m\xc3\xa4in.tf", "x");
    tar_file(&tar, "caf\xe9.tf", "x");
    tar_file(&tar, "a\\b.tf", "x");
    tar_file(&tar, "..a", "x");
    tar_file(&tar, "b..", "x");
    tar_file(&tar, "...", "x");
    GOOD();
}

TEST(long_names)
{
    char name[300] = {0};
    memset(name, 'n', sizeof name - 1);
    begin();
    tar_long(&tar, 'L', name);
    tar_file(&tar, "short", "x");
    tar_long(&tar, 'K', name);
    tar_header(&tar, '2', "link", "short", 0);
    GOOD();
}

TEST(absolute_path)
{
    begin();
    tar_file(&tar, "/etc/passwd", "x");
    REFUSED("holds \"/etc/passwd\", which is an absolute path");
}

TEST(path_that_goes_up)
{
    begin();
    tar_file(&tar, "a/../../b", "x");
    REFUSED("holds \"a/../../b\", which has .. in its path");
    begin();
    tar_file(&tar, "..", "x");
    REFUSED("holds \"..\", which has .. in its path");
    begin();
    tar_header(&tar, '5', "a/..", NULL, 0);
    REFUSED("holds \"a/..\", which has .. in its path");
}

TEST(path_that_goes_up_in_a_long_name)
{
    char name[300];
    memset(name, 'n', sizeof name);
    memcpy(name + sizeof name - 4, "/..", 4);
    begin();
    tar_long(&tar, 'L', name);
    tar_file(&tar, "short", "x");
    CHECK(verdict() && strstr(slug.reason, "which has .. in its path"));
    arena_free(arena);
}

TEST(unprintable_name_in_a_reason)
{
    begin();
    tar_file(&tar, "/\xff\n\x1b", "x");
    REFUSED("holds \"/???\", which is an absolute path");
}

TEST(no_name)
{
    begin();
    tar_file(&tar, ".", "x");
    REFUSED("has an entry without a name");
}

TEST(too_long_a_path)
{
    char *name = calloc(1, 5001);
    memset(name, 'n', 5000);
    begin();
    tar_long(&tar, 'L', name);
    tar_file(&tar, "short", "x");
    CHECK(verdict() && strstr(slug.reason, "is too long a path"));
    arena_free(arena);
    free(name);
}

TEST(too_deep_a_path)
{
    char name[2 * 129];
    for (size_t i = 0; i < sizeof name; i += 2)
        memcpy(name + i, "d/", 2);
    name[sizeof name - 1] = '\0';
    begin();
    tar_long(&tar, 'L', name);
    tar_file(&tar, "short", "x");
    CHECK(verdict() && strstr(slug.reason, "is too deep a path"));
    arena_free(arena);
}

TEST(links_that_lead_out)
{
    static const struct {
        const char *path, *target;
    } cases[] = {{"a", "/etc"}, {"a", "../b"}, {"d/a", "../../b"}, {"a", "b/../../c"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        tar_header(&tar, '2', cases[i].path, cases[i].target, 0);
        CHECK(verdict() && strstr(slug.reason, "is a link that leads out of the archive"));
        arena_free(arena);
    }
}

TEST(link_without_target)
{
    begin();
    tar_header(&tar, '2', "a", "", 0);
    REFUSED("holds \"a\", which is a link without a target");
}

TEST(entry_behind_a_link)
{
    begin();
    tar_header(&tar, '2', "a", ".", 0);
    tar_file(&tar, "a/b", "x");
    REFUSED("holds \"a/b\", which is behind a symbolic link");
    /* `a` is the root, so that ../.. of a/b/c would be one above it. */
    begin();
    tar_header(&tar, '2', "a", ".", 0);
    tar_header(&tar, '2', "./a//b", "../x", 0);
    REFUSED("holds \"a/b\", which is behind a symbolic link");
}

TEST(file_in_place_of_a_link)
{
    begin();
    tar_header(&tar, '2', "a", "b", 0);
    tar_file(&tar, "./a", "x");
    REFUSED("holds \"a\", which is a symbolic link already");
    begin();
    tar_header(&tar, '2', "a", "b", 0);
    tar_header(&tar, '5', "a/", NULL, 0);
    REFUSED("holds \"a\", which is a symbolic link already");
    begin();
    tar_header(&tar, '2', "a", "b", 0);
    tar_header(&tar, '2', "a", "c", 0);
    GOOD();
}

TEST(hard_links)
{
    begin();
    tar_header(&tar, '1', "a", "/etc/passwd", 0);
    REFUSED("holds \"/etc/passwd\", which is an absolute path");
    begin();
    tar_header(&tar, '1', "a", "../b", 0);
    REFUSED("holds \"../b\", which has .. in its path");
    /* A link whose target is right where it is and wrong one folder higher. */
    begin();
    tar_header(&tar, '5', "d", NULL, 0);
    tar_header(&tar, '2', "d/s", "../x", 0);
    tar_header(&tar, '1', "a", "d/s", 0);
    REFUSED("holds \"a\", which is a link to something that is no file of the archive");
    begin();
    tar_header(&tar, '2', "s", "d", 0);
    tar_header(&tar, '1', "a", "s/x", 0);
    REFUSED("holds \"a\", which is a link to something that is no file of the archive");
}

TEST(special_files)
{
    for (const char *type = "346"; *type; type++) {
        begin();
        tar_header(&tar, *type, "a", NULL, 0);
        REFUSED("holds \"a\", which is neither a file nor a folder nor a link");
    }
}

TEST(too_much_content)
{
    begin();
    tar_header(&tar, '0', "a", NULL, (8ULL << 30) - 1);
    REFUSED("unpacks to more than 67108864 bytes");
}

/* Headers and what follows the end count too. */
TEST(too_much_tar)
{
    begin();
    for (int i = 0; i < 4; i++)
        tar_header(&tar, '5', "d", NULL, 0);
    CHECK_INT(check_within(6 * TAR_BLOCK), SLUG_GOOD);
    CHECK_INT(check_within(6 * TAR_BLOCK), SLUG_REFUSED);
    CHECK_STR(slug.reason, "unpacks to more than 3072 bytes");
    arena_free(arena);
}

TEST(too_many_entries)
{
    begin();
    for (int i = 0; i <= SLUG_MAX_ENTRIES; i++)
        tar_header(&tar, '5', "d", NULL, 0);
    CHECK_INT(check_within(256 * MIB), SLUG_REFUSED);
    CHECK_STR(slug.reason, "has more than 200000 entries");
    arena_free(arena);
}

/* GNU's list of holes: 21 entries a block, as many blocks as one likes, all kept by libarchive. */
TEST(endless_header)
{
    begin();
    tar_header(&tar, 'S', "holes", NULL, 0);
    char *block = tar.data + tar.len - TAR_BLOCK;
    memcpy(block + 257, "ustar  ", 8);
    for (int i = 0; i < 4; i++) {
        snprintf(block + 386 + 24 * i, 12, "%011o", 0);
        snprintf(block + 398 + 24 * i, 12, "%011o", 0);
    }
    block[482] = 1; /* more follows */
    memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    for (int i = 0; i < 8192; i++) {
        char more[TAR_BLOCK] = {0};
        for (int j = 0; j < 42; j++)
            snprintf(more + 12 * j, 12, "%011o", 0);
        more[504] = 1;
        buf_add(&tar, more, sizeof more);
    }
    REFUSED("has an entry with a header that is too long");
}

TEST(no_tar)
{
    begin();
    struct buf packed;
    buf_init(&packed, arena);
    tar_gzip(&packed, "hello, world\n", 13);
    CHECK_INT(check_packed(&packed, 4, SIZE_MAX, MIB), SLUG_REFUSED);
    CHECK_STR(slug.reason, "is no tar");
    buf_clear(&packed);
    tar_gzip(&packed, "", 0);
    CHECK_INT(check_packed(&packed, 4, SIZE_MAX, MIB), SLUG_REFUSED);
    CHECK_STR(slug.reason, "is no tar");
    arena_free(arena);
}

TEST(no_gzip)
{
    begin();
    tar_file(&tar, "main.tf", "x");
    tar_end(&tar);
    CHECK_INT(check_packed(&tar, 100, SIZE_MAX, MIB), SLUG_REFUSED);
    CHECK_STR(slug.reason, "is not compressed with gzip");
    buf_clear(&tar);
    CHECK_INT(check_packed(&tar, 100, SIZE_MAX, MIB), SLUG_REFUSED);
    CHECK_STR(slug.reason, "is empty");
    arena_free(arena);
}

TEST(damaged_header)
{
    begin();
    tar_file(&tar, "main.tf", "x");
    tar_file(&tar, "second.tf", "x");
    tar.data[2 * TAR_BLOCK] ^= 1;
    REFUSED("is a damaged tar");
}

TEST(content_cut_short)
{
    begin();
    tar_header(&tar, '0', "main.tf", NULL, 100000);
    struct buf packed;
    buf_init(&packed, arena);
    tar_gzip(&packed, tar.data, tar.len);
    CHECK_INT(check_packed(&packed, 100, SIZE_MAX, MIB), SLUG_REFUSED);
    CHECK_STR(slug.reason, "is a damaged tar");
    arena_free(arena);
}

/* Wherever gzip breaks off or its source does, and whatever the size of the pieces. */
TEST(every_end)
{
    begin();
    tar_file(&tar, "main.tf", "resource \"null_resource\" \"a\" {}\n");
    tar_header(&tar, '2', "link", "main.tf", 0);
    tar_end(&tar);
    struct buf packed;
    buf_init(&packed, arena);
    tar_gzip(&packed, tar.data, tar.len);
    for (size_t piece = 1; piece < packed.len + 2; piece++)
        CHECK_INT(check_packed(&packed, piece, SIZE_MAX, MIB), SLUG_GOOD);
    for (size_t good = 0; good < packed.len; good++)
        CHECK_INT(check_packed(&packed, 1, good, MIB), SLUG_CUT_OFF);
    size_t whole = packed.len;
    for (packed.len = 0; packed.len < whole; packed.len++)
        CHECK_INT(check_packed(&packed, 64, SIZE_MAX, MIB), SLUG_REFUSED);
    arena_free(arena);
}

static struct buf seen;

static bool wants(void *object, const char *path, int64_t size)
{
    buf_printf(object, "%s:%d ", path, (int)size);
    return strcmp(path, "skipped.tf") != 0;
}

static void take(void *object, const char *path, const char *bytes, size_t len)
{
    buf_printf(object, "[%s=%.*s] ", path, (int)(len < 9 ? len : 9), bytes);
}

/* Files are offered by their clean path, and given whole; large ones are not given, folders and
 * links not even offered. */
TEST(a_reader)
{
    begin();
    buf_init(&seen, arena);
    tar_header(&tar, '5', "./", NULL, 0);
    tar_file(&tar, "./main.tf", "one");
    tar_file(&tar, "skipped.tf", "two");
    tar_header(&tar, '2', "link.tf", "main.tf", 0);
    tar_header(&tar, '1', "hard.tf", "main.tf", 0);
    tar_file(&tar, "modules//a/empty.tf", "");
    tar_header(&tar, '0', "large.tf", NULL, SLUG_MAX_CONTENT + 1);
    char *zeros = arena_alloc(arena, (size_t)SLUG_MAX_CONTENT + 1);
    buf_add(&tar, zeros, (size_t)SLUG_MAX_CONTENT + 1);
    tar_pad(&tar);
    tar_file(&tar, "last.tf", "three");
    tar_end(&tar);
    struct buf packed;
    buf_init(&packed, arena);
    tar_gzip(&packed, tar.data, tar.len);
    struct tar_source source = {packed.data, packed.len, 7, SIZE_MAX, 0};
    struct slug_reader reader = {wants, take, &seen};
    CHECK_INT(slug_read(arena, tar_read, &source, 64 * MIB, &reader, &slug), SLUG_GOOD);
    CHECK_STR(buf_str(&seen), "main.tf:3 [main.tf=one] skipped.tf:3 modules/a/empty.tf:0 "
                              "[modules/a/empty.tf=] large.tf:1048577 last.tf:5 [last.tf=three] ");
    CHECK_INT(slug.entries, 8);
    arena_free(arena);
}

/* A file that breaks off is not offered. */
TEST(a_reader_of_a_damaged_tar)
{
    begin();
    buf_init(&seen, arena);
    tar_file(&tar, "main.tf", "one");
    tar_header(&tar, '0', "next.tf", NULL, 100000);
    struct buf packed;
    buf_init(&packed, arena);
    tar_gzip(&packed, tar.data, tar.len);
    struct tar_source source = {packed.data, packed.len, 100, SIZE_MAX, 0};
    struct slug_reader reader = {wants, take, &seen};
    CHECK_INT(slug_read(arena, tar_read, &source, MIB, &reader, &slug), SLUG_REFUSED);
    CHECK_STR(slug.reason, "is a damaged tar");
    CHECK_STR(buf_str(&seen), "main.tf:3 [main.tf=one] next.tf:100000 ");
    arena_free(arena);
}

UNIT_MAIN
