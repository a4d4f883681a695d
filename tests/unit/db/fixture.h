/* One connection and one arena for the tests of src/db. */
#ifndef TERRACE_TESTS_DB_FIXTURE_H
#define TERRACE_TESTS_DB_FIXTURE_H

#include "pg.h"

#include "base/arena.h"
#include "db/db_internal.h"

static struct db *db;
static struct arena *arena;

/* A table, a function that raises what it is told, and no rows. */
static inline void fixture_prepare(void)
{
    pg_sql(
        "CREATE TABLE IF NOT EXISTS items (id text PRIMARY KEY, name text NOT NULL, rank integer,"
        " CONSTRAINT items_name_check CHECK (name <> 'bad'))");
    pg_sql("CREATE OR REPLACE FUNCTION item_raise(state text) RETURNS void LANGUAGE plpgsql AS $$"
           " BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = state, CONSTRAINT = 'raised_here'; END "
           "$$");
    pg_sql("ALTER TABLE items OWNER TO terrace_owner");
    pg_sql("TRUNCATE items");
}

static inline void fixture_open(bool prepared)
{
    fixture_prepare();
    db = db_open(pg_dsn(), prepared);
    arena = arena_new();
}

static inline void fixture_close(void)
{
    db_close(db);
    arena_free(arena);
}

/* Ends the server's side of the connection, as an administrator or a crash would. */
static inline void fixture_cut(void)
{
    char sql[80];
    struct rows *rows;

    if (db_query_text(db, arena, STATEMENT_BACKEND_SHOW, &rows, NULL, 0) != DB_OK)
        return;
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%s, 5000)", rows_get(rows, 0, "pid"));
    pg_sql(sql);
}

#endif
