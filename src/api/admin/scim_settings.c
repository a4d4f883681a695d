/* Whether an identity provider may manage users and groups (today-admin.md 7.5). Turning it off
 * keeps what it has brought; deleting the settings forgets that. */
#include "api/resources.h"

#include <string.h>

#include "api/admin/admin.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"enabled", ATTRIBUTE_BOOL},
    {"paused", ATTRIBUTE_BOOL},
    {"site-admin-group-scim-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE},
    {"site-admin-group-display-name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct constraint constraints[] = {
    {"scim_settings_site_admin_group_fkey", ERROR_INVALID_ATTRIBUTE,
     "/data/attributes/site-admin-group-scim-id", "Site admin group scim id names no SCIM group"},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    enum admin_flag enabled = admin_flag(patch, "enabled");
    bool is_on =
        enabled == ADMIN_ABSENT ? rows_bool(context->rows, 0, "enabled") : enabled == ADMIN_TRUE;
    const char *group = json_text(patch_attribute(patch, "site-admin-group-scim-id"));
    struct rows *linked = NULL;

    if (enabled == ADMIN_TRUE && !rows_bool(context->rows, 0, "saml_enabled"))
        patch_fail(context, "enabled", "needs SAML to be enabled");
    else if (enabled == ADMIN_TRUE && strcmp(scope_get(context, "provider_type"), "unknown") == 0)
        patch_fail(context, "enabled", "needs a SAML provider type that is not unknown");
    if (admin_flag(patch, "paused") == ADMIN_TRUE && !is_on)
        patch_fail(context, "paused", "can't be true while SCIM is not enabled");
    if (!group)
        return;
    if (!is_on)
        patch_fail(context, "site-admin-group-scim-id", "can't be set while SCIM is not enabled");
    else if (CONTEXT_QUERY(context, STATEMENT_TEAM_SCIM_GROUP_FIND, &linked, group) &&
             rows_count(linked) > 0)
        patch_fail(context, "site-admin-group-scim-id", "is linked to a team");
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    struct rows *rows = NULL;

    if (patch_attribute(patch, "site-admin-group-scim-id"))
        (void)CONTEXT_QUERY(context, STATEMENT_SCIM_ADMINS_SET, &rows, id);
}

static void delete_settings(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_SCIM_SETTINGS_RESET, NULL, scope_get(context, "id")))
        reply_no_content(context);
}

#define PATH "/api/v2/admin/scim-settings"

static const struct route routes[] = {
    {{HTTP_GET, PATH}, ROUTE_SHOW, STATEMENT_SCIM_SETTINGS_SHOW, .principals = PRINCIPALS_USER},
    {{HTTP_PATCH, PATH},
     ROUTE_UPDATE,
     STATEMENT_SCIM_SETTINGS_SHOW,
     .write = STATEMENT_SCIM_SETTINGS_UPDATE,
     .reply = STATEMENT_SCIM_SETTINGS_REPLY,
     .principals = PRINCIPALS_USER},
    {{HTTP_DELETE, PATH},
     ROUTE_DELETE,
     STATEMENT_SCIM_SETTINGS_SHOW,
     .handler = delete_settings,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource scim_settings_resource = {
    .type = "scim-settings",
    .audit = "scim_settings",
    .attributes = attributes,
    .constraints = constraints,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
