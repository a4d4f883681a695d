/* Users as others see them: no rights on the site, and the address only as the user of a membership
 * that shows it too. The caller's own account with its private attributes is account.c. */
#include "api/resources.h"

#include "api/account/account.h"
#include "base/arena.h"
#include "jsonapi/context.h"

/* Clients want an address that is not empty. One picture for all: a picture service would be told
 * who is looked at. */
void account_render_avatar(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)row;
    json_string(
        w, arena_printf(context->arena, "%s/app/assets/avatar.svg", context_base_url(context)));
}

enum holder {
    HOLDER_NOBODY,  /* this server has no such thing */
    HOLDER_SELF,    /* the user, about the own account */
    HOLDER_PERSONS, /* every user that is no service user, unless the site says otherwise */
};

static const struct {
    const char *key;
    enum holder holder;
} keys[] = {
    {"can-create-organization", HOLDER_PERSONS}, {"can-create-organizations", HOLDER_PERSONS},
    {"can-view-organizations", HOLDER_SELF},     {"can-view-profile", HOLDER_SELF},
    {"can-view-settings", HOLDER_SELF},          {"can-update-user", HOLDER_SELF},
    {"can-change-email", HOLDER_SELF},           {"can-change-username", HOLDER_SELF},
    {"can-change-password", HOLDER_SELF},        {"can-manage-sessions", HOLDER_SELF},
    {"can-manage-user-tokens", HOLDER_SELF},     {"can-view2fa-settings", HOLDER_SELF},
    {"can-manage-hcp-account", HOLDER_NOBODY},
};

void account_render_permissions(struct context *context, struct json_writer *w,
                                const struct row *row)
{
    (void)context;
    bool self = rows_bool(row->rows, row->index, "is_self");
    bool person = !rows_bool(row->rows, row->index, "is_service_account");
    const char *may_create = row_get(row, "may_create_organization"); /* only of the own account */

    if (may_create && *may_create != 't')
        person = false;

    json_object_begin(w);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        json_member_bool(w, keys[i].key,
                         (keys[i].holder == HOLDER_SELF && self) ||
                             (keys[i].holder == HOLDER_PERSONS && person));
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"username", ATTRIBUTE_STRING},
    {"email", ATTRIBUTE_STRING, .flags = ATTRIBUTE_OMIT_NULL},
    {"is-service-account", ATTRIBUTE_BOOL},
    {"auth-method", ATTRIBUTE_STRING, .constant = "\"tfc\""},
    {"avatar-url", ATTRIBUTE_STRING, .render = account_render_avatar},
    {"v2-only", ATTRIBUTE_BOOL, .constant = "true"},
    {"permissions", ATTRIBUTE_JSON, .render = account_render_permissions},
    {0},
};

static const struct relationship relationships[] = {
    {"authentication-tokens", RELATION_LINK, .related = "/api/v2/users/{id}/authentication-tokens"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/users/{id}"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/users/:user_id"}, ROUTE_SHOW, STATEMENT_USER_SHOW},
    {0},
};

const struct resource user_resource = {
    .type = "users",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .routes = routes,
};
