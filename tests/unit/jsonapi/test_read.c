/* What a read asks the database, and who may see the answer. */
#include "jsonapi/request.h"

#include "unit/jsonapi/fixture.h"
#include "unit/unit.h"

static const struct resource resource = {.type = "things"};
static const struct filter filters[] = {
    {"search[name]|filter[name]"},
    {"filter[tagged]", FILTER_TAGGED},
    {"all", FILTER_PRESENT},
    {0},
};
static const struct route list = {.kind = ROUTE_LIST, .resource = &resource, .filters = filters};
static const struct route show = {.kind = ROUTE_SHOW, .resource = &resource};

static const char *params[DB_MAX_PARAMS];

static size_t bind(const char *uri, const struct route *route)
{
    memset(params, 0, sizeof params);
    fixture_open(uri, route);
    context->match.param_count = 1;
    context->match.params[0] = "acme";
    return read_bind(context, params);
}

TEST(token_path_window_filters_in_this_order)
{
    CHECK_INT(bind("/x?page[size]=5&page[number]=3&search[name]=a&all", &list), 7);
    CHECK_STR(params[0], "hash");
    CHECK_STR(params[1], "acme");
    CHECK_STR(params[2], "5");
    CHECK_STR(params[3], "10");
    CHECK_STR(params[4], "a");
    CHECK_STR(params[5], NULL);
    CHECK_STR(params[6], "t");
    fixture_close();
    CHECK_INT(bind("/x?page[size]=5", &show), 2);
    fixture_close();
}

TEST(a_filter_has_several_names_and_may_be_empty)
{
    CHECK_INT(bind("/x?filter[name]=b", &list), 7);
    CHECK_STR(params[4], "b");
    fixture_close();
    CHECK_INT(bind("/x?filter[name]=b&search%5Bname%5D=a", &list), 7);
    CHECK_STR(params[4], "a");
    fixture_close();
    CHECK_INT(bind("/x?search[name]=", &list), 7);
    CHECK_STR(params[4], NULL);
    CHECK_STR(params[6], NULL);
    fixture_close();
}

TEST(tags_by_key_and_value)
{
    bind("/x?filter[tagged][0][key]=env&filter[tagged][0][value]=a%22b&filter[tagged][7][key]=team",
         &list);
    CHECK_STR(params[5],
              "[{\"key\":\"env\",\"value\":\"a\\\"b\"},{\"key\":\"team\",\"value\":null}]");
    fixture_close();
    bind("/x?filter[tagged][0][value]=a&filter[tagged][1][key]=", &list);
    CHECK_STR(params[5], NULL);
    fixture_close();
    bind("/x?filter[tagged][20][key]=a&filter[tagged][-1][key]=a&filter[tagged][x][key]=a&"
         "filter[tagged][999][key]=a&filter[tagged][0][keys]=a&filter[tagged][0]=a",
         &list);
    CHECK_STR(params[5], NULL);
    fixture_close();
}

TEST(a_needed_filter_that_is_missing_is_a_404)
{
    static const struct filter needed[] = {{"filter[workspace]", .required = true}, {0}};
    static const struct route route = {
        .kind = ROUTE_LIST, .resource = &resource, .filters = needed};

    CHECK_INT(bind("/x?filter[workspace]=", &route), 0);
    CHECK_INT(context->errors[0].code, ERROR_NOT_FOUND);
    fixture_close();
    CHECK_INT(bind("/x?filter[workspace]=a", &route), 5);
    fixture_close();
}

/* Of a stranger it must not depend on whether the thing is there. */
TEST(a_filter_with_choices_is_a_400_for_those_who_may_ask)
{
    static const struct filter chosen[] = {{"filter[type]", .choices = "in|out"}, {0}};
    static const struct route route = {
        .kind = ROUTE_LIST, .resource = &resource, .filters = chosen};
    static const char *const mine[] = {"auth", "scope", "id", "at-1|user|user-1||||f|f", "1", NULL};
    static const char *const none[] = {"auth", "scope", "id", "at-1|user|user-1||||f|f",
                                       NULL,   NULL};

    CHECK_INT(bind("/x?filter[type]=up", &route), 5);
    read_reply(context, DB_OK, fixture_rows(STATEMENT_CALLER_LOAD, 3, 1, none));
    CHECK_INT(context->request->status, 404);
    fixture_close();
    bind("/x?filter[type]=up", &route);
    read_reply(context, DB_OK, fixture_rows(STATEMENT_CALLER_LOAD, 3, 1, mine));
    CHECK_INT(context->request->status, 400);
    CHECK_STR(fixture_error(0, "pointer"), "?filter[type]");
    fixture_close();
    bind("/x", &route);
    read_reply(context, DB_OK, fixture_rows(STATEMENT_CALLER_LOAD, 3, 1, mine));
    CHECK_INT(context->request->status, 400);
    fixture_close();
    bind("/x?filter[type]=out", &route);
    read_reply(context, DB_OK, fixture_rows(STATEMENT_CALLER_LOAD, 3, 1, mine));
    CHECK_INT(context->request->status, 200);
    fixture_close();
}

TEST(a_bad_query_binds_nothing)
{
    CHECK_INT(bind("/x?page[number]=0", &list), 0);
    CHECK_INT(context->error_count, 1);
    fixture_close();
    CHECK_INT(bind("/x?include=nothing", &show), 0);
    CHECK_INT(context->errors[0].code, ERROR_INVALID_INCLUDE);
    fixture_close();
}

/* --- Who may see it --- */

#define USER "at-1|user|user-1||||f|f"

static enum error_code refusal; /* ERROR_CODE_COUNT: none */

static bool authorize(const struct route *route, const char *auth, const char *scope)
{
    const char *texts[] = {"auth", "scope", auth, scope};

    fixture_open("/x", route);
    bool good = request_authorize(context, DB_OK, fixture_rows(STATEMENT_COUNT - 1, 2, 1, texts));
    CHECK_INT(good, !request_failed(context));
    refusal = request_failed(context) ? context->errors[0].code : ERROR_CODE_COUNT;
    fixture_close();
    return good;
}

TEST(no_row_is_nobody)
{
    fixture_open("/x", &show);
    CHECK(!request_authorize(context, DB_NO_ROWS, NULL));
    CHECK_INT(context->errors[0].code, ERROR_UNAUTHORIZED);
    fixture_close();
    fixture_open("/x", &show);
    static const char *const columns[] = {"auth", "scope"};
    CHECK(!request_authorize(context, DB_OK, fixture_rows(STATEMENT_COUNT - 1, 2, 0, columns)));
    CHECK_INT(context->errors[0].code, ERROR_UNAUTHORIZED);
    fixture_close();
}

TEST(a_failure_is_not_a_refusal)
{
    fixture_open("/x", &show);
    CHECK(!request_authorize(context, DB_UNAVAILABLE, NULL));
    CHECK_INT(context->errors[0].code, ERROR_UNAVAILABLE);
    fixture_close();
}

TEST(no_scope_or_too_little_is_the_same_404)
{
    static const struct route needs = {.kind = ROUTE_SHOW, .resource = &resource, .need = 6};

    CHECK(!authorize(&needs, USER, NULL));
    CHECK_INT(refusal, ERROR_NOT_FOUND);
    CHECK(!authorize(&needs, USER, "0"));
    CHECK_INT(refusal, ERROR_NOT_FOUND);
    CHECK(!authorize(&needs, USER, "5"));
    CHECK_INT(refusal, ERROR_NOT_FOUND);
    CHECK(authorize(&needs, USER, "6"));
    CHECK(authorize(&needs, USER, "7"));
}

TEST(who_sees_the_thing_may_be_told_more)
{
    static const struct route denied = {
        .kind = ROUTE_SHOW, .resource = &resource, .need = 2, .denied = ERROR_FORBIDDEN};

    CHECK(!authorize(&denied, USER, "1"));
    CHECK_INT(refusal, ERROR_FORBIDDEN);
    CHECK(!authorize(&denied, USER, NULL));
    CHECK_INT(refusal, ERROR_NOT_FOUND);
}

TEST(kinds_of_token)
{
    static const struct route users = {
        .kind = ROUTE_SHOW, .resource = &resource, .principals = PRINCIPALS_USER};

    CHECK(authorize(&users, USER, "1"));
    CHECK(!authorize(&users, "at-1|team||team-1|org-1||f|f", "1"));
    CHECK_INT(refusal, ERROR_NOT_FOUND);
    CHECK(authorize(&show, "at-1|team||team-1|org-1||f|f", "1"));
    CHECK(authorize(&show, "at-1|organization|||org-1||f|f", "1"));
    /* Unless a route names it, the token of the audit trail is good for nothing; so is no token. */
    CHECK(!authorize(&show, "at-1|audit-trails|||org-1||f|f", "1"));
    CHECK(!authorize(&show, "broken", "1"));
}

TEST(an_organization_that_takes_no_such_token)
{
    CHECK(!authorize(&show, USER, "-9223372036854775808"));
    CHECK_INT(refusal, ERROR_UNAUTHORIZED);
    CHECK(!authorize(&show, USER, "-1"));
    CHECK_INT(refusal, ERROR_UNAUTHORIZED);
}

UNIT_MAIN
