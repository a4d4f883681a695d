/* The growing buffer, in an arena and on the heap. */
#include "base/buf.h"

#include "base/arena.h"
#include "unit/unit.h"

static void both(void (*run)(struct buf *buf))
{
    struct buf buf;
    struct arena *arena = arena_new();
    buf_init(&buf, arena);
    run(&buf);
    arena_free(arena);
    buf_init(&buf, NULL);
    run(&buf);
    buf_free(&buf);
}

static void add_everything(struct buf *buf)
{
    CHECK_STR(buf_str(buf), "");
    buf_adds(buf, "one");
    CHECK_STR(buf->data, "one");
    buf_addc(buf, ' ');
    CHECK_STR(buf->data, "one ");
    buf_printf(buf, "%s=%d", "two", 2);
    CHECK_STR(buf->data, "one two=2");
    buf_add(buf, "\0x", 2);
    CHECK_INT(buf->len, 11);
    CHECK(memcmp(buf->data, "one two=2\0x", 12) == 0);
    buf_clear(buf);
    CHECK_INT(buf->len, 0);
    CHECK_STR(buf_str(buf), "");
    buf_adds(buf, "again");
    CHECK_STR(buf_str(buf), "again");
}

TEST(everything_can_be_added)
{
    both(add_everything);
}

static void add_nothing(struct buf *buf)
{
    buf_add(buf, NULL, 0);
    buf_adds(buf, "");
    buf_printf(buf, "%s", "");
    CHECK_INT(buf->len, 0);
    CHECK_STR(buf_str(buf), "");
    buf_clear(buf);
}

TEST(nothing_can_be_added)
{
    both(add_nothing);
}

static void grow(struct buf *buf)
{
    for (int i = 0; i < 200000; i++)
        buf_addc(buf, (char)('a' + i % 26));
    CHECK_INT(strlen(buf_str(buf)), 200000);
    for (int i = 0; i < 200000; i++)
        if (buf->data[i] != 'a' + i % 26) {
            CHECK(!"same content");
            break;
        }
    buf_printf(buf, "%0100000d", 1);
    CHECK_INT(strlen(buf_str(buf)), 300000);
}

TEST(content_survives_growth)
{
    both(grow);
}

static void reserve(struct buf *buf)
{
    for (int i = 0; i < 50; i++) {
        char *to = buf_reserve(buf, 1000);
        memset(to, 'r', 1000);
        buf->len += 1000;
    }
    CHECK_INT(strlen(buf_str(buf)), 50000); /* buf_str ends what the caller wrote */
    buf_reserve(buf, 0);
    CHECK_INT(buf->len, 50000);
}

TEST(reserved_room_is_the_callers)
{
    both(reserve);
}

TEST(two_buffers_in_one_arena_do_not_meet)
{
    struct arena *arena = arena_new();
    struct buf a, b;
    buf_init(&a, arena);
    buf_init(&b, arena);
    for (int i = 0; i < 20000; i++) {
        buf_addc(&a, 'a');
        buf_addc(&b, 'b');
    }
    CHECK_INT(strspn(buf_str(&a), "a"), 20000);
    CHECK_INT(strspn(buf_str(&b), "b"), 20000);
    arena_free(arena);
}

TEST(a_uri_has_unreserved_characters_only)
{
    struct buf buf;
    buf_init(&buf, NULL);
    buf_add_uri(&buf, "aZ09-._~ /?&=+%\xc3\xa9");
    CHECK_STR(buf_str(&buf), "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A9");
    buf_free(&buf);
}

TEST(free_leaves_an_empty_buffer)
{
    struct buf buf;
    buf_init(&buf, NULL);
    buf_adds(&buf, "x");
    buf_free(&buf);
    CHECK_INT(buf.len, 0);
    CHECK_STR(buf_str(&buf), "");
    buf_adds(&buf, "y");
    CHECK_STR(buf_str(&buf), "y");
    buf_free(&buf);
    buf_free(&buf);
}

UNIT_MAIN
