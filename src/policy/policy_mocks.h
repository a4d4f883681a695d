/* The mocks of a run: an archive with what its imports answer, as Sentinel source, and a
 * configuration that puts them in the place of the imports (today-governance.md section 11). */
#ifndef TERRACE_POLICY_POLICY_MOCKS_H
#define TERRACE_POLICY_POLICY_MOCKS_H

#include <stdbool.h>

#include "policy/policy_facts.h"

struct arena;
struct buf;

/* Appends a .tar.gz to out. False, with a sentence in *reason: the plan is none that policies could
 * look at. */
bool policy_mocks_write(struct arena *arena, const struct policy_facts *facts, struct buf *out,
                        const char **reason);

#endif
