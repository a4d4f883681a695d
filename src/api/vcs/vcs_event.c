/* What happened with the providers, for people (today-registry-vcs.md 8.6). */
#include "api/vcs/vcs.h"

#include "api/resources.h"
#include "jsonapi/context.h"

#define READ_ONLY .flags = ATTRIBUTE_READ_ONLY

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_STRING, READ_ONLY},
    {"level", ATTRIBUTE_STRING, READ_ONLY},
    {"message", ATTRIBUTE_STRING, READ_ONLY},
    {"organization-id", ATTRIBUTE_STRING, READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"oauth-client", RELATION_ONE, "oauth-clients", "oauth_client_id"},
    {"oauth-token", RELATION_ONE, "oauth-tokens", "oauth_token_id"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"oauth_client", "oauth_client_id", &oauth_client_resource, STATEMENT_OAUTH_CLIENT_INCLUDE},
    {0},
};

static const struct filter filters[] = {
    {"filter[from]", FILTER_TIME},
    {"filter[to]", FILTER_TIME},
    {"filter[oauth_client_external_ids]"},
    {"filter[levels]"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/vcs-events"},
     ROUTE_LIST,
     STATEMENT_VCS_EVENT_LIST,
     PERMISSION_MASK(ORG_VCS),
     .filters = filters},
    {0},
};

const struct resource vcs_event_resource = {
    .type = "vcs-events",
    .attributes = attributes,
    .relationships = relationships,
    .inclusions = inclusions,
    .routes = routes,
};
