/* What an evaluation has found becomes rows, and its stage moves on. */
#ifndef TERRACE_POLICY_POLICY_RECORD_H
#define TERRACE_POLICY_POLICY_RECORD_H

#include "policy/policy_run.h"

/* Within the caller's transaction; locks the workspace and the run first. DB_NO_ROWS: the
 * evaluation has ended already. */
enum db_status policy_record_evaluation(struct db *db, struct arena *arena,
                                        const struct keyring *keyring, const char *evaluation_id,
                                        const char *stage_id, const struct policy_run *run)
    __attribute__((warn_unused_result));

/* A run whose policies cannot be evaluated at all. */
struct policy_run policy_record_broken(struct arena *arena, const char *error);

#endif
