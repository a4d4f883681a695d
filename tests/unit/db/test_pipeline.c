/* Pipelined reads: order, independence, lost connections, stale plans. */
#include "fixture.h"

static enum db_status send1(enum statement statement, const char *a)
{
    const char *params[] = {a};

    return db_send(db, statement, params, 1);
}

static enum db_status send0(enum statement statement)
{
    return db_send(db, statement, NULL, 0);
}

static void check_numbers(size_t count)
{
    struct rows *rows;

    CHECK_INT(db_receive(db, arena, &rows), DB_OK);
    if (rows == NULL)
        return;
    CHECK_INT(rows_count(rows), count);
    CHECK_INT(rows_statement(rows), STATEMENT_NUMBER_LIST);
}

TEST(results_come_in_order)
{
    char number[16];

    for (int prepared = 0; prepared < 2; prepared++) {
        fixture_open(prepared);
        CHECK_INT(db_pipeline_begin(db), DB_OK);
        for (int i = 0; i < 200; i++) {
            snprintf(number, sizeof(number), "%d", i);
            CHECK_INT(send1(STATEMENT_NUMBER_LIST, number), DB_OK);
        }
        for (size_t i = 0; i < 200; i++)
            check_numbers(i);
        CHECK_INT(db_count(db), 200);
        db_pipeline_end(db);
        CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
        fixture_close();
    }
}

TEST(sending_and_receiving_may_alternate)
{
    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "2"), DB_OK);
    check_numbers(1);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "3"), DB_OK);
    check_numbers(2);
    check_numbers(3);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "4"), DB_OK);
    check_numbers(4);
    db_pipeline_end(db);
    fixture_close();
}

TEST(a_failure_touches_no_other_statement)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(send1(STATEMENT_DIVISION_SHOW, "0"), DB_OK);
    CHECK_INT(send0(STATEMENT_NOTHING_SHOW), DB_OK);
    CHECK_INT(send0(STATEMENT_BROKEN_SHOW), DB_OK);
    CHECK_INT(send0(STATEMENT_BROKEN_SHOW), DB_OK);
    CHECK_INT(send1(STATEMENT_DIVISION_SHOW, "5"), DB_OK);
    check_numbers(1);
    CHECK_INT(db_receive(db, arena, &rows), DB_FAILED);
    CHECK_STR(db_failure(db)->sqlstate, "22012");
    CHECK(rows == NULL);
    CHECK_INT(db_receive(db, arena, &rows), DB_NO_ROWS);
    CHECK_INT(db_receive(db, arena, &rows), DB_FAILED);
    CHECK_STR(db_failure(db)->sqlstate, "42P01");
    CHECK_INT(db_receive(db, arena, &rows), DB_FAILED);
    CHECK_STR(db_failure(db)->sqlstate, "42P01");
    CHECK_INT(db_receive(db, arena, &rows), DB_OK);
    CHECK_STR(rows_get(rows, 0, "result"), "2");
    db_pipeline_end(db);
    fixture_close();
}

TEST(a_statement_that_could_not_be_prepared_may_be_later)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send0(STATEMENT_BROKEN_SHOW), DB_OK);
    CHECK_INT(db_receive(db, arena, &rows), DB_FAILED);
    pg_sql("CREATE TABLE no_such_table AS SELECT 1 AS one");
    pg_sql("GRANT SELECT ON no_such_table TO PUBLIC");
    CHECK_INT(send0(STATEMENT_BROKEN_SHOW), DB_OK);
    CHECK_INT(db_receive(db, arena, &rows), DB_OK);
    db_pipeline_end(db);
    pg_sql("DROP TABLE no_such_table");
    fixture_close();
}

TEST(parameters_may_be_reused_by_the_caller)
{
    char number[4] = "7";
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send0(STATEMENT_ITEM_LIST), DB_OK);
    pg_sql("SELECT 1");
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, number), DB_OK);
    number[0] = 'x';
    CHECK_INT(db_receive(db, arena, &rows), DB_OK);
    check_numbers(7);
    db_pipeline_end(db);
    fixture_close();
}

TEST(a_stale_plan_is_prepared_again_in_place)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_query_text(db, arena, STATEMENT_ITEM_LIST, &rows, NULL, 0), DB_OK);
    pg_sql("INSERT INTO items (id, name) VALUES ('a', 'x')");
    pg_sql("ALTER TABLE items ADD COLUMN extra text DEFAULT 'new'");
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(send0(STATEMENT_ITEM_LIST), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "2"), DB_OK);
    CHECK_INT(send0(STATEMENT_ITEM_LIST), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "3"), DB_OK);
    check_numbers(1);
    for (size_t i = 2; i < 4; i++) {
        CHECK_INT(db_receive(db, arena, &rows), DB_OK);
        CHECK_STR(rows == NULL ? "" : rows_get(rows, 0, "extra"), "new");
        check_numbers(i);
    }
    CHECK_INT(send0(STATEMENT_ITEM_LIST), DB_OK);
    CHECK_INT(db_receive(db, arena, &rows), DB_OK);
    db_pipeline_end(db);
    CHECK_INT(db_query_text(db, arena, STATEMENT_ITEM_LIST, &rows, NULL, 0), DB_OK);
    pg_sql("ALTER TABLE items DROP COLUMN extra");
    fixture_close();
}

TEST(forgotten_statements_are_prepared_again)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "1"), DB_OK);
    PQclear(PQexec(db->conn, "DISCARD PLANS; DEALLOCATE ALL"));
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "1"), DB_OK);
    PQclear(PQexec(db->conn, "DEALLOCATE ALL"));
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "2"), DB_OK);
    check_numbers(1);
    check_numbers(2);
    db_pipeline_end(db);
    fixture_close();
}

TEST(a_lost_connection_fails_all_outstanding)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(send0(STATEMENT_BACKEND_END), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    check_numbers(1);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(db_receive(db, arena, &rows), DB_UNAVAILABLE);
        CHECK(rows == NULL);
    }
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_UNAVAILABLE);
    db_pipeline_end(db);
    CHECK_INT(db_ensure(db), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "1"), DB_OK);
    fixture_close();
}

TEST(a_dead_kept_connection_is_replaced_before_the_pipeline)
{
    fixture_open(true);
    fixture_cut();
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    check_numbers(1);
    db_pipeline_end(db);
    fixture_close();
}

TEST(end_discards_what_was_not_received)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "100000"), DB_OK);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    db_pipeline_end(db);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "3"), DB_OK);
    CHECK_INT(rows_count(rows), 3);
    fixture_close();
}

TEST(large_answers_do_not_block_sending)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    for (int i = 0; i < 50; i++)
        CHECK_INT(send1(STATEMENT_NUMBER_LIST, "20000"), DB_OK);
    for (int i = 0; i < 50; i++) {
        check_numbers(20000);
        arena_reset(arena);
    }
    db_pipeline_end(db);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "3"), DB_OK);
    fixture_close();
}

TEST(misuse_is_refused)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(send1(STATEMENT_NUMBER_LIST, "1"), DB_FAILED);
    CHECK_INT(db_receive(db, arena, &rows), DB_FAILED);
    db_pipeline_end(db);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_pipeline_begin(db), DB_FAILED);
    db_rollback(db);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(db_pipeline_begin(db), DB_FAILED);
    CHECK_INT(db_begin(db), DB_FAILED);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "3"), DB_FAILED);
    CHECK_INT(send0(STATEMENT_NUMBER_LIST), DB_FAILED);
    CHECK_INT(db_receive(db, arena, &rows), DB_FAILED);
    db_pipeline_end(db);
    fixture_close();
}

TEST(a_batch_says_whose_its_rows_are)
{
    const char *const ids[] = {"b", "nobody", "a", "b", "a"};
    const char *const names[] = {NULL, "x", "y", "B", NULL};
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_batch(STATEMENT_NUMBER_LIST), STATEMENT_COUNT);
    CHECK_INT(db_batch(STATEMENT_ITEM_FIND), STATEMENT_ITEM_FIND_BATCH);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "A"), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "b", "B"), DB_OK);
    const char *params[] = {db_array(arena, ids, 5), db_array(arena, names, 5)};
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(db_send(db, STATEMENT_ITEM_FIND_BATCH, params, 2), DB_OK);
    CHECK_INT(db_receive(db, arena, &rows), DB_OK);
    db_pipeline_end(db);
    CHECK_INT(rows_count(rows), 3);
    CHECK_STR(rows_get(rows, 0, "batch_place"), "1");
    CHECK_STR(rows_get(rows, 0, "name"), "B");
    CHECK_STR(rows_get(rows, 1, "batch_place"), "3");
    CHECK_STR(rows_get(rows, 1, "name"), "A");
    CHECK_STR(rows_get(rows, 2, "batch_place"), "5");
    CHECK_STR(rows_get(rows, 2, "found"), "a");
    fixture_close();
}

PG_MAIN(fixture_prepare)
