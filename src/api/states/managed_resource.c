/* What the current state manages: one row an instance, kept from version to version by address
 * (today-workspaces.md section 14). */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"address", ATTRIBUTE_STRING},
    {"name", ATTRIBUTE_STRING},
    {"module", ATTRIBUTE_STRING},
    {"provider", ATTRIBUTE_STRING},
    {"provider-type", ATTRIBUTE_STRING},
    {"name-index", ATTRIBUTE_STRING},
    {"modified-by-state-version-id", ATTRIBUTE_STRING},
    {"created-at", ATTRIBUTE_STRING}, /* a date, as text */
    {"updated-at", ATTRIBUTE_STRING},
    {0},
};

static const struct filter filters[] = {
    {"q"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/resources"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_RESOURCE_LIST,
     PERMISSION_MASK(READ),
     .filters = filters},
    {0},
};

const struct resource managed_resource_resource = {
    .type = "resources",
    .attributes = attributes,
    .routes = routes,
};
