/* Documents that become patches. The resource has one of everything. */
#include "jsonapi/patch.h"

#include "jsonapi/handler.h"
#include "unit/jsonapi/fixture.h"
#include "unit/unit.h"

static const char *check_even(struct context *unused, const char *value)
{
    (void)unused;
    return strlen(value) % 2 ? "must be even" : NULL;
}

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, ATTRIBUTE_REQUIRED, .max = 5},
    {"auto-apply", ATTRIBUTE_BOOL},
    {"size", ATTRIBUTE_INT, ATTRIBUTE_NULLABLE},
    {"starts-at", ATTRIBUTE_TIME},
    {"globs", ATTRIBUTE_STRINGS, .column = "patterns"},
    {"anything", ATTRIBUTE_JSON},
    {"level", ATTRIBUTE_STRING, .choices = "read|write"},
    {"even", ATTRIBUTE_STRING, .check = check_even},
    {"note", ATTRIBUTE_STRING, ATTRIBUTE_REQUIRED | ATTRIBUTE_ALLOW_EMPTY},
    {"made-at", ATTRIBUTE_TIME, ATTRIBUTE_READ_ONLY},
    {"kind", ATTRIBUTE_STRING, ATTRIBUTE_CREATE_ONLY, .initial = "\"plain\""},
    {"seen", ATTRIBUTE_STRING, ATTRIBUTE_NO_COLUMN},
    {0},
};

static const struct relationship relationships[] = {
    {"project", RELATION_ONE, "projects", "project_id", .writes = "project_id",
     .flags = RELATION_REQUIRED},
    {"pool", RELATION_ONE, "pools", "pool_id", .writes = "pool_id", .flags = RELATION_NULLABLE},
    {"owner", RELATION_ONE, NULL, "owner", .writes = "owner_id", .flags = RELATION_CREATE_ONLY},
    {"things", RELATION_MANY, "things", "things"},
    {0},
};

static const char *hook_saw;

static void before_write(struct context *hook_context, struct patch *patch)
{
    (void)hook_context;
    hook_saw = json_text(patch_attribute(patch, "seen"));
    if (hook_saw && strcmp(hook_saw, "add") == 0)
        patch_string(patch, "added", "by the hook");
}

static const struct resource resource = {
    .type = "things",
    .id_prefix = "thing-",
    .attributes = attributes,
    .relationships = relationships,
    .before_write = before_write,
};

static struct patch patch;
static const struct route route = {.resource = &resource};

static bool read_text(const char *document, bool create, const struct route *from)
{
    static const char *const load[] = {"id", "thing-1"};
    const char *reason;

    fixture_open("/", from);
    context->rows = fixture_rows(STATEMENT_COUNT - 1, 1, 1, load);
    context->document = json_read(context->arena, document, strlen(document), 64, &reason);
    if (context->document == NULL)
        abort();
    return patch_read(context, &resource, create, &patch);
}

/* A document's text with ' for ", so that it can be read. */
static const char *quoted(const char *text)
{
    static char out[4096];
    size_t i = 0;

    for (; text[i] != '\0' && i < sizeof out - 1; i++)
        out[i] = text[i] == '\'' ? '"' : text[i];
    out[i] = '\0';
    return out;
}

static bool create(const char *members)
{
    char text[4096];

    snprintf(text, sizeof text, "{'data': {'type': 'things', %s}}", members);
    return read_text(quoted(text), true, &route);
}

static bool update(const char *members)
{
    char text[4096];

    snprintf(text, sizeof text, "{'data': {%s}}", members);
    return read_text(quoted(text), false, &route);
}

static const char *text(void)
{
    return buf_str(&patch.text);
}

#define PROJECT "'relationships': {'project': {'data': {'type': 'projects', 'id': 'prj-1'}}}"

TEST(a_create_takes_what_the_tables_name)
{
    CHECK(create(
        "'attributes': {'name': 'a', 'auto-apply': true, 'size': -3, "
        "'starts-at': '2024-02-29T12:00:00+02:00', 'globs': ['a', 'b,c'], "
        "'anything': {'x': [1, null]}, 'level': 'write', 'even': 'ab', 'note': ''}, " PROJECT));
    CHECK_STR(text(), quoted("{'name':'a','auto_apply':true,'size':-3,"
                             "'starts_at':'2024-02-29T10:00:00.000Z','patterns':['a','b,c'],"
                             "'anything':{'x':[1,null]},'level':'write','even':'ab','note':'',"
                             "'kind':'plain','project_id':'prj-1'}"));
    CHECK(!patch.empty);
    CHECK(strncmp(patch.id, "thing-", 6) == 0);
    fixture_close();
}

TEST(an_update_takes_only_what_is_there)
{
    CHECK(update("'attributes': {'name': 'b', 'kind': 'other'}"));
    CHECK_STR(text(), "{\"name\":\"b\"}");
    CHECK_STR(patch.id, "thing-1");
    fixture_close();
    CHECK(update("'attributes': {}"));
    CHECK_STR(text(), "{}");
    CHECK(patch.empty);
    fixture_close();
    CHECK(update("'id': 'thing-1'"));
    CHECK_STR(text(), "{}");
    fixture_close();
}

TEST(read_only_and_unknown_members_are_ignored)
{
    CHECK(update("'attributes': {'made-at': '2024-01-01T00:00:00Z', 'no-such': 1}, "
                 "'relationships': {'no-such': 7, 'things': {'data': []}}"));
    CHECK_STR(text(), "{}");
    fixture_close();
}

TEST(underscores_are_dashes)
{
    CHECK(update("'attributes': {'auto_apply': false}"));
    CHECK_STR(text(), "{\"auto_apply\":false}");
    fixture_close();
    CHECK(update("'attributes': {'auto_apply': false, 'auto-apply': true}"));
    CHECK_STR(text(), "{\"auto_apply\":true}");
    fixture_close();
}

TEST(null_clears_what_may_be_null_and_is_nothing_elsewhere)
{
    CHECK(update("'attributes': {'size': null, 'name': null, 'auto-apply': null}"));
    CHECK_STR(text(), "{\"size\":null}");
    CHECK(!patch.empty);
    fixture_close();
    CHECK(update("'attributes': null, 'relationships': null"));
    CHECK_STR(text(), "{}");
    fixture_close();
    CHECK(update("'relationships': {'pool': {'data': null}, 'project': {'data': null}}"));
    CHECK_STR(text(), "{\"pool_id\":null}");
    fixture_close();
}

TEST(everything_wrong_is_reported_at_once)
{
    CHECK(
        !create("'attributes': {'name': '', 'auto-apply': 'yes', 'size': 1.5, 'starts-at': 'soon', "
                "'globs': ['a', 1], 'level': 'admin', 'even': 'abc'}"));
    CHECK_INT(context->error_count, 9);
    CHECK_STR(fixture_error(0, "pointer"), "/data/attributes/name");
    CHECK_STR(fixture_error(0, "detail"), "Name can't be blank");
    CHECK_STR(fixture_error(1, "detail"), "Auto apply must be true or false");
    CHECK_STR(fixture_error(2, "detail"), "Size must be an integer");
    CHECK_STR(fixture_error(3, "detail"), "Starts at must be an ISO 8601 time");
    CHECK_STR(fixture_error(4, "detail"), "Globs must be an array of strings");
    CHECK_STR(fixture_error(5, "detail"), "Level is not included in the list");
    CHECK_STR(fixture_error(6, "detail"), "Even must be even");
    CHECK_STR(fixture_error(7, "detail"), "Note can't be blank");
    CHECK_STR(fixture_error(8, "pointer"), "/data/relationships/project");
    CHECK_STR(fixture_error(8, "detail"), "Project can't be blank");
    fixture_close();
}

TEST(required_means_on_create_and_not_blank_ever)
{
    CHECK(!create("'attributes': {'name': null, 'note': 'x'}, " PROJECT));
    CHECK_STR(fixture_error(0, "detail"), "Name can't be blank");
    CHECK_INT(context->error_count, 1);
    fixture_close();
    CHECK(!update("'attributes': {'name': ''}"));
    CHECK_STR(fixture_error(0, "detail"), "Name can't be blank");
    fixture_close();
}

TEST(length_is_in_characters)
{
    CHECK(update("'attributes': {'name': 'äöüßé'}"));
    fixture_close();
    CHECK(!update("'attributes': {'name': 'äöüßéa'}"));
    CHECK_STR(fixture_error(0, "detail"), "Name is too long (maximum is 5 characters)");
    fixture_close();
}

TEST(integers_have_32_bits)
{
    CHECK(update("'attributes': {'size': 2147483647}"));
    fixture_close();
    CHECK(update("'attributes': {'size': -2147483648}"));
    fixture_close();
    CHECK(!update("'attributes': {'size': 2147483648}"));
    CHECK_STR(fixture_error(0, "detail"), "Size is out of range");
    fixture_close();
    CHECK(!update("'attributes': {'size': -2147483649}"));
    fixture_close();
    CHECK(!update("'attributes': {'size': '5'}"));
    fixture_close();
}

TEST(relationships_name_one_thing_of_their_type)
{
    CHECK(!update("'relationships': {'project': {'data': {'type': 'teams', 'id': 'team-1'}}}"));
    CHECK_STR(fixture_error(0, "detail"), "Project must be of type projects");
    CHECK_STR(fixture_error(0, "pointer"), "/data/relationships/project");
    fixture_close();
    CHECK(!update("'relationships': {'project': {'data': {'type': 'projects'}}}"));
    CHECK_STR(fixture_error(0, "detail"), "Project must name an id");
    fixture_close();
    CHECK(!update("'relationships': {'project': {'data': [{'type': 'projects', 'id': 'prj-1'}]}}"));
    CHECK_STR(fixture_error(0, "detail"), "Project must name an id");
    fixture_close();
    /* Go structs send an empty type, and old scripts none. */
    CHECK(update("'relationships': {'project': {'data': {'type': '', 'id': 'prj-1'}}}"));
    fixture_close();
    CHECK(update("'relationships': {'project': {'data': {'id': 'prj-1'}}}"));
    CHECK_STR(text(), "{\"project_id\":\"prj-1\"}");
    fixture_close();
    CHECK(update("'relationships': {'project': {}, 'pool': 5}"));
    CHECK_STR(text(), "{}");
    fixture_close();
}

TEST(create_only_relationships_are_ignored_in_an_update)
{
    CHECK(create("'attributes': {'name': 'a', 'note': ''}, 'relationships': {"
                 "'owner': {'data': {'type': 'users', 'id': 'user-1'}}, "
                 "'project': {'data': {'type': 'projects', 'id': 'prj-1'}}}"));
    CHECK(strstr(text(), "\"owner_id\":\"user-1\"") != NULL);
    fixture_close();
    CHECK(update("'relationships': {'owner': {'data': {'type': 'users', 'id': 'user-1'}}}"));
    CHECK_STR(text(), "{}");
    fixture_close();
}

TEST(the_hook_reads_and_adds)
{
    CHECK(update("'attributes': {'seen': 'add'}"));
    CHECK_STR(hook_saw, "add");
    CHECK_STR(text(), "{\"added\":\"by the hook\"}");
    fixture_close();
}

TEST(what_is_no_document)
{
    static const char *const documents[][2] = {
        {"[]", ""},
        {"null", ""},
        {"7", ""},
        {"{}", "/data"},
        {"{'data': null}", "/data"},
        {"{'data': []}", "/data"},
        {"{'data': 'x'}", "/data"},
        {"{'data': {'attributes': []}}", "/data/attributes"},
        {"{'data': {'attributes': {}, 'relationships': 1}}", "/data/relationships"},
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        CHECK(!read_text(quoted(documents[i][0]), false, &route));
        CHECK_INT(context->error_count, 1);
        CHECK_INT(context->errors[0].code, ERROR_INVALID_DOCUMENT);
        CHECK_STR(fixture_error(0, "pointer"), documents[i][1]);
        fixture_close();
    }
}

TEST(an_optional_document_may_have_no_data)
{
    static const struct route optional = {.resource = &resource, .flags = ROUTE_OPTIONAL_DOCUMENT};

    CHECK(read_text("{}", false, &optional));
    CHECK_STR(text(), "{}");
    fixture_close();
    CHECK(!read_text("{\"data\": 1}", false, &optional));
    fixture_close();
}

TEST(an_object_of_an_array_has_its_own_pointers)
{
    const char *reason, *array = "[{}, {\"attributes\": {\"name\": 1}}]";

    fixture_open("/", &route);
    const struct json_value *data = json_read(context->arena, array, strlen(array), 64, &reason);
    CHECK(!patch_read_object(context, &resource, json_at(data, 1), "/data/1", NULL, false, &patch));
    CHECK_STR(fixture_error(0, "pointer"), "/data/1/attributes/name");
    CHECK(context->object_pointer == NULL);
    fixture_close();
}

TEST(choices)
{
    CHECK(patch_is_choice("read|write", "read"));
    CHECK(patch_is_choice("read|write", "write"));
    CHECK(!patch_is_choice("read|write", ""));
    CHECK(!patch_is_choice("read|write", "rea"));
    CHECK(!patch_is_choice("read|write", "read|write"));
    CHECK(!patch_is_choice("", "x"));
}

TEST(identifiers_become_an_array_literal)
{
    static const char *const bad[] = {
        "{}",
        "{'data': null}",
        "{'data': {'id': 'a'}}",
        "{'data': [{}]}",
        "null",
        "{'data': [{'id': 'a', 'type': 'teams'}]}",
    };
    fixture_open("/", &route);
    const char *reason,
        *good = quoted("{'data': [{'id': 'a', 'type': 'users'}, {'id': '{b,\\\\}'}]}");
    context->document = json_read(context->arena, good, strlen(good), 64, &reason);
    CHECK_STR(document_ids(context, "users"), "{\"a\",\"{b,\\\\}\"}");
    context->document = json_read(context->arena, "{\"data\":[]}", 11, 64, &reason);
    CHECK_STR(document_ids(context, "users"), "{}");
    fixture_close();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *document = quoted(bad[i]);
        fixture_open("/", &route);
        context->document = json_read(context->arena, document, strlen(document), 64, &reason);
        CHECK(context->document != NULL);
        CHECK(document_ids(context, "users") == NULL);
        CHECK_INT(context->error_count, 1);
        fixture_close();
    }
}

UNIT_MAIN
