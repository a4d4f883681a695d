/* The error document, and what the database's refusals become. */
#include "jsonapi/error.h"

#include "unit/jsonapi/fixture.h"
#include "unit/unit.h"

static const struct constraint constraints[] = {
    {"things_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {"things_100%", ERROR_CONFLICT, NULL, "100% taken"},
    {0},
};
static const struct resource resource = {.type = "things", .constraints = constraints};
static const struct route route = {.resource = &resource};

TEST(one_document_for_all_of_them)
{
    fixture_open("/x", &route);
    CHECK(!request_failed(context));
    request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/name", "Name is %d \"%s\"", 3,
                 "x");
    request_fail(context, ERROR_BAD_REQUEST, "?page[size]", NULL);
    request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    CHECK(request_failed(context));
    error_reply(context);
    CHECK_INT(fixture_request.status, 422);
    CHECK_STR(
        fixture_body(),
        "{\"errors\":[{\"status\":\"422\",\"title\":\"invalid attribute\","
        "\"detail\":\"Name is 3 \\\"x\\\"\",\"source\":{\"pointer\":\"/data/attributes/name\"}},"
        "{\"status\":\"400\",\"title\":\"bad request\",\"source\":{\"parameter\":\"page[size]\"}},"
        "{\"status\":\"404\",\"title\":\"not found\"}]}");
    CHECK(strstr(buf_str(&fixture_request.headers), "application/vnd.api+json") != NULL);
    fixture_close();
}

TEST(there_is_an_end_to_them)
{
    fixture_open("/x", &route);
    for (int i = 0; i < CONTEXT_MAX_ERRORS + 10; i++)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, NULL, "%d", i);
    CHECK_INT(context->error_count, CONTEXT_MAX_ERRORS);
    CHECK_STR(fixture_error(CONTEXT_MAX_ERRORS - 1, "detail"), "49");
    fixture_close();
}

TEST(a_long_detail_is_cut)
{
    char text[5000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fixture_open("/x", &route);
    request_fail(context, ERROR_CONFLICT, NULL, "%s", text);
    CHECK_INT(strlen(fixture_error(0, "detail")), 1023);
    fixture_close();
    /* Not inside a character. */
    memcpy(text + 1021, "\xe2\x82\xac", 3);
    fixture_open("/x", &route);
    request_fail(context, ERROR_CONFLICT, NULL, "%s", text);
    CHECK_INT(strlen(fixture_error(0, "detail")), 1021);
    fixture_close();
}

static enum error_code refused(enum db_status status, const char *sqlstate, const char *constraint)
{
    struct db_failure *failure;

    fixture_open("/x", &route);
    failure = &fixture_service.db->failure;
    snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s", sqlstate);
    snprintf(failure->constraint, sizeof failure->constraint, "%s", constraint);
    snprintf(failure->message, sizeof failure->message, "secret things");
    CHECK(!db_ok(context, status));
    return context->errors[0].code;
}

TEST(constraints_say_what_their_table_says)
{
    CHECK_INT(refused(DB_CONSTRAINT, "23505", "things_name_key"), ERROR_INVALID_ATTRIBUTE);
    CHECK_STR(fixture_error(0, "pointer"), "/data/attributes/name");
    CHECK_STR(fixture_error(0, "detail"), "Name has already been taken");
    CHECK(!context->transient);
    fixture_close();
    CHECK_INT(refused(DB_CONSTRAINT, "23505", "things_100%"), ERROR_CONFLICT);
    CHECK_STR(fixture_error(0, "detail"), "100% taken");
    fixture_close();
}

TEST(anything_else_shows_only_an_id)
{
    CHECK_INT(refused(DB_CONSTRAINT, "23505", "things_other_key"), ERROR_INTERNAL);
    CHECK(strstr(fixture_error(0, "detail"), "req-test") != NULL);
    CHECK(strstr(fixture_error(0, "detail"), "things") == NULL);
    fixture_close();
    CHECK_INT(refused(DB_FAILED, "42P01", ""), ERROR_INTERNAL);
    CHECK(strstr(fixture_error(0, "detail"), "secret") == NULL);
    CHECK(!context->transient);
    fixture_close();
}

TEST(what_may_pass_is_a_503)
{
    CHECK_INT(refused(DB_UNAVAILABLE, "08006", ""), ERROR_UNAVAILABLE);
    CHECK(context->transient);
    fixture_close();
    CHECK_INT(refused(DB_RETRY, "40001", ""), ERROR_UNAVAILABLE);
    CHECK(context->transient);
    fixture_close();
}

TEST(ok_is_no_error)
{
    fixture_open("/x", &route);
    CHECK(db_ok(context, DB_OK));
    CHECK(!request_failed(context));
    fixture_close();
}

UNIT_MAIN
