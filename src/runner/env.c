/* A short list, searched from the front: an environment has a few dozen lines. */
#include "runner/env.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

void env_init(struct env *env, struct arena *arena)
{
    *env = (struct env){.arena = arena, .cap = 64};
    env->lines = arena_alloc(arena, env->cap * sizeof(*env->lines));
}

void env_copy(struct env *env, const struct env *from)
{
    *env = *from;
    env->lines = arena_alloc(env->arena, env->cap * sizeof(*env->lines));
    memcpy(env->lines, from->lines, (from->count + 1) * sizeof(*env->lines));
}

static size_t find(const struct env *env, const char *name)
{
    size_t len = strlen(name), i = 0;
    while (i < env->count && (strncmp(env->lines[i], name, len) != 0 || env->lines[i][len] != '='))
        i++;
    return i;
}

void env_set(struct env *env, const char *name, const char *value)
{
    if (*name == '\0' || strchr(name, '=') != NULL)
        return;
    size_t at = find(env, name);
    if (env->count + 2 > env->cap) {
        env->lines = arena_resize(env->arena, env->lines, env->cap * sizeof(*env->lines),
                                  2 * env->cap * sizeof(*env->lines));
        env->cap *= 2;
    }
    env->lines[at] = arena_printf(env->arena, "%s=%s", name, value);
    if (at == env->count)
        env->lines[++env->count] = NULL;
}

void env_unset(struct env *env, const char *name)
{
    size_t at = find(env, name);
    if (at < env->count)
        env->lines[at] = env->lines[--env->count];
    env->lines[env->count] = NULL;
}

const char *env_get(const struct env *env, const char *name)
{
    size_t at = find(env, name);
    return at < env->count ? env->lines[at] + strlen(name) + 1 : NULL;
}

void env_inherit(struct env *env, const char *name)
{
    const char *value = getenv(name);
    if (value != NULL)
        env_set(env, name, value);
}
