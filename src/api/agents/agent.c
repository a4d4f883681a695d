/* Agents: programs that registered with a token of their pool. They come and go by themselves;
 * people list them and tidy up those that are gone (today-access.md 11.3). */
#include "api/resources.h"

#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING},       {"status", ATTRIBUTE_STRING},
    {"ip-address", ATTRIBUTE_STRING}, {"last-ping-at", ATTRIBUTE_TIME},
    {"created-at", ATTRIBUTE_TIME},   {0},
};

static const struct relationship relationships[] = {
    {"agent-pool", RELATION_ONE, "agent-pools", "agent_pool_id",
     .related = "/api/v2/agent-pools/{agent_pool_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/agents/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"agent_pool", "agent_pool_id", &agent_pool_resource, STATEMENT_AGENT_POOL_INCLUDE},
    {0},
};

static void delete_agent(struct context *context)
{
    struct rows *gone = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_AGENT_DELETE, &gone, scope_get(context, "id")))
        return;
    if (gone)
        reply_no_content(context);
    else
        request_fail(context, ERROR_PRECONDITION_FAILED, NULL,
                     "Only an agent whose status is unknown, errored or exited can be deleted");
}

static const struct filter list_filters[] = {
    {"filter[last-ping-since]|filter[last_ping_since]", FILTER_TIME},
    {0},
};

#define MANAGE PERMISSION_MASK(ORG_AGENT_POOLS)

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/agent-pools/:agent_pool_id/agents"},
     ROUTE_LIST,
     STATEMENT_AGENT_LIST,
     MANAGE,
     .filters = list_filters},
    {{HTTP_GET, "/api/v2/agents/:agent_id"}, ROUTE_SHOW, STATEMENT_AGENT_SHOW, MANAGE},
    {{HTTP_DELETE, "/api/v2/agents/:agent_id"},
     ROUTE_DELETE,
     STATEMENT_AGENT_SHOW,
     MANAGE,
     .handler = delete_agent},
    {0},
};

const struct resource agent_resource = {
    .type = "agents",
    .audit = "agent",
    .id_prefix = "agent-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
