/* What is done between requests: see housekeeping.h. */
#include "api/system/housekeeping.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "blob/blob.h"
#include "jsonapi/context.h"
#include "run/run.h"

/* Ten minutes, and every worker at another moment. */
#define INTERVAL_MS (600 * 1000)
#define RUNS_INTERVAL_MS (20 * 1000)
/* Short transactions: a request waits for this one. */
#define BLOBS_AT_ONCE 20

static int64_t next_time(int64_t now)
{
    return now + INTERVAL_MS / 2 + (int64_t)(getpid() % 600) * 1000;
}

/* Runs whose runner is lost must not hold their workspaces. */
static void end_overdue_runs(struct service *service, int64_t now)
{
    static int64_t due;
    unsigned ended = 0;

    if (due == 0)
        due = now + RUNS_INTERVAL_MS;
    if (now < due || db_ensure(service->db) != DB_OK)
        return;
    struct arena *arena = arena_new();
    if (run_end_overdue(service->db, arena, &ended) != DB_OK)
        log_warn("runs without a runner could not be ended");
    else if (ended > 0)
        log_info("ended runs without a runner count=%u", ended);
    arena_free(arena);
    due = now + RUNS_INTERVAL_MS;
}

static void remove_blobs(struct service *service, int64_t now)
{
    static int64_t due;
    size_t count = 0;
    bool more = false;

    if (due == 0)
        due = next_time(now);
    if (now < due || db_ensure(service->db) != DB_OK)
        return;
    struct arena *arena = arena_new();
    if (blob_collect(service->db, arena, BLOBS_AT_ONCE, &count, &more) != DB_OK)
        log_warn("unreferenced blobs could not be removed");
    else if (count > 0)
        log_info("removed unreferenced blobs count=%zu", count);
    arena_free(arena);
    due = more ? now : next_time(now);
}

void housekeeping_idle(struct service *service)
{
    int64_t now = clock_monotonic_ms();

    end_overdue_runs(service, now);
    remove_blobs(service, now);
}
