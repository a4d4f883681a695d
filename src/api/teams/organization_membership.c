/* Organization memberships (today-access.md section 5): people are invited by address; an
 * invitation is accepted by signing in. Who may list members may also invite and remove them. */
#include "api/resources.h"

#include <stddef.h>

#include "api/checks.h"
#include "api/teams/teams.h"
#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const struct attribute attributes[] = {
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"email", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 254, .check = check_email},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"teams", RELATION_MANY, "teams", "team_ids"},
    {"user", RELATION_ONE, "users", "user_id", .related = "/api/v2/users/{user_id}"},
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/organization-memberships/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"user", "id", &user_resource, STATEMENT_MEMBERSHIP_USER_INCLUDE},
    {"teams", "team_ids", &team_resource, STATEMENT_TEAM_INCLUDE},
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {.name = "scim_identity"},
    {0},
};

static const struct constraint constraints[] = {
    {"organization_memberships_organization_user_key", ERROR_INVALID_ATTRIBUTE,
     "/data/attributes/email", "Email has already been invited to this organization"},
    {0},
};

/* The ids of the relationship `teams` as a text[] literal; NULL when there is none or a bad one
 * (recorded). */
static const char *team_ids(struct context *context, const struct patch *patch)
{
    const struct json_value *data = json_get(patch_relationship(patch, "teams"), "data");
    if (!data || json_kind(data) == JSON_NULL)
        return NULL;
    return identifiers_read(context, data, "/data/relationships/teams/data", "teams");
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *teams = team_ids(context, patch);
    struct rows *found = NULL;

    if (request_failed(context))
        return;
    if (teams) {
        struct rows *refused = NULL;
        if (!CONTEXT_QUERY(context, STATEMENT_TEAM_UNMANAGED, &refused, context->token_hash,
                           scope_get(context, "id"), teams))
            return;
        if (rows_count(refused) > 0) {
            request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
            return;
        }
    }
    const char *email = json_text(patch_attribute(patch, "email"));
    if (CONTEXT_QUERY(context, STATEMENT_MEMBERSHIP_USER, &found, ids_new(context->arena, "user-"),
                      email))
        patch_string(patch, "user_id", rows_get(found, 0, "id"));
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    const struct json_value *data = json_get(patch_relationship(patch, "teams"), "data");
    size_t count = data && json_kind(data) == JSON_ARRAY ? json_length(data) : 0;
    for (size_t i = 0; i < count; i++)
        if (!CONTEXT_QUERY(context, STATEMENT_TEAM_MEMBER_ADD, NULL,
                           json_text(json_get(json_at(data, i), "id")),
                           arena_printf(context->arena, "{\"%s\"}", id)))
            return;
    /* The answer to an invitation brings the user unasked. */
    context->includes[context->include_count++] = "user";
}

/* An owner leaves the owners team first; whoever removes others must see all their teams. */
static void delete_membership(struct context *context)
{
    bool own = rows_bool(context->rows, 0, "own");
    bool owner = rows_bool(context->rows, 0, "is_owner");
    const char *organization = scope_get(context, "organization_id");

    if (own && owner) {
        request_fail(context, ERROR_FORBIDDEN, NULL,
                     "You cannot remove yourself from an organization that you own");
        return;
    }
    if (!own && (rows_bool(context->rows, 0, "is_hidden") ||
                 (owner && !(context->scope & PERMISSION_MASK(ORG_OWNER))))) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (owner && !owners_lock(context, organization))
        return;
    if (!CONTEXT_QUERY(context, STATEMENT_MEMBERSHIP_DELETE, NULL, scope_get(context, "id")) ||
        (owner && !owners_remain(context, organization)))
        return;
    reply_no_content(context);
}

/* meta.status-counts: of the whole organization, whatever the filters. */
static void write_counts(struct context *context, struct json_writer *w, const struct rows *rows)
{
    (void)context;
    long long active = rows_int(rows, 0, "active_count"),
              invited = rows_int(rows, 0, "invited_count");
    json_key(w, "status-counts");
    json_object_begin(w);
    json_member_int(w, "total", active + invited);
    json_member_int(w, "active", active);
    json_member_int(w, "invited", invited);
    json_object_end(w);
}

static const struct filter list_filters[] = {
    {"q"},
    {"filter[status]"},
    {"filter[email]"},
    {0},
};

static const struct filter team_filters[] = {
    {"filter[status]"},
    {"filter[is_service_account]"},
    {0},
};

#define OF_ORGANIZATION "/api/v2/organizations/:organization/organization-memberships"
#define ONE "/api/v2/organization-memberships/:membership_id"

static const struct route routes[] = {
    {{HTTP_GET, OF_ORGANIZATION},
     ROUTE_LIST,
     STATEMENT_MEMBERSHIP_LIST,
     PERMISSION_MASK(ORG_MEMBERSHIP),
     .filters = list_filters,
     .meta = write_counts},
    {{HTTP_POST, OF_ORGANIZATION},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_MEMBERSHIP),
     STATEMENT_MEMBERSHIP_CREATE,
     STATEMENT_MEMBERSHIP_SHOW},
    {{HTTP_GET, "/api/v2/organization-memberships"},
     ROUTE_LIST,
     STATEMENT_MEMBERSHIP_OWN_LIST,
     .principals = PRINCIPALS_USER,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_MEMBERSHIP_SHOW},
    {{HTTP_DELETE, ONE}, ROUTE_DELETE, STATEMENT_MEMBERSHIP_LOAD, .handler = delete_membership},
    {{HTTP_GET, "/api/v2/teams/:team_id/relationships/organization-memberships"},
     ROUTE_LIST,
     STATEMENT_TEAM_MEMBERSHIP_LIST,
     PERMISSION_MASK(TEAM_MEMBERS),
     .filters = team_filters},
    {0},
};

const struct resource organization_membership_resource = {
    .type = "organization-memberships",
    .audit = "organization_user",
    .id_prefix = "ou-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
