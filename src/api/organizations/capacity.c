/* How many runs wait and run: asked by the CLI while a remote run is queued. */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"pending", ATTRIBUTE_INT},
    {"running", ATTRIBUTE_INT},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/capacity"},
     ROUTE_SHOW,
     STATEMENT_CAPACITY_SHOW,
     PERMISSION_MASK(ORG_READ)},
    {0},
};

const struct resource capacity_resource = {
    .type = "organization-capacity",
    .attributes = attributes,
    .routes = routes,
};
