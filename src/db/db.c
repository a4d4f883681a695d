/* The connection, single statements and transactions. Whatever the server answers becomes a
 * db_status here (db_judge) and nowhere else.
 *
 * A statement is sent again on a new connection only if it is a read outside a transaction: after a
 * write the answer could be lost although the write was not. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db_internal.h"

#define RECONNECT_PAUSE_MS 1000

static void take_notice(void *arg, const PGresult *result)
{
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    (void)arg;
    if (text != NULL)
        log_debug("database notice: %s", text);
}

struct db *db_open(const char *conninfo, bool prepared_statements)
{
    struct db *db = calloc(1, sizeof(*db));

    if (db == NULL || (db->conninfo = strdup(conninfo)) == NULL) {
        log_error("out of memory");
        abort();
    }
    db->prepared_statements = prepared_statements;
    return db;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_disconnect(db);
    db_pipeline_reset(db);
    free(db->slots);
    free(db->conninfo);
    free(db);
}

void db_disconnect(struct db *db)
{
    if (db->conn != NULL)
        PQfinish(db->conn);
    db->conn = NULL;
    memset(db->prepared, 0, sizeof(db->prepared));
}

const struct db_failure *db_failure(const struct db *db)
{
    return &db->failure;
}

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

/* --- Failures --- */

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text == NULL ? "" : text);
    out[strcspn(out, "\r\n")] = '\0';
}

enum db_status db_fail(struct db *db, const char *what, const char *reason)
{
    memset(&db->failure, 0, sizeof(db->failure));
    copy_text(db->failure.message, sizeof(db->failure.message), reason);
    log_error("database: %s: %s", what, reason);
    return DB_FAILED;
}

enum db_status db_lost(struct db *db, const char *what)
{
    memset(&db->failure, 0, sizeof(db->failure));
    copy_text(db->failure.sqlstate, sizeof(db->failure.sqlstate), "08006");
    copy_text(db->failure.message, sizeof(db->failure.message),
              db->conn == NULL ? "no connection" : PQerrorMessage(db->conn));
    log_warn("database: %s: connection lost: %s", what, db->failure.message);
    if (!db->pipelining)
        db_disconnect(db);
    return DB_UNAVAILABLE;
}

static void fill_failure(struct db_failure *failure, const PGresult *result)
{
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    const char *column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);

    memset(failure, 0, sizeof(*failure));
    copy_text(failure->sqlstate, sizeof(failure->sqlstate),
              PQresultErrorField(result, PG_DIAG_SQLSTATE));
    copy_text(failure->message, sizeof(failure->message),
              PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (strcmp(failure->sqlstate, "23502") == 0 && table != NULL && column != NULL)
        snprintf(failure->constraint, sizeof(failure->constraint), "%s_%s_not_null", table, column);
    else
        copy_text(failure->constraint, sizeof(failure->constraint), constraint);
}

/* By the longest matching start of the SQLSTATE. */
static const struct {
    const char *sqlstate;
    enum db_status status;
} statuses[] = {
    {"40001", DB_RETRY},       /* serialization_failure */
    {"40P01", DB_RETRY},       /* deadlock_detected */
    {"P0004", DB_FAILED},      /* assert_failure: a bug, unlike a RAISE */
    {"25006", DB_UNAVAILABLE}, /* read_only_sql_transaction: this server has become a standby */
    {"25P03", DB_UNAVAILABLE}, /* idle_in_transaction_session_timeout */
    {"57P01", DB_UNAVAILABLE}, /* admin_shutdown */
    {"57P02", DB_UNAVAILABLE}, /* crash_shutdown */
    {"57P03", DB_UNAVAILABLE}, /* cannot_connect_now */
    {"57P05", DB_UNAVAILABLE}, /* idle_session_timeout */
    {"08", DB_UNAVAILABLE},    {"23", DB_CONSTRAINT}, {"P0", DB_CONSTRAINT},
};

static enum db_status status_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (strncmp(sqlstate, statuses[i].sqlstate, strlen(statuses[i].sqlstate)) == 0)
            return statuses[i].status;
    return DB_FAILED;
}

enum db_status db_judge(struct db *db, const PGresult *result, const char *what)
{
    enum db_status status;

    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        return DB_OK;
    default:
        break;
    }
    if (result == NULL || PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL)
        return db_lost(db, what);
    fill_failure(&db->failure, result);
    status = status_of(db->failure.sqlstate);
    if (status == DB_FAILED)
        log_error("database: %s: %s %s", what, db->failure.sqlstate, db->failure.message);
    if (status == DB_UNAVAILABLE || PQstatus(db->conn) == CONNECTION_BAD) {
        log_warn("database: %s: connection given up: %s %s", what, db->failure.sqlstate,
                 db->failure.message);
        status = DB_UNAVAILABLE;
        if (!db->pipelining)
            db_disconnect(db);
    }
    return status;
}

/* --- Connecting --- */

static PGconn *connect_now(const char *conninfo)
{
    /* What stands before dbname is a default, what stands after it is fixed. */
    const char *keywords[] = {"connect_timeout", "tcp_user_timeout", "fallback_application_name",
                              "dbname",          "client_encoding",  NULL};
    const char *values[] = {"5", "30000", "terrace", conninfo, "UTF8", NULL};

    return PQconnectdbParams(keywords, values, 1);
}

static enum db_status refuse(struct db *db)
{
    db->refused_at = clock_monotonic_ms();
    memset(&db->failure, 0, sizeof(db->failure));
    copy_text(db->failure.sqlstate, sizeof(db->failure.sqlstate), "08001");
    copy_text(db->failure.message, sizeof(db->failure.message), PQerrorMessage(db->conn));
    log_warn("database: cannot connect: %s", db->failure.message);
    db_disconnect(db);
    return DB_UNAVAILABLE;
}

static enum db_status connect_db(struct db *db)
{
    PGresult *result;
    enum db_status status;

    db->conn = connect_now(db->conninfo);
    if (PQstatus(db->conn) != CONNECTION_OK)
        return refuse(db);
    PQsetNoticeReceiver(db->conn, take_notice, NULL);
    result = PQexec(db->conn, db_statements[STATEMENT_SESSION_BEGIN].sql);
    status = db_judge(db, result, "session_begin");
    PQclear(result);
    if (status != DB_OK) {
        db->refused_at = clock_monotonic_ms();
        db_disconnect(db);
        return DB_UNAVAILABLE;
    }
    db->refused_at = 0;
    db->fresh = true;
    return DB_OK;
}

/* An idle connection that the server has closed is readable. Reading also takes up notices. */
static bool is_alive(PGconn *conn)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};

    while (poll(&fd, 1, 0) > 0)
        if (!PQconsumeInput(conn))
            return false;
    return PQstatus(conn) == CONNECTION_OK;
}

enum db_status db_ensure(struct db *db)
{
    if (db->in_transaction || db->pipelining)
        return db->conn != NULL ? DB_OK : db_lost(db, "transaction");
    if (db->conn != NULL && is_alive(db->conn))
        return DB_OK;
    if (db->conn != NULL)
        log_warn("database: the kept connection was closed, connecting again");
    db_disconnect(db);
    if (db->refused_at != 0 && clock_monotonic_ms() - db->refused_at < RECONNECT_PAUSE_MS)
        return DB_UNAVAILABLE;
    return connect_db(db);
}

/* --- Statements --- */

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

/* NULL when the statement is prepared, else what went wrong. */
static PGresult *prepare(struct db *db, enum statement statement)
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

static PGresult *execute(struct db *db, enum statement statement, const struct db_param *params,
                         size_t count, int result_format)
{
    const struct db_statement *row = &db_statements[statement];
    const char *values[DB_MAX_PARAMS];
    int lengths[DB_MAX_PARAMS];
    int formats[DB_MAX_PARAMS];
    PGresult *result;

    for (size_t i = 0; i < count; i++) {
        values[i] = params[i].value;
        lengths[i] = params[i].len;
        formats[i] = params[i].binary && params[i].len >= 0;
    }
    if (!db->prepared_statements)
        return PQexecParams(db->conn, row->sql, (int)count, NULL, values, lengths, formats,
                            result_format);
    result = prepare(db, statement);
    if (result != NULL)
        return result;
    return PQexecPrepared(db->conn, row->name, (int)count, values, lengths, formats, result_format);
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
    PGresult *result = NULL;
    bool stale = false;

    if (out != NULL)
        *out = NULL;
    if (status != DB_OK)
        return status;
    if (db->pipelining)
        return db_fail(db, db_statements[statement].name, "run inside a pipeline");
    db->count++;
    for (int attempt = 0; attempt < 2; attempt++) {
        bool kept;

        status = db_ensure(db);
        if (status != DB_OK)
            return status;
        kept = !db->fresh;
        db->fresh = false;
        PQclear(result);
        result = execute(db, statement, params, count, result_format);
        stale = db_plan_is_stale(db, result);
        if (stale)
            db_plan_forget(db, statement, result);
        if (db->in_transaction)
            break;
        if (!stale &&
            !(PQstatus(db->conn) == CONNECTION_BAD && kept && db_statements[statement].reads))
            break;
    }
    if (stale && db->in_transaction) {
        /* It is aborted: only its owner can start it again. */
        fill_failure(&db->failure, result);
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
    enum db_status status = DB_FAILED;

    if (db->in_transaction || db->pipelining)
        return db_fail(db, "begin", "a transaction or pipeline is open");
    /* Nothing has happened yet: a kept connection that turns out dead may be replaced. */
    for (int attempt = 0; attempt < 2; attempt++) {
        bool kept;

        status = db_ensure(db);
        if (status != DB_OK)
            return status;
        kept = !db->fresh;
        db->fresh = false;
        status = command(db, "BEGIN");
        if (status != DB_UNAVAILABLE || !kept)
            break;
    }
    db->in_transaction = status == DB_OK;
    return status;
}

enum db_status db_commit(struct db *db)
{
    enum db_status status;
    PGresult *result;

    if (!db->in_transaction)
        return db_fail(db, "commit", "no transaction is open");
    db->in_transaction = false;
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
    db->in_transaction = false;
    if (db->conn != NULL && command(db, "ROLLBACK") != DB_OK)
        db_disconnect(db);
    db->failure = failure;
}

bool db_in_transaction(const struct db *db)
{
    return db->in_transaction;
}

enum db_status db_script(struct db *db, const char *name, const char *text)
{
    PGresult *result = PQexec(db->conn, text);
    enum db_status status = db_judge(db, result, name);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);

    if (status != DB_OK) {
        char message[sizeof(db->failure.message)];
        long line = 1;
        long at = position == NULL ? 0 : strtol(position, NULL, 10);

        for (const char *p = text; *p != '\0' && at > 1; p++) {
            line += *p == '\n';
            at -= ((unsigned char)*p & 0xc0) != 0x80; /* positions count characters */
        }
        copy_text(message, sizeof(message), db->failure.message);
        if (position == NULL)
            snprintf(db->failure.message, sizeof(db->failure.message), "%s", message);
        else
            snprintf(db->failure.message, sizeof(db->failure.message), "line %ld: %.200s", line,
                     message);
    }
    PQclear(result);
    return status;
}
