/* Assessments: see run_assess.h. */
#include "run/run_assess.h"

#include "base/ids.h"
#include "run/run_create.h"

enum db_status run_assess(struct db *db, struct arena *arena, const struct keyring *keyring,
                          const char *workspace_id, const char *created_by, const char **problem)
{
    struct run_new run = {
        .id = ids_new(arena, "run-"), .workspace_id = workspace_id, .is_assessment = true};
    struct rows *begun = NULL;
    enum db_status status = db_query(db, arena, STATEMENT_ASSESSMENT_BEGIN, &begun, workspace_id);

    if (status != DB_OK)
        return status;
    *problem = rows_get(begun, 0, "problem");
    if (*problem)
        return DB_OK;
    run.columns = rows_get(begun, 0, "columns");
    run.created_by = created_by ? created_by : rows_get(begun, 0, "organization_id");
    if (run_create(db, arena, keyring, &run, &status) == RUN_FAILED)
        return status;
    return db_query(db, arena, STATEMENT_ASSESSMENT_CREATE, NULL, ids_new(arena, "asmtres-"),
                    run.id);
}

enum db_status run_assess_cancel(struct db *db, struct arena *arena, const char *workspace_id)
{
    struct rows *rows = NULL;
    enum db_status failure;
    enum db_status status =
        db_query(db, arena, STATEMENT_ASSESSMENT_UNDER_WAY, &rows, workspace_id);

    for (size_t i = 0; status == DB_OK && i < rows_count(rows); i++)
        if (run_send(db, arena, rows_get(rows, i, "id"), RUN_CANCEL, NULL, &failure) == RUN_FAILED)
            status = failure;
    return status;
}
