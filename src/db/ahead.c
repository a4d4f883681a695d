/* A statement that runs while its sender does something else: a chunk is written while the next one
 * is compressed, and read while the one before is sent on. */
#include "db/db_internal.h"

enum db_status db_ahead(struct db *db, enum statement statement, const struct db_param *params,
                        size_t count, bool binary, unsigned *ticket)
{
    enum db_status status = db_check_call(db, statement, count);
    struct db_values v;
    PGresult *failed;

    *ticket = 0;
    if (status != DB_OK)
        return status;
    if (db->pipelining)
        return db_fail(db, db_statements[statement].name, "sent ahead inside a pipeline");
    status = db_settle(db);
    if (status == DB_OK)
        status = db_ensure(db);
    if (status != DB_OK)
        return status;
    status = db_begin_now(db);
    if (status != DB_OK)
        return status;
    db->fresh = false;
    db->count++;
    failed = db->prepared_statements ? db_prepare(db, statement) : NULL;
    if (failed != NULL) {
        status = db_judge(db, failed, db_statements[statement].name);
        PQclear(failed);
        return status;
    }
    db_values_fill(&v, params, count, binary);
    if (!db_send_values(db, statement, v.count, v.values, v.lengths, v.formats, v.result_format))
        return db_lost(db, db_statements[statement].name);
    db->ahead = *ticket = ++db->last_ticket == 0 ? ++db->last_ticket : db->last_ticket;
    db->ahead_statement = statement;
    return DB_OK;
}

bool db_ahead_is(const struct db *db, unsigned ticket)
{
    return ticket != 0 && db->ahead == ticket;
}

enum db_status db_ahead_take(struct db *db, struct arena *arena, struct rows **out)
{
    PGresult *result;
    PGresult *last;

    *out = NULL;
    if (db->ahead == 0)
        return db_fail(db, "ahead", "nothing is under way");
    db->ahead = 0;
    result = PQgetResult(db->conn);
    while ((last = PQgetResult(db->conn)) != NULL)
        PQclear(last);
    if (db_plan_is_stale(db, result)) {
        db_plan_forget(db, db->ahead_statement, result);
        db_keep_failure(db, result);
        PQclear(result);
        return DB_RETRY;
    }
    return db_take(db, arena, db->ahead_statement, result, arena == NULL ? NULL : out);
}

enum db_status db_settle(struct db *db)
{
    struct rows *rows;
    enum db_status status;

    if (db->ahead == 0)
        return DB_OK;
    status = db_ahead_take(db, NULL, &rows);
    return db->in_transaction && status != DB_NO_ROWS ? status : DB_OK;
}
