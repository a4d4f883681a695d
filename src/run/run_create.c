/* New runs: see run_create.h. */
#include "run/run_create.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "json/json_writer.h"
#include "run/run_assess.h"

/* The variables of the workspace that count, as one sealed text, which the statement keeps ($1 id,
 * $2 text). DB_FAILED when one does not open. */
static enum db_status freeze_variables(struct db *db, struct arena *arena,
                                       const struct keyring *keyring, const struct run_new *run,
                                       enum statement keep)
{
    struct rows *rows = NULL;
    struct buf text;
    struct json_writer w;
    enum db_status status =
        db_query(db, arena, STATEMENT_RUN_VARIABLE_LIST, &rows, run->workspace_id);

    if (status != DB_OK)
        return status;
    buf_init(&text, arena);
    json_writer_init(&w, &text);
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(rows); i++) {
        const char *value = rows_get(rows, i, "value");
        const char *sealed = rows_get(rows, i, "sealed_value");
        if (sealed)
            value = crypto_open_text(arena, keyring, rows_get(rows, i, "id"), sealed);
        if (!value) {
            log_error("variable %s does not open: is its key in the key file?",
                      rows_get(rows, i, "id"));
            return DB_FAILED;
        }
        json_object_begin(&w);
        json_member_string(&w, "key", rows_get(rows, i, "key"));
        json_member_string(&w, "value", value);
        json_member_string(&w, "category", rows_get(rows, i, "category"));
        json_member_bool(&w, "hcl", rows_bool(rows, i, "hcl"));
        json_member_bool(&w, "sensitive", rows_bool(rows, i, "sensitive"));
        json_object_end(&w);
    }
    json_array_end(&w);
    return db_query(db, arena, keep, NULL, run->id,
                    crypto_seal_text(arena, keyring, run->id, buf_str(&text)));
}

const char *run_variables_open(struct arena *arena, const struct keyring *keyring,
                               const char *run_id, const char *sealed)
{
    return sealed ? crypto_open_text(arena, keyring, run_id, sealed) : "[]";
}

enum run_result run_create(struct db *db, struct arena *arena, const struct keyring *keyring,
                           const struct run_new *run, enum db_status *failure)
{
    *failure = db_query(db, arena, STATEMENT_RUN_CREATE, NULL, run->id, run->workspace_id,
                        run->columns, run->created_by);
    if (*failure == DB_OK)
        *failure = db_query(db, arena, STATEMENT_RUN_PHASES_CREATE, NULL, run->id,
                            ids_new(arena, "plan-"), ids_new(arena, "apply-"));
    if (*failure == DB_OK)
        *failure = freeze_variables(db, arena, keyring, run, STATEMENT_RUN_FREEZE_VARIABLES);
    if (*failure != DB_OK)
        return RUN_FAILED;
    if (!run->is_assessment)
        *failure = run_assess_cancel(db, arena, run->workspace_id);
    if (*failure != DB_OK)
        return RUN_FAILED;
    return run_created(db, arena, run->id, run->created_by, failure);
}

enum db_status query_run_create(struct db *db, struct arena *arena, const struct keyring *keyring,
                                const struct run_new *query)
{
    enum db_status status = db_query(db, arena, STATEMENT_QUERY_RUN_CREATE, NULL, query->id,
                                     query->workspace_id, query->columns, query->created_by);
    if (status != DB_OK)
        return status;
    return freeze_variables(db, arena, keyring, query, STATEMENT_QUERY_RUN_FREEZE_VARIABLES);
}
