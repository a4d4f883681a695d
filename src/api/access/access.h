/* What grants on workspaces and on projects have in common (today-access.md sections 8 and 9). */
#ifndef TERRACE_API_ACCESS_ACCESS_H
#define TERRACE_API_ACCESS_ACCESS_H

#include <stdbool.h>

#include "auth/permission.h"
#include "db/db.h"

struct context;
struct patch;

/* Creates the grant that the document describes, for whoever has `need` on the workspace or project
 * named by the relationship `on` and sees the team. load gives both ($1 token, $2 team, $3 thing).
 */
void grant_create(struct context *context, const char *on, enum statement load,
                  permission_mask need);

/* The level that will be stored, from the request or the row; NULL when there is none. */
const char *grant_level(const struct context *context, const struct patch *patch);
/* Single values belong to the custom level alone: refuses `name` otherwise. */
void grant_check_custom(struct context *context, const char *level, const char *name);

/* For the audit trail: the team, and the level that it gets. */
void grant_audit(struct context *context, const char *level);

#endif
