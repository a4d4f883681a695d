/* Exports of plans: mocks for trying Sentinel policies (today-runs.md 7.9). An export is the right
 * to download them for an hour; they are made of the plan as they are asked for. */
#include "api/runs/runs.h"

#include <string.h>

#include "api/objects.h"
#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/render.h"
#include "policy/policy_mocks.h"

#define ACTION "plan-export"
#define MINUTE 60
#define PLAN_POINTER "/data/relationships/plan"

static void render_timestamps(struct context *context, struct json_writer *w, const struct row *row)
{
    static const struct render_time times[] = {
        {"queued-at", "created_at"}, {"finished-at", "created_at"}, {"expired-at", "expires_at"}};

    (void)context;
    render_times(w, row, times, sizeof times / sizeof times[0]);
}

static const struct attribute attributes[] = {
    {"data-type", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY,
     .choices = "sentinel-mock-bundle-v0"},
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"status-timestamps", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY,
     .render = render_timestamps},
    {0},
};

static const struct relationship relationships[] = {
    {"plan", RELATION_ONE, "plans", "plan_id"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/plan-exports/{id}"},
    {0},
};

/* False: recorded. */
static bool write_mocks(struct context *context, const char *run_id, struct buf *out)
{
    struct policy_facts facts;
    const char *reason = "it has no JSON form";

    if (!db_ok(context, policy_facts_load(context->service->db, context->arena,
                                          context->service->keyring, run_id, true, &facts)))
        return false;
    if (facts.plan && policy_mocks_write(context->arena, &facts, out, &reason))
        return true;
    request_fail(context, ERROR_INVALID_RELATIONSHIP, PLAN_POINTER,
                 "The plan cannot be exported: %s", reason);
    return false;
}

/* A plan has at most one that can be downloaded. */
static bool is_the_only_one(struct context *context, const char *plan)
{
    struct rows *found = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_PLAN_EXPORT_BEGIN, NULL, plan) ||
        !CONTEXT_QUERY(context, STATEMENT_PLAN_EXPORT_CURRENT, &found, plan))
        return false;
    if (found)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, PLAN_POINTER,
                     "The plan has an export that can be downloaded already: %s",
                     rows_get(found, 0, "id"));
    return !found;
}

static void create(struct context *context)
{
    const char *plan = json_text(
        json_find(context->document, "data", "relationships", "plan", "data", "id", NULL));
    struct buf mocks;

    if (!plan) {
        request_fail(context, ERROR_INVALID_RELATIONSHIP, PLAN_POINTER, "Plan is missing");
        return;
    }
    if (!context_enter(context, STATEMENT_PLAN_LOAD, PERMISSION_MASK(MOCKS_READ),
                       (const char *[]){context->token_hash, plan}, 2))
        return;
    buf_init(&mocks, context->arena);
    if (write_mocks(context, scope_get(context, "run_id"), &mocks) &&
        is_the_only_one(context, plan))
        context_create(context);
}

static void send_redirect(struct context *context)
{
    http_header(context->request, "Location", context->reply.secret);
    context->request->status = 302;
}

static void download(struct context *context)
{
    if (strcmp(scope_get(context, "status"), "finished") != 0) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    context->reply.secret = object_url_for(context, ACTION, scope_get(context, "id"), MINUTE);
    context->reply.send = send_redirect;
}

static void send_mocks(struct context *context)
{
    struct http_request *request = context->request;
    const char *id = object_id(context, ACTION);
    struct rows *found = NULL;

    if (!id || !CONTEXT_QUERY(context, STATEMENT_PLAN_EXPORT_OBJECT, &found, id))
        return;
    if (!found) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!write_mocks(context, rows_get(found, 0, "run_id"), &request->body))
        return;
    request->status = 200;
    http_header(request, "Content-Type", "application/gzip");
    http_header(request, "Content-Disposition",
                arena_printf(context->arena, "attachment; filename=\"%s.tar.gz\"", id));
}

#define ONE "/api/v2/plan-exports/:plan_export_id"
#define NEED PERMISSION_MASK(MOCKS_READ)

static const struct route routes[] = {
    {{HTTP_POST, "/api/v2/plan-exports"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     0,
     STATEMENT_PLAN_EXPORT_CREATE,
     STATEMENT_PLAN_EXPORT_SHOW,
     .handler = create,
     .audit = "create"},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_PLAN_EXPORT_SHOW, NEED},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_PLAN_EXPORT_SHOW,
     NEED,
     STATEMENT_PLAN_EXPORT_DELETE},
    {{HTTP_GET, ONE "/download"},
     ROUTE_ACTION,
     STATEMENT_PLAN_EXPORT_SHOW,
     NEED,
     .handler = download,
     .flags = ROUTE_NO_DOCUMENT},
    {{HTTP_GET, "/api/v2/objects/plan-export/:token"}, ROUTE_RAW, .handler = send_mocks},
    {0},
};

const struct resource plan_export_resource = {
    .type = "plan-exports",
    .audit = "plan_export",
    .id_prefix = "pe-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .routes = routes,
};
