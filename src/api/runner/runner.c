/* The way of a runner's request: see runner.h. Its tokens open nothing else, and no other token
 * opens this. */
#include "api/runner/runner.h"

#include <string.h>

#include "api/resources.h"
#include "base/config.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"
#include "jsonapi/request.h"

#define MAX_TRIES 4
#define BYTES_LIMIT (4 * 1024 * 1024)

static bool authenticate(struct runner *runner)
{
    struct context *context = runner->context;
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_CALLER, &rows, context->token_hash))
        return false;
    if (!rows) {
        request_fail(context, ERROR_UNAUTHORIZED, NULL, NULL);
        return false;
    }
    runner->token_id = rows_get(rows, 0, "id");
    runner->pool_id = rows_get(rows, 0, "agent_pool_id");
    runner->organization_id = rows_get(rows, 0, "organization_id");
    if (rows_bool(rows, 0, "touch"))
        touches_add(context->service, runner->token_id);
    return true;
}

static void read_body(struct context *context, enum runner_body body)
{
    long limit = body == RUNNER_BYTES ? BYTES_LIMIT : context->service->config->document_limit;

    buf_init(&context->raw_body, context->arena);
    int failure = http_read_body(context->request, (size_t)limit, &context->raw_body);
    if (failure == 413)
        request_fail(context, ERROR_TOO_LARGE, NULL, "At most %ld bytes are taken at once", limit);
    else if (failure)
        request_fail(context, ERROR_BAD_REQUEST, NULL, "The request body ended early");
}

static bool parse_document(struct context *context)
{
    const char *reason;

    if (context->raw_body.len == 0)
        return true;
    context->document =
        json_read(context->arena, buf_str(&context->raw_body), context->raw_body.len,
                  (int)context->service->config->json_depth, &reason);
    if (!context->document)
        request_fail(context, ERROR_INVALID_DOCUMENT, "", "The document cannot be read: %s",
                     reason);
    return !request_failed(context);
}

static bool try_once(struct runner *runner, enum runner_body body, runner_handler *handler)
{
    struct context *context = runner->context;
    struct db *db = context->service->db;

    context->error_count = 0;
    context->transient = false;
    context->reply = (struct reply){.statement = STATEMENT_COUNT};
    runner->status = 0;
    buf_init(&runner->text, context->arena);
    json_writer_init(&runner->w, &runner->text);
    if (!db_ok(context, db_begin(db)))
        return true;
    if (authenticate(runner) && (body != RUNNER_DOCUMENT || parse_document(context)))
        handler(runner);
    if (request_failed(context)) {
        db_rollback(db);
        return !context->transient || body == RUNNER_STREAM;
    }
    enum db_status status = db_commit(db);
    db_ok(context, status);
    bool again = status == DB_RETRY || (status == DB_CONSTRAINT && context->transient);
    return !again || body == RUNNER_STREAM;
}

static void answer(struct runner *runner)
{
    struct context *context = runner->context;

    if (context->reply.send) {
        context->reply.send(context);
        return;
    }
    context->request->status = runner->status ? runner->status : runner->text.len ? 200 : 204;
    if (runner->text.len == 0)
        return;
    http_header(context->request, "Content-Type", "application/json");
    http_write(context->request, runner->text.data, runner->text.len);
}

void runner_serve(struct context *context, enum runner_body body, runner_handler *handler)
{
    struct runner runner = {.context = context};
    int tries = 0;

    context->token_hash = principal_token_hash(context->arena, context->request->authorization);
    if (!context->token_hash)
        request_fail(context, ERROR_UNAUTHORIZED, NULL, NULL);
    else if (body == RUNNER_DOCUMENT || body == RUNNER_BYTES)
        read_body(context, body);
    if (request_failed(context) || !db_ok(context, db_ensure(context->service->db)))
        return;
    while (!try_once(&runner, body, handler) && ++tries < MAX_TRIES)
        continue;
    if (!request_failed(context))
        answer(&runner);
}

const struct rows *runner_job(struct runner *runner)
{
    struct rows *job = NULL;

    if (CONTEXT_QUERY(runner->context, STATEMENT_RUNNER_JOB, &job,
                      context_param(runner->context, 0), runner->token_id) &&
        !job)
        request_fail(runner->context, ERROR_NOT_FOUND, NULL, NULL);
    return job;
}

const struct rows *runner_job_at_work(struct runner *runner)
{
    const struct rows *job = runner_job(runner);

    if (job && strcmp(rows_get(job, 0, "status"), "claimed") != 0) {
        request_fail(runner->context, ERROR_CONFLICT, NULL, "The job is no longer yours");
        return NULL;
    }
    return job;
}

#define RUNNER "/api/runner/v1"

static const struct route routes[] = {
    {{HTTP_POST, RUNNER "/agents"}, ROUTE_RAW, .handler = runner_agent_create},
    {{HTTP_DELETE, RUNNER "/agents/:id"}, ROUTE_RAW, .handler = runner_agent_exit},
    {{HTTP_POST, RUNNER "/agents/:id/claim"}, ROUTE_RAW, .handler = runner_claim},
    {{HTTP_POST, RUNNER "/jobs/:id/renew"}, ROUTE_RAW, .handler = runner_renew},
    {{HTTP_POST, RUNNER "/jobs/:id/log"}, ROUTE_RAW, .handler = runner_log},
    {{HTTP_POST, RUNNER "/jobs/:id/finish"}, ROUTE_RAW, .handler = runner_finish},
    {{HTTP_GET, RUNNER "/jobs/:id/configuration"}, ROUTE_RAW, .handler = runner_configuration},
    {{HTTP_GET, RUNNER "/jobs/:id/files/:name"}, ROUTE_RAW, .handler = runner_file_get},
    {{HTTP_PUT, RUNNER "/jobs/:id/files/:name"}, ROUTE_RAW, .handler = runner_file_put},
    {0},
};

const struct resource runner_resource = {.type = "runner", .routes = routes};
