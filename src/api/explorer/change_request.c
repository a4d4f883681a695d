/* Change requests: what is to be done to a workspace, until somebody archives it
 * (today-workspaces.md 18). They are made in bulk only: see bulk_action.c. */
#include "api/resources.h"

#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* Documents have archived-by among the attributes, the OpenAPI description a relationship. */
static const struct attribute attributes[] = {
    {"subject", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"message", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"archived-by", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"archived-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/workspaces/{workspace_id}"},
    {"created-by", RELATION_ONE, "users", "created_by"},
    {"archived-by-user", RELATION_ONE, "users", "archived_by"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/change-requests/{id}"},
    {0},
};

static void archive(struct context *context)
{
    const char *id = scope_get(context, "id");
    struct rows *archived = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_CHANGE_REQUEST_ARCHIVE, &archived, id,
                       principal_actor(&context->principal)))
        return;
    if (archived)
        reply_with(context, 200, STATEMENT_CHANGE_REQUEST_SHOW, id);
    else
        request_fail(context, ERROR_BAD_REQUEST, NULL, "The change request is archived already");
}

static const struct filter archived_filter[] = {
    {"archive", FILTER_TEXT},
    {0},
};

#define ONE "/api/v2/change-requests/:change_request_id"
/* Documents, samples and the OpenAPI description have three ways to say it. */
#define OLD "/api/v2/workspaces/change-requests/:change_request_id"
#define READ PERMISSION_MASK(READ)
#define SHOW(PATH)                                                                                 \
    {                                                                                              \
        {HTTP_GET, PATH}, ROUTE_SHOW, STATEMENT_CHANGE_REQUEST_SHOW, READ                          \
    }
#define ARCHIVE(METHOD, PATH)                                                                      \
    {                                                                                              \
        {METHOD, PATH}, ROUTE_ACTION, STATEMENT_CHANGE_REQUEST_SHOW, PERMISSION_MASK(RUN_APPLY),   \
            .handler = archive, .flags = ROUTE_NO_DOCUMENT, .audit = "archive"                     \
    }

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/change-requests"},
     ROUTE_LIST,
     STATEMENT_CHANGE_REQUEST_LIST,
     READ,
     .filters = archived_filter},
    SHOW(ONE),
    SHOW(ONE "/actions/archive"),
    SHOW(OLD),
    ARCHIVE(HTTP_POST, ONE "/actions/archive"),
    ARCHIVE(HTTP_POST, OLD),
    ARCHIVE(HTTP_PATCH, OLD),
    {0},
};

const struct resource change_request_resource = {
    .type = "workspace-change-requests",
    .audit = "change_request",
    .id_prefix = "wscr-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .routes = routes,
};
