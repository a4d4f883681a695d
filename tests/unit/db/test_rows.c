/* Cells, columns, and array literals. */
#include "fixture.h"

TEST(cells_by_name_and_number)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "2"), DB_OK);
    CHECK_INT(rows_count(rows), 2);
    CHECK_INT(rows_column(rows, "number"), 0);
    CHECK_INT(rows_column(rows, "gap"), 3);
    CHECK_INT(rows_column(rows, "name"), 1);
    CHECK_INT(rows_column(rows, "name"), 1);
    CHECK_INT(rows_column(rows, "Name"), -1);
    CHECK_INT(rows_column(rows, ""), -1);
    CHECK_STR(rows_text(rows, 1, 1), "row 2");
    CHECK_INT(rows_len(rows, 1, 1), 5);
    CHECK_STR(rows_get(rows, 0, "name"), "row 1");
    CHECK_INT(rows_int(rows, 1, "number"), 2);
    CHECK(!rows_bool(rows, 0, "even"));
    CHECK(rows_bool(rows, 1, "even"));
    fixture_close();
}

TEST(null_and_missing_cells)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "2"), DB_OK);
    CHECK_STR(rows_get(rows, 1, "gap"), NULL);
    CHECK_INT(rows_int(rows, 1, "gap"), 0);
    CHECK(!rows_bool(rows, 1, "gap"));
    CHECK_STR(rows_get(rows, 0, "nope"), NULL);
    CHECK_INT(rows_int(rows, 0, "nope"), 0);
    CHECK_STR(rows_text(rows, 0, -1), NULL);
    CHECK_STR(rows_text(rows, 0, 4), NULL);
    CHECK_STR(rows_text(rows, 2, 0), NULL);
    CHECK_INT(rows_len(rows, 2, 0), 0);
    fixture_close();
}

TEST(rows_die_with_their_arena)
{
    struct rows *rows;

    fixture_open(true);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "1000"), DB_OK);
        arena_reset(arena);
    }
    fixture_close();
}

static void check_array(const char *literal, size_t count, const char *const *expected)
{
    const char **list;
    size_t found = rows_array(arena, literal, &list);

    CHECK_INT(found, count);
    for (size_t i = 0; i < count && i < found; i++)
        CHECK_STR(list[i], expected[i]);
}

TEST(array_literals)
{
    arena = arena_new();
    check_array(NULL, 0, NULL);
    check_array("", 0, NULL);
    check_array("{}", 0, NULL);
    check_array("{a}", 1, (const char *[]){"a"});
    check_array("{a,\"b c\",NULL,\"NULL\",\"\"}", 5,
                (const char *[]){"a", "b c", NULL, "NULL", ""});
    check_array("{\"a,b\",\"q\\\"\\\\\",\"{}\"}", 3, (const char *[]){"a,b", "q\"\\", "{}"});
    arena_free(arena);
}

TEST(malformed_array_literals_stay_in_bounds)
{
    static const char *const literals[] = {"{",  "{\"", "{\"a", "{\"a\"b\"c\"d\"e\"",
                                           "{,", "{a,", "{\\"};
    const char **list;

    arena = arena_new();
    for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
        CHECK(rows_array(arena, literals[i], &list) <= 3);
    arena_free(arena);
}

TEST(array_literals_of_the_server)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_ARRAY_SHOW, &rows,
                       "{\"a,b\",\"q\\\"\\\\\",NULL,\"NULL\",\"\",\" é \"}"),
              DB_OK);
    check_array(rows_get(rows, 0, "list"), 6,
                (const char *[]){"a,b", "q\"\\", NULL, "NULL", "", " é "});
    fixture_close();
}

TEST(arrays_for_the_server)
{
    const char *const texts[] = {"a,b", "q\"\\", NULL, "NULL", "", " é ", "{}"};
    struct rows *rows;

    fixture_open(true);
    CHECK_STR(db_array(arena, NULL, 0), "{}");
    CHECK_INT(db_query(db, arena, STATEMENT_ARRAY_SHOW, &rows, db_array(arena, texts, 7)), DB_OK);
    check_array(rows_get(rows, 0, "list"), 7, texts);
    fixture_close();
}

TEST(one_row_of_many)
{
    struct rows *rows;
    struct rows *one;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "3"), DB_OK);
    one = rows_one(arena, rows, 1, STATEMENT_TEXT_SHOW);
    CHECK_INT(rows_count(one), 1);
    CHECK_INT(rows_statement(one), STATEMENT_TEXT_SHOW);
    CHECK_STR(rows_get(one, 0, "name"), "row 2");
    CHECK_INT(rows_len(one, 0, 1), 5);
    CHECK_STR(rows_get(one, 0, "gap"), NULL);
    CHECK_STR(rows_get(one, 1, "name"), NULL);
    CHECK_STR(rows_get(rows, 0, "name"), "row 1");
    fixture_close();
}

/* What is remembered of a statement's columns is only a guess. */
TEST(columns_that_move_are_found)
{
    struct rows *rows;
    struct rows *other;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "1"), DB_OK);
    CHECK_INT(rows_column(rows, "name"), 1);
    CHECK_INT(db_query(db, arena, STATEMENT_TEXT_SHOW, &other, "a", "b"), DB_OK);
    other = rows_one(arena, other, 0, STATEMENT_NUMBER_LIST);
    CHECK_INT(rows_column(other, "name"), -1);
    CHECK_INT(rows_column(other, "other"), 1);
    CHECK_INT(rows_column(other, "value"), 0);
    CHECK_INT(rows_column(rows, "name"), 1);
    fixture_close();
}

PG_MAIN(fixture_prepare)
