/* The way of a batch of requests: see engine.h. */
#include "jsonapi/engine.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "jsonapi/request.h"

const char *context_param(const struct context *context, size_t index)
{
    return index < context->match.param_count ? context->match.params[index] : "";
}

const char *context_base_url(struct context *context)
{
    const char *configured = context->service->config->base_url;
    if (configured && *configured)
        return configured;
    const struct http_request *request = context->request;
    return arena_printf(context->arena, "%s://%s", request->https ? "https" : "http",
                        request->host ? request->host : "localhost");
}

static struct context *context_new(struct service *service, struct http_request *request)
{
    struct context *context = arena_alloc(request->arena, sizeof *context);
    context->service = service;
    context->request = request;
    context->arena = request->arena;
    context->reply.statement = STATEMENT_COUNT;
    snprintf(context->request_id, sizeof context->request_id, "%s",
             ids_new(request->arena, "req-"));
    return context;
}

/* What every answer carries: the CLI and go-tfe read the TFP headers from `ping`
 * (cli-protocol.md section 4). */
static void common_headers(struct context *context)
{
    struct http_request *request = context->request;
    http_header(request, "TFP-API-Version", "2.6");
    http_header(request, "TFP-AppName", "Terraform Enterprise");
    http_header(request, "X-TFE-Version", "v202505-1");
    http_header(request, "X-Request-Id", context->request_id);
    http_header(request, "Cache-Control", "no-store");
    http_header(request, "X-Content-Type-Options", "nosniff");
}

/* pipelined: statements that the pipeline sent for this request. */
static void finish(struct context *context, unsigned pipelined)
{
    struct service *service = context->service;
    if (service->config->cost_log && !context->request->headers_sent)
        http_header(context->request, "X-Terrace-Statements",
                    arena_printf(context->arena, "%u", pipelined + db_count(service->db)));
    assert(!db_in_transaction(service->db));
    http_finish(context->request);
}

static void refuse(struct context *context, enum error_code code)
{
    request_fail(context, code, NULL, NULL);
    error_reply(context);
}

static bool match(struct context *context)
{
    struct http_request *request = context->request;

    http_router_match(context->service->router, request, &context->match);
    if (context->match.route) {
        context->route = (const struct route *)context->match.route;
        return true;
    }
    if (context->match.allowed) {
        char allow[64];
        http_allow(context->match.allowed, allow);
        http_header(request, "Allow", allow);
        refuse(context, ERROR_METHOD_NOT_ALLOWED);
    } else {
        refuse(context, ERROR_NOT_FOUND);
    }
    return false;
}

static bool is_read(const struct route *route)
{
    return route->kind == ROUTE_SHOW || route->kind == ROUTE_LIST;
}

/* Sorted lists are statements of their own: `sort` picks one. */
static bool choose_statement(struct context *context, enum statement *out)
{
    const char *sort = http_query(context->request, "sort");
    *out = context->route->statement;
    if (context->route->kind != ROUTE_LIST || !sort || !*sort)
        return true;
    if (db_sorted(context->route->statement, sort, out))
        return true;
    *out = context->route->statement; /* unknown keys are ignored, like unknown parameters */
    return true;
}

/* Phase one of a read: its statement is under way when this returns true. */
static bool bind(struct context *context)
{
    const char *params[DB_MAX_PARAMS];
    enum statement statement;

    size_t count = read_bind(context, params);
    if (count == 0 || !choose_statement(context, &statement)) {
        error_reply(context);
        return false;
    }
    enum db_status status = db_send(context->service->db, statement, params, count);
    if (status != DB_OK) {
        request_fail_db(context, NULL, status);
        error_reply(context);
        return false;
    }
    return true;
}

static bool has_token(struct context *context)
{
    context->token_hash = principal_token_hash(context->arena, context->request->authorization);
    if (context->token_hash)
        return true;
    refuse(context, ERROR_UNAUTHORIZED);
    return false;
}

static void serve_alone(struct context *context)
{
    db_count_reset(context->service->db);
    if (context->route->kind == ROUTE_RAW) {
        context->route->handler(context);
        if (request_failed(context) && !context->request->headers_sent)
            error_reply(context);
        if (db_in_transaction(context->service->db))
            db_rollback(context->service->db);
    } else {
        enum db_status status = db_ensure(context->service->db);
        if (status == DB_OK) {
            write_serve(context);
        } else {
            request_fail_db(context, NULL, status);
            error_reply(context);
        }
    }
    finish(context, 0);
}

/* Sends the reads of contexts[0..count), then answers them in order. Other contexts are untouched.
 */
static void serve_reads(struct service *service, struct context **reads, size_t count)
{
    bool sent[ENGINE_MAX_BATCH];
    enum db_status status[ENGINE_MAX_BATCH];
    struct rows *rows[ENGINE_MAX_BATCH];

    if (count == 0)
        return;
    enum db_status ready = db_ensure(service->db);
    if (ready == DB_OK)
        ready = db_pipeline_begin(service->db);
    for (size_t i = 0; i < count; i++) {
        sent[i] = false;
        if (ready == DB_OK) {
            sent[i] = bind(reads[i]);
        } else {
            request_fail_db(reads[i], NULL, ready);
            error_reply(reads[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = NULL;
        status[i] = sent[i] ? db_receive(service->db, reads[i]->arena, &rows[i]) : DB_OK;
    }
    if (ready == DB_OK)
        db_pipeline_end(service->db);
    for (size_t i = 0; i < count; i++) {
        db_count_reset(service->db);
        if (sent[i]) {
            if (status[i] == DB_UNAVAILABLE && db_ensure(service->db) == DB_OK) {
                /* The kept connection had died: a read may simply be asked again, once. */
                const char *params[DB_MAX_PARAMS];
                enum statement statement;
                reads[i]->include_count = 0;
                size_t n = read_bind(reads[i], params);
                choose_statement(reads[i], &statement);
                status[i] =
                    db_query_text(service->db, reads[i]->arena, statement, &rows[i], params, n);
            }
            read_reply(reads[i], status[i], rows[i]);
        }
        finish(reads[i], sent[i] ? 1 : 0);
    }
}

void engine_serve(struct service *service, struct http_request *const *requests, size_t count)
{
    struct context *reads[ENGINE_MAX_BATCH];
    struct context *others[ENGINE_MAX_BATCH];
    size_t read_count = 0, other_count = 0;

    while (count > ENGINE_MAX_BATCH) {
        engine_serve(service, requests, ENGINE_MAX_BATCH);
        requests += ENGINE_MAX_BATCH;
        count -= ENGINE_MAX_BATCH;
    }
    db_count_reset(service->db);
    for (size_t i = 0; i < count; i++) {
        struct context *context = context_new(service, requests[i]);
        common_headers(context);
        if (!match(context) || (context->route->kind != ROUTE_RAW && !has_token(context)))
            finish(context, 0);
        else if (is_read(context->route))
            reads[read_count++] = context;
        else
            others[other_count++] = context;
    }
    serve_reads(service, reads, read_count);
    for (size_t i = 0; i < other_count; i++)
        serve_alone(others[i]);
}

void engine_idle(struct service *service)
{
    if (!service->touch_pending || db_ensure(service->db) != DB_OK)
        return;
    service->touch_pending = false;
    struct arena *arena = arena_new();
    if (db_query(service->db, arena, STATEMENT_TOKEN_TOUCH, NULL, service->touch_token) != DB_OK)
        log_warn("last use of a token could not be recorded");
    arena_free(arena);
}
