/* What the files of this area share. */
#ifndef TERRACE_API_TEAMS_TEAMS_H
#define TERRACE_API_TEAMS_TEAMS_H

#include <stdbool.h>

struct context;
struct patch;

/* Checks the flags of `organization-access`: booleans, with the flags that they need
 * (today-access.md section 6). stored: the flags that the team has, as JSON, or NULL. True when a
 * flag would change; problems are recorded. */
bool organization_access_check(struct context *context, const struct patch *patch,
                               const char *stored);

/* Handlers of /teams/:id/relationships/users and .../organization-memberships. */
void team_members_add_users(struct context *context);
void team_members_remove_users(struct context *context);
void team_members_add(struct context *context);
void team_members_remove(struct context *context);

/* Refuses (403) when the organization would be without an owner. Call owners_lock before the
 * change. */
bool owners_lock(struct context *context, const char *organization);
bool owners_remain(struct context *context, const char *organization);

#endif
