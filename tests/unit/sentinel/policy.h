/* Runs small policies for the tests of src/sentinel. */
#ifndef TERRACE_TESTS_SENTINEL_POLICY_H
#define TERRACE_TESTS_SENTINEL_POLICY_H

#include "unit/unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "sentinel/sentinel.h"

static struct arena *arena;

static inline struct sentinel_result run_input(struct sentinel_input input, const char *source)
{
    struct sentinel_result result;

    if (!arena)
        arena = arena_new();
    input.policy = (struct sentinel_source){"policy", "policy.sentinel", source, strlen(source)};
    sentinel_evaluate(arena, &input, &result);
    return result;
}

static inline struct sentinel_result run_policy(const char *source)
{
    return run_input((struct sentinel_input){.now = 1700000000}, source);
}

static inline const char *outcome_name(const struct sentinel_result *result)
{
    static const char *const names[] = {"pass", "fail", "undefined", "error"};
    return names[result->outcome];
}

/* What the last line of a program prints (`print(...)`), or "error: ..." */
static inline const char *shown(const char *program)
{
    struct sentinel_result result =
        run_policy(arena_printf(arena ? arena : (arena = arena_new()), "%s\nmain = true", program));
    if (result.outcome == SENTINEL_ERROR)
        return arena_printf(arena, "error: %s", result.error);
    size_t len = strlen(result.printed);
    return arena_strndup(arena, result.printed, len ? len - 1 : 0);
}

/* The value of an expression, printed. */
static inline const char *value_of(const char *expression)
{
    if (!arena)
        arena = arena_new();
    return shown(arena_printf(arena, "print(%s)", expression));
}

static inline bool is_error(const char *shown_text)
{
    return strncmp(shown_text, "error: ", 7) == 0;
}

/* Each pair: an expression and what it prints; "error" when it has to be one. */
static inline void check_values(const char *const (*pairs)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *found = value_of(pairs[i][0]);
        bool good =
            strcmp(pairs[i][1], "error") == 0 ? is_error(found) : strcmp(found, pairs[i][1]) == 0;
        if (!good)
            printf("# %s\n#   gives    %s\n#   expected %s\n", pairs[i][0], found, pairs[i][1]);
        CHECK(good);
    }
}
#define CHECK_VALUES(...)                                                                          \
    check_values((const char *const[][2]){__VA_ARGS__},                                            \
                 sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(const char *const[2]))

/* Each pair: a program and its outcome. */
static inline void check_outcomes(const char *const (*pairs)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sentinel_result result = run_policy(pairs[i][0]);
        bool good = strcmp(outcome_name(&result), pairs[i][1]) == 0;
        if (!good)
            printf("# %s\n#   is %s (%s), expected %s\n", pairs[i][0], outcome_name(&result),
                   result.error ? result.error : "", pairs[i][1]);
        CHECK(good);
    }
}
#define CHECK_OUTCOMES(...)                                                                        \
    check_outcomes((const char *const[][2]){__VA_ARGS__},                                          \
                   sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(const char *const[2]))

#endif
