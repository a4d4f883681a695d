/* Plans by name. Every one has every feature that this server offers: see the entitlement set. */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"identifier", ATTRIBUTE_STRING},
    {"name", ATTRIBUTE_STRING},
    {"description", ATTRIBUTE_STRING},
    {"cost", ATTRIBUTE_INT, .constant = "0"},
    {"default-runs-ceiling", ATTRIBUTE_INT},
    {"is-current", ATTRIBUTE_BOOL},
    {"is-free-tier", ATTRIBUTE_BOOL},
    {"self-serve-billing", ATTRIBUTE_BOOL, .constant = "false"},
    {"audit-logging", ATTRIBUTE_BOOL, .constant = "true"},
    {"teams", ATTRIBUTE_BOOL, .constant = "true"},
    {"state-storage", ATTRIBUTE_BOOL, .constant = "true"},
    {"agents", ATTRIBUTE_BOOL, .constant = "true"},
    {0},
};

static const struct filter filters[] = {
    {"q"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/feature-sets"},
     ROUTE_LIST,
     STATEMENT_FEATURE_SET_LIST,
     .filters = filters,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, "/api/v2/admin/feature-sets"},
     ROUTE_LIST,
     STATEMENT_ADMIN_FEATURE_SET_LIST,
     .filters = filters,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, "/api/v2/organizations/:organization/feature-sets"},
     ROUTE_LIST,
     STATEMENT_ORGANIZATION_FEATURE_SET_LIST,
     PERMISSION_MASK(ORG_READ),
     .flags = ROUTE_OPTIONAL_PAGE},
    {0},
};

const struct resource feature_set_resource = {
    .type = "feature-sets",
    .attributes = attributes,
    .routes = routes,
};
