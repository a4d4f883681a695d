/* What a configuration has been initialized with, from what the CLI says of it: the document that
 * goes with the end of a plan (docs/runner-protocol.md). */
#ifndef TERRACE_RUNNER_DEPENDENCIES_H
#define TERRACE_RUNNER_DEPENDENCIES_H

#include <stddef.h>

struct arena;
struct buf;

/* Appends {"providers": {source: version}, "modules": {call: {"source", "version"}}}. versions:
 * what `version -json` prints; modules: modules.json of the data folder. What is no such text says
 * nothing; of more than DEPENDENCIES_MAX of a kind the rest is left out. */
#define DEPENDENCIES_MAX 500
void dependencies_write(struct arena *arena, const char *versions, size_t versions_len,
                        const char *modules, size_t modules_len, struct buf *out);

#endif
