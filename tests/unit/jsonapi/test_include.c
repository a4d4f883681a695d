/* include=...: what is understood, and what is written from the sets once they are fetched. */
#include "jsonapi/include.h"

#include "jsonapi/render.h"
#include "unit/jsonapi/fixture.h"
#include "unit/unit.h"

static const struct resource organization, user;

static const struct inclusion user_inclusions[] = {
    {"organization", "organization_id", &organization, STATEMENT_USER_INCLUDE},
    {0},
};
static const struct resource user = {.type = "users", .inclusions = user_inclusions};
static const struct resource organization = {.type = "organizations"};

static const struct inclusion inclusions[] = {
    {"organization", "organization_id", &organization, STATEMENT_USER_INCLUDE},
    {"locked_by", "locked_by", &user, STATEMENT_COUNT - 2},
    {"locked_by", "locked_by", &organization, STATEMENT_COUNT - 2},
    {"members", "id", &user, STATEMENT_COUNT - 3},
    {.name = "latest_run"},
    {0},
};
static const struct relationship relationships[] = {{"members", RELATION_LINK}, {0}};
static const struct resource thing = {
    .type = "things", .inclusions = inclusions, .relationships = relationships};
static const struct route route = {.kind = ROUTE_LIST, .resource = &thing};

static size_t read_include(const char *value)
{
    char uri[512];

    snprintf(uri, sizeof uri, "/x?include=%s", value);
    fixture_open(uri, &route);
    include_read(context, &thing);
    return context->include_count;
}

TEST(names_are_split_at_commas)
{
    CHECK_INT(read_include("organization,locked_by"), 2);
    CHECK_STR(context->includes[0], "organization");
    CHECK_STR(context->includes[1], "locked_by");
    fixture_close();
    CHECK_INT(read_include(",organization,,"), 1);
    fixture_close();
    CHECK_INT(read_include(""), 0);
    CHECK(!request_failed(context));
    fixture_close();
}

TEST(dashes_and_paths)
{
    CHECK_INT(read_include("locked-by.organization"), 1);
    CHECK(!request_failed(context));
    fixture_close();
}

TEST(what_is_not_served_yet_may_be_asked_for)
{
    struct include_set set = {0};

    CHECK_INT(read_include("latest_run,latest-run.plan.anything"), 2);
    CHECK(!request_failed(context));
    CHECK(include_fetch(context, &thing, NULL, &set));
    CHECK_INT(set.count, 0);
    fixture_close();
}

TEST(what_the_resource_does_not_have_is_a_400)
{
    static const char *const bad[] = {"nothing",     "organization.user", "organization,nothing",
                                      "organizatio", "organizations",     "*"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        read_include(bad[i]);
        CHECK_INT(context->error_count, 1);
        CHECK_INT(context->errors[0].code, ERROR_INVALID_INCLUDE);
        CHECK_STR(fixture_error(0, "pointer"), "?include");
        CHECK(fixture_error(0, "detail") == NULL);
        fixture_close();
    }
}

TEST(too_many_are_refused)
{
    char value[512] = "";

    for (int i = 0; i < CONTEXT_MAX_INCLUDES; i++)
        strncat(value, "organization,", sizeof value - strlen(value) - 1);
    CHECK_INT(read_include(value), CONTEXT_MAX_INCLUDES);
    CHECK(!request_failed(context));
    fixture_close();
    strncat(value, "organization", sizeof value - strlen(value) - 1);
    read_include(value);
    CHECK(request_failed(context));
    fixture_close();
}

static const char *const parents[] = {"id",  "organization_id", "locked_by", "t-1", "org-1", NULL,
                                      "t-2", "org-1",           NULL};

static struct include_set set;

static void add_set(const struct inclusion *inclusion, const struct rows *rows)
{
    set.sets[set.count].parent = set.primary_rows;
    set.sets[set.count].inclusion = inclusion;
    set.sets[set.count].rows = rows;
    set.count++;
}

static void open_set(const struct resource *primary)
{
    fixture_open("/x", &route);
    set = (struct include_set){.primary = primary};
    set.primary_rows = fixture_rows(STATEMENT_COUNT - 4, 3, 2, parents);
}

static const char *written(void)
{
    static struct buf out;
    struct json_writer w;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    include_write(context, &w, &set);
    json_object_end(&w);
    return buf_str(&out);
}

TEST(each_thing_is_written_once)
{
    static const char *const organizations[] = {"id", "org-1", "org-2", "org-1", NULL};

    open_set(&thing);
    add_set(&inclusions[0], fixture_rows(STATEMENT_COUNT - 1, 1, 4, organizations));
    add_set(&inclusions[2], fixture_rows(STATEMENT_COUNT - 2, 1, 4, organizations));
    CHECK_STR(written(), "{\"included\":["
                         "{\"id\":\"org-1\",\"type\":\"organizations\",\"attributes\":{}},"
                         "{\"id\":\"org-2\",\"type\":\"organizations\",\"attributes\":{}}]}");
    fixture_close();
}

TEST(a_primary_thing_is_not_written_again)
{
    static const char *const same[] = {"id", "t-2", "t-3"};
    static const struct inclusion parent = {"parent", "parent_id", &thing, STATEMENT_COUNT - 1};

    open_set(&thing);
    add_set(&parent, fixture_rows(STATEMENT_COUNT - 1, 1, 2, same));
    CHECK(strstr(written(), "t-2") == NULL);
    CHECK(strstr(written(), "t-3") != NULL);
    fixture_close();
}

TEST(nothing_to_include_is_an_empty_array)
{
    open_set(&thing);
    add_set(&inclusions[0], NULL);
    CHECK_STR(written(), "{\"included\":[]}");
    fixture_close();
}

TEST(without_ids_no_statement_is_sent)
{
    open_set(&thing);
    context->include_count = 1;
    context->includes[0] = "locked_by.organization";
    /* There is no database here: a statement would fail. */
    CHECK(include_fetch(context, &thing, set.primary_rows, &set));
    CHECK_INT(set.count, 2);
    CHECK(set.sets[0].rows == NULL && set.sets[1].rows == NULL);
    context->includes[0] = "organization";
    CHECK(!include_fetch(context, &thing, set.primary_rows, &set));
    CHECK_INT(context->errors[0].code, ERROR_UNAVAILABLE);
    fixture_close();
}

TEST(linkage_that_only_an_include_brings)
{
    static const char *const members[] = {"id",  "parent_id", "u-1", "t-1",
                                          "u-2", "t-2",       "u-3", "t-1"};
    struct json_writer w;
    struct buf out;

    open_set(&thing);
    add_set(&inclusions[3], fixture_rows(STATEMENT_COUNT - 3, 2, 3, members));
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    CHECK(include_write_linkage(&w, &set, set.primary_rows, "t-1", "members"));
    json_object_end(&w);
    CHECK_STR(buf_str(&out), "{\"data\":[{\"id\":\"u-1\",\"type\":\"users\"},"
                             "{\"id\":\"u-3\",\"type\":\"users\"}]}");
    CHECK(!include_write_linkage(&w, &set, set.primary_rows, "t-1", "others"));
    CHECK(!include_write_linkage(&w, NULL, set.primary_rows, "t-1", "members"));
    fixture_close();
}

UNIT_MAIN
