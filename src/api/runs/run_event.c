/* What happened to a run, in order (today-runs.md 12.1). The CLI asks for the list. */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"action", ATTRIBUTE_STRING},
    {"created-at", ATTRIBUTE_TIME},
    {"description", ATTRIBUTE_STRING},
    {0},
};

static const struct relationship relationships[] = {
    {"run", RELATION_ONE, "runs", "run_id", .related = "/api/v2/runs/{run_id}"},
    {"actor", RELATION_ONE, "users", "actor"},
    {"comment", RELATION_ONE, "comments", "comment_id"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/run-events/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"actor", "actor", &user_resource, STATEMENT_USER_INCLUDE},
    {"comment", "comment_id", &comment_resource, STATEMENT_COMMENT_INCLUDE},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/runs/:run_id/run-events"},
     ROUTE_LIST,
     STATEMENT_RUN_EVENT_LIST,
     PERMISSION_MASK(READ),
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, "/api/v2/run-events/:run_event_id"},
     ROUTE_SHOW,
     STATEMENT_RUN_EVENT_SHOW,
     PERMISSION_MASK(READ)},
    {0},
};

const struct resource run_event_resource = {
    .type = "run-events",
    .id_prefix = "re-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
