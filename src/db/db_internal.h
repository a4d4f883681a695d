/* Shared by the files of src/db, and by its tests that must break a connection on purpose. */
#ifndef TERRACE_DB_DB_INTERNAL_H
#define TERRACE_DB_DB_INTERNAL_H

#include <libpq-fe.h>

#include "db/db.h"
#include "db/embedded.h"

/* What the server knows under a statement's name. */
enum db_prepared {
    DB_PREPARED_NONE,
    DB_PREPARED_READY,
    DB_PREPARED_STALE, /* a migration changed its result: must be deallocated first */
};

/* A statement in the pipeline. Its parameters are kept, for a stale plan is only noticed when the
 * result arrives. */
struct db_slot {
    enum statement statement;
    size_t param_count;
    char **params;    /* one block of memory, pointers and bytes */
    int preparing;    /* commands sent in front of the statement */
    PGresult *result; /* received already, while an earlier one was sent again */
};

struct db {
    char *conninfo;
    bool prepared_statements;
    PGconn *conn;
    bool fresh; /* nothing has been sent since the connection was made */
    bool in_transaction;
    bool begin_waits;   /* BEGIN has not been sent: it goes with the first statement */
    int64_t refused_at; /* monotonic ms of the last failed connect, 0 = none */
    unsigned count;
    struct db_failure failure;
    enum db_prepared prepared[STATEMENT_COUNT];

    unsigned ahead; /* ticket of the statement that is under way; 0: none is */
    unsigned last_ticket;
    enum statement ahead_statement;

    bool pipelining;
    struct db_slot *slots;
    size_t slot_first;
    size_t slot_count; /* those before slot_first have been received */
    size_t slot_cap;
};

/* What a result says; fills db->failure unless it is DB_OK, and logs DB_FAILED. Closes a connection
 * that is of no more use. result may be NULL: the connection failed. */
enum db_status db_judge(struct db *db, const PGresult *result, const char *what);
/* The part of db_judge that fills db->failure. */
void db_keep_failure(struct db *db, const PGresult *result);
/* A failure that is ours, not the server's. */
enum db_status db_fail(struct db *db, const char *what, const char *reason);
enum db_status db_lost(struct db *db, const char *what);
/* The server's prepared statement is missing or out of date: forget it and send the statement
 * again. */
bool db_plan_is_stale(const struct db *db, const PGresult *result);
void db_plan_forget(struct db *db, enum statement statement, const PGresult *result);
/* Waits for the statement that db_ahead() has sent. Its failure counts inside a transaction only.
 */
enum db_status db_settle(struct db *db);
/* Sends a BEGIN that waits, for what is not run by db_run(). */
enum db_status db_begin_now(struct db *db);
/* What PostgreSQL gets with a statement, as libpq wants it. */
struct db_values {
    int count;
    const char *values[DB_MAX_PARAMS];
    int lengths[DB_MAX_PARAMS];
    int formats[DB_MAX_PARAMS];
    int result_format;
};
void db_values_fill(struct db_values *values, const struct db_param *params, size_t count,
                    int result_format);
/* Sends the statement, prepared or not as the connection wants it; false as libpq says it. lengths
 * and formats may be NULL: all text. */
bool db_send_values(struct db *db, enum statement statement, int count, const char *const *values,
                    const int *lengths, const int *formats, int result_format);
/* BEGIN and the first statement in one piece. The statement's result, or the first failure; NULL
 * when the connection is lost. */
PGresult *db_execute_first(struct db *db, enum statement statement, const struct db_values *values);
/* NULL when the statement is prepared, else what went wrong. */
PGresult *db_prepare(struct db *db, enum statement statement);
enum db_status db_check_call(struct db *db, enum statement statement, size_t count);
/* Checks the row contract and wraps the result, which belongs to the arena from here on. */
enum db_status db_take(struct db *db, struct arena *arena, enum statement statement,
                       PGresult *result, struct rows **out);
void db_disconnect(struct db *db);
void db_pipeline_reset(struct db *db);

struct rows *rows_new(struct arena *arena, enum statement statement, PGresult *result);

/* What a database is brought to; the public functions use the embedded one. */
struct db_migration_set {
    const struct db_migration *migrations;
    size_t migration_count;
    const struct db_migration *functions;
    size_t function_count;
};
int db_migrate_set(const struct db_migration_set *set, const char *conninfo, const char *role,
                   char *error, size_t error_size);
enum db_schema db_schema_check_set(const struct db_migration_set *set, struct db *db);

#endif
