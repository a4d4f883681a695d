/* Rows that become resource objects. */
#include "jsonapi/render.h"

#include "unit/jsonapi/fixture.h"
#include "unit/unit.h"

static void render_twice(struct context *unused, struct json_writer *w, const struct row *row)
{
    (void)unused;
    json_array_begin(w);
    json_string(w, row_get(row, "name"));
    json_string(w, row_get(row, "no such column"));
    json_array_end(w);
}

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING},
    {"auto-apply", ATTRIBUTE_BOOL},
    {"size", ATTRIBUTE_INT, .column = "bytes"},
    {"made-at", ATTRIBUTE_TIME},
    {"globs", ATTRIBUTE_STRINGS},
    {"settings", ATTRIBUTE_JSON},
    {"value", ATTRIBUTE_STRING, ATTRIBUTE_WRITE_ONLY},
    {"note", ATTRIBUTE_STRING, ATTRIBUTE_OMIT_NULL},
    {"source", ATTRIBUTE_STRING, .constant = "\"api\""},
    {"twice", ATTRIBUTE_STRING, .render = render_twice},
    {0},
};
static const struct relationship relationships[] = {
    {"owner", RELATION_ONE, "users", "owner_id", "/api/v2/users/{owner_id}"},
    {"locked-by", RELATION_ONE, NULL, "locked_by"},
    {"tags", RELATION_MANY, "tags", "tag_ids"},
    {"run", RELATION_ONE, "runs", "run_id", .flags = RELATION_OMIT_NULL},
    {"vars", RELATION_LINK, .related = "/api/v2/things/{id}/vars"},
    {0},
};
static const struct permission permissions[] = {
    {"can-read", 1}, {"can-both", 3}, {"can-never", 0}, {0}};
static const struct link links[] = {
    {"self", "/api/v2/things/{name}"}, {"owner", "/api/v2/users/{owner_id}"}, {0}};
static const struct resource resource = {
    .type = "things",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
};
static const struct route route = {.kind = ROUTE_SHOW, .resource = &resource};

#define COLUMNS                                                                                    \
    "id", "mask", "name", "auto_apply", "bytes", "made_at", "globs", "settings", "value", "note",  \
        "owner_id", "locked_by", "tag_ids", "run_id"
#define COLUMN_COUNT 14
#define FULL                                                                                       \
    "t-1", "1", "a/b \"c\" \xc3\xa4", "t", "42", "2024-02-29 10:00:00.5+00", "{a,\"b c\"}",        \
        "{\"x\": 1}", "secret", "x", "user-1", "users/user-2", "{tag-1,tag-2}", "run-1"
#define EMPTY "t-2", "7", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL

static const char *const full[] = {COLUMNS, FULL};
static const char *const empty[] = {COLUMNS, EMPTY};

static const char *rendered(const char *uri, const char *const *texts)
{
    static char copy[4096];
    struct json_writer w;
    struct buf out;

    fixture_open(uri, &route);
    struct row row =
        render_row(&resource, fixture_rows(STATEMENT_COUNT - 1, COLUMN_COUNT, 1, texts), 0);
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    render_resource(context, &w, &row);
    snprintf(copy, sizeof copy, "%s", buf_str(&out));
    fixture_close();
    return copy;
}

TEST(everything_that_the_tables_name)
{
    CHECK_STR(rendered("/x", full),
              "{\"id\":\"t-1\",\"type\":\"things\",\"attributes\":{"
              "\"name\":\"a/b \\\"c\\\" \xc3\xa4\",\"auto-apply\":true,\"size\":42,"
              "\"made-at\":\"2024-02-29T10:00:00.500Z\",\"globs\":[\"a\",\"b c\"],"
              "\"settings\":{\"x\": 1},\"note\":\"x\",\"source\":\"api\","
              "\"twice\":[\"a/b \\\"c\\\" \xc3\xa4\",null],"
              "\"permissions\":{\"can-read\":true,\"can-both\":false,\"can-never\":false}},"
              "\"relationships\":{"
              "\"owner\":{\"data\":{\"id\":\"user-1\",\"type\":\"users\"},"
              "\"links\":{\"related\":\"/api/v2/users/user-1\"}},"
              "\"locked-by\":{\"data\":{\"id\":\"user-2\",\"type\":\"users\"}},"
              "\"tags\":{\"data\":[{\"id\":\"tag-1\",\"type\":\"tags\"},"
              "{\"id\":\"tag-2\",\"type\":\"tags\"}]},"
              "\"run\":{\"data\":{\"id\":\"run-1\",\"type\":\"runs\"}},"
              "\"vars\":{\"links\":{\"related\":\"/api/v2/things/t-1/vars\"}}},"
              "\"links\":{\"self\":\"/api/v2/things/a%2Fb%20%22c%22%20%C3%A4\","
              "\"owner\":\"/api/v2/users/user-1\"}}");
}

TEST(nulls)
{
    CHECK_STR(
        rendered("/x", empty),
        "{\"id\":\"t-2\",\"type\":\"things\",\"attributes\":{"
        "\"name\":null,\"auto-apply\":null,\"size\":null,\"made-at\":null,\"globs\":null,"
        "\"settings\":null,\"source\":\"api\",\"twice\":[null,null],"
        "\"permissions\":{\"can-read\":true,\"can-both\":true,\"can-never\":false}},"
        "\"relationships\":{\"owner\":{\"data\":null},\"locked-by\":{\"data\":null},"
        "\"tags\":{\"data\":[]},\"vars\":{\"links\":{\"related\":\"/api/v2/things/t-2/vars\"}}},"
        "\"links\":{}}");
}

TEST(only_the_fields_that_are_asked_for)
{
    CHECK_STR(rendered("/x?fields[things]=size,owner", full),
              "{\"id\":\"t-1\",\"type\":\"things\",\"attributes\":{\"size\":42},"
              "\"relationships\":{\"owner\":{\"data\":{\"id\":\"user-1\",\"type\":\"users\"},"
              "\"links\":{\"related\":\"/api/v2/users/user-1\"}}},"
              "\"links\":{\"self\":\"/api/v2/things/a%2Fb%20%22c%22%20%C3%A4\","
              "\"owner\":\"/api/v2/users/user-1\"}}");
    /* A write-only attribute is not sent for being asked for; another type's fields are not these.
     */
    CHECK(strstr(rendered("/x?fields[things]=value", full), "secret") == NULL);
    CHECK(strstr(rendered("/x?fields[others]=size", full), "\"note\":\"x\"") != NULL);
    CHECK(strstr(rendered("/x?fields[things]=", full), "\"attributes\":{},") != NULL);
}

static const char *document(const struct route *list_or_show, const char *const *texts,
                            size_t count)
{
    static char copy[8192];
    bool list = list_or_show->kind == ROUTE_LIST;

    fixture_open("/x", list_or_show);
    context->paging.number = 1;
    const struct rows *rows = fixture_rows(STATEMENT_COUNT - 2, 2, count, texts);
    CHECK(render_fetch(context, list_or_show->resource, rows));
    render_document(context, list_or_show->resource, rows, list, 202);
    CHECK_INT(fixture_request.status, 202);
    CHECK(strstr(buf_str(&fixture_request.headers), "application/vnd.api+json") != NULL);
    snprintf(copy, sizeof copy, "%s", fixture_body());
    fixture_close();
    return copy;
}

static const struct attribute one_attribute[] = {{"name", ATTRIBUTE_STRING}, {0}};
static const struct resource small = {.type = "smalls", .attributes = one_attribute};
static const struct route small_show = {.kind = ROUTE_SHOW, .resource = &small};
static const struct route small_list = {
    .kind = ROUTE_LIST, .resource = &small, .flags = ROUTE_UNPAGED};

TEST(a_document_of_one)
{
    static const char *const texts[] = {"id", "name", "s-1", "a"};

    CHECK_STR(document(&small_show, texts, 1),
              "{\"data\":{\"id\":\"s-1\",\"type\":\"smalls\",\"attributes\":{\"name\":\"a\"}}}");
}

TEST(a_list_leaves_rows_without_id_out)
{
    static const char *const texts[] = {"id", "name", NULL, NULL, "s-1", "a", "s-2", "b"};
    const char *text = document(&small_list, texts, 3);

    static const char expected[] =
        "{\"data\":[{\"id\":\"s-1\",\"type\":\"smalls\",\"attributes\":{\"name\":\"a\"}},"
        "{\"id\":\"s-2\",\"type\":\"smalls\",\"attributes\":{\"name\":\"b\"}}],\"links\":";
    CHECK_INT(strncmp(text, expected, strlen(expected)), 0);
    CHECK(strncmp(document(&small_list, texts, 1), "{\"data\":[],\"links\":", 19) == 0);
}

TEST(templates)
{
    fixture_open("/x", &route);
    struct row row =
        render_row(&resource, fixture_rows(STATEMENT_COUNT - 1, COLUMN_COUNT, 1, full), 0);
    CHECK_STR(render_template(context, "/plain", &row), "/plain");
    CHECK_STR(render_template(context, "{id}", &row), "t-1");
    CHECK_STR(render_template(context, "/{id}/{run_id}/x", &row), "/t-1/run-1/x");
    CHECK_STR(render_template(context, "/{id}/{nothing}", &row), NULL);
    fixture_close();
}

UNIT_MAIN
