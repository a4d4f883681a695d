/* Brings a database to the schema that this program was built with.
 *
 * Each migration runs in a transaction of its own that first takes the lock and then reads what has
 * been applied: any number of migrators may run, and a failing migration leaves nothing behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db_internal.h"

struct migrator {
    const struct db_migration_set *set;
    struct db *db;
    struct arena *arena;
    char *error;
    size_t error_size;
};

static int fail(struct migrator *m, const char *what)
{
    const struct db_failure *failure = db_failure(m->db);

    snprintf(m->error, m->error_size, "%s: %s%s%s", what, failure->message,
             failure->sqlstate[0] == '\0' ? "" : " ", failure->sqlstate);
    db_rollback(m->db);
    return -1;
}

static int fail_with(struct migrator *m, const char *name, const char *reason)
{
    snprintf(m->error, m->error_size, "%s: %s", name, reason);
    db_rollback(m->db);
    return -1;
}

static const struct db_migration *find_migration(const struct db_migration_set *set, int number)
{
    for (size_t i = 0; i < set->migration_count; i++)
        if (set->migrations[i].number == number)
            return &set->migrations[i];
    return NULL;
}

static bool is_applied(const struct rows *applied, int number)
{
    for (size_t i = 0; applied != NULL && i < rows_count(applied); i++)
        if (rows_int(applied, i, "number") == number)
            return true;
    return false;
}

static const struct db_migration *first_missing(const struct db_migration_set *set,
                                                const struct rows *applied)
{
    for (size_t i = 0; i < set->migration_count; i++)
        if (!is_applied(applied, set->migrations[i].number))
            return &set->migrations[i];
    return NULL;
}

/* NULL and DB_OK when nothing at all has been applied. */
static enum db_status list_applied(struct db *db, struct arena *arena, struct rows **out)
{
    struct rows *rows;
    enum db_status status = db_query_text(db, arena, STATEMENT_SCHEMA_EXISTS, &rows, NULL, 0);

    *out = NULL;
    if (status != DB_OK || !rows_bool(rows, 0, "found"))
        return status;
    return db_query_text(db, arena, STATEMENT_SCHEMA_MIGRATION_LIST, out, NULL, 0);
}

static int check_applied(struct migrator *m, const struct rows *applied)
{
    for (size_t i = 0; applied != NULL && i < rows_count(applied); i++) {
        const struct db_migration *known =
            find_migration(m->set, (int)rows_int(applied, i, "number"));
        const char *name = rows_get(applied, i, "name");

        if (known == NULL)
            return fail_with(m, name, "unknown migration: the schema is newer than this program");
        if (strcmp(known->checksum, rows_get(applied, i, "checksum")) != 0)
            return fail_with(m, name, "the migration was changed after it had been applied");
    }
    return 0;
}

static int begin_locked(struct migrator *m)
{
    struct rows *rows;

    if (db_begin(m->db) != DB_OK)
        return fail(m, "begin");
    if (db_query_text(m->db, m->arena, STATEMENT_SCHEMA_LOCK, &rows, NULL, 0) != DB_OK)
        return fail(m, "lock");
    return 0;
}

/* Puts the line of the file in front of the message, where the server says where. */
static void add_line(struct db_failure *failure, const char *text, const char *position)
{
    char message[sizeof(failure->message)];
    long line = 1;
    long at = position == NULL ? 0 : strtol(position, NULL, 10);

    if (position == NULL)
        return;
    for (const char *p = text; *p != '\0' && at > 1; p++) {
        line += *p == '\n';
        at -= ((unsigned char)*p & 0xc0) != 0x80; /* positions count characters */
    }
    snprintf(message, sizeof(message), "%s", failure->message);
    snprintf(failure->message, sizeof(failure->message), "line %ld: %.200s", line, message);
}

/* A text of several commands. */
static enum db_status send_script(struct db *db, const struct db_migration *script)
{
    PGresult *result = PQexec(db->conn, script->text);
    enum db_status status = db_judge(db, result, script->name);

    if (status != DB_OK)
        add_line(&db->failure, script->text,
                 PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    PQclear(result);
    return status;
}

static int run_script(struct migrator *m, const struct db_migration *script)
{
    if (send_script(m->db, script) != DB_OK)
        return fail(m, script->name);
    if (PQtransactionStatus(m->db->conn) != PQTRANS_INTRANS)
        return fail_with(m, script->name, "ends the transaction that it runs in");
    return 0;
}

static int apply(struct migrator *m, const struct db_migration *migration)
{
    char number[16];

    if (run_script(m, migration) != 0)
        return -1;
    snprintf(number, sizeof(number), "%d", migration->number);
    if (db_query(m->db, m->arena, STATEMENT_SCHEMA_MIGRATION_ADD, NULL, number, migration->name,
                 migration->checksum) != DB_OK)
        return fail(m, migration->name);
    if (db_commit(m->db) != DB_OK)
        return fail(m, migration->name);
    printf("applied %04d_%s\n", migration->number, migration->name);
    return 0;
}

/* 1 after a step, 0 when there is nothing left to do. */
static int step(struct migrator *m)
{
    const struct db_migration *missing;
    struct rows *applied;

    if (begin_locked(m) != 0)
        return -1;
    if (list_applied(m->db, m->arena, &applied) != DB_OK)
        return fail(m, "schema_migrations");
    if (check_applied(m, applied) != 0)
        return -1;
    missing = first_missing(m->set, applied);
    if (missing != NULL)
        return apply(m, missing) == 0 ? 1 : -1;
    db_rollback(m->db);
    return 0;
}

static int replace_functions(struct migrator *m, const char *role)
{
    struct rows *rows;

    if (begin_locked(m) != 0)
        return -1;
    if (db_query_text(m->db, m->arena, STATEMENT_SCHEMA_FUNCTION_FORGET, NULL, NULL, 0) != DB_OK)
        return fail(m, "schema_functions");
    for (size_t i = 0; i < m->set->function_count; i++) {
        if (run_script(m, &m->set->functions[i]) != 0)
            return -1;
        if (db_query(m->db, m->arena, STATEMENT_SCHEMA_FUNCTION_ADD, NULL,
                     m->set->functions[i].name, m->set->functions[i].checksum) != DB_OK)
            return fail(m, m->set->functions[i].name);
    }
    if (role != NULL && db_query(m->db, m->arena, STATEMENT_SCHEMA_GRANT, &rows, role) != DB_OK)
        return fail(m, role);
    if (db_commit(m->db) != DB_OK)
        return fail(m, "functions");
    printf("replaced functions and views: %zu files\n", m->set->function_count);
    if (role != NULL)
        printf("granted run-time rights to %s\n", role);
    return 0;
}

static int migrate(struct migrator *m, const char *role)
{
    struct rows *rows;
    int result;

    if (db_ensure(m->db) != DB_OK)
        return fail(m, "connect");
    if (db_query_text(m->db, m->arena, STATEMENT_SESSION_UNLIMITED, &rows, NULL, 0) != DB_OK)
        return fail(m, "session");
    do
        result = step(m);
    while (result > 0);
    return result == 0 ? replace_functions(m, role) : -1;
}

int db_migrate_set(const struct db_migration_set *set, const char *conninfo, const char *role,
                   char *error, size_t error_size)
{
    struct migrator m = {.set = set, .error = error, .error_size = error_size};
    int result;

    m.arena = arena_new();
    m.db = db_open(conninfo, false);
    result = migrate(&m, role);
    db_close(m.db);
    arena_free(m.arena);
    return result;
}

/* Functions that differ from ours mean that a migrate has still to be run. */
static enum db_schema check_functions(const struct migrator *m)
{
    const struct db_migration_set *set = m->set;
    struct rows *rows;
    size_t matching = 0;

    if (db_query_text(m->db, m->arena, STATEMENT_SCHEMA_FUNCTION_LIST, &rows, NULL, 0) != DB_OK)
        return DB_SCHEMA_UNAVAILABLE;
    for (size_t i = 0; i < rows_count(rows); i++)
        for (size_t j = 0; j < set->function_count; j++)
            matching += strcmp(rows_get(rows, i, "name"), set->functions[j].name) == 0 &&
                        strcmp(rows_get(rows, i, "checksum"), set->functions[j].checksum) == 0;
    return matching == set->function_count ? DB_SCHEMA_CURRENT : DB_SCHEMA_BEHIND;
}

static enum db_schema check_schema(struct migrator *m)
{
    struct rows *applied;

    if (db_ensure(m->db) != DB_OK || list_applied(m->db, m->arena, &applied) != DB_OK)
        return DB_SCHEMA_UNAVAILABLE;
    if (check_applied(m, applied) != 0)
        return DB_SCHEMA_UNKNOWN;
    if (first_missing(m->set, applied) != NULL)
        return DB_SCHEMA_BEHIND;
    return check_functions(m);
}

enum db_schema db_schema_check_set(const struct db_migration_set *set, struct db *db)
{
    char reason[256];
    struct migrator m = {.set = set, .db = db, .error = reason, .error_size = sizeof(reason)};
    enum db_schema result;

    m.arena = arena_new();
    result = check_schema(&m);
    arena_free(m.arena);
    return result;
}

static struct db_migration_set embedded_set(void)
{
    return (struct db_migration_set){db_migrations, db_migration_count, db_functions,
                                     db_function_count};
}

int db_migrate(const char *conninfo, const char *role, char *error, size_t error_size)
{
    struct db_migration_set set = embedded_set();

    return db_migrate_set(&set, conninfo, role, error, error_size);
}

enum db_schema db_schema_check(struct db *db)
{
    struct db_migration_set set = embedded_set();

    return db_schema_check_set(&set, db);
}
