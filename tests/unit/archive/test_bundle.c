/* Archives that are made here: read again by what checks everybody's. */
#include "unit/unit.h"

#include "archive/bundle.h"
#include "archive/slug.h"
#include "base/arena.h"
#include "base/buf.h"

static struct arena *arena;
static struct buf seen;

static ssize_t source(void *object, const void **bytes)
{
    struct buf *left = object;
    ssize_t len = (ssize_t)left->len;

    *bytes = left->data;
    left->len = 0;
    return len;
}

static bool wants(void *object, const char *path, int64_t size)
{
    (void)object;
    buf_printf(&seen, "%s %lld ", path, (long long)size);
    return size < 100;
}

static void take(void *object, const char *path, const char *bytes, size_t len)
{
    (void)object;
    (void)path;
    buf_add(&seen, bytes, len);
    buf_addc(&seen, '\n');
}

TEST(what_was_put_in_comes_out)
{
    char *large = arena_alloc((arena = arena_new()), 1000000);
    const struct bundle_file files[] = {
        {"a.txt", "one", 3}, {"folder/b", "", 0}, {"large", large, 1000000}};
    struct slug_reader reader = {wants, take, NULL};
    struct slug slug;
    struct buf out, again;

    for (size_t i = 0; i < 1000000; i++)
        large[i] = (char)(i * i / 7);
    buf_init(&out, arena);
    buf_init(&again, arena);
    buf_init(&seen, arena);
    CHECK(bundle_write(&out, files, 3));
    CHECK(bundle_write(&again, files, 3));
    CHECK(out.len == again.len && memcmp(out.data, again.data, out.len) == 0);
    CHECK_INT(slug_read(arena, source, &out, 10000000, &reader, &slug), SLUG_GOOD);
    CHECK_INT(slug.entries, 3);
    CHECK_STR(buf_str(&seen), "a.txt 3 one\nfolder/b 0 \nlarge 1000000 ");
    arena_free(arena);
}

TEST(nothing_is_an_archive_too)
{
    struct slug slug;
    struct buf out;

    arena = arena_new();
    buf_init(&out, arena);
    CHECK(bundle_write(&out, NULL, 0));
    CHECK_INT(slug_read(arena, source, &out, 1000000, NULL, &slug), SLUG_GOOD);
    CHECK_INT(slug.entries, 0);
    arena_free(arena);
}

UNIT_MAIN
