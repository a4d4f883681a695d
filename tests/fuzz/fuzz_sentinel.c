/* A policy from a stranger: whatever it is, it ends within its limits, with an outcome. */
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sentinel/sentinel.h"

static const char module[] = "func f(x) { return x }\nlist = [1]\nr = rule { true }";
static const char plan[] =
    "{\"resource_changes\":[{\"address\":\"a.b\",\"change\":{\"actions\":[\"create\"]}}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct sentinel_source modules[] = {{"m", "m.sentinel", module, sizeof module - 1}};
    struct sentinel_input input = {
        .policy = {"p", "p.sentinel", (const char *)data, size},
        .modules = modules,
        .module_count = 1,
        .plan = plan,
        .plan_len = sizeof plan - 1,
        .run = "{}",
        .run_len = 2,
        .limits = {.steps = 100000, .memory = 16 << 20, .depth = 300, .milliseconds = 2000},
    };
    struct sentinel_result result;
    struct buf text;

    sentinel_evaluate(arena, &input, &result);
    if ((result.outcome == SENTINEL_ERROR || result.outcome == SENTINEL_UNDEFINED) !=
        (result.error != NULL))
        abort();
    buf_init(&text, arena);
    sentinel_trace(&text, &result);
    arena_free(arena);
    return 0;
}
