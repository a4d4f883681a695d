/* The connection, and what the server says on it: whatever it answers becomes a db_status here
 * (db_judge) and nowhere else. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    db->ahead = 0;
    memset(db->prepared, 0, sizeof(db->prepared));
}

const struct db_failure *db_failure(const struct db *db)
{
    return &db->failure;
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

void db_keep_failure(struct db *db, const PGresult *result)
{
    struct db_failure *failure = &db->failure;
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
    {"57014", DB_TIMEOUT},     /* query_canceled */
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
    db_keep_failure(db, result);
    status = status_of(db->failure.sqlstate);
    if (status == DB_FAILED || status == DB_TIMEOUT)
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

/* What stands before dbname is a default, what stands after it is fixed. A server whose machine has
 * died says nothing: half a minute without a sign of life is the end of the connection. */
static const struct {
    const char *keyword;
    const char *value;
} connection[] = {
    {"connect_timeout", "5"},
    {"tcp_user_timeout", "30000"},
    {"keepalives_idle", "15"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"fallback_application_name", "terrace"},
    {"dbname", NULL}, /* the conninfo */
    {"client_encoding", "UTF8"},
    {NULL, NULL},
};

static PGconn *connect_now(const char *conninfo)
{
    enum { COUNT = sizeof(connection) / sizeof(connection[0]) };
    const char *keywords[COUNT];
    const char *values[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        bool is_conninfo = connection[i].keyword != NULL && connection[i].value == NULL;

        keywords[i] = connection[i].keyword;
        values[i] = is_conninfo ? conninfo : connection[i].value;
    }
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
    if ((db->in_transaction && !db->begin_waits) || db->pipelining)
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
