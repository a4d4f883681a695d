/* Which workspaces may read the state of this one (today-workspaces.md section 6). The list is kept
 * while sharing is global, where it has no effect. */
#include "api/resources.h"

#include <string.h>

#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static bool names_itself(struct context *context)
{
    const struct json_value *items = json_get(context->document, "data");
    for (size_t i = 0; i < json_length(items); i++)
        if (strcmp(json_text(json_get(json_at(items, i), "id")), scope_get(context, "id")) == 0)
            return true;
    return false;
}

/* The ids of the document when all of them may be consumers, else NULL. */
static const char *checked_ids(struct context *context)
{
    const char *ids = document_ids(context, "workspaces");
    struct rows *unknown = NULL;

    if (!ids)
        return NULL;
    if (rows_bool(context->rows, 0, "global_remote_state")) {
        request_fail(
            context, ERROR_UNPROCESSABLE, NULL,
            "Remote state consumers cannot be set while global remote state sharing is enabled");
        return NULL;
    }
    if (names_itself(context)) {
        request_fail(context, ERROR_UNPROCESSABLE, "/data",
                     "A workspace cannot be its own remote state consumer");
        return NULL;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_WORKSPACE_UNKNOWN, &unknown, context->token_hash,
                       scope_get(context, "organization_id"), ids))
        return NULL;
    if (rows_count(unknown) > 0) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return NULL;
    }
    return ids;
}

static void add(struct context *context)
{
    const char *ids = checked_ids(context);
    if (ids && CONTEXT_QUERY(context, STATEMENT_REMOTE_STATE_CONSUMER_ADD, NULL,
                             scope_get(context, "id"), scope_get(context, "organization_id"), ids))
        reply_no_content(context);
}

static void replace(struct context *context)
{
    const char *id = scope_get(context, "id");
    const char *ids = checked_ids(context);
    if (ids && CONTEXT_QUERY(context, STATEMENT_REMOTE_STATE_CONSUMER_PRUNE, NULL, id, ids) &&
        CONTEXT_QUERY(context, STATEMENT_REMOTE_STATE_CONSUMER_ADD, NULL, id,
                      scope_get(context, "organization_id"), ids))
        reply_no_content(context);
}

/* What is not in the list is ignored, whatever it is: consumers may be gone already. */
static void remove_some(struct context *context)
{
    const char *ids = document_ids(context, "workspaces");
    if (ids && CONTEXT_QUERY(context, STATEMENT_REMOTE_STATE_CONSUMER_REMOVE, NULL,
                             scope_get(context, "id"), ids))
        reply_no_content(context);
}

#define PATTERN "/api/v2/workspaces/:workspace_id/relationships/remote-state-consumers"

static const struct route routes[] = {
    {{HTTP_GET, PATTERN},
     ROUTE_LIST,
     STATEMENT_REMOTE_STATE_CONSUMER_LIST,
     PERMISSION_MASK(READ),
     .resource = &workspace_resource},
    {{HTTP_POST, PATTERN},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = add,
     .audit = "workspace/add_remote_state_consumers",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_PATCH, PATTERN},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(CONSUMERS_REPLACE),
     .handler = replace,
     .audit = "workspace/replace_remote_state_consumers",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_DELETE, PATTERN},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = remove_some,
     .audit = "workspace/remove_remote_state_consumers",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {0},
};

const struct resource remote_state_consumers_resource = {
    .type = "workspaces",
    .routes = routes,
};
