/* Members of a team, named as users (by user name, as in 2017, or id) or as organization
 * memberships (today-access.md section 7). Adding a member and removing a stranger are no errors.
 */
#include "api/teams/teams.h"

#include <stdlib.h>

#include "base/buf.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

bool owners_lock(struct context *context, const char *organization)
{
    struct rows *rows = NULL;
    return CONTEXT_QUERY(context, STATEMENT_OWNERS_LOCK, &rows, organization);
}

bool owners_remain(struct context *context, const char *organization)
{
    struct rows *rows = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_OWNERS_COUNT, &rows, organization))
        return false;
    if (rows_int(rows, 0, "count") > 0)
        return true;
    request_fail(context, ERROR_FORBIDDEN, NULL, "An organization needs at least one owner");
    return false;
}

static bool refuse_unknown(struct context *context, const char *what, const struct rows *unknown)
{
    struct buf list;
    if (rows_count(unknown) == 0)
        return true;
    buf_init(&list, context->arena);
    for (size_t i = 0; i < rows_count(unknown); i++)
        buf_printf(&list, "%s%s", i ? ", " : "", rows_get(unknown, i, "id"));
    request_fail(context, ERROR_NOT_FOUND, NULL, "%s not found: %s", what, buf_str(&list));
    return false;
}

/* NULL when one of the ids is no membership of the team's organization. */
static const char *named_memberships(struct context *context)
{
    const char *ids = document_ids(context, "organization-memberships");
    struct rows *unknown = NULL;
    if (!ids ||
        !CONTEXT_QUERY(context, STATEMENT_MEMBERSHIP_UNKNOWN, &unknown,
                       scope_get(context, "organization_id"), ids) ||
        !refuse_unknown(context, "Organization membership(s)", unknown))
        return NULL;
    return ids;
}

static void add(struct context *context, const char *memberships)
{
    if (memberships && CONTEXT_QUERY(context, STATEMENT_TEAM_MEMBER_ADD, NULL,
                                     scope_get(context, "id"), memberships))
        reply_no_content(context);
}

static void remove_all(struct context *context, const char *memberships)
{
    bool owners = rows_bool(context->rows, 0, "is_owners");
    const char *organization = scope_get(context, "organization_id");

    if (!memberships || (owners && !owners_lock(context, organization)) ||
        !CONTEXT_QUERY(context, STATEMENT_TEAM_MEMBER_REMOVE, NULL, scope_get(context, "id"),
                       memberships) ||
        (owners && !owners_remain(context, organization)))
        return;
    reply_no_content(context);
}

/* The memberships of the named users; NULL when one has none. */
static const char *users_memberships(struct context *context, const char *users)
{
    struct rows *found = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_TEAM_MEMBER_FIND, &found,
                       scope_get(context, "organization_id"), users))
        return NULL;
    if (rows_int(found, 0, "missing") == 0)
        return rows_get(found, 0, "ids");
    request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return NULL;
}

void team_members_add_users(struct context *context)
{
    const char *users = document_ids(context, "users");
    struct rows *unknown = NULL;
    if (users && CONTEXT_QUERY(context, STATEMENT_USER_UNKNOWN, &unknown, users) &&
        refuse_unknown(context, "User(s)", unknown) &&
        CONTEXT_QUERY(context, STATEMENT_TEAM_MEMBER_INVITE, NULL,
                      scope_get(context, "organization_id"), users))
        add(context, users_memberships(context, users));
}

void team_members_remove_users(struct context *context)
{
    const char *users = document_ids(context, "users");
    if (users)
        remove_all(context, users_memberships(context, users));
}

void team_members_add(struct context *context)
{
    add(context, named_memberships(context));
}

void team_members_remove(struct context *context)
{
    remove_all(context, named_memberships(context));
}
