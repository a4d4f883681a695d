/* Migrations: steps, refusals, concurrent migrators, rights of the run-time role. */
#include <sys/wait.h>

#include "fixture.h"

/* The first two of sql/migrations/0000 in short; what a test adds comes behind. */
#define BASE                                                                                       \
    {                                                                                              \
        0, "migrations", "c0",                                                                     \
            "CREATE TABLE schema_migrations (number integer PRIMARY KEY, name text NOT NULL,"      \
            " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"             \
            "CREATE TABLE schema_functions (name text PRIMARY KEY, checksum text NOT NULL)"        \
    }
#define FIRST                                                                                      \
    {                                                                                              \
        1, "first", "c1", "CREATE TABLE first (id text); INSERT INTO first VALUES ('a')"           \
    }

static const struct db_migration grant = {
    0, "grant", "g1",
    "CREATE OR REPLACE FUNCTION schema_grant(role text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
    " EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA public TO %I', role); END $$"};

static char error[512];

static void nothing(void)
{
}

static void empty_database(void)
{
    pg_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION terrace_owner");
    error[0] = '\0';
}

static int migrate_with(const struct db_migration *list, size_t count,
                        const struct db_migration *functions, size_t function_count)
{
    struct db_migration_set set = {list, count, functions, function_count};

    return db_migrate_set(&set, pg_dsn(), NULL, error, sizeof(error));
}

static enum db_schema check(const struct db_migration *list, size_t count)
{
    struct db_migration_set set = {list, count, &grant, 1};
    struct db *conn = db_open(pg_run_dsn(), true);
    enum db_schema schema = db_schema_check_set(&set, conn);

    db_close(conn);
    return schema;
}

TEST(twice_is_a_no_op)
{
    static const struct db_migration list[] = {BASE, FIRST};

    empty_database();
    CHECK_INT(migrate_with(list, 2, NULL, 0), 0);
    CHECK_INT(migrate_with(list, 2, NULL, 0), 0);
    CHECK_STR(pg_sql("SELECT count(*) FROM first"), "1");
    CHECK_STR(pg_sql("SELECT string_agg(number || name || checksum, ' ' ORDER BY number)"
                     " FROM schema_migrations"),
              "0migrationsc0 1firstc1");
}

TEST(only_what_is_missing_is_applied)
{
    static const struct db_migration list[] = {
        BASE, FIRST, {3, "third", "c3", "CREATE TABLE third ()"}};
    static const struct db_migration more[] = {BASE,
                                               FIRST,
                                               {2, "second", "c2", "CREATE TABLE second ()"},
                                               {3, "third", "c3", "CREATE TABLE third ()"}};

    empty_database();
    CHECK_INT(migrate_with(list, 3, NULL, 0), 0);
    CHECK_INT(migrate_with(more, 4, NULL, 0), 0);
    CHECK_STR(pg_sql("SELECT to_regclass('second') IS NOT NULL"), "t");
}

TEST(a_changed_migration_is_refused)
{
    static const struct db_migration list[] = {BASE, FIRST};
    static const struct db_migration changed[] = {
        BASE,
        {1, "first", "other", "CREATE TABLE first (id text)"},
        {2, "second", "c2", "CREATE TABLE second ()"}};

    empty_database();
    CHECK_INT(migrate_with(list, 2, NULL, 0), 0);
    CHECK_INT(migrate_with(changed, 3, NULL, 0), -1);
    CHECK_STR(error, "first: the migration was changed after it had been applied");
    CHECK_STR(pg_sql("SELECT to_regclass('second') IS NULL"), "t");
}

TEST(a_newer_schema_is_refused)
{
    static const struct db_migration list[] = {BASE, FIRST};

    empty_database();
    CHECK_INT(migrate_with(list, 2, NULL, 0), 0);
    CHECK_INT(migrate_with(list, 1, NULL, 0), -1);
    CHECK_STR(error, "first: unknown migration: the schema is newer than this program");
}

TEST(a_failing_migration_leaves_nothing)
{
    static const struct db_migration list[] = {
        BASE,
        FIRST,
        {2, "second", "c2", "CREATE TABLE second ();\n\nCREATE TABLE \xc3\xa9 ();\nSELECT nope"}};

    empty_database();
    CHECK_INT(migrate_with(list, 3, NULL, 0), -1);
    CHECK_STR(error, "second: line 4: column \"nope\" does not exist 42703");
    CHECK_STR(pg_sql("SELECT to_regclass('second') IS NULL"), "t");
    CHECK_STR(pg_sql("SELECT max(number) FROM schema_migrations"), "1");
}

TEST(a_migration_that_ends_its_transaction_is_refused)
{
    static const struct db_migration list[] = {BASE,
                                               {1, "first", "c1", "CREATE TABLE first (); COMMIT"}};

    empty_database();
    CHECK_INT(migrate_with(list, 2, NULL, 0), -1);
    CHECK_STR(error, "first: ends the transaction that it runs in");
}

TEST(parallel_migrators_are_serialised)
{
    static const struct db_migration list[] = {
        BASE,
        {1, "first", "c1",
         "CREATE TABLE first (id text); SELECT pg_sleep(0.2); INSERT INTO first VALUES ('a')"},
        {2, "second", "c2", "INSERT INTO first VALUES ('b'); SELECT pg_sleep(0.2)"}};
    pid_t children[4];
    int status;

    empty_database();
    fflush(stdout);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int result = migrate_with(list, 3, &grant, 1);

            if (result != 0)
                fprintf(stderr, "%s\n", error);
            fclose(stdout);
            _exit(result == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        CHECK(waitpid(children[i], &status, 0) == children[i]);
        CHECK_INT(status, 0);
    }
    CHECK_STR(pg_sql("SELECT string_agg(id, '') FROM first"), "ab");
    CHECK_STR(pg_sql("SELECT count(*) FROM schema_migrations"), "3");
}

TEST(functions_are_replaced_together)
{
    static const struct db_migration list[] = {BASE};
    static const struct db_migration good[] = {
        {0, "a", "1", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
        {0, "b", "1", "CREATE OR REPLACE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT f()'"}};
    static const struct db_migration bad[] = {
        {0, "a", "2", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'"},
        {0, "b", "2", "CREATE FUNCTION broken"}};

    empty_database();
    CHECK_INT(migrate_with(list, 1, good, 2), 0);
    CHECK_STR(pg_sql("SELECT g()"), "1");
    CHECK_INT(migrate_with(list, 1, bad, 2), -1);
    CHECK(strncmp(error, "b: line 1: syntax error", 23) == 0);
    CHECK_STR(pg_sql("SELECT g()"), "1");
    CHECK_INT(migrate_with(list, 1, bad, 1), 0);
    CHECK_STR(pg_sql("SELECT g()"), "2");
}

TEST(schema_check_tells_behind_current_and_unknown)
{
    static const struct db_migration list[] = {
        BASE, FIRST, {2, "second", "c2", "CREATE TABLE second ()"}};
    static const struct db_migration changed[] = {BASE, {1, "first", "other", ""}};
    struct db_migration_set set = {list, 2, &grant, 1};
    struct db *nowhere;

    empty_database();
    pg_sql("GRANT USAGE ON SCHEMA public TO terrace_run");
    CHECK_INT(check(list, 2), DB_SCHEMA_BEHIND);
    CHECK_INT(db_migrate_set(&set, pg_dsn(), "terrace_run", error, sizeof(error)), 0);
    CHECK_INT(check(list, 2), DB_SCHEMA_CURRENT);
    CHECK_INT(check(list, 3), DB_SCHEMA_BEHIND);
    CHECK_INT(check(list, 1), DB_SCHEMA_UNKNOWN);
    CHECK_INT(check(changed, 2), DB_SCHEMA_UNKNOWN);
    pg_sql("UPDATE schema_functions SET checksum = 'old'");
    CHECK_INT(check(list, 2), DB_SCHEMA_BEHIND);
    nowhere = db_open("host=/nonexistent", true);
    CHECK_INT(db_schema_check_set(&set, nowhere), DB_SCHEMA_UNAVAILABLE);
    db_close(nowhere);
}

TEST(a_missing_role_is_an_error)
{
    static const struct db_migration list[] = {BASE};
    struct db_migration_set set = {list, 1, &grant, 1};

    empty_database();
    CHECK_INT(db_migrate_set(&set, pg_dsn(), "no_such_role", error, sizeof(error)), -1);
    CHECK_STR(error, "no_such_role: role \"no_such_role\" does not exist 42704");
}

TEST(an_unreachable_database_is_an_error)
{
    struct db_migration_set set = {NULL, 0, NULL, 0};

    CHECK_INT(db_migrate_set(&set, "host=/nonexistent", NULL, error, sizeof(error)), -1);
    CHECK(strncmp(error, "connect: ", 9) == 0);
}

PG_MAIN(nothing)
