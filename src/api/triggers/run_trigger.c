/* Run triggers: an applied run of the source makes a run in the workspace (today-runs.md section
 * 13). Seen from the workspace they are inbound, from the source outbound. */
#include "api/resources.h"

#include <string.h>

#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"workspace-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"sourceable-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/workspaces/{workspace_id}"},
    {"sourceable", RELATION_ONE, "workspaces", "sourceable_id",
     .related = "/api/v2/workspaces/{sourceable_id}", .writes = "sourceable_id",
     .flags = RELATION_REQUIRED},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/run-triggers/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"workspace", "workspace_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {"sourceable", "sourceable_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {0},
};

#define SOURCEABLE "/data/relationships/sourceable"

static const struct constraint constraints[] = {
    {"run_triggers_sourceable_key", ERROR_INVALID_RELATIONSHIP, SOURCEABLE,
     "Sourceable has already been added"},
    {"run_triggers_itself_check", ERROR_INVALID_RELATIONSHIP, SOURCEABLE,
     "Sourceable must be another workspace"},
    {"run_triggers_limit_check", ERROR_UNPROCESSABLE, NULL,
     "A workspace can have at most 20 run triggers"},
    {0},
};

/* The source is another workspace of the organization, whose runs the caller sees. */
static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *data = json_get(patch_relationship(patch, "sourceable"), "data");
    const char *id = json_text(json_get(data, "id"));
    struct rows *unknown = NULL;

    if (request_failed(context) || !id ||
        !CONTEXT_QUERY(context, STATEMENT_WORKSPACE_UNKNOWN, &unknown, context->token_hash,
                       scope_get(context, "organization_id"), db_array(context->arena, &id, 1)))
        return;
    if (rows_count(unknown) > 0)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, SOURCEABLE,
                     "Sourceable must be a workspace of the organization that you can read");
}

static const struct filter list_filters[] = {
    {"filter[run-trigger][type]", .choices = "inbound|outbound"},
    {0},
};

#define LIST "/api/v2/workspaces/:workspace_id/run-triggers"
#define ONE "/api/v2/run-triggers/:run_trigger_id"
#define READ PERMISSION_MASK(READ)
#define MANAGE PERMISSION_MASK(ADMIN)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_RUN_TRIGGER_LIST, READ, .filters = list_filters},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_WORKSPACE_LOAD,
     MANAGE,
     STATEMENT_RUN_TRIGGER_CREATE,
     STATEMENT_RUN_TRIGGER_SHOW},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_RUN_TRIGGER_SHOW, READ},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_RUN_TRIGGER_SHOW,
     MANAGE,
     STATEMENT_RUN_TRIGGER_DELETE},
    {0},
};

const struct resource run_trigger_resource = {
    .type = "run-triggers",
    .audit = "run_trigger",
    .id_prefix = "rt-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
