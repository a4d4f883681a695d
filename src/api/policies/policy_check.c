/* Policy checks: the legacy Sentinel sets of a run, evaluated after its plan by terrace-worker
 * (today-governance.md section 6). */
#include "api/policies/policies.h"

#include <string.h>

#include "api/resources.h"
#include "api/runs/runs.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define SEALED_IS_GONE "the details of policy check %s do not open: is their key in the key file?"

/* {result, passed, ..., sentinel: details}; null until it has ended. */
static void render_result(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *counts = row_get(row, "counts"), *sealed = row_get(row, "sealed_details");
    const char *id = row_get(row, "id");

    if (!counts) {
        json_null(w);
        return;
    }
    const char *details =
        sealed ? crypto_open_text(context->arena, context->service->keyring, id, sealed) : NULL;
    if (sealed && !details)
        log_error(SEALED_IS_GONE, id);
    /* The counts are an object of JSON that we wrote: a member goes in before its end. */
    struct buf text;
    buf_init(&text, context->arena);
    buf_add(&text, counts, strlen(counts) - 1);
    buf_adds(&text, ", \"sentinel\": ");
    buf_adds(&text, details ? details : "null");
    buf_addc(&text, '}');
    json_raw(w, buf_str(&text));
}

static void render_actions(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_object_begin(w);
    json_member_bool(w, "is-overridable",
                     strcmp(row_get(row, "status"), "soft_failed") == 0 &&
                         strcmp(row_get(row, "run_status"), "policy_override") == 0);
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"status", ATTRIBUTE_STRING},
    {"scope", ATTRIBUTE_STRING, .constant = "\"organization\""},
    {"status-timestamps", ATTRIBUTE_JSON},
    {"result", ATTRIBUTE_JSON, .render = render_result},
    {"actions", ATTRIBUTE_JSON, .render = render_actions},
    {0},
};

static const struct relationship relationships[] = {
    {"run", RELATION_ONE, "runs", "run_id", .related = "/api/v2/runs/{run_id}"},
    {0},
};

static const struct permission permissions[] = {
    {"can-override", PERMISSION_MASK(POLICY_OVERRIDE)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policy-checks/{id}"},
    {"output", "/api/v2/policy-checks/{id}/output"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"run", "run_id", &run_resource, STATEMENT_RUN_INCLUDE},
    {0},
};

static void send_output(struct context *context)
{
    const char *sealed = scope_get(context, "sealed_log"), *id = scope_get(context, "id");
    const char *text =
        sealed ? crypto_open_text(context->arena, context->service->keyring, id, sealed) : "";

    if (!text) {
        log_error(SEALED_IS_GONE, id);
        text = "";
    }
    context->request->status = 200;
    http_header(context->request, "Content-Type", "text/plain; charset=utf-8");
    http_write(context->request, text, strlen(text));
}

static void output(struct context *context)
{
    context->reply.send = send_output;
}

static void override(struct context *context)
{
    const struct run_args args = {.actor = principal_actor(&context->principal)};
    const char *id = scope_get(context, "id");
    struct rows *rows = NULL;

    /* Workspace and run first, as whatever moves runs does. */
    if (!CONTEXT_QUERY(context, STATEMENT_POLICY_CHECK_LOCK_RUN, &rows, id) ||
        !CONTEXT_QUERY(context, STATEMENT_POLICY_CHECK_OVERRIDE, &rows, id))
        return;
    if (!rows)
        request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                     "The policy check is %s: only one that has failed softly can be overridden",
                     scope_get(context, "status"));
    else if (run_act(context, scope_get(context, "run_id"), RUN_POLICY_OVERRIDDEN, &args,
                     "override the policies of"))
        reply_with(context, 200, STATEMENT_POLICY_CHECK_SHOW, id);
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/runs/:run_id/policy-checks"},
     ROUTE_LIST,
     STATEMENT_POLICY_CHECK_LIST,
     PERMISSION_MASK(READ),
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, "/api/v2/policy-checks/:policy_check_id"},
     ROUTE_SHOW,
     STATEMENT_POLICY_CHECK_SHOW,
     PERMISSION_MASK(READ)},
    {{HTTP_GET, "/api/v2/policy-checks/:policy_check_id/output"},
     ROUTE_ACTION,
     STATEMENT_POLICY_CHECK_LOAD,
     PERMISSION_MASK(READ),
     .handler = output,
     .flags = ROUTE_NO_DOCUMENT},
    {{HTTP_POST, "/api/v2/policy-checks/:policy_check_id/actions/override"},
     ROUTE_ACTION,
     STATEMENT_POLICY_CHECK_LOAD,
     PERMISSION_MASK(POLICY_OVERRIDE),
     .handler = override,
     .principals = PRINCIPALS_USER_OR_TEAM,
     .flags = ROUTE_NO_DOCUMENT},
    {0},
};

const struct resource policy_check_resource = {
    .type = "policy-checks",
    .audit = "policy_check",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
