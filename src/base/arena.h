/* Memory with one lifetime: everything allocated from an arena dies at arena_reset().
 *
 * A request owns one arena, so a handler may return early anywhere and leaks nothing. Objects of
 * other libraries (PGresult, json-c trees) are tied to an arena with arena_defer().
 *
 * Allocation never fails visibly: when memory is exhausted the process logs and aborts; the master
 * starts another worker. With -DARENA_DEBUG each block is its own malloc, for ASan and valgrind. */
#ifndef TERRACE_BASE_ARENA_H
#define TERRACE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

typedef void arena_defer_fn(void *object);

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Runs the deferred functions, last one first, and gives all memory back but one block that is kept
 * for the next request. */
void arena_reset(struct arena *arena);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
/* Copies len bytes and adds a NUL. */
char *arena_strndup(struct arena *arena, const char *text, size_t len)
    __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* Grows an allocation of old_size bytes to new_size and returns where it is now: in place when it
 * was the last one or a large one, else copied. The new bytes are not zeroed. */
void *arena_resize(struct arena *arena, void *old, size_t old_size, size_t new_size)
    __attribute__((returns_nonnull, warn_unused_result));

/* Calls fn(object) when the arena is reset or freed. */
void arena_defer(struct arena *arena, arena_defer_fn *fn, void *object);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#endif
