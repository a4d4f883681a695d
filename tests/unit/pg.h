/* For test programs that need a database: PG_MAIN instead of UNIT_MAIN. Outside tests/pg.py the
 * program starts itself again under it, so that it can be run by name without any preparation. */
#ifndef TERRACE_TESTS_PG_H
#define TERRACE_TESTS_PG_H

#include <libpq-fe.h>
#include <unistd.h>

#include "unit.h"

static inline const char *pg_env(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL) {
        fprintf(stderr, "%s is not set\n", name);
        exit(99);
    }
    return value;
}

/* The owner, a role without DDL rights, a superuser: of one new, empty database. */
static inline const char *pg_dsn(void)
{
    return pg_env("TERRACE_TEST_DSN");
}

static inline const char *pg_run_dsn(void)
{
    return pg_env("TERRACE_TEST_RUN_DSN");
}

static inline const char *pg_super_dsn(void)
{
    return pg_env("TERRACE_TEST_SUPER_DSN");
}

/* Runs SQL beside the code under test, as superuser; returns the first cell. */
static inline const char *pg_sql(const char *sql)
{
    static char cell[4096];
    const char *keywords[] = {"dbname", "options", NULL};
    const char *values[] = {pg_super_dsn(), "-c client_min_messages=error", NULL};
    PGconn *conn = PQconnectdbParams(keywords, values, 1);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        printf("# %s: %s", sql, PQerrorMessage(conn));
        unit_failed = true;
    }
    snprintf(cell, sizeof(cell), "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(conn);
    return cell;
}

/* prepare is called once before the tests. */
#define PG_MAIN(prepare)                                                                           \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        if (getenv("TERRACE_TEST_DSN") == NULL) {                                                  \
            execlp("python3", "python3", TEST_TOP "/tests/pg.py", "run", "--", argv[0],            \
                   argc > 1 ? argv[1] : NULL, NULL);                                               \
            perror("python3");                                                                     \
            return 99;                                                                             \
        }                                                                                          \
        prepare();                                                                                 \
        return unit_run(argc > 1 ? argv[1] : getenv("T"));                                         \
    }

#endif
