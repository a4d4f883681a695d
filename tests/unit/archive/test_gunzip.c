/* gunzip: members, sums, and every way in which gzip can be wrong. */
#include "unit/unit.h"

#include "archive/gunzip.h"
#include "unit/archive/tar.h"

static const char text[] = "resource \"null_resource\" \"a\" {}\n";

/* What unpacking gives: the plain bytes, or NULL and the error ("source" when that failed). */
static const char *unpack(struct arena *arena, const struct buf *packed, size_t piece, size_t good,
                          const char **error)
{
    struct tar_source source = {packed->data, packed->len, piece, good, 0};
    struct gunzip *gunzip = gunzip_new(arena, tar_read, &source);
    struct buf out;
    const void *bytes;
    ssize_t len;

    buf_init(&out, arena);
    while ((len = gunzip_next(gunzip, &bytes)) > 0)
        buf_add(&out, bytes, (size_t)len);
    CHECK_INT(gunzip_total(gunzip), out.len);
    *error = len < 0 && !gunzip_error(gunzip) ? "source" : gunzip_error(gunzip);
    CHECK(len < 0 || source.at == source.len);
    /* It stays as it ended. */
    CHECK_INT(gunzip_next(gunzip, &bytes), len);
    return len < 0 ? NULL : buf_str(&out);
}

static void packed_text(struct buf *out, struct arena *arena)
{
    buf_init(out, arena);
    tar_gzip(out, text, strlen(text));
}

TEST(pieces_do_not_matter)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    packed_text(&packed, arena);
    for (size_t piece = 1; piece <= packed.len; piece++) {
        CHECK_STR(unpack(arena, &packed, piece, SIZE_MAX, &error), text);
        CHECK_STR(error, NULL);
    }
    arena_free(arena);
}

TEST(members_follow_each_other)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    packed_text(&packed, arena);
    tar_gzip(&packed, "", 0);
    tar_gzip(&packed, "end", 3);
    const char *plain = unpack(arena, &packed, 7, SIZE_MAX, &error);
    CHECK_STR(plain, arena_printf(arena, "%send", text));
    arena_free(arena);
}

TEST(much_from_little)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    char *zeros = calloc(1, 1 << 20);
    buf_init(&packed, arena);
    tar_gzip(&packed, zeros, 1 << 20);
    CHECK(packed.len < 8192);
    (void)unpack(arena, &packed, 100, SIZE_MAX, &error);
    CHECK_STR(error, NULL);
    free(zeros);
    arena_free(arena);
}

TEST(empty)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    buf_init(&packed, arena);
    CHECK(!unpack(arena, &packed, 1, SIZE_MAX, &error));
    CHECK_STR(error, "is empty");
    arena_free(arena);
}

TEST(no_gzip)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    buf_init(&packed, arena);
    buf_adds(&packed, "PK\003\004 a zip, say");
    CHECK(!unpack(arena, &packed, 3, SIZE_MAX, &error));
    CHECK_STR(error, "is not compressed with gzip");
    arena_free(arena);
}

TEST(every_truncation)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    packed_text(&packed, arena);
    size_t whole = packed.len;
    for (packed.len = 1; packed.len < whole; packed.len++) {
        CHECK(!unpack(arena, &packed, 5, SIZE_MAX, &error));
        CHECK_STR(error, "is cut short");
    }
    arena_free(arena);
}

/* The header's flags, time and system byte may change; from there on every bit counts. */
TEST(every_flipped_byte)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    packed_text(&packed, arena);
    for (size_t i = 10; i < packed.len; i++) {
        packed.data[i] = (char)(packed.data[i] ^ 0x10);
        CHECK(!unpack(arena, &packed, 64, SIZE_MAX, &error));
        packed.data[i] = (char)(packed.data[i] ^ 0x10);
    }
    arena_free(arena);
}

TEST(something_follows)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    packed_text(&packed, arena);
    buf_adds(&packed, "junk");
    CHECK(!unpack(arena, &packed, 1, SIZE_MAX, &error));
    CHECK_STR(error, "is followed by something else");
    packed.len -= 3;
    CHECK(!unpack(arena, &packed, 1, SIZE_MAX, &error));
    CHECK_STR(error, "is followed by something else");
    arena_free(arena);
}

TEST(the_source_breaks_off)
{
    struct arena *arena = arena_new();
    struct buf packed;
    const char *error;
    packed_text(&packed, arena);
    for (size_t good = 0; good < packed.len; good++) {
        CHECK(!unpack(arena, &packed, 1, good, &error));
        CHECK_STR(error, "source");
    }
    arena_free(arena);
}

UNIT_MAIN
