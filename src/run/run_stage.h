/* How the result of a run task ends, and what that means for its stage and its run (today-runs.md
 * section 15). */
#ifndef TERRACE_RUN_RUN_STAGE_H
#define TERRACE_RUN_RUN_STAGE_H

#include "run/run.h"

/* NULL members keep what the row has. */
struct run_stage_answer {
    const char *status;  /* passed, failed, errored */
    const char *message; /* one sentence for people */
    const char *url;
};

/* Within the caller's transaction; locks the workspace's row, then the run's, as the run machine
 * does. Whoever records the last result of a stage tells the run. RUN_REFUSED: the result is final
 * already. */
enum run_result run_stage_record(struct db *db, struct arena *arena, const char *result_id,
                                 const struct run_stage_answer *answer, enum db_status *failure)
    __attribute__((warn_unused_result));

/* Whether the stage has nothing left to wait for; if so it ends and its run moves on. For whoever
 * has changed something that a verdict depends on, with the run's lock. */
enum db_status run_stage_settle(struct db *db, struct arena *arena, const char *stage_id)
    __attribute__((warn_unused_result));

#endif
