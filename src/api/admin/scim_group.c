/* The groups that the identity provider has brought, and the teams that are linked to them
 * (today-admin.md 7.5): a linked team's members are the group's. */
#include "api/resources.h"

#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute group_attributes[] = {
    {"name", ATTRIBUTE_STRING, .column = "display_name", .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct filter group_filters[] = {
    {"q"},
    {0},
};

static const struct route group_routes[] = {
    {{HTTP_GET, "/api/v2/admin/scim-groups"},
     ROUTE_LIST,
     STATEMENT_ADMIN_SCIM_GROUP_LIST,
     .filters = group_filters,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource scim_group_resource = {
    .type = "scim-groups",
    .attributes = group_attributes,
    .routes = group_routes,
};

static const struct attribute attributes[] = {
    {"scim-group-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY},
    {"scim-sync-paused", ATTRIBUTE_BOOL},
    {0},
};

/* Brings the team up to date, with an event of its own in the audit trail. */
static void sync_team(struct context *context, const char *team)
{
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_SCIM_TEAM_SYNC, &rows, team))
        return;
    for (size_t i = 0; i < rows_count(rows); i++)
        if (!CONTEXT_QUERY(context, STATEMENT_AUDIT_EVENT_CREATE, NULL,
                           scope_get(context, "organization_id"),
                           principal_actor(&context->principal), context->request_id,
                           context->request->remote_addr, team, "team", "sync_members",
                           rows_get(rows, i, "meta")))
            return;
}

static bool is_linked(struct context *context)
{
    if (scope_get(context, "group_id"))
        return true;
    request_fail(context, ERROR_CONFLICT, NULL, "Team is not linked to a SCIM group");
    return false;
}

/* False: there is no such group, or it may not be linked; recorded. */
static bool may_link(struct context *context, const char *group)
{
    struct rows *found = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_SCIM_GROUP_FIND, &found, group))
        return false;
    if (!found)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    else if (rows_bool(found, 0, "is_site_admin_group"))
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The site admin group cannot be linked to a team");
    else if (!rows_bool(found, 0, "scim_enabled"))
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "SCIM is not enabled");
    return !request_failed(context);
}

static void link_team(struct context *context)
{
    const char *team = scope_get(context, "id");
    struct patch patch;

    if (scope_get(context, "group_id")) {
        request_fail(context, ERROR_CONFLICT, NULL, "Team is already linked to a SCIM group");
        return;
    }
    if (rows_bool(context->rows, 0, "is_owners")) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "Owners team SCIM linking is not yet supported");
        return;
    }
    if (!patch_read(context, context->route->resource, true, &patch))
        return;
    const char *group = json_text(patch_attribute(&patch, "scim-group-id"));
    if (!may_link(context, group) ||
        !CONTEXT_QUERY(context, STATEMENT_TEAM_SCIM_GROUP_CREATE, NULL, team, group))
        return;
    sync_team(context, team);
    reply_no_content(context);
}

static void pause_team(struct context *context)
{
    const char *team = scope_get(context, "id");
    struct patch patch;

    if (!is_linked(context) || !patch_read(context, context->route->resource, false, &patch) ||
        !CONTEXT_QUERY(context, STATEMENT_TEAM_SCIM_GROUP_UPDATE, NULL, team, buf_str(&patch.text)))
        return;
    sync_team(context, team);
    reply_no_content(context);
}

/* Its members stay until somebody removes them. */
static void unlink_team(struct context *context)
{
    if (is_linked(context) &&
        CONTEXT_QUERY(context, STATEMENT_TEAM_SCIM_GROUP_DELETE, NULL, scope_get(context, "id")))
        reply_no_content(context);
}

#define PATH "/api/v2/admin/teams/:team_id/scim-group-mapping"

static const struct route routes[] = {
    {{HTTP_POST, PATH},
     ROUTE_CREATE,
     STATEMENT_TEAM_SCIM_GROUP_LOAD,
     .handler = link_team,
     .principals = PRINCIPALS_USER,
     .audit = "link_scim_group"},
    {{HTTP_PATCH, PATH},
     ROUTE_UPDATE,
     STATEMENT_TEAM_SCIM_GROUP_LOAD,
     .handler = pause_team,
     .principals = PRINCIPALS_USER,
     .audit = "update_scim_group"},
    {{HTTP_DELETE, PATH},
     ROUTE_DELETE,
     STATEMENT_TEAM_SCIM_GROUP_LOAD,
     .handler = unlink_team,
     .principals = PRINCIPALS_USER,
     .audit = "unlink_scim_group"},
    {0},
};

const struct resource scim_group_mapping_resource = {
    .type = "scim-group-mappings",
    .id_prefix = "scimmap-",
    .audit = "team",
    .attributes = attributes,
    .routes = routes,
};
