/* Who calls. Every read statement returns it in its column `auth` (fragment `principal` in
 * sql/queries/access.sql), so that a read needs no statement of its own for it. */
#ifndef TERRACE_AUTH_PRINCIPAL_H
#define TERRACE_AUTH_PRINCIPAL_H

#include <stdbool.h>

#include "auth/permission.h"

struct arena;

enum principal_kind {
    PRINCIPAL_NOBODY,
    PRINCIPAL_USER,
    PRINCIPAL_TEAM,
    PRINCIPAL_ORGANIZATION,
    PRINCIPAL_AUDIT,
    PRINCIPAL_RUN,  /* what a run's plan or apply calls with */
    PRINCIPAL_TASK, /* what a run task was given with its request: opens what names the kind */
    PRINCIPAL_SCIM, /* an identity provider: its token opens /scim/v2 and nothing else */
};

/* Kinds as bits, for "who may use this route at all" (today-access.md 12.5). */
#define PRINCIPAL_BIT(kind) (1u << (kind))
#define PRINCIPALS_USER PRINCIPAL_BIT(PRINCIPAL_USER)
#define PRINCIPALS_USER_OR_TEAM (PRINCIPALS_USER | PRINCIPAL_BIT(PRINCIPAL_TEAM))
/* What a run needs to keep its state, and nothing else (today-runs.md 21.3). */
#define PRINCIPALS_STATE (PRINCIPALS_USER_OR_TEAM | PRINCIPAL_BIT(PRINCIPAL_RUN))
/* What a run task may read of its run: its handler looks at the run. */
#define PRINCIPALS_TASK(others) ((others) | PRINCIPAL_BIT(PRINCIPAL_TASK))
#define PRINCIPALS_SCIM PRINCIPAL_BIT(PRINCIPAL_SCIM)
#define PRINCIPALS_ALL (PRINCIPALS_USER_OR_TEAM | PRINCIPAL_BIT(PRINCIPAL_ORGANIZATION))
#define PRINCIPALS_ALL_AND_RUN (PRINCIPALS_ALL | PRINCIPAL_BIT(PRINCIPAL_RUN))

struct principal {
    enum principal_kind kind;
    const char *token_id;
    const char *user_id;         /* "" unless a user token */
    const char *team_id;         /* "" unless a team token */
    const char *organization_id; /* of a team's, organization's or run's token, else "" */
    const char *run_id;          /* "" unless a run's token */
    bool is_site_admin;
    bool touch; /* last_used_at is old enough to be written again */
};

/* Parses the column `auth`. NULL or broken text gives PRINCIPAL_NOBODY. */
void principal_parse(struct arena *arena, const char *auth, struct principal *out);

/* The id that acts: user, team, organization or run. Recorded in created_by, locked_by, the audit
 * trail.
 */
const char *principal_actor(const struct principal *principal);

/* The SHA-256 (hex) of the bearer token in an Authorization header, in the arena; NULL when the
 * header is absent or of another form. */
const char *principal_token_hash(struct arena *arena, const char *authorization);

#endif
