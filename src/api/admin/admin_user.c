/* All accounts, as a site administrator sees them (today-admin.md section 6). Nobody can shut
 * himself out: so there is always an administrator left. */
#include "api/resources.h"

#include <string.h>

#include "api/account/account.h"
#include "api/scim/scim_attributes.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const struct attribute attributes[] = {
    {"username", ATTRIBUTE_STRING},
    {"email", ATTRIBUTE_STRING},
    {"avatar-url", ATTRIBUTE_STRING, .render = account_render_avatar},
    {"is-admin", ATTRIBUTE_BOOL, .column = "is_site_admin"},
    {"is-suspended", ATTRIBUTE_BOOL, .column = "is_disabled"},
    {"is-service-account", ATTRIBUTE_BOOL},
    {"two-factor", ATTRIBUTE_JSON, .constant = "{\"enabled\":false,\"verified\":false}"},
    SCIM_ATTRIBUTE("is-scim-managed", ATTRIBUTE_BOOL, "is_scim_managed", NULL),
    SCIM_ATTRIBUTE("scim-username", ATTRIBUTE_STRING, "is_scim_managed", scim_render_username),
    SCIM_ATTRIBUTE("scim-updated-at", ATTRIBUTE_TIME, "is_scim_managed", scim_render_updated_at),
    {0},
};

static const struct relationship relationships[] = {
    {"organizations", RELATION_MANY, "organizations", "organization_names"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/users/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"organizations", "organization_names", &admin_organization_resource,
     STATEMENT_ADMIN_ORGANIZATION_INCLUDE},
    {0},
};

static bool is_other(struct context *context, const char *action)
{
    if (strcmp(scope_get(context, "id"), context->principal.user_id) != 0)
        return true;
    request_fail(context, ERROR_UNPROCESSABLE, NULL, "You cannot %s yourself", action);
    return false;
}

/* In the audit trail of every organization that the user is in; the engine writes the log. */
static bool record(struct context *context, const char *action)
{
    return CONTEXT_QUERY(context, STATEMENT_AUDIT_USER_EVENTS, NULL, scope_get(context, "id"),
                         principal_actor(&context->principal), context->request_id,
                         context->request->remote_addr, action);
}

static void reply_user(struct context *context)
{
    reply_with(context, 200, STATEMENT_ADMIN_USER_REPLY, scope_get(context, "id"));
}

static void set_suspended(struct context *context, const char *value, const char *action)
{
    if (CONTEXT_QUERY(context, STATEMENT_ADMIN_USER_SUSPEND, NULL, scope_get(context, "id"),
                      value) &&
        record(context, action))
        reply_user(context);
}

static void suspend(struct context *context)
{
    if (is_other(context, "suspend"))
        set_suspended(context, "true", "suspend");
}

static void unsuspend(struct context *context)
{
    if (rows_bool(context->rows, 0, "is_deactivated"))
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The identity provider has deactivated this user");
    else
        set_suspended(context, "false", "unsuspend");
}

static void set_admin(struct context *context, const char *value, const char *action)
{
    if (CONTEXT_QUERY(context, STATEMENT_ADMIN_USER_SET_ADMIN, NULL, scope_get(context, "id"),
                      value) &&
        record(context, action))
        reply_user(context);
}

static void grant_admin(struct context *context)
{
    set_admin(context, "true", "grant_admin");
}

static void revoke_admin(struct context *context)
{
    if (is_other(context, "revoke the administration of"))
        set_admin(context, "false", "revoke_admin");
}

static void disable_two_factor(struct context *context)
{
    request_fail(context, ERROR_UNPROCESSABLE, NULL, "Two-factor authentication is not enabled");
}

static void delete_user(struct context *context)
{
    const char *last = scope_get(context, "last_owner_of");

    if (!is_other(context, "delete"))
        return;
    if (last) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The user is the last owner of organization %s", last);
        return;
    }
    if (record(context, "destroy") &&
        CONTEXT_QUERY(context, STATEMENT_ADMIN_USER_DELETE, NULL, scope_get(context, "id")))
        reply_no_content(context);
}

static const struct filter list_filters[] = {
    {"q"},
    {"filter[admin]"},
    {"filter[suspended]"},
    {0},
};

#define ALL "/api/v2/admin/users"
#define ONE ALL "/:user_id"
#define ACTION(name)                                                                               \
    {                                                                                              \
        {HTTP_POST, ONE "/actions/" #name}, ROUTE_ACTION, STATEMENT_ADMIN_USER_LOAD,               \
            .handler = name, .principals = PRINCIPALS_USER                                         \
    }

static const struct route routes[] = {
    {{HTTP_GET, ALL},
     ROUTE_LIST,
     STATEMENT_ADMIN_USER_LIST,
     .filters = list_filters,
     .principals = PRINCIPALS_USER},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_ADMIN_USER_LOAD,
     .handler = delete_user,
     .principals = PRINCIPALS_USER},
    ACTION(suspend),
    ACTION(unsuspend),
    ACTION(grant_admin),
    ACTION(revoke_admin),
    ACTION(disable_two_factor),
    {0},
};

const struct resource admin_user_resource = {
    .type = "users",
    .audit = "user",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
