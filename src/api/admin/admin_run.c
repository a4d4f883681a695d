/* Runs of all organizations, for site administrators, who can end any of them at once
 * (today-admin.md section 4). */
#include "api/resources.h"

#include "api/runs/runs.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_TIME},
    {"has-changes", ATTRIBUTE_BOOL},
    {"status", ATTRIBUTE_STRING},
    {"status-timestamps", ATTRIBUTE_JSON},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/runs/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"workspace", "workspace_id", &admin_workspace_resource, STATEMENT_ADMIN_WORKSPACE_INCLUDE},
    {0},
};

static void force_cancel(struct context *context)
{
    const char *text = json_text(json_get(context->document, "comment"));
    struct run_args args = {.actor = principal_actor(&context->principal)};
    const char *run = scope_get(context, "id");

    if (text && *text && !(args.comment_id = comment_add(context, run, text)))
        return;
    if (run_act(context, run, RUN_END_NOW, &args, "cancel"))
        context->reply.status = 202;
}

static const struct filter list_filters[] = {
    {"q"}, {"filter[status]"}, {"filter[from]", FILTER_TIME}, {"filter[to]", FILTER_TIME}, {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/admin/runs"},
     ROUTE_LIST,
     STATEMENT_ADMIN_RUN_LIST,
     .filters = list_filters,
     .principals = PRINCIPALS_USER},
    {{HTTP_POST, "/api/v2/admin/runs/:run_id/actions/force-cancel"},
     ROUTE_ACTION,
     STATEMENT_ADMIN_RUN_LOAD,
     .handler = force_cancel,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource admin_run_resource = {
    .type = "runs",
    .audit = "run",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
