/* A list of variables. */
#include "runner/env.h"
#include "base/arena.h"
#include "unit/unit.h"

TEST(the_last_value_counts)
{
    struct arena *arena = arena_new();
    struct env env;
    env_init(&env, arena);
    env_set(&env, "A", "1");
    env_set(&env, "AB", "2");
    env_set(&env, "A", "3=4");
    CHECK_INT(env.count, 2);
    CHECK_STR(env.lines[0], "A=3=4");
    CHECK_STR(env_get(&env, "A"), "3=4");
    CHECK_STR(env_get(&env, "AB"), "2");
    CHECK(env_get(&env, "B") == NULL);
    CHECK(env.lines[2] == NULL);
    arena_free(arena);
}

TEST(impossible_names_are_left_out)
{
    struct arena *arena = arena_new();
    struct env env;
    env_init(&env, arena);
    env_set(&env, "", "x");
    env_set(&env, "A=B", "x");
    CHECK_INT(env.count, 0);
    arena_free(arena);
}

TEST(a_copy_is_its_own)
{
    struct arena *arena = arena_new();
    struct env env, copy;
    env_init(&env, arena);
    env_set(&env, "A", "1");
    env_set(&env, "B", "2");
    env_copy(&copy, &env);
    env_unset(&copy, "A");
    env_unset(&copy, "C");
    env_set(&copy, "B", "3");
    CHECK_INT(copy.count, 1);
    CHECK(copy.lines[1] == NULL);
    CHECK_STR(env_get(&env, "A"), "1");
    CHECK_STR(env_get(&env, "B"), "2");
    arena_free(arena);
}

TEST(it_grows)
{
    struct arena *arena = arena_new();
    struct env env;
    char name[16];
    env_init(&env, arena);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "N%d", i);
        env_set(&env, name, name);
    }
    CHECK_INT(env.count, 1000);
    CHECK(env.lines[1000] == NULL);
    CHECK_STR(env_get(&env, "N0"), "N0");
    CHECK_STR(env_get(&env, "N999"), "N999");
    arena_free(arena);
}

TEST(inherits_what_there_is)
{
    struct arena *arena = arena_new();
    struct env env;
    env_init(&env, arena);
    setenv("UNIT_X", "y", 1);
    unsetenv("UNIT_Z");
    env_inherit(&env, "UNIT_X");
    env_inherit(&env, "UNIT_Z");
    CHECK_INT(env.count, 1);
    CHECK_STR(env_get(&env, "UNIT_X"), "y");
    arena_free(arena);
}

UNIT_MAIN
