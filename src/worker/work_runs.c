/* Runs that have lost their runner, or take too long, end (run.h). */
#include "worker/worker.h"

#include "base/log.h"
#include "run/run.h"

enum work_result work_end_runs(struct worker *worker, const struct rows *claimed)
{
    unsigned ended = 0;

    (void)claimed;
    enum db_status status = run_end_overdue(worker->db, worker->arena, &ended);
    if (status != DB_OK)
        return work_status(worker, status, "end of overdue runs");
    if (ended > 0)
        log_info("ended runs without a runner count=%u", ended);
    return WORK_NONE;
}
