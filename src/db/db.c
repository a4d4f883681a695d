/* Single statements and transactions.
 *
 * A statement is sent again on a new connection only if it is a read outside a transaction: after a
 * write the answer could be lost although the write was not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/db_internal.h"

unsigned db_count(const struct db *db)
{
    return db->count;
}

void db_count_reset(struct db *db)
{
    db->count = 0;
}

const char *db_statement_name(enum statement statement)
{
    return db_statements[statement].name;
}

bool db_sorted(enum statement base, const char *sort, enum statement *out)
{
    *out = base;
    if (sort == NULL || sort[0] == '\0')
        return true;
    for (size_t i = 0; i < db_sort_count; i++) {
        const struct db_sort *row = &db_sorts[i];
        bool descending = sort[0] == '-';

        if (row->base == base && strcmp(row->key, sort + descending) == 0) {
            *out = descending ? row->descending : row->ascending;
            return true;
        }
    }
    return false;
}

enum statement db_batch(enum statement base)
{
    return db_statements[base].batch;
}

enum db_status db_check_call(struct db *db, enum statement statement, size_t count)
{
    if ((unsigned)statement >= STATEMENT_COUNT)
        return db_fail(db, "call", "no such statement");
    if (count > DB_MAX_PARAMS || (int)count != db_statements[statement].params)
        return db_fail(db, db_statements[statement].name, "wrong number of parameters");
    return DB_OK;
}

/* 0A000 is "cached plan must not change result type"; 26000, invalid_sql_statement_name: something
 * between us and the server forgot it. */
bool db_plan_is_stale(const struct db *db, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return sqlstate != NULL && db->prepared_statements &&
           (strcmp(sqlstate, "0A000") == 0 || strcmp(sqlstate, "26000") == 0);
}

void db_plan_forget(struct db *db, enum statement statement, const PGresult *result)
{
    bool known = strcmp(PQresultErrorField(result, PG_DIAG_SQLSTATE), "0A000") == 0;

    if (db->prepared[statement] == DB_PREPARED_READY)
        db->prepared[statement] = known ? DB_PREPARED_STALE : DB_PREPARED_NONE;
}

PGresult *db_prepare(struct db *db, enum statement statement)
{
    const struct db_statement *row = &db_statements[statement];
    PGresult *result;
    char command[80];

    if (db->prepared[statement] == DB_PREPARED_STALE) {
        snprintf(command, sizeof(command), "DEALLOCATE %s", row->name);
        PQclear(PQexec(db->conn, command));
        db->prepared[statement] = DB_PREPARED_NONE;
    }
    if (db->prepared[statement] == DB_PREPARED_READY)
        return NULL;
    result = PQprepare(db->conn, row->name, row->sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return result;
    PQclear(result);
    db->prepared[statement] = DB_PREPARED_READY;
    return NULL;
}

void db_values_fill(struct db_values *values, const struct db_param *params, size_t count,
                    int result_format)
{
    values->count = (int)count;
    values->result_format = result_format;
    for (size_t i = 0; i < count; i++) {
        values->values[i] = params[i].value;
        values->lengths[i] = params[i].len;
        values->formats[i] = params[i].binary && params[i].len >= 0;
    }
}

static PGresult *execute(struct db *db, enum statement statement, const struct db_values *v)
{
    const struct db_statement *row = &db_statements[statement];
    PGresult *result;

    if (db->begin_waits)
        return db_execute_first(db, statement, v);
    if (!db->prepared_statements)
        return PQexecParams(db->conn, row->sql, v->count, NULL, v->values, v->lengths, v->formats,
                            v->result_format);
    result = db_prepare(db, statement);
    if (result != NULL)
        return result;
    return PQexecPrepared(db->conn, row->name, v->count, v->values, v->lengths, v->formats,
                          v->result_format);
}

/* After a lost connection: nothing can have happened, or it may happen twice. */
static bool may_repeat(const struct db *db, enum statement statement)
{
    return db->in_transaction ? db->begin_waits : db_statements[statement].reads;
}

enum db_status db_take(struct db *db, struct arena *arena, enum statement statement,
                       PGresult *result, struct rows **out)
{
    const struct db_statement *row = &db_statements[statement];
    enum db_status status = db_judge(db, result, row->name);
    bool has_rows = PQresultStatus(result) == PGRES_TUPLES_OK;
    int count = PQntuples(result);

    if (status == DB_OK && has_rows != (row->rows != DB_ROWS_EXEC))
        status = db_fail(db, row->name, has_rows ? "rows from an :exec" : "no rows from a query");
    else if (status == DB_OK && row->rows == DB_ROWS_ONE && count > 1)
        status = db_fail(db, row->name, "more than one row from a :one");
    else if (status == DB_OK && row->rows == DB_ROWS_ONE && count == 0)
        status = DB_NO_ROWS;
    if (status == DB_OK && out != NULL)
        *out = rows_new(arena, statement, result);
    else
        PQclear(result);
    return status;
}

static enum db_status run(struct db *db, struct arena *arena, enum statement statement,
                          const struct db_param *params, size_t count, struct rows **out,
                          int result_format)
{
    enum db_status status = db_check_call(db, statement, count);
    struct db_values values;
    PGresult *result = NULL;
    bool stale = false;

    if (out != NULL)
        *out = NULL;
    if (status != DB_OK)
        return status;
    if (db->pipelining)
        return db_fail(db, db_statements[statement].name, "run inside a pipeline");
    status = db_settle(db);
    if (status != DB_OK)
        return status;
    db->count++;
    db_values_fill(&values, params, count, result_format);
    for (int attempt = 0; attempt < 2; attempt++) {
        bool kept;

        status = db_ensure(db);
        if (status != DB_OK) {
            PQclear(result);
            return status;
        }
        kept = !db->fresh;
        db->fresh = false;
        PQclear(result);
        result = execute(db, statement, &values);
        stale = db_plan_is_stale(db, result);
        if (stale)
            db_plan_forget(db, statement, result);
        if (!(stale && !db->in_transaction) &&
            !(PQstatus(db->conn) == CONNECTION_BAD && kept && may_repeat(db, statement)))
            break;
    }
    db->begin_waits = false;
    if (stale && db->in_transaction) {
        /* It is aborted: only its owner can start it again. */
        db_keep_failure(db, result);
        PQclear(result);
        return DB_RETRY;
    }
    return db_take(db, arena, statement, result, out);
}

enum db_status db_run(struct db *db, struct arena *arena, enum statement statement,
                      const struct db_param *params, size_t count, struct rows **out)
{
    return run(db, arena, statement, params, count, out, 0);
}

enum db_status db_run_binary(struct db *db, struct arena *arena, enum statement statement,
                             const struct db_param *params, size_t count, struct rows **out)
{
    return run(db, arena, statement, params, count, out, 1);
}

enum db_status db_query_text(struct db *db, struct arena *arena, enum statement statement,
                             struct rows **out, const char *const *params, size_t count)
{
    struct db_param list[DB_MAX_PARAMS] = {0};

    for (size_t i = 0; i < count && i < DB_MAX_PARAMS; i++)
        list[i].value = params[i];
    return run(db, arena, statement, list, count, out, 0);
}

/* --- Transactions --- */

static enum db_status command(struct db *db, const char *text)
{
    PGresult *result = PQexec(db->conn, text);
    enum db_status status = db_judge(db, result, text);

    PQclear(result);
    return status;
}

enum db_status db_begin(struct db *db)
{
    enum db_status status;

    if (db->in_transaction || db->pipelining)
        return db_fail(db, "begin", "a transaction or pipeline is open");
    (void)db_settle(db);
    status = db_ensure(db);
    if (status != DB_OK)
        return status;
    db->in_transaction = true;
    db->begin_waits = true;
    return DB_OK;
}

enum db_status db_begin_now(struct db *db)
{
    enum db_status status = DB_OK;

    /* Nothing has happened yet: a kept connection that turns out dead may be replaced. */
    for (int attempt = 0; attempt < 2 && db->begin_waits; attempt++) {
        bool kept;

        status = db_ensure(db);
        if (status != DB_OK)
            return status;
        kept = !db->fresh;
        db->fresh = false;
        status = command(db, "BEGIN");
        db->begin_waits = status == DB_UNAVAILABLE && kept;
    }
    return status;
}

enum db_status db_commit(struct db *db)
{
    enum db_status status;
    PGresult *result;

    if (!db->in_transaction)
        return db_fail(db, "commit", "no transaction is open");
    status = db_settle(db);
    if (status != DB_OK) {
        db_rollback(db);
        return status;
    }
    db->in_transaction = false;
    if (db->begin_waits) {
        db->begin_waits = false;
        return DB_OK; /* nothing was asked for */
    }
    if (db->conn == NULL)
        return db_lost(db, "commit");
    result = PQexec(db->conn, "COMMIT");
    status = db_judge(db, result, "COMMIT");
    /* The server answers the COMMIT of an aborted transaction with a rollback and no error. */
    if (status == DB_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = db_fail(db, "commit", "the transaction was aborted");
    PQclear(result);
    return status;
}

void db_rollback(struct db *db)
{
    struct db_failure failure = db->failure;

    if (!db->in_transaction)
        return;
    (void)db_settle(db);
    db->in_transaction = false;
    if (db->conn != NULL && !db->begin_waits && command(db, "ROLLBACK") != DB_OK)
        db_disconnect(db);
    db->begin_waits = false;
    db->failure = failure;
}

bool db_in_transaction(const struct db *db)
{
    return db->in_transaction;
}
