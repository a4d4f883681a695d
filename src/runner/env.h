/* Environment variables of a command: names are unique, the last value counts. */
#ifndef TERRACE_RUNNER_ENV_H
#define TERRACE_RUNNER_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct env {
    struct arena *arena;
    const char **lines; /* "NAME=value", ended by NULL */
    size_t count, cap;
};

void env_init(struct env *env, struct arena *arena);
void env_copy(struct env *env, const struct env *from);
/* A name that no environment can hold (empty, with '=') is left out. */
void env_set(struct env *env, const char *name, const char *value);
void env_unset(struct env *env, const char *name);
/* NULL when it is not set. */
const char *env_get(const struct env *env, const char *name);
/* Sets what this process has by that name, if it does. */
void env_inherit(struct env *env, const char *name);

#endif
