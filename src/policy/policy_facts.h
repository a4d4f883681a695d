/* What a policy may know of a run: the plan as JSON, and the run itself (today-governance.md 9 and
 * 10.4). */
#ifndef TERRACE_POLICY_POLICY_FACTS_H
#define TERRACE_POLICY_POLICY_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"

struct arena;
struct keyring;

struct policy_facts {
    const char *plan; /* NULL: the run has none, or none that opens */
    size_t plan_len;
    const char *run;     /* JSON, as tfrun has it */
    const char *opa_run; /* as input.run has it */
};

/* Without `plan` the plan is not read. */
enum db_status policy_facts_load(struct db *db, struct arena *arena, const struct keyring *keyring,
                                 const char *run_id, bool plan, struct policy_facts *out)
    __attribute__((warn_unused_result));

#endif
