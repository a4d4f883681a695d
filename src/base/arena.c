/* Arena: a chain of blocks for small allocations, and a block of its own for each large one.
 * Large blocks come from malloc one by one, so that arena_resize() can let realloc move pages
 * instead of copying them. With ARENA_DEBUG every allocation counts as large. */
#include "base/arena.h"

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A block holds what an ordinary request needs, so that it costs no malloc at all. */
#define BLOCK_SIZE 32768

/* Wasting a quarter of a block at its end is the worst case. */
#define LARGE_SIZE (BLOCK_SIZE / 4)

#define ALIGNMENT _Alignof(max_align_t)

struct block {
    struct block *next;
    struct block *prev;
    _Alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    arena_defer_fn *fn;
    void *object;
};

struct arena {
    struct block *blocks; /* newest first; the oldest one is kept by arena_reset() */
    size_t filled;        /* of the newest block */
    struct block *large;
    struct deferred *deferred;
    size_t used;
};

static void *check(void *memory, size_t size)
{
    if (memory == NULL) {
        log_error("out of memory bytes=%zu", size);
        abort();
    }
    return memory;
}

static size_t rounded(size_t size)
{
    if (size > PTRDIFF_MAX - sizeof(struct block) - ALIGNMENT)
        check(NULL, size);
    return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

struct arena *arena_new(void)
{
    return check(calloc(1, sizeof(struct arena)), sizeof(struct arena));
}

static void run_deferred(struct arena *arena)
{
    while (arena->deferred != NULL) {
        struct deferred *last = arena->deferred;
        arena->deferred = last->next;
        last->fn(last->object);
    }
}

static void free_chain(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_reset(struct arena *arena)
{
    run_deferred(arena);
    free_chain(arena->large);
    arena->large = NULL;
    while (arena->blocks != NULL && arena->blocks->next != NULL) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->filled = 0;
    arena->used = 0;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_reset(arena);
    free_chain(arena->blocks);
    free(arena);
}

static void link_large(struct arena *arena, struct block *block)
{
    block->prev = NULL;
    block->next = arena->large;
    if (block->next != NULL)
        block->next->prev = block;
    arena->large = block;
}

static void *alloc_large(struct arena *arena, size_t size)
{
    struct block *block = check(calloc(1, sizeof(struct block) + size), size);
    link_large(arena, block);
    return block->data;
}

static void add_block(struct arena *arena)
{
    struct block *block = check(malloc(sizeof(struct block) + BLOCK_SIZE), BLOCK_SIZE);
    block->prev = NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->filled = 0;
}

/* Asked with the exact size, by arena_alloc and arena_resize alike. */
static bool is_large(size_t size)
{
#ifdef ARENA_DEBUG
    (void)size;
    return true;
#else
    return size >= LARGE_SIZE;
#endif
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t room = rounded(size);
    arena->used += size;
    if (is_large(size))
        return alloc_large(arena, size);
    if (arena->blocks == NULL || room > BLOCK_SIZE - arena->filled)
        add_block(arena);
    void *memory = arena->blocks->data + arena->filled;
    arena->filled += room;
    return memset(memory, 0, size);
}

static void *resize_large(struct arena *arena, void *old, size_t new_size)
{
    struct block *block = (struct block *)((char *)old - offsetof(struct block, data));
    if (block->prev != NULL)
        block->prev->next = block->next;
    else
        arena->large = block->next;
    if (block->next != NULL)
        block->next->prev = block->prev;
    block = check(realloc(block, sizeof(struct block) + new_size), new_size);
    link_large(arena, block);
    return block->data;
}

/* True when old is the last small allocation and could take its new size where it is. */
static bool extend_last(struct arena *arena, const char *old, size_t old_size, size_t new_size)
{
    if (arena->blocks == NULL || is_large(old_size) || is_large(new_size))
        return false;
    const char *end = arena->blocks->data + arena->filled;
    if (old + rounded(old_size) != end)
        return false;
    size_t more = rounded(new_size) - rounded(old_size);
    if (more > BLOCK_SIZE - arena->filled)
        return false;
    arena->filled += more;
    return true;
}

void *arena_resize(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
    if (old == NULL)
        return arena_alloc(arena, new_size);
    if (new_size <= old_size)
        return old;
    rounded(new_size); /* refuses what would overflow */
    if (is_large(old_size)) {
        arena->used += new_size - old_size;
        return resize_large(arena, old, new_size);
    }
    if (extend_last(arena, old, old_size, new_size)) {
        arena->used += new_size - old_size;
        return old;
    }
    return memcpy(arena_alloc(arena, new_size), old, old_size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        log_error("bad format in arena_printf format=%s", format);
        abort();
    }
    char *text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

void arena_defer(struct arena *arena, arena_defer_fn *fn, void *object)
{
    struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));
    deferred->fn = fn;
    deferred->object = object;
    deferred->next = arena->deferred;
    arena->deferred = deferred;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
