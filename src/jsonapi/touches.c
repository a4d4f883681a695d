/* The last use of tokens: kept for a moment and written for many at once, so that no request waits
 * for it and a thousand users are a few small statements a minute. */
#include "jsonapi/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

#define TOUCHES_MAX 128
#define TOUCHES_MS 1000

struct touches {
    size_t count;
    int64_t since; /* when the first of them came */
    char ids[TOUCHES_MAX][32];
};

static bool is_known(const struct touches *touches, const char *id)
{
    for (size_t i = 0; i < touches->count; i++)
        if (strcmp(touches->ids[i], id) == 0)
            return true;
    return false;
}

void touches_add(struct service *service, const char *token_id)
{
    if (!service->touches && !(service->touches = calloc(1, sizeof *service->touches)))
        return;
    struct touches *touches = service->touches;
    /* One that finds no room is noted at its next request. */
    if (touches->count == TOUCHES_MAX || strlen(token_id) >= sizeof touches->ids[0] ||
        is_known(touches, token_id))
        return;
    if (touches->count == 0)
        touches->since = clock_monotonic_ms();
    snprintf(touches->ids[touches->count++], sizeof touches->ids[0], "%s", token_id);
}

void touches_write(struct service *service, bool now)
{
    struct touches *touches = service->touches;
    const char *ids[TOUCHES_MAX];

    if (!touches || touches->count == 0 ||
        (!now && touches->count < TOUCHES_MAX / 2 &&
         clock_monotonic_ms() - touches->since < TOUCHES_MS) ||
        db_ensure(service->db) != DB_OK)
        return;
    for (size_t i = 0; i < touches->count; i++)
        ids[i] = touches->ids[i];
    struct arena *arena = arena_new();
    if (db_query(service->db, arena, STATEMENT_TOKEN_TOUCH, NULL,
                 db_array(arena, ids, touches->count)) != DB_OK)
        log_warn("the last use of tokens could not be recorded count=%zu", touches->count);
    arena_free(arena);
    touches->count = 0;
}
