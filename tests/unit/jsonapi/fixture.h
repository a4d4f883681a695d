/* A context around one request, and rows without a database: what the files of src/jsonapi are
 * tested with, each by itself. */
#ifndef TERRACE_TESTS_JSONAPI_FIXTURE_H
#define TERRACE_TESTS_JSONAPI_FIXTURE_H

#include <stdlib.h>

#include "unit/http/fake_io.h"

#include "base/config.h"
#include "db/db_internal.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/resource.h"

static struct fake_io fixture_io;
static struct http_request fixture_request;
static struct config fixture_config;
static struct service fixture_service;
static struct context *context;

/* The route is of the test; most of its members do not matter to what is tested. */
static inline void fixture_open(const char *uri, const struct route *route)
{
    static const char *params[] = {"REQUEST_METHOD", "GET",       "REQUEST_URI", NULL,
                                   "HTTP_HOST",      "localhost", NULL,          NULL};

    params[3] = uri;
    fake_open(&fixture_io, &fixture_request, params, "", 0);
    if (http_parse(&fixture_request) != HTTP_PARSED)
        abort();
    fixture_config = (struct config){.base_url = "https://terrace.test", .json_depth = 64};
    fixture_service = (struct service){.config = &fixture_config};
    fixture_service.db = db_open("host=/nonexistent", true);
    context = arena_alloc(fixture_request.arena, sizeof *context);
    context->service = &fixture_service;
    context->request = &fixture_request;
    context->arena = fixture_request.arena;
    context->route = route;
    context->token_hash = "hash";
    context->reply.statement = STATEMENT_COUNT;
    snprintf(context->request_id, sizeof context->request_id, "req-test");
}

static inline void fixture_close(void)
{
    db_close(fixture_service.db);
    fake_close(&fixture_io, &fixture_request);
}

/* `columns` names and then the cells of each row; NULL is SQL NULL. */
static inline struct rows *fixture_rows(enum statement statement, size_t columns, size_t count,
                                        const char *const *texts)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc names[32] = {0};

    for (size_t i = 0; i < columns; i++)
        names[i].name = (char *)texts[i];
    if (columns > 32 || !PQsetResultAttrs(result, (int)columns, names))
        abort();
    for (size_t i = 0; i < columns * count; i++) {
        const char *cell = texts[columns + i];
        if (!PQsetvalue(result, (int)(i / columns), (int)(i % columns), (char *)cell,
                        cell ? (int)strlen(cell) : -1))
            abort();
    }
    return rows_new(context->arena, statement, result);
}

static inline const char *fixture_error(size_t i, const char *what)
{
    const struct error_entry *entry = &context->errors[i];

    if (i >= context->error_count)
        return "(no such error)";
    return strcmp(what, "pointer") == 0 ? entry->pointer : entry->detail;
}

/* What the reply's body is once an error has been answered. */
static inline const char *fixture_body(void)
{
    return buf_str(&fixture_request.body);
}

#endif
