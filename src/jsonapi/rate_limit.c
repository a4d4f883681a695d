/* See rate_limit.h. Both tables are small and have no locks: two callers who meet in a cell take it
 * from each other, and are then let through rather than refused. */
#include "jsonapi/rate_limit.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "jsonapi/context.h"

#define CELLS 8192
#define REFRESH_MS 5000

struct shared {
    /* Of a caller: 32 bits of who, 16 of the second, 16 of how many. */
    _Atomic uint64_t counts[CELLS];
    /* Of a token: 32 bits of it, 32 of its user. */
    _Atomic uint64_t users[CELLS];
};

static struct shared *shared;

void rate_limit_share(void)
{
    void *memory =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        log_error("no memory for the rate limit: there is none");
    else
        shared = memory;
}

/* FNV-1a. */
static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325u;

    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    return value;
}

static uint32_t caller_of(const char *token_hash)
{
    uint64_t token = hash(token_hash);
    uint64_t known = atomic_load_explicit(&shared->users[token % CELLS], memory_order_relaxed);

    return (uint32_t)(known >> 32 == token >> 32 ? known : token >> 32);
}

void rate_limit_learn(const struct context *context)
{
    const struct principal *principal = &context->principal;

    if (!shared || context->service->rate_limit == 0 || principal->kind != PRINCIPAL_USER)
        return;
    uint64_t token = hash(context->token_hash);
    atomic_store_explicit(&shared->users[token % CELLS],
                          token >> 32 << 32 | hash(principal->user_id) >> 32, memory_order_relaxed);
}

/* The caller's requests in this second, this one included. */
static unsigned count(uint32_t caller, int64_t second)
{
    uint64_t mine = (uint64_t)caller << 32 | (uint64_t)(second & 0xffff) << 16;
    _Atomic uint64_t *cell = &shared->counts[caller % CELLS];
    uint64_t seen = atomic_load_explicit(cell, memory_order_relaxed);
    uint64_t next;

    do {
        bool same = (seen & ~0xffffull) == mine;
        next = same ? seen + ((seen & 0xffff) < 0xffff) : mine + 1;
    } while (!atomic_compare_exchange_weak_explicit(cell, &seen, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return next & 0xffff;
}

bool rate_limit_count(struct context *context)
{
    struct service *service = context->service;
    int64_t now = clock_monotonic_ms();

    if (!shared)
        return true;
    if (now >= service->rate_limit_until)
        service->rate_limit_due = true;
    if (service->rate_limit == 0)
        return true;
    unsigned requests = count(caller_of(context->token_hash), now / 1000);
    if (requests <= service->rate_limit)
        return true;
    http_header(context->request, "X-RateLimit-Remaining", "0");
    http_header(context->request, "X-RateLimit-Reset",
                arena_printf(context->arena, "0.%03d", (int)(1000 - now % 1000) % 1000));
    request_fail(context, ERROR_TOO_MANY_REQUESTS, NULL, "You have exceeded the API's rate limit.");
    return false;
}

void rate_limit_refresh(struct service *service)
{
    struct arena *arena;
    struct rows *rows;

    if (!service->rate_limit_due || db_ensure(service->db) != DB_OK)
        return;
    arena = arena_new();
    if (db_query_text(service->db, arena, STATEMENT_RATE_LIMIT, &rows, NULL, 0) == DB_OK)
        service->rate_limit = (unsigned)rows_int(rows, 0, "requests");
    arena_free(arena);
    service->rate_limit_due = false;
    service->rate_limit_until = clock_monotonic_ms() + REFRESH_MS;
}
