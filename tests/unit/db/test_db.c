/* db.h: statements, failures, transactions, lost connections. */
#include <sys/wait.h>

#include "fixture.h"

#include "base/clock.h"

static enum db_status run0(enum statement statement)
{
    struct rows *rows;

    return db_query_text(db, arena, statement, &rows, NULL, 0);
}

static enum db_status run1(enum statement statement, const char *a)
{
    struct rows *rows;

    return db_query(db, arena, statement, &rows, a);
}

static const char *setting(const char *name)
{
    struct rows *rows;

    if (db_query(db, arena, STATEMENT_SETTING_SHOW, &rows, name) != DB_OK)
        return "?";
    return rows_get(rows, 0, "value");
}

TEST(connects_at_first_use_with_its_session_settings)
{
    fixture_open(true);
    CHECK(db->conn == NULL);
    CHECK_INT(db_ensure(db), DB_OK);
    CHECK_STR(setting("TimeZone"), "UTC");
    CHECK_STR(setting("client_encoding"), "UTF8");
    CHECK_STR(setting("standard_conforming_strings"), "on");
    CHECK_STR(setting("application_name"), "terrace");
    CHECK_STR(setting("statement_timeout"), "30s");
    CHECK_STR(setting("idle_in_transaction_session_timeout"), "1min");
    CHECK_STR(setting("search_path"), "\"$user\", public");
    fixture_close();
}

TEST(text_and_null_pass_through)
{
    struct rows *rows;

    for (int prepared = 0; prepared < 2; prepared++) {
        fixture_open(prepared);
        CHECK_INT(db_query(db, arena, STATEMENT_TEXT_SHOW, &rows, "a'b\"\\%é", NULL), DB_OK);
        CHECK_STR(rows_get(rows, 0, "value"), "a'b\"\\%é");
        CHECK_STR(rows_get(rows, 0, "other"), NULL);
        CHECK_INT(rows_statement(rows), STATEMENT_TEXT_SHOW);
        fixture_close();
    }
}

TEST(a_statement_is_prepared_once_a_connection)
{
    fixture_open(true);
    for (int i = 0; i < 3; i++)
        CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(db->prepared[STATEMENT_NUMBER_LIST], DB_PREPARED_READY);
    fixture_cut();
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    fixture_close();
}

TEST(nothing_is_prepared_when_told_so)
{
    fixture_open(false);
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(db->prepared[STATEMENT_NUMBER_LIST], DB_PREPARED_NONE);
    fixture_close();
}

TEST(row_contracts)
{
    struct rows *rows = NULL;

    fixture_open(true);
    CHECK_INT(run0(STATEMENT_NOTHING_SHOW), DB_NO_ROWS);
    CHECK_INT(run0(STATEMENT_TWO_SHOW), DB_FAILED);
    CHECK_STR(db_failure(db)->message, "more than one row from a :one");
    CHECK_INT(run0(STATEMENT_EXEC_SHOW), DB_FAILED);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "0"), DB_OK);
    CHECK_INT(rows_count(rows), 0);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, &rows, "a", "x"), DB_OK);
    CHECK_INT(rows_count(rows), 1);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "b", "x"), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_RENAME, &rows, "y"), DB_OK);
    CHECK_INT(rows_count(rows), 2);
    fixture_close();
}

TEST(wrong_number_of_parameters_is_refused)
{
    fixture_open(true);
    CHECK_INT(run0(STATEMENT_NUMBER_LIST), DB_FAILED);
    CHECK_INT(run1(STATEMENT_TWO_SHOW, "1"), DB_FAILED);
    CHECK_INT(db_count(db), 0);
    fixture_close();
}

TEST(constraints_have_names)
{
    struct rows *rows = NULL;

    fixture_open(true);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "bad"), DB_CONSTRAINT);
    CHECK_STR(db_failure(db)->sqlstate, "23514");
    CHECK_STR(db_failure(db)->constraint, "items_name_check");
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", NULL), DB_CONSTRAINT);
    CHECK_STR(db_failure(db)->constraint, "items_name_not_null");
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_CREATE, &rows, "a", "good"), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_CREATE, &rows, "a", "good"), DB_CONSTRAINT);
    CHECK(rows == NULL);
    CHECK_STR(db_failure(db)->constraint, "items_pkey");
    CHECK(db_failure(db)->message[0] != '\0');
    fixture_close();
}

TEST(sqlstates_map_to_statuses)
{
    static const struct {
        const char *sqlstate;
        enum db_status status;
    } cases[] = {
        {"40001", DB_RETRY},      {"40P01", DB_RETRY},       {"P0001", DB_CONSTRAINT},
        {"P0002", DB_CONSTRAINT}, {"P0004", DB_FAILED},      {"23505", DB_CONSTRAINT},
        {"22P02", DB_FAILED},     {"42P01", DB_FAILED},      {"57014", DB_TIMEOUT},
        {"40002", DB_FAILED},     {"25006", DB_UNAVAILABLE}, {"57P03", DB_UNAVAILABLE},
    };

    fixture_open(true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_INT(run1(STATEMENT_ITEM_RAISE, cases[i].sqlstate), cases[i].status);
        CHECK_STR(db_failure(db)->sqlstate, cases[i].sqlstate);
        CHECK_STR(db_failure(db)->constraint, "raised_here");
    }
    fixture_close();
}

TEST(a_failure_leaves_the_connection_usable)
{
    fixture_open(true);
    CHECK_INT(run1(STATEMENT_DIVISION_SHOW, "0"), DB_FAILED);
    CHECK_INT(run1(STATEMENT_DIVISION_SHOW, "x"), DB_FAILED);
    CHECK_INT(run0(STATEMENT_BROKEN_SHOW), DB_FAILED);
    CHECK_INT(run1(STATEMENT_DIVISION_SHOW, "5"), DB_OK);
    fixture_close();
}

TEST(binary_bytes_pass_through)
{
    static const char bytes[] = "a\0b\377\\x41";
    struct db_param param = {.value = bytes, .len = sizeof(bytes), .binary = true};
    struct rows *rows;

    for (int prepared = 0; prepared < 2; prepared++) {
        fixture_open(prepared);
        CHECK_INT(db_run(db, arena, STATEMENT_BYTES_LENGTH, &param, 1, &rows), DB_OK);
        CHECK_INT(rows_int(rows, 0, "length"), sizeof(bytes));
        CHECK_INT(db_run_binary(db, arena, STATEMENT_BYTES_SHOW, &param, 1, &rows), DB_OK);
        CHECK_INT(rows_len(rows, 0, 0), sizeof(bytes));
        CHECK(memcmp(rows_text(rows, 0, 0), bytes, sizeof(bytes)) == 0);
        param.value = NULL;
        CHECK_INT(db_run(db, arena, STATEMENT_BYTES_LENGTH, &param, 1, &rows), DB_OK);
        CHECK_STR(rows_get(rows, 0, "length"), NULL);
        param.value = bytes;
        fixture_close();
    }
}

TEST(statements_are_counted)
{
    fixture_open(true);
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_INT(run0(STATEMENT_NOTHING_SHOW), DB_NO_ROWS);
    CHECK_INT(db_count(db), 2);
    db_count_reset(db);
    CHECK_INT(db_count(db), 0);
    fixture_close();
}

TEST(sort_keys_pick_variants)
{
    enum statement statement;
    struct rows *rows;

    fixture_open(true);
    pg_sql(
        "INSERT INTO items (id, name, rank) VALUES ('a', 'z', 1), ('b', 'y', NULL), ('c', 'x', 3)");
    CHECK(db_sorted(STATEMENT_ITEM_SORT, NULL, &statement));
    CHECK_INT(statement, STATEMENT_ITEM_SORT);
    CHECK(db_sorted(STATEMENT_ITEM_SORT, "", &statement));
    CHECK(!db_sorted(STATEMENT_ITEM_SORT, "-", &statement));
    CHECK(!db_sorted(STATEMENT_ITEM_SORT, "--name", &statement));
    CHECK(!db_sorted(STATEMENT_ITEM_SORT, "nam", &statement));
    CHECK(!db_sorted(STATEMENT_NUMBER_LIST, "name", &statement));
    CHECK(db_sorted(STATEMENT_ITEM_SORT, "name", &statement));
    CHECK_INT(db_query(db, arena, statement, &rows, "1"), DB_OK);
    CHECK_STR(rows_get(rows, 0, "id"), "c");
    CHECK(db_sorted(STATEMENT_ITEM_SORT, "-name", &statement));
    CHECK_INT(db_query(db, arena, statement, &rows, "1"), DB_OK);
    CHECK_STR(rows_get(rows, 0, "id"), "a");
    CHECK(db_sorted(STATEMENT_ITEM_SORT, "-rank", &statement));
    CHECK_INT(db_query(db, arena, statement, &rows, "3"), DB_OK);
    CHECK_STR(rows_get(rows, 0, "id"), "c");
    CHECK_STR(rows_get(rows, 2, "id"), "b");
    fixture_close();
}

TEST(commit_keeps_and_rollback_drops)
{
    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK(db_in_transaction(db));
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "0");
    CHECK_INT(db_commit(db), DB_OK);
    CHECK(!db_in_transaction(db));
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "1");
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "b", "x"), DB_OK);
    db_rollback(db);
    CHECK(!db_in_transaction(db));
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "1");
    fixture_close();
}

TEST(transactions_do_not_nest_and_need_a_begin)
{
    fixture_open(true);
    CHECK_INT(db_commit(db), DB_FAILED);
    db_rollback(db);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_begin(db), DB_FAILED);
    CHECK(db_in_transaction(db));
    db_rollback(db);
    fixture_close();
}

TEST(commit_of_an_aborted_transaction_fails)
{
    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_CONSTRAINT);
    CHECK_INT(db_commit(db), DB_FAILED);
    CHECK(!db_in_transaction(db));
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "0");
    fixture_close();
}

TEST(rollback_keeps_the_failure_that_led_to_it)
{
    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "bad"), DB_CONSTRAINT);
    db_rollback(db);
    CHECK_STR(db_failure(db)->constraint, "items_name_check");
    fixture_close();
}

TEST(a_dead_kept_connection_is_replaced)
{
    fixture_open(true);
    CHECK_INT(db_ensure(db), DB_OK);
    fixture_cut();
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    fixture_cut();
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
    fixture_cut();
    CHECK_INT(db_begin(db), DB_OK);
    db_rollback(db);
    fixture_cut();
    CHECK_INT(db_ensure(db), DB_OK);
    fixture_close();
}

/* Runs sql beside the test, a moment later. */
static pid_t pg_sql_later(const char *sql)
{
    pid_t child = fork();

    if (child == 0) {
        usleep(200000);
        pg_sql(sql);
        _exit(0);
    }
    return child;
}

TEST(a_read_cut_off_on_a_kept_connection_is_sent_again)
{
    pid_t child;

    fixture_open(true);
    CHECK_INT(run0(STATEMENT_NOTHING_SHOW), DB_NO_ROWS);
    child = pg_sql_later("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()");
    CHECK_INT(run1(STATEMENT_SLEEP_SHOW, "0.6"), DB_OK);
    CHECK(waitpid(child, NULL, 0) == child);
    fixture_close();
}

TEST(a_read_cut_off_inside_a_transaction_is_not)
{
    pid_t child;

    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    child = pg_sql_later("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()");
    CHECK_INT(run1(STATEMENT_SLEEP_SHOW, "0.6"), DB_UNAVAILABLE);
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(db_in_transaction(db));
    db_rollback(db);
    fixture_close();
}

/* Nothing has happened in it. */
TEST(a_transaction_that_finds_its_connection_dead_begins_on_another)
{
    struct rows *rows;
    char sql[80];

    for (int prepared = 0; prepared < 2; prepared++) {
        fixture_open(prepared);
        CHECK_INT(db_query_text(db, arena, STATEMENT_BACKEND_SHOW, &rows, NULL, 0), DB_OK);
        snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%s, 5000)",
                 rows_get(rows, 0, "pid"));
        CHECK_INT(db_begin(db), DB_OK);
        pg_sql(sql);
        CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
        CHECK(db_in_transaction(db));
        CHECK_STR(pg_sql("SELECT count(*) FROM items"), "0");
        CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "b", "x"), DB_OK);
        CHECK_INT(db_commit(db), DB_OK);
        CHECK_STR(pg_sql("SELECT count(*) FROM items"), "2");
        fixture_close();
    }
}

TEST(a_transaction_may_be_empty)
{
    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    CHECK_INT(db_begin(db), DB_OK);
    db_rollback(db);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "bad"), DB_CONSTRAINT);
    CHECK_STR(db_failure(db)->constraint, "items_name_check");
    /* The first statement's failure has aborted it. */
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_FAILED);
    CHECK_STR(db_failure(db)->sqlstate, "25P02");
    db_rollback(db);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
    fixture_close();
}

TEST(a_read_that_kills_every_connection_gives_up)
{
    fixture_open(true);
    CHECK_INT(db_ensure(db), DB_OK);
    CHECK_INT(run0(STATEMENT_BACKEND_END), DB_UNAVAILABLE);
    CHECK_INT(db_count(db), 1);
    CHECK_INT(db_ensure(db), DB_OK);
    fixture_close();
}

TEST(a_write_is_never_sent_twice)
{
    fixture_open(true);
    CHECK(!db_statements[STATEMENT_ITEM_ADD_THEN_END].reads);
    CHECK(!db_statements[STATEMENT_ITEM_ADD].reads);
    CHECK(!db_statements[STATEMENT_SCHEMA_LOCK].reads);
    CHECK(db_statements[STATEMENT_ITEM_LIST].reads);
    CHECK_INT(db_ensure(db), DB_OK);
    CHECK_INT(run0(STATEMENT_BACKEND_SHOW), DB_OK);
    CHECK_INT(run1(STATEMENT_ITEM_ADD_THEN_END, "a"), DB_UNAVAILABLE);
    CHECK(db->conn == NULL);
    fixture_close();
}

TEST(a_transaction_dies_with_its_connection)
{
    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
    fixture_cut();
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_UNAVAILABLE);
    /* What follows must not slip into a connection without the transaction. */
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "b", "x"), DB_UNAVAILABLE);
    CHECK_INT(db_ensure(db), DB_UNAVAILABLE);
    CHECK(db_in_transaction(db));
    CHECK_INT(db_commit(db), DB_UNAVAILABLE);
    CHECK(!db_in_transaction(db));
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "0");
    fixture_close();
}

TEST(rollback_of_a_dead_transaction_frees_the_connection)
{
    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    fixture_cut();
    db_rollback(db);
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    fixture_close();
}

TEST(a_changed_result_type_is_prepared_again)
{
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(run0(STATEMENT_ITEM_LIST), DB_OK);
    pg_sql("ALTER TABLE items ADD COLUMN extra text DEFAULT 'new'");
    CHECK_INT(db_query(db, arena, STATEMENT_ITEM_ADD, NULL, "a", "x"), DB_OK);
    CHECK_INT(db_query_text(db, arena, STATEMENT_ITEM_LIST, &rows, NULL, 0), DB_OK);
    CHECK_STR(rows_get(rows, 0, "extra"), "new");
    CHECK_INT(db_count(db), 3);
    pg_sql("ALTER TABLE items DROP COLUMN extra");
    fixture_close();
}

TEST(a_changed_result_type_inside_a_transaction_asks_for_a_retry)
{
    fixture_open(true);
    CHECK_INT(run0(STATEMENT_ITEM_LIST), DB_OK);
    pg_sql("ALTER TABLE items ADD COLUMN extra text");
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(run0(STATEMENT_ITEM_LIST), DB_RETRY);
    db_rollback(db);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(run0(STATEMENT_ITEM_LIST), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    pg_sql("ALTER TABLE items DROP COLUMN extra");
    fixture_close();
}

TEST(a_refused_connect_is_not_repeated_at_once)
{
    int64_t began;

    fixture_prepare();
    db = db_open("host=/nonexistent dbname=x", true);
    arena = arena_new();
    CHECK_INT(db_ensure(db), DB_UNAVAILABLE);
    CHECK_STR(db_failure(db)->sqlstate, "08001");
    free(db->conninfo);
    db->conninfo = strdup(pg_dsn());
    began = clock_monotonic_ms();
    while (db_ensure(db) != DB_OK && clock_monotonic_ms() - began < 5000)
        usleep(20000);
    CHECK(clock_monotonic_ms() - began >= 900);
    CHECK(clock_monotonic_ms() - began < 2000);
    CHECK_INT(run1(STATEMENT_NUMBER_LIST, "1"), DB_OK);
    fixture_close();
}

TEST(deadlocks_ask_for_a_retry)
{
    fixture_open(true);
    CHECK_INT(run1(STATEMENT_ITEM_RAISE, "40P01"), DB_RETRY);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(run1(STATEMENT_ITEM_RAISE, "40001"), DB_RETRY);
    db_rollback(db);
    fixture_close();
}

/* --- Statements sent ahead --- */

static enum db_status ahead(enum statement statement, const char *a, const char *b,
                            unsigned *ticket)
{
    struct db_param params[] = {{.value = a}, {.value = b}};

    return db_ahead(db, statement, params, b == NULL ? 1 : 2, false, ticket);
}

TEST(what_is_sent_ahead_is_taken_later)
{
    unsigned first, second;
    struct rows *rows;

    for (int prepared = 0; prepared < 2; prepared++) {
        fixture_open(prepared);
        CHECK_INT(ahead(STATEMENT_NUMBER_LIST, "3", NULL, &first), DB_OK);
        CHECK(db_ahead_is(db, first));
        CHECK_INT(db_ahead_take(db, arena, &rows), DB_OK);
        CHECK_INT(rows_count(rows), 3);
        CHECK(!db_ahead_is(db, first));
        CHECK_INT(db_ahead_take(db, arena, &rows), DB_FAILED);
        CHECK_INT(ahead(STATEMENT_NUMBER_LIST, "2", NULL, &first), DB_OK);
        CHECK_INT(ahead(STATEMENT_NUMBER_LIST, "1", NULL, &second), DB_OK);
        CHECK(!db_ahead_is(db, first));
        CHECK(db_ahead_is(db, second));
        CHECK_INT(db_ahead_take(db, arena, &rows), DB_OK);
        CHECK_INT(rows_count(rows), 1);
        fixture_close();
    }
}

TEST(any_other_call_drops_what_was_read_ahead)
{
    unsigned ticket;
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(ahead(STATEMENT_DIVISION_SHOW, "0", NULL, &ticket), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "2"), DB_OK);
    CHECK_INT(rows_count(rows), 2);
    CHECK(!db_ahead_is(db, ticket));
    CHECK_INT(ahead(STATEMENT_NUMBER_LIST, "5", NULL, &ticket), DB_OK);
    CHECK_INT(db_pipeline_begin(db), DB_OK);
    CHECK_INT(ahead(STATEMENT_NUMBER_LIST, "5", NULL, &ticket), DB_FAILED);
    db_pipeline_end(db);
    CHECK_INT(ahead(STATEMENT_NUMBER_LIST, "5", NULL, &ticket), DB_OK);
    CHECK_INT(db_begin(db), DB_OK);
    db_rollback(db);
    fixture_close();
}

TEST(a_write_ahead_fails_with_the_next_call)
{
    unsigned ticket;
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(ahead(STATEMENT_ITEM_ADD, "a", "x", &ticket), DB_OK);
    CHECK_INT(ahead(STATEMENT_ITEM_ADD, "b", "x", &ticket), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "2");

    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(ahead(STATEMENT_ITEM_ADD, "a", "x", &ticket), DB_OK);
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "2"), DB_CONSTRAINT);
    CHECK_STR(db_failure(db)->constraint, "items_pkey");
    db_rollback(db);

    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(ahead(STATEMENT_ITEM_ADD, "a", "x", &ticket), DB_OK);
    CHECK_INT(db_commit(db), DB_CONSTRAINT);
    CHECK(!db_in_transaction(db));
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(ahead(STATEMENT_ITEM_ADD, "c", "x", &ticket), DB_OK);
    db_rollback(db);
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "2");
    fixture_close();
}

TEST(what_is_ahead_is_lost_with_the_connection)
{
    unsigned ticket;
    struct rows *rows;

    fixture_open(true);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(ahead(STATEMENT_ITEM_ADD_THEN_END, "z", NULL, &ticket), DB_OK);
    CHECK_INT(db_commit(db), DB_UNAVAILABLE);
    CHECK(!db_in_transaction(db));
    CHECK_INT(db_query(db, arena, STATEMENT_NUMBER_LIST, &rows, "1"), DB_OK);
    CHECK_STR(pg_sql("SELECT count(*) FROM items"), "0");
    fixture_close();
}

PG_MAIN(fixture_prepare)
