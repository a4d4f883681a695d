/* The way of a batch of requests: see engine.h. */
#include "jsonapi/engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "jsonapi/rate_limit.h"
#include "jsonapi/request.h"

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
    /* The CLI writes its state so often while it applies, in seconds: one that is killed leaves
     * what it has made. It reads this where it looks for a state, also when there is none. */
    http_header(request, "X-Terraform-Snapshot-Interval", "20");
    http_header(request, "X-Request-Id", context->request_id);
    http_header(request, "Cache-Control", "no-store");
    http_header(request, "X-Content-Type-Options", "nosniff");
    if (context->service->rate_limit > 0)
        http_header(request, "X-RateLimit-Limit",
                    arena_printf(context->arena, "%u", context->service->rate_limit));
}

void request_finish(struct context *context, unsigned pipelined)
{
    struct service *service = context->service;
    if (service->config->cost_log && !context->request->headers_sent)
        http_header(context->request, "X-Terrace-Statements",
                    arena_printf(context->arena, "%u", pipelined + db_count(service->db)));
    assert(!db_in_transaction(service->db));
    rate_limit_learn(context);
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

bool engine_is_quick(struct service *service, const struct http_request *request)
{
    struct http_match match;

    http_router_match(service->router, request, &match);
    return !match.route || ((const struct route *)match.route)->kind == ROUTE_SHOW;
}

/* With a token, and not too often. */
static bool may_ask(struct context *context)
{
    context->token_hash = principal_token_hash(context->arena, context->request->authorization);
    if (!context->token_hash) {
        refuse(context, ERROR_UNAUTHORIZED);
        return false;
    }
    if (rate_limit_count(context))
        return true;
    error_reply(context);
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
    request_finish(context, 0);
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
        if (!match(context) || (context->route->kind != ROUTE_RAW && !may_ask(context)))
            request_finish(context, 0);
        else if (is_read(context->route))
            reads[read_count++] = context;
        else
            others[other_count++] = context;
    }
    reads_serve(service, reads, read_count);
    for (size_t i = 0; i < other_count; i++)
        serve_alone(others[i]);
}

void engine_idle(struct service *service)
{
    touches_write(service, false);
    rate_limit_refresh(service);
}

void engine_close(struct service *service)
{
    if (service->db)
        touches_write(service, true);
    free(service->touches);
    service->touches = NULL;
}
