/* Results and stages of run tasks: see run_stage.h. What a stage's verdict is, is in
 * sql/functions/161_task_stages.sql. */
#include "run/run_stage.h"

#include <string.h>

enum db_status run_stage_settle(struct db *db, struct arena *arena, const char *stage_id)
{
    struct rows *stage = NULL;
    enum db_status failure = DB_OK;
    enum db_status status = db_query(db, arena, STATEMENT_TASK_STAGE_SETTLE, &stage, stage_id);

    if (status == DB_NO_ROWS) /* something is still out */
        return DB_OK;
    if (status != DB_OK)
        return status;
    const char *verdict = rows_get(stage, 0, "status");
    enum run_event event = strcmp(verdict, "passed") == 0   ? RUN_STAGE_PASSED
                           : strcmp(verdict, "failed") == 0 ? RUN_STAGE_FAILED
                                                            : RUN_STAGE_AWAITS;
    if (run_send(db, arena, rows_get(stage, 0, "run_id"), event, NULL, &failure) == RUN_FAILED)
        return failure;
    return DB_OK;
}

enum run_result run_stage_record(struct db *db, struct arena *arena, const char *result_id,
                                 const struct run_stage_answer *answer, enum db_status *failure)
{
    struct rows *rows = NULL;

    *failure = db_query(db, arena, STATEMENT_TASK_RESULT_LOCK_RUN, &rows, result_id);
    if (*failure == DB_NO_ROWS) {
        *failure = DB_OK;
        return RUN_GONE;
    }
    if (*failure != DB_OK)
        return RUN_FAILED;
    *failure = db_query(db, arena, STATEMENT_TASK_RESULT_RECORD, &rows, result_id, answer->status,
                        answer->message, answer->url);
    if (*failure == DB_NO_ROWS) {
        *failure = DB_OK;
        return RUN_REFUSED;
    }
    if (*failure == DB_OK)
        *failure = run_stage_settle(db, arena, rows_get(rows, 0, "task_stage_id"));
    return *failure == DB_OK ? RUN_MOVED : RUN_FAILED;
}
