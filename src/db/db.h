/* The database: one connection, named statements, rows. The only folder that knows libpq.
 *
 * A statement is named by the enum that sql/queries generates; no other SQL can be sent. Parameters
 * and results are text, NULL is SQL NULL; binary is for bytes of blobs only.
 * Every result is tied to an arena and dies with it. */
#ifndef TERRACE_DB_DB_H
#define TERRACE_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/statements.h" /* generated: enum statement, STATEMENT_COUNT */

struct arena;
struct db;
struct rows;

#define DB_MAX_PARAMS 24

enum db_status {
    DB_OK,
    DB_NO_ROWS,     /* a :one statement found none: the caller decides what that means */
    DB_CONSTRAINT,  /* class 23 or a raised P0001..: see db_failure */
    DB_RETRY,       /* 40001, 40P01: run the transaction again */
    DB_UNAVAILABLE, /* no connection: answer 503 */
    DB_TIMEOUT,     /* 57014, statement_timeout: answer 503, and do not run it again */
    DB_FAILED,      /* anything else: logged, a 500 */
};

/* What the last failing call on this connection met. Valid until the next call. */
struct db_failure {
    char sqlstate[6];
    char constraint[64]; /* name, "" when none; for not_null violations `table_column_not_null` */
    char message[256];   /* for the log only */
};

/* Parameters; text unless len >= 0 and binary is set. */
struct db_param {
    const char *value;
    int len; /* for binary only */
    bool binary;
};

struct db *db_open(const char *conninfo, bool prepared_statements);
void db_close(struct db *db);
/* Connects when there is no connection. DB_UNAVAILABLE at once while a failed attempt is younger
 * than a second, so that a storm of requests does not become a storm of connects. */
enum db_status db_ensure(struct db *db) __attribute__((warn_unused_result));
const struct db_failure *db_failure(const struct db *db);
/* Statements sent since the last db_count_reset(): asserted in tests, shown in
 * X-Terrace-Statements. */
unsigned db_count(const struct db *db);
void db_count_reset(struct db *db);

/* Runs one statement. The row contract of the statement (:one, :many, :exec) is checked: :one gives
 * exactly one row or DB_NO_ROWS; more are DB_FAILED. out may be NULL for :exec. */
enum db_status db_run(struct db *db, struct arena *arena, enum statement statement,
                      const struct db_param *params, size_t count, struct rows **out)
    __attribute__((warn_unused_result));
/* The same with a binary result: for statements whose columns are all bytea. rows_text() then gives
 * the bytes, rows_len() their number. */
enum db_status db_run_binary(struct db *db, struct arena *arena, enum statement statement,
                             const struct db_param *params, size_t count, struct rows **out)
    __attribute__((warn_unused_result));
/* Sends a statement and does not wait: the caller has other work until its result is needed. One
 * can be under way; any other call on this connection waits for it first, drops its rows, and,
 * inside a transaction, returns its failure. So an :exec may simply be left to the next call. */
enum db_status db_ahead(struct db *db, enum statement statement, const struct db_param *params,
                        size_t count, bool binary, unsigned *ticket)
    __attribute__((warn_unused_result));
/* True while that one is still under way, so that it can be taken. */
bool db_ahead_is(const struct db *db, unsigned ticket);
enum db_status db_ahead_take(struct db *db, struct arena *arena, struct rows **out)
    __attribute__((warn_unused_result));
/* The same as db_run() with text parameters only: db_query(db, arena, STATEMENT_X, &rows, "a",
 * NULL_PARAM ...): the macro counts them. */
#define db_query(db, arena, statement, out, ...)                                                   \
    db_query_text((db), (arena), (statement), (out), (const char *[]){__VA_ARGS__},                \
                  sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))
enum db_status db_query_text(struct db *db, struct arena *arena, enum statement statement,
                             struct rows **out, const char *const *params, size_t count)
    __attribute__((warn_unused_result));

/* The variant of a sortable list for a `sort` value, "name" or "-name"; the list itself when sort
 * is NULL or "". False for a key that the list does not have. */
bool db_sorted(enum statement base, const char *sort, enum statement *out)
    __attribute__((warn_unused_result));
/* The variant of a :one statement that answers many at once, STATEMENT_COUNT when it has none. Each
 * of its parameters is a text[] (db_array); its rows carry their place in the arrays, counted from
 * 1, as batch_place. */
enum statement db_batch(enum statement base);
/* The text[] literal of texts, NULL among them. */
const char *db_array(struct arena *arena, const char *const *texts, size_t count);
/* A statement's name, for logs and tests. */
const char *db_statement_name(enum statement statement);

/* Transactions. BEGIN goes out with the first statement. db_commit reports what COMMIT reports.
 * db_rollback never fails visibly. */
enum db_status db_begin(struct db *db) __attribute__((warn_unused_result));
enum db_status db_commit(struct db *db) __attribute__((warn_unused_result));
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/* Pipelined reads. Between begin and end, each sent statement is a transaction of its own with its
 * own sync: its failure touches no other. Receive gives results in the order of sending. If the
 * connection breaks, every outstanding receive returns DB_UNAVAILABLE. */
enum db_status db_pipeline_begin(struct db *db) __attribute__((warn_unused_result));
enum db_status db_send(struct db *db, enum statement statement, const char *const *params,
                       size_t count) __attribute__((warn_unused_result));
enum db_status db_receive(struct db *db, struct arena *arena, struct rows **out)
    __attribute__((warn_unused_result));
void db_pipeline_end(struct db *db);

/* Rows. */
size_t rows_count(const struct rows *rows);
/* Column number, -1 when the result has no such column. */
int rows_column(const struct rows *rows, const char *name);
/* Text of a cell; NULL for SQL NULL and for column -1. */
const char *rows_text(const struct rows *rows, size_t row, int column);
size_t rows_len(const struct rows *rows, size_t row, int column);
/* By column name; for code that reads few cells. */
const char *rows_get(const struct rows *rows, size_t row, const char *name);
int64_t rows_int(const struct rows *rows, size_t row, const char *name); /* 0 for NULL */
bool rows_bool(const struct rows *rows, size_t row, const char *name);   /* false for NULL */
/* One row of a batch, as if its own statement had given it. Lives as long as rows. */
struct rows *rows_one(struct arena *arena, const struct rows *rows, size_t row,
                      enum statement statement);
/* Which statement produced it: lets a caller cache column numbers per statement. */
enum statement rows_statement(const struct rows *rows);

/* Splits a PostgreSQL text[] literal (`{a,"b c",NULL}`) into C strings in the arena. */
size_t rows_array(struct arena *arena, const char *literal, const char ***out);

/* Migrations (src/db/migrate.c): the files of sql/migrations and sql/functions, embedded at build.
 */
enum db_schema { DB_SCHEMA_CURRENT, DB_SCHEMA_BEHIND, DB_SCHEMA_UNKNOWN, DB_SCHEMA_UNAVAILABLE };
enum db_schema db_schema_check(struct db *db);
/* Applies what is missing, each migration in its transaction, all under one advisory lock, then
 * replaces sql/functions. Prints one line a step to standard output. 0, or -1 with the reason in
 * error. role, when not NULL, is the run-time role that is granted DML on everything. */
int db_migrate(const char *conninfo, const char *role, char *error, size_t error_size);

#endif
