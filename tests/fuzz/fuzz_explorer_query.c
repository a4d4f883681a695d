/* Queries of the explorer, as query strings and as documents: what is taken is kept as a document
 * that is taken again and means the same, and its parameters are JSON. */
#include "fuzz/fuzz.h"

#include "api/explorer/explorer_query.h"
#include "base/arena.h"
#include "http/http_form.h"
#include "http/http_request.h"
#include "json/json_reader.h"

static struct arena *arena;

static const struct json_value *parsed(const char *text, size_t len)
{
    const char *reason;
    return json_read(arena, text, len, 64, &reason);
}

static void check(const struct explorer_query *query)
{
    const char *kept = explorer_query_json(arena, query);
    const char *filters = explorer_query_filters(arena, query);
    const char *sorts = explorer_query_sorts(arena, query);
    struct explorer_problem problem;
    struct explorer_query again;

    MUST(
        explorer_query_from_json(arena, query->view, parsed(kept, strlen(kept)), &again, &problem));
    MUST(strcmp(explorer_query_json(arena, &again), kept) == 0);
    MUST(strcmp(explorer_query_filters(arena, &again), filters) == 0);
    MUST(strcmp(explorer_query_sorts(arena, &again), sorts) == 0);
    MUST(json_kind(parsed(filters, strlen(filters))) == JSON_ARRAY);
    MUST(json_kind(parsed(sorts, strlen(sorts))) == JSON_ARRAY);
    MUST(explorer_query_field(query, 0) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct explorer_problem problem = {0};
    struct explorer_query query;
    struct http_request request = {0};

    arena = arena != NULL ? arena : arena_new();
    request.arena = arena;
    request.query_count = http_parse_form(arena, text, size, &request.query);
    if (explorer_query_from_url(arena, &request, &query, &problem))
        check(&query);
    else
        MUST(problem.where != NULL && problem.where[0] == '?' && problem.text != NULL);
    const struct json_value *document = parsed(text, size);
    problem = (struct explorer_problem){0};
    if (explorer_query_from_json(arena, explorer_view_find("workspaces"), document, &query,
                                 &problem))
        check(&query);
    else
        MUST(problem.where != NULL && problem.text != NULL);
    arena_reset(arena);
    return 0;
}
