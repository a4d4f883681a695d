/* Rows of a result. The PGresult dies with the arena, so that nobody clears one by hand. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "db/db_internal.h"

struct rows {
    PGresult *result;
    enum statement statement;
    size_t first; /* of the result, where these rows begin */
    size_t count;
    int columns;
};

static void clear_result(void *result)
{
    PQclear(result);
}

struct rows *rows_new(struct arena *arena, enum statement statement, PGresult *result)
{
    struct rows *rows = arena_alloc(arena, sizeof(*rows));

    arena_defer(arena, clear_result, result);
    rows->result = result;
    rows->statement = statement;
    rows->columns = PQnfields(result);
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        rows->count = (size_t)PQntuples(result);
    else
        rows->count = strtoull(PQcmdTuples(result), NULL, 10);
    return rows;
}

struct rows *rows_one(struct arena *arena, const struct rows *rows, size_t row,
                      enum statement statement)
{
    struct rows *one = arena_alloc(arena, sizeof(*one));

    *one = *rows;
    one->statement = statement;
    one->first += row;
    one->count = 1;
    return one;
}

size_t rows_count(const struct rows *rows)
{
    return rows->count;
}

/* Where a name was found in the last result of its statement, plus one; a guess that is checked.
 * PQfnumber would fold case in a copy of the name at each call, and compare with every column. */
#define HINTS 128
static unsigned char hints[STATEMENT_COUNT][HINTS];

static unsigned char *hint_of(const struct rows *rows, const char *name)
{
    unsigned hash = 0;

    for (const char *c = name; *c != '\0'; c++)
        hash = hash * 31 + (unsigned char)*c;
    return &hints[rows->statement][hash % HINTS];
}

static bool is_named(const struct rows *rows, int column, const char *name)
{
    return column < rows->columns && strcmp(PQfname(rows->result, column), name) == 0;
}

int rows_column(const struct rows *rows, const char *name)
{
    unsigned char *hint = hint_of(rows, name);

    if (*hint != 0 && is_named(rows, *hint - 1, name))
        return *hint - 1;
    for (int column = 0; column < rows->columns; column++) {
        if (!is_named(rows, column, name))
            continue;
        if (column < UCHAR_MAX)
            *hint = (unsigned char)(column + 1);
        return column;
    }
    return -1;
}

static bool has_cell(const struct rows *rows, size_t row, int column)
{
    return column >= 0 && column < rows->columns && row < rows->count;
}

const char *rows_text(const struct rows *rows, size_t row, int column)
{
    int place = (int)(rows->first + row);

    if (!has_cell(rows, row, column) || PQgetisnull(rows->result, place, column))
        return NULL;
    return PQgetvalue(rows->result, place, column);
}

size_t rows_len(const struct rows *rows, size_t row, int column)
{
    if (!has_cell(rows, row, column))
        return 0;
    return (size_t)PQgetlength(rows->result, (int)(rows->first + row), column);
}

const char *rows_get(const struct rows *rows, size_t row, const char *name)
{
    return rows_text(rows, row, rows_column(rows, name));
}

int64_t rows_int(const struct rows *rows, size_t row, const char *name)
{
    const char *text = rows_get(rows, row, name);

    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

bool rows_bool(const struct rows *rows, size_t row, const char *name)
{
    const char *text = rows_get(rows, row, name);

    return text != NULL && text[0] == 't';
}

enum statement rows_statement(const struct rows *rows)
{
    return rows->statement;
}

/* One element, at its first character; returns where it ended. */
static const char *array_element(struct arena *arena, const char *p, const char **out)
{
    struct buf text;
    bool quoted = *p == '"';

    buf_init(&text, arena);
    if (quoted)
        p++;
    while (*p != '\0' && (quoted ? *p != '"' : *p != ',' && *p != '}')) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        buf_addc(&text, *p++);
    }
    if (quoted && *p == '"')
        p++;
    *out = buf_str(&text);
    if (!quoted && strcmp(*out, "NULL") == 0)
        *out = NULL;
    return p;
}

size_t rows_array(struct arena *arena, const char *literal, const char ***out)
{
    size_t count = 0;
    size_t room = 0;
    const char *p;

    *out = NULL;
    if (literal == NULL || literal[0] != '{' || literal[1] == '}')
        return 0;
    /* Commas inside quotes are counted too: room to spare does no harm. */
    for (p = literal; *p != '\0'; p++)
        room += *p == ',';
    *out = arena_alloc(arena, (room + 1) * sizeof(**out));
    p = literal + 1;
    while (*p != '\0' && *p != '}' && count <= room) {
        p = array_element(arena, p, &(*out)[count++]);
        if (*p == ',')
            p++;
    }
    return count;
}

const char *db_array(struct arena *arena, const char *const *texts, size_t count)
{
    struct buf out;

    buf_init(&out, arena);
    buf_addc(&out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_addc(&out, ',');
        if (texts[i] == NULL) {
            buf_adds(&out, "NULL");
            continue;
        }
        buf_addc(&out, '"');
        for (const char *c = texts[i]; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                buf_addc(&out, '\\');
            buf_addc(&out, *c);
        }
        buf_addc(&out, '"');
    }
    buf_addc(&out, '}');
    return buf_str(&out);
}
