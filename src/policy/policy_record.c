/* See policy_record.h. */
#include "policy/policy_record.h"

#include "base/arena.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "policy/policy_report.h"
#include "run/run_stage.h"

static enum db_status record_set(struct db *db, struct arena *arena, const struct keyring *keyring,
                                 const char *evaluation, const struct policy_set_result *set)
{
    const char *id = ids_new(arena, "psout-");
    struct policy_outcome_report report;

    policy_report_set(arena, set, &report);
    return db_query(db, arena, STATEMENT_POLICY_SET_OUTCOME_CREATE, NULL, evaluation, id,
                    report.outcomes, crypto_seal_text(arena, keyring, id, report.output),
                    report.error, set->overridable ? "t" : "f", set->name, set->description,
                    set->tool_version, report.result_count);
}

enum db_status policy_record_evaluation(struct db *db, struct arena *arena,
                                        const struct keyring *keyring, const char *evaluation_id,
                                        const char *stage_id, const struct policy_run *run)
{
    struct policy_evaluation_report report;
    struct rows *rows = NULL;
    enum db_status status =
        db_query(db, arena, STATEMENT_POLICY_EVALUATION_LOCK_RUN, &rows, evaluation_id);

    policy_report_evaluation(arena, run, &report);
    if (status == DB_OK)
        status = db_query(db, arena, STATEMENT_POLICY_EVALUATION_RECORD, &rows, evaluation_id,
                          report.status, report.is_overridable ? "t" : "f", report.result_count);
    for (size_t i = 0; i < run->count && status == DB_OK; i++)
        status = record_set(db, arena, keyring, evaluation_id, &run->sets[i]);
    if (status == DB_OK)
        status = run_stage_settle(db, arena, stage_id);
    return status;
}

struct policy_run policy_record_broken(struct arena *arena, const char *error)
{
    struct policy_set_result *set = arena_alloc(arena, sizeof *set);

    *set = (struct policy_set_result){
        .name = "", .description = "", .tool_version = "latest", .error = error};
    return (struct policy_run){.sets = set, .count = 1};
}
