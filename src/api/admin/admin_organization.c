/* All organizations, as a site administrator sees them (today-admin.md section 3). Sharing of
 * modules, timeouts, sudo and beta tools are kept and given back; what counts is in docs/admin.md.
 */
#include "api/resources.h"

#include "api/admin/admin.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"external-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"notification-email", ATTRIBUTE_STRING, .column = "email", .flags = ATTRIBUTE_READ_ONLY},
    {"sso-enabled", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"is-disabled", ATTRIBUTE_BOOL},
    {"access-beta-tools", ATTRIBUTE_BOOL},
    {"global-module-sharing", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_NULLABLE},
    {"global-provider-sharing", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_NULLABLE},
    /* Two names of one value each; the newer one is read last and counts. */
    {"terraform-build-worker-apply-timeout", ATTRIBUTE_STRING, .column = "apply_timeout",
     .flags = ATTRIBUTE_NULLABLE, .max = 32, .check = admin_check_timeout},
    {"terraform-build-worker-plan-timeout", ATTRIBUTE_STRING, .column = "plan_timeout",
     .flags = ATTRIBUTE_NULLABLE, .max = 32, .check = admin_check_timeout},
    {"apply-timeout", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 32,
     .check = admin_check_timeout},
    {"plan-timeout", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 32,
     .check = admin_check_timeout},
    {"terraform-worker-sudo-enabled", ATTRIBUTE_BOOL},
    {"workspace-limit", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {0},
};

static const struct relationship relationships[] = {
    {"owners", RELATION_MANY, "users", "owner_ids"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/admin/organizations/{name}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"owners", "owner_ids", &admin_user_resource, STATEMENT_ADMIN_USER_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"organizations_workspace_limit_check", ERROR_INVALID_ATTRIBUTE,
     "/data/attributes/workspace-limit", "Workspace limit can't be negative"},
    {0},
};

/* The list that is sent replaces the list that was. */
static void set_module_consumers(struct context *context)
{
    const char *names = document_ids(context, "organizations");
    struct rows *unknown = NULL;

    if (!names || !CONTEXT_QUERY(context, STATEMENT_ORGANIZATION_UNKNOWN, &unknown, names))
        return;
    if (rows_count(unknown) > 0)
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "Organization %s not found",
                     rows_get(unknown, 0, "name"));
    else if (CONTEXT_QUERY(context, STATEMENT_MODULE_CONSUMER_SET, NULL, scope_get(context, "id"),
                           names))
        reply_no_content(context);
}

static const struct filter list_filters[] = {
    {"q"},
    {0},
};

#define ALL "/api/v2/admin/organizations"
#define ONE ALL "/:organization"

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_ADMIN_ORGANIZATION_LIST,
     .filters = list_filters,
     .principals = PRINCIPALS_USER},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_ADMIN_ORGANIZATION_SHOW, .principals = PRINCIPALS_USER},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_ADMIN_ORGANIZATION_LOAD,
     .write = STATEMENT_ADMIN_ORGANIZATION_UPDATE,
     .reply = STATEMENT_ADMIN_ORGANIZATION_REPLY,
     .principals = PRINCIPALS_USER},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_ADMIN_ORGANIZATION_LOAD,
     .write = STATEMENT_ORGANIZATION_DELETE,
     .principals = PRINCIPALS_USER},
    {{HTTP_GET, ONE "/relationships/module-consumers"},
     ROUTE_LIST,
     STATEMENT_MODULE_CONSUMER_LIST,
     .principals = PRINCIPALS_USER},
    {{HTTP_PATCH, ONE "/relationships/module-consumers"},
     ROUTE_ACTION,
     STATEMENT_ADMIN_ORGANIZATION_LOAD,
     .handler = set_module_consumers,
     .flags = ROUTE_TOP_LEVEL_ARRAY,
     .principals = PRINCIPALS_USER,
     .audit = "update_module_consumers"},
    {0},
};

const struct resource admin_organization_resource = {
    .type = "organizations",
    .audit = "organization",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .routes = routes,
};
