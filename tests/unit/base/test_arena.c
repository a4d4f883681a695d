/* Arena: zeroed, aligned, separate memory; reset; deferred calls; resizing. */
#include "base/arena.h"

#include "unit/unit.h"

#include <stdint.h>

TEST(memory_is_zeroed_aligned_and_separate)
{
    struct arena *arena = arena_new();
    for (int round = 0; round < 3; round++) {
        unsigned char *last = NULL;
        for (size_t size = 1; size < 40000; size = size * 3 + 1) {
            unsigned char *memory = arena_alloc(arena, size);
            CHECK_INT((uintptr_t)memory % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                if (memory[i] != 0) {
                    CHECK(!"zeroed");
                    break;
                }
            memset(memory, 0xff, size);
            CHECK(last == NULL || last[0] == 0xff);
            last = memory;
        }
        arena_reset(arena); /* what is handed out again is zeroed again */
    }
    arena_free(arena);
}

TEST(neighbours_never_overlap)
{
    struct arena *arena = arena_new();
    enum { COUNT = 5000 };
    unsigned char *memory[COUNT];
    for (int i = 0; i < COUNT; i++) {
        memory[i] = arena_alloc(arena, (size_t)(i % 50));
        memset(memory[i], i % 251, (size_t)(i % 50));
    }
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < i % 50; k++)
            if (memory[i][k] != i % 251)
                CHECK(!"overlap");
    arena_free(arena);
}

TEST(nothing_is_a_valid_size)
{
    struct arena *arena = arena_new();
    CHECK(arena_alloc(arena, 0) != NULL);
    CHECK_STR(arena_strndup(arena, "", 0), "");
    CHECK_STR(arena_strndup(arena, NULL, 0), "");
    arena_free(arena);
    arena_free(NULL);
}

TEST(texts_are_copied)
{
    struct arena *arena = arena_new();
    char text[] = "hello";
    char *copy = arena_strdup(arena, text);
    char *part = arena_strndup(arena, text, 3);
    text[0] = 'j';
    CHECK_STR(copy, "hello");
    CHECK_STR(part, "hel");
    CHECK_STR(arena_printf(arena, "%s-%d", copy, 42), "hello-42");
    CHECK_INT(strlen(arena_printf(arena, "%01000d", 7)), 1000);
    arena_free(arena);
}

TEST(used_counts_since_reset)
{
    struct arena *arena = arena_new();
    CHECK_INT(arena_used(arena), 0);
    arena_alloc(arena, 100);
    arena_alloc(arena, 100000);
    CHECK_INT(arena_used(arena), 100100);
    arena_reset(arena);
    CHECK_INT(arena_used(arena), 0);
    arena_free(arena);
}

static char calls[16];

static void note(void *object)
{
    size_t len = strlen(calls);
    snprintf(calls + len, sizeof(calls) - len, "%s", (const char *)object);
}

TEST(deferred_calls_run_last_one_first_and_once)
{
    struct arena *arena = arena_new();
    static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
    calls[0] = '\0';
    arena_defer(arena, note, a);
    arena_defer(arena, note, b);
    arena_defer(arena, note, c);
    CHECK_STR(calls, "");
    arena_reset(arena);
    CHECK_STR(calls, "cba");
    arena_defer(arena, note, d);
    arena_free(arena);
    CHECK_STR(calls, "cbad");
}

static void check_is_alive(void *object)
{
    CHECK_STR(object, "alive");
}

TEST(deferred_calls_still_see_the_arenas_memory)
{
    struct arena *arena = arena_new();
    arena_defer(arena, check_is_alive, arena_strdup(arena, "alive"));
    arena_reset(arena);
    arena_free(arena);
}

static void fill(unsigned char *memory, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        memory[i] = (unsigned char)(i * 7);
}

static bool filled(const unsigned char *memory, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (memory[i] != (unsigned char)(i * 7))
            return false;
    return true;
}

/* Small, across the border to large, and large; with and without a neighbour behind it. */
TEST(resize_keeps_the_content)
{
    struct arena *arena = arena_new();
    for (int neighbour = 0; neighbour < 2; neighbour++) {
        size_t size = 3;
        unsigned char *memory = arena_alloc(arena, size);
        fill(memory, 0, size);
        unsigned char *others[40];
        size_t count = 0;
        while (size < 300000) {
            if (neighbour) {
                others[count] = arena_alloc(arena, 16);
                memset(others[count++], 0xee, 16);
            }
            size_t wider = size + size / 2 + 5;
            memory = arena_resize(arena, memory, size, wider);
            CHECK(filled(memory, size));
            fill(memory, size, wider);
            size = wider;
        }
        for (size_t i = 0; i < count; i++)
            CHECK(others[i][0] == 0xee && others[i][15] == 0xee);
    }
    arena_free(arena);
}

TEST(resize_of_nothing_and_to_less)
{
    struct arena *arena = arena_new();
    char *memory = arena_resize(arena, NULL, 0, 10);
    CHECK(memory != NULL);
    CHECK(arena_resize(arena, memory, 10, 5) == memory);
    CHECK(arena_resize(arena, memory, 10, 10) == memory);
    arena_free(arena);
}

TEST(large_blocks_may_be_resized_in_any_order)
{
    struct arena *arena = arena_new();
    enum { COUNT = 5, SIZE = 50000 };
    unsigned char *memory[COUNT];
    for (int i = 0; i < COUNT; i++)
        fill(memory[i] = arena_alloc(arena, SIZE), 0, SIZE);
    for (int i = 0; i < COUNT; i++) {
        int k = i * 3 % COUNT;
        memory[k] = arena_resize(arena, memory[k], SIZE, SIZE * 10);
        fill(memory[k], SIZE, (size_t)SIZE * 10);
    }
    for (int i = 0; i < COUNT; i++)
        CHECK(filled(memory[i], (size_t)SIZE * 10));
    arena_reset(arena);
    arena_free(arena);
}

UNIT_MAIN
