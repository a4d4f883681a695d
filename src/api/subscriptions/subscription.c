/* What plan an organization is recorded on. A site administrator sets it, owners read it. */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"runs-ceiling", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"agents-ceiling", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"contract-start-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_NULLABLE},
    {"contract-user-limit", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"contract-apply-limit", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"contract-managed-resources-limit", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"start-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"end-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_NULLABLE},
    {"is-active", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"is-self-serve-trial", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY, .constant = "false"},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"feature-set", RELATION_ONE, "feature-sets", "feature_set_id", .writes = "feature_set_id",
     .flags = RELATION_REQUIRED},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/subscriptions/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"feature_set", "feature_set_id", &feature_set_resource, STATEMENT_FEATURE_SET_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"subscriptions_feature_set_fkey", ERROR_INVALID_RELATIONSHIP,
     "/data/relationships/feature-set", "Feature set does not exist"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/subscription"},
     ROUTE_SHOW,
     STATEMENT_ORGANIZATION_SUBSCRIPTION_SHOW,
     PERMISSION_MASK(ORG_OWNER)},
    {{HTTP_GET, "/api/v2/subscriptions/:subscription_id"},
     ROUTE_SHOW,
     STATEMENT_SUBSCRIPTION_SHOW,
     PERMISSION_MASK(ORG_OWNER)},
    {{HTTP_POST, "/api/v2/admin/organizations/:organization/subscription"},
     ROUTE_CREATE,
     STATEMENT_ADMIN_ORGANIZATION_LOAD,
     .write = STATEMENT_SUBSCRIPTION_CREATE,
     .reply = STATEMENT_SUBSCRIPTION_SHOW,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource subscription_resource = {
    .type = "subscriptions",
    .id_prefix = "sub-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .routes = routes,
};
