/* The tables that tools/embed_sql.py generates from sql/. Private to src/db and its tests:
 * everybody else names a statement by its enum. */
#ifndef TERRACE_DB_EMBEDDED_H
#define TERRACE_DB_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

#include "db/statements.h"

enum db_rows { DB_ROWS_ONE, DB_ROWS_MANY, DB_ROWS_EXEC };

struct db_statement {
    const char *name; /* also the name of the prepared statement */
    enum db_rows rows;
    int params;
    bool reads;           /* changes nothing, so that it may be sent twice */
    enum statement batch; /* the same for many at once; STATEMENT_COUNT: there is none */
    const char *sql;
};

/* One key of a sortable list; ends with a row without a key. */
struct db_sort {
    enum statement base;
    const char *key;
    enum statement ascending;
    enum statement descending;
};

/* A file of sql/migrations (in number order) or sql/functions (number 0, in name order). */
struct db_migration {
    int number;
    const char *name;
    const char *checksum; /* SHA-256 of the text, hex */
    const char *text;
};

extern const struct db_statement db_statements[];
extern const struct db_sort db_sorts[];
extern const size_t db_sort_count;
extern const struct db_migration db_migrations[];
extern const size_t db_migration_count;
extern const struct db_migration db_functions[];
extern const size_t db_function_count;

#endif
