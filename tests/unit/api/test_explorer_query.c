/* Queries of the explorer, from query strings and from documents: no database is asked. */
#include "unit/unit.h"

#include <string.h>

#include "api/explorer/explorer_query.h"
#include "base/arena.h"
#include "http/http_request.h"
#include "json/json_reader.h"

static struct arena *arena;
static struct explorer_query query;
static struct explorer_problem problem;

/* Names and values in turn, up to NULL. */
static bool ask(const char *const *texts)
{
    static struct http_query_param params[40];
    struct http_request request = {.arena = arena, .query = params};

    for (; texts[0]; texts += 2)
        params[request.query_count++] = (struct http_query_param){texts[0], texts[1]};
    problem = (struct explorer_problem){0};
    return explorer_query_from_url(arena, &request, &query, &problem);
}
#define ASK(...) ask((const char *const[]){__VA_ARGS__, NULL})

static bool parse(const char *view, const char *text)
{
    const char *reason;
    const struct json_value *json = json_read(arena, text, strlen(text), 16, &reason);

    CHECK(json);
    problem = (struct explorer_problem){0};
    return explorer_query_from_json(arena, explorer_view_find(view), json, &query, &problem);
}

TEST(types)
{
    arena = arena_new();
    CHECK(ASK("type", "workspaces"));
    CHECK_STR(explorer_query_filters(arena, &query), "[]");
    CHECK_STR(explorer_query_sorts(arena, &query), "[]");
    CHECK_STR(explorer_query_field(&query, 0)->name, "all_checks_succeeded");
    CHECK(ASK("type", "tf_versions") && ASK("type", "providers") && ASK("type", "modules"));
    CHECK(!ASK("type", "planets"));
    CHECK_STR(problem.where, "?type");
    CHECK(!ASK("page[size]", "1"));
    arena_free(arena);
}

TEST(filters)
{
    arena = arena_new();
    CHECK(ASK("type", "workspaces", "filter[0][workspace_name][contains][0]", "te\"st",
              "filter[1][workspace-name][does not contain][0]", "x",
              "filter[2][module_count][gteq][0]", "-1.5", "filter[3][drifted][is][0]", "true",
              "filter[4][modules][is_empty][0]", "", "filter[5][workspace_created_at][is_after][0]",
              "2026-01-02"));
    CHECK_STR(
        explorer_query_filters(arena, &query),
        "[{\"field\":\"workspace_name\",\"kind\":\"string\",\"operator\":\"contains\",\"value\":"
        "\"te\\\"st\"},"
        "{\"field\":\"workspace_name\",\"kind\":\"string\",\"operator\":\"does_not_contain\","
        "\"value\":\"x\"},"
        "{\"field\":\"module_count\",\"kind\":\"number\",\"operator\":\"gteq\",\"value\":\"-1.5\"},"
        "{\"field\":\"drifted\",\"kind\":\"boolean\",\"operator\":\"is\",\"value\":\"true\"},"
        "{\"field\":\"modules\",\"kind\":\"string\",\"operator\":\"is_empty\",\"value\":\"\"},"
        "{\"field\":\"workspace_created_at\",\"kind\":\"datetime\",\"operator\":\"is_after\","
        "\"value\":\"2026-01-02T00:00:00.000Z\"}]");
    arena_free(arena);
}

TEST(refused_filters)
{
    static const char *const bad[][2] = {
        {"filter[0][planet][is][0]", "x"},
        {"filter[0][workspace_name][resembles][0]", "x"},
        {"filter[0][workspace_name][gt][0]", "x"},
        {"filter[0][drifted][is_not][0]", "true"},
        {"filter[0][drifted][is][0]", "maybe"},
        {"filter[0][module_count][is][0]", "1e3"},
        {"filter[0][module_count][is][0]", ""},
        {"filter[0][module_count][is][0]", "1."},
        {"filter[0][module_count][is][0]", "0x1"},
        {"filter[0][workspace_created_at][is_before][0]", "yesterday"},
        {"filter[0][workspace_created_at][is_before][0]", "2026-02-30"},
        {"filter[0][workspace_created_at][is][0]", "2026-01-01"},
        {"filter[0][workspace_name][is][1]", "x"},
        {"filter[x][workspace_name][is][0]", "x"},
        {"filter[][workspace_name][is][0]", "x"},
        {"filter[0][workspace_name][is]", "x"},
        {"filter[0][workspace_name][is][0]x", "x"},
        {"filter[0][workspace_name", "x"},
        {"filter[0", "x"},
    };

    arena = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!ASK("type", "workspaces", bad[i][0], bad[i][1]));
        CHECK(problem.where && strncmp(problem.where, "?filter", 7) == 0 && problem.text);
    }
    arena_free(arena);
}

TEST(fields_and_sorts)
{
    arena = arena_new();
    CHECK(ASK("type", "modules", "fields", "workspace_count,name,name", "sort",
              "-workspace_count,name"));
    CHECK_STR(explorer_query_field(&query, 0)->name, "workspace_count");
    CHECK_STR(explorer_query_field(&query, 1)->name, "name");
    CHECK(!explorer_query_field(&query, 2));
    CHECK_STR(explorer_query_sorts(arena, &query),
              "[{\"field\":\"workspace_count\",\"kind\":\"number\",\"descending\":true},"
              "{\"field\":\"name\",\"kind\":\"string\",\"descending\":false}]");
    CHECK(!ASK("type", "modules", "fields", "drifted"));
    CHECK_STR(problem.where, "?fields");
    CHECK(!ASK("type", "modules", "sort", "-"));
    CHECK(!ASK("type", "modules", "sort", "name,name,name,name"));
    CHECK_STR(problem.where, "?sort");
    arena_free(arena);
}

TEST(documents)
{
    arena = arena_new();
    CHECK(parse("workspaces", "{\"type\":\"workspaces\",\"filter\":[{\"field\":\"workspace_name\","
                              "\"operator\":\"contains\",\"value\":[\"child\"]},"
                              "{\"module-count\":{\"gt\":[2]}}],\"fields\":{\"workspaces\":[]},"
                              "\"sort\":[\"-workspace_name\"]}"));
    const char *kept = explorer_query_json(arena, &query);
    CHECK_STR(kept,
              "{\"type\":\"workspaces\",\"filter\":[{\"field\":\"workspace_name\",\"operator\":"
              "\"contains\",\"value\":[\"child\"]},{\"field\":\"module_count\",\"operator\":"
              "\"gt\",\"value\":[\"2\"]}],\"sort\":[\"-workspace_name\"]}");
    CHECK(parse("workspaces", kept));
    CHECK_STR(explorer_query_json(arena, &query), kept);
    CHECK(parse("modules", "{}"));
    CHECK_STR(explorer_query_json(arena, &query), "{\"type\":\"modules\",\"filter\":[]}");
    arena_free(arena);
}

TEST(refused_documents)
{
    static const char *const bad[] = {
        "[]",
        "{\"type\":\"modules\"}",
        "{\"filter\":{}}",
        "{\"filter\":[1]}",
        "{\"filter\":[{\"field\":\"drifted\"}]}",
        "{\"filter\":[{\"field\":\"drifted\",\"operator\":\"is\",\"value\":[\"true\",\"false\"]}]}",
        "{\"filter\":[{\"field\":\"drifted\",\"operator\":\"is\",\"value\":[]}]}",
        "{\"filter\":[{\"field\":\"drifted\",\"operator\":\"is\",\"value\":{}}]}",
        "{\"filter\":[{\"drifted\":true}]}",
        "{\"filter\":[{\"drifted\":{\"gt\":[\"true\"]}}]}",
        "{\"fields\":[1]}",
        "{\"fields\":[\"planet\"]}",
        "{\"sort\":3}",
    };

    arena = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!parse("workspaces", bad[i]));
        CHECK(problem.where && problem.text);
    }
    arena_free(arena);
}

UNIT_MAIN
