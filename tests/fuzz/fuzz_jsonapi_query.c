/* Query strings of lists: pages, filters and include become parameters or a 400, and the links of
 * the answer are JSON again. */
#include "fuzz/fuzz.h"
#include "unit/jsonapi/fixture.h"

#include "api/resources.h"
#include "jsonapi/paging.h"
#include "jsonapi/request.h"

static const struct filter filters[] = {
    {"search[name]|filter[name]"},
    {"filter[tagged]", FILTER_TAGGED},
    {"all", FILTER_PRESENT},
    {"since|from", FILTER_TIME},
    {0},
};
static const struct route route = {
    .kind = ROUTE_LIST, .resource = &workspace_resource, .filters = filters};

static void must_be_object(const struct buf *text)
{
    const char *reason;
    const struct json_value *value = json_read(context->arena, text->data, text->len, 64, &reason);

    MUST(value != NULL && json_kind(value) == JSON_OBJECT);
}

static void answer_list(void)
{
    static const char *const rows[] = {"id", "total", "ws-1", "1000"};
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    paging_write(context, &w, fixture_rows(STATEMENT_COUNT - 1, 2, 1, rows));
    json_object_end(&w);
    must_be_object(&out);
}

static bool is_request(const char *uri)
{
    struct fake_io io;
    struct http_request request;
    bool good;

    fake_open(&io, &request, FAKE_PARAMS("REQUEST_METHOD", "GET", "REQUEST_URI", uri), "", 0);
    good = http_parse(&request) == HTTP_PARSED;
    fake_close(&io, &request);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *params[DB_MAX_PARAMS];
    char uri[8192];

    snprintf(uri, sizeof uri, "/x?%.*s", (int)(size < 4096 ? size : 4096), (const char *)data);
    if (!is_request(uri))
        return 0;
    fixture_open(uri, &route);
    size_t count = read_bind(context, params);
    MUST((count == 0) == (context->error_count > 0));
    if (count > 0) {
        MUST(count == 7 && context->paging.number > 0 && context->paging.size <= 100);
        answer_list();
    } else {
        error_reply(context);
        MUST(fixture_request.status == 400);
        must_be_object(&fixture_request.body);
    }
    fixture_close();
    return 0;
}
