/* Every statement of sql/queries, prepared against a database that has just been migrated; and the
 * rights that a migrated database gives to the run-time role. */
#include "pg.h"

#include "db/db_internal.h"

static char error[512];

static void migrate(void)
{
    if (db_migrate(pg_dsn(), "terrace_run", error, sizeof(error)) != 0) {
        printf("not ok 1 - %s\n", error);
        exit(1);
    }
}

/* NULL when the statement prepares and returns what its contract says. */
static const char *check(PGconn *conn, const struct db_statement *statement)
{
    PGresult *result = PQprepare(conn, statement->name, statement->sql, 0, NULL);
    const char *problem = NULL;

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        PQclear(result);
        return PQerrorMessage(conn);
    }
    PQclear(result);
    result = PQdescribePrepared(conn, statement->name);
    if (PQnparams(result) != statement->params)
        problem = "the number of parameters differs\n";
    else if ((PQnfields(result) > 0) != (statement->rows != DB_ROWS_EXEC))
        problem =
            statement->rows == DB_ROWS_EXEC ? "an :exec returns rows\n" : "it returns no rows\n";
    PQclear(result);
    return problem;
}

/* Columns are looked up by name: two of one name would hide each other. */
static const char *duplicate_column(PGconn *conn, const struct db_statement *statement)
{
    static char problem[128];
    PGresult *result = PQdescribePrepared(conn, statement->name);

    problem[0] = '\0';
    for (int i = 0; i < PQnfields(result); i++)
        for (int j = 0; j < i; j++)
            if (strcmp(PQfname(result, i), PQfname(result, j)) == 0)
                snprintf(problem, sizeof(problem), "two columns are called %s", PQfname(result, i));
    PQclear(result);
    return problem[0] == '\0' ? NULL : problem;
}

TEST(every_statement_prepares)
{
    PGconn *conn = PQconnectdb(pg_run_dsn());

    for (int i = 0; i < STATEMENT_COUNT; i++) {
        const char *problem = check(conn, &db_statements[i]);

        if (problem != NULL) {
            printf("# %s: %s", db_statements[i].name, problem);
            unit_failed = true;
        }
    }
    PQfinish(conn);
}

TEST(no_statement_has_two_columns_of_one_name)
{
    PGconn *conn = PQconnectdb(pg_run_dsn());

    for (int i = 0; i < STATEMENT_COUNT; i++) {
        const char *problem;

        if (i == STATEMENT_SESSION_BEGIN || i == STATEMENT_SESSION_UNLIMITED)
            continue; /* nobody reads their columns */
        if (check(conn, &db_statements[i]) != NULL)
            continue;
        problem = duplicate_column(conn, &db_statements[i]);
        if (problem != NULL) {
            printf("# %s: %s\n", db_statements[i].name, problem);
            unit_failed = true;
        }
    }
    PQfinish(conn);
}

TEST(the_schema_is_current_and_migrating_again_changes_nothing)
{
    struct db *db = db_open(pg_run_dsn(), true);

    CHECK_INT(db_schema_check(db), DB_SCHEMA_CURRENT);
    CHECK_INT(db_migrate(pg_dsn(), NULL, error, sizeof(error)), 0);
    CHECK_INT(db_schema_check(db), DB_SCHEMA_CURRENT);
    db_close(db);
}

TEST(the_run_time_role_writes_rows_and_no_tables)
{
    static const char *const forbidden[] = {
        "CREATE TABLE sneaky (id text)",
        "DROP TABLE users",
        "ALTER TABLE users ADD COLUMN x text",
        "TRUNCATE users",
        "DELETE FROM schema_migrations",
        "UPDATE schema_functions SET checksum = ''",
        "CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    };
    PGconn *conn = PQconnectdb(pg_run_dsn());
    PGresult *result =
        PQexec(conn, "INSERT INTO users (id, username, email) VALUES ('u', 'u', 'u')");

    CHECK_INT(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        result = PQexec(conn, forbidden[i]);
        CHECK_STR(PQresultErrorField(result, PG_DIAG_SQLSTATE), "42501");
        PQclear(result);
    }
    PQclear(PQexec(conn, "DELETE FROM users"));
    PQfinish(conn);
}

/* Rules of DESIGN section 5 that a reviewer would forget. */
TEST(no_constraint_has_a_made_up_name)
{
    CHECK_STR(
        pg_sql("SELECT string_agg(conrelid::regclass || ' ' || conname, ', ') FROM pg_constraint"
               " WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'x')"
               " AND conname ~ '_check[0-9]+$'"),
        "");
    CHECK_STR(pg_sql("SELECT string_agg(f.conrelid::regclass || '.' || f.conname, ', ')"
                     " FROM pg_constraint f WHERE f.contype = 'f'"
                     " AND f.connamespace = 'public'::regnamespace AND f.conname LIKE '%\\_fkey_'"),
              "");
}

PG_MAIN(migrate)
