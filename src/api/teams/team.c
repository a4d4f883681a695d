/* Teams (today-access.md section 6): who is in one may do what its flags and grants say. The owners
 * team stays as it is: its members may do everything. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/scim/scim_attributes.h"
#include "api/teams/teams.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* The official client renames a team to `foo bar`. */
static const char *check_team_name(struct context *context, const char *value)
{
    if (!*value)
        return "can't be blank";
    return context->route->kind == ROUTE_CREATE ? check_name(context, value)
                                                : check_spaced_name(context, value);
}

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 90, .check = check_team_name},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 512},
    {"users-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"visibility", ATTRIBUTE_STRING, .choices = "secret|organization", .initial = "\"secret\""},
    {"sso-team-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"allow-member-token-management", ATTRIBUTE_BOOL, .initial = "true"},
    /* As the vendor's page on updates calls it. */
    {"allow-team-token-management", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_WRITE_ONLY,
     .column = "allow_member_token_management"},
    {"organization-access", ATTRIBUTE_JSON},
    {"is-unified", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    SCIM_ATTRIBUTE("scim-linked", ATTRIBUTE_BOOL, "scim_linked", NULL),
    SCIM_ATTRIBUTE("scim-group-name", ATTRIBUTE_STRING, "scim_linked", scim_render_group_name),
    SCIM_ATTRIBUTE("scim-sync-paused", ATTRIBUTE_BOOL, "scim_linked", scim_render_sync_paused),
    SCIM_ATTRIBUTE("scim-updated-at", ATTRIBUTE_TIME, "scim_linked", scim_render_updated_at),
    {0},
};

static const struct relationship relationships[] = {
    {"users", RELATION_MANY, "users", "user_ids"},
    {"organization-memberships", RELATION_MANY, "organization-memberships", "membership_ids"},
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"authentication-token", RELATION_LINK, .related = "/api/v2/teams/{id}/authentication-token"},
    {0},
};

/* today-access.md 13.3 */
static const struct permission permissions[] = {
    {"can-update-membership", PERMISSION_MASK(TEAM_MEMBERS)},
    {"can-destroy", PERMISSION_MASK(TEAM_UPDATE)},
    {"can-update-organization-access", PERMISSION_MASK(TEAM_ACCESS)},
    {"can-update-api-token", PERMISSION_MASK(TEAM_TOKENS)},
    {"can-view-api-token", PERMISSION_MASK(TEAM_TOKENS)},
    {"can-update-visibility", PERMISSION_MASK(TEAM_UPDATE)},
    {"can-update-name", PERMISSION_MASK(TEAM_UPDATE)},
    {"can-update-sso-team-id", PERMISSION_MASK(TEAM_UPDATE)},
    {"can-update-member-token-management", PERMISSION_MASK(TEAM_UPDATE)},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/teams/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"users", "user_ids", &user_resource, STATEMENT_USER_INCLUDE},
    {"organization_memberships", "membership_ids", &organization_membership_resource,
     STATEMENT_MEMBERSHIP_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"teams_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {0},
};

/* The routes let everybody in who sees the team, so that owners are told why their team is not to
 * be touched; for all others it is as if it were not there. */
static bool may_update(struct context *context)
{
    if (context->scope & PERMISSION_MASK(TEAM_UPDATE))
        return true;
    if (rows_bool(context->rows, 0, "is_owners") &&
        (context->scope & PERMISSION_MASK(TEAM_MEMBERS)))
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The owners team cannot be changed or deleted, only its members and tokens");
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return false;
}

static void before_create(struct context *context, const struct patch *patch)
{
    const char *visibility = json_text(patch_attribute(patch, "visibility"));
    bool secret = !visibility || strcmp(visibility, "secret") == 0;

    /* Who may not see secret teams would lose this one at once (today-access.md 12.9). */
    if (secret && !(context->scope & PERMISSION_MASK(ORG_SECRET_TEAMS)))
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    if (organization_access_check(context, patch, NULL) &&
        !(context->scope & PERMISSION_MASK(ORG_TEAM_ACCESS)))
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

static void before_write(struct context *context, struct patch *patch)
{
    if (patch->create)
        before_create(context, patch);
    else if (organization_access_check(context, patch, scope_get(context, "organization_access")) &&
             !(context->scope & PERMISSION_MASK(TEAM_ACCESS)))
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

static void update_team(struct context *context)
{
    if (may_update(context))
        context_update(context);
}

static void delete_team(struct context *context)
{
    if (may_update(context) &&
        CONTEXT_QUERY(context, STATEMENT_TEAM_DELETE, NULL, scope_get(context, "id"),
                      principal_actor(&context->principal)))
        reply_no_content(context);
}

static const struct filter list_filters[] = {
    {"q"},
    {"filter[names]|filter[name]"},
    {0},
};

#define OF_ORGANIZATION "/api/v2/organizations/:organization/teams"
#define ONE "/api/v2/teams/:team_id"
#define USERS ONE "/relationships/users"
#define MEMBERSHIPS ONE "/relationships/organization-memberships"
#define ON_MEMBERS ROUTE_ACTION, STATEMENT_TEAM_LOAD, PERMISSION_MASK(TEAM_MEMBERS)

static const struct route routes[] = {
    {{HTTP_GET, OF_ORGANIZATION},
     ROUTE_LIST,
     STATEMENT_TEAM_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = list_filters},
    {{HTTP_POST, OF_ORGANIZATION},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_TEAMS),
     STATEMENT_TEAM_CREATE,
     STATEMENT_TEAM_SHOW,
     .status = 200},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_TEAM_SHOW, PERMISSION_MASK(TEAM_READ)},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_TEAM_LOAD,
     PERMISSION_MASK(TEAM_READ),
     STATEMENT_TEAM_UPDATE,
     STATEMENT_TEAM_SHOW,
     .handler = update_team},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_TEAM_LOAD,
     PERMISSION_MASK(TEAM_READ),
     .handler = delete_team},
    {{HTTP_POST, USERS},
     ON_MEMBERS,
     .handler = team_members_add_users,
     .audit = "add_member",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_DELETE, USERS},
     ON_MEMBERS,
     .handler = team_members_remove_users,
     .audit = "remove_member",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_POST, MEMBERSHIPS},
     ON_MEMBERS,
     .handler = team_members_add,
     .audit = "add_member",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_DELETE, MEMBERSHIPS},
     ON_MEMBERS,
     .handler = team_members_remove,
     .audit = "remove_member",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {0},
};

const struct resource team_resource = {
    .type = "teams",
    .audit = "team",
    .id_prefix = "team-",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
