/* What this server offers, told truly: true where the feature's endpoints exist. The id is the
 * organization's external id (today-access.md 1.4). */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"state-storage", ATTRIBUTE_BOOL, .constant = "true"},
    {"teams", ATTRIBUTE_BOOL, .constant = "true"},
    {"agents", ATTRIBUTE_BOOL, .constant = "true"},
    {"audit-logging", ATTRIBUTE_BOOL, .constant = "true"},
    /* Whether there are runners, of the site or the organization's own. False: the CLI plans and
     * applies by itself and keeps its state here. */
    {"operations", ATTRIBUTE_BOOL},
    {"cost-estimation", ATTRIBUTE_BOOL, .constant = "false"},
    {"configuration-designer", ATTRIBUTE_BOOL, .constant = "false"},
    /* By the organization's plan. */
    {"global-run-tasks", ATTRIBUTE_BOOL},
    {"infragraph", ATTRIBUTE_BOOL, .constant = "false"},
    {"infragraph-with-nrtu", ATTRIBUTE_BOOL, .constant = "false"},
    {"policy-enforcement", ATTRIBUTE_BOOL, .constant = "true"},
    {"private-module-registry", ATTRIBUTE_BOOL, .constant = "true"},
    {"private-run-tasks", ATTRIBUTE_BOOL, .constant = "false"},
    {"run-tasks", ATTRIBUTE_BOOL, .constant = "true"},
    {"self-serve-billing", ATTRIBUTE_BOOL, .constant = "false"},
    {"sentinel", ATTRIBUTE_BOOL, .constant = "true"},
    {"sso", ATTRIBUTE_BOOL, .constant = "false"},
    {"usage-reporting", ATTRIBUTE_BOOL, .constant = "false"},
    {"user-limit", ATTRIBUTE_INT, .constant = "null"},
    {"vcs-integrations", ATTRIBUTE_BOOL, .constant = "true"},
    {"waypoint-actions", ATTRIBUTE_BOOL, .constant = "false"},
    {"waypoint-templates-and-addons", ATTRIBUTE_BOOL, .constant = "false"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/entitlement-sets/{id}"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/entitlement-set"},
     ROUTE_SHOW,
     STATEMENT_ENTITLEMENT_SET_SHOW,
     PERMISSION_MASK(ORG_READ),
     .principals = PRINCIPALS_ALL_AND_RUN},
    {0},
};

const struct resource entitlement_set_resource = {
    .type = "entitlement-sets",
    .attributes = attributes,
    .links = links,
    .routes = routes,
};
