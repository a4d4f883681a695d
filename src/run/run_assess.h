/* Health assessments (today-runs.md section 19): plan-only runs that nobody sees, and that leave a
 * result. */
#ifndef TERRACE_RUN_RUN_ASSESS_H
#define TERRACE_RUN_RUN_ASSESS_H

#include "db/db.h"

struct arena;
struct keyring;

/* Begins an assessment of the workspace, or says why it cannot be now: *problem, part of a
 * sentence. created_by: id of a user or team; NULL: nobody, it was due. Within the caller's
 * transaction. */
enum db_status run_assess(struct db *db, struct arena *arena, const struct keyring *keyring,
                          const char *workspace_id, const char *created_by, const char **problem)
    __attribute__((warn_unused_result));

/* A new run takes the place of the assessment that is under way (19.2). Within the caller's
 * transaction. */
enum db_status run_assess_cancel(struct db *db, struct arena *arena, const char *workspace_id)
    __attribute__((warn_unused_result));

#endif
