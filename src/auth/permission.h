/* The permission bits: one bigint per (principal, thing), computed in SQL inside the statement that
 * reads or writes (sql/queries/access.sql), compared with what a route needs by the dispatcher, and
 * shown in every `permissions` object. sql/functions/020_masks.sql holds the same list in the same
 * order; a test compares the two. Dimensions: today-access.md section 12. */
#ifndef TERRACE_AUTH_PERMISSION_H
#define TERRACE_AUTH_PERMISSION_H

#include <stdint.h>

/* X(C name, SQL name) in bit order. */
/* clang-format off */
#define PERMISSIONS(X)                                                                             \
    X(READ, "read")                             /* see the workspace and its runs (W1, W11) */       \
    X(RUN_PLAN, "run-plan")                     /* W12 */                                            \
    X(RUN_APPLY, "run-apply")                   /* W13 */                                            \
    X(VARS_READ, "vars-read")                   /* W16 */                                            \
    X(VARS_WRITE, "vars-write")                 /* W17 */                                            \
    X(STATE_OUTPUTS, "state-outputs")           /* W19 */                                            \
    X(STATE_READ, "state-read")                 /* W18 */                                            \
    X(STATE_WRITE, "state-write")               /* W20 */                                            \
    X(MOCKS_READ, "mocks-read")                 /* W22 */                                            \
    X(LOCK, "lock")                             /* W8, W9 */                                         \
    X(TASKS, "tasks")                           /* W23 */                                            \
    X(POLICY_OVERRIDE, "policy-override")       /* W24 */                                            \
    X(DELETE, "delete")                         /* W5 */                                             \
    X(ADMIN, "admin")                           /* W2, W10, W25, W26, W28, W31, W35 */               \
    X(MOVE, "move")                             /* W7, P7 */                                         \
    X(FORCE_DELETE, "force-delete")             /* W6 */                                             \
    X(CONSUMERS_REPLACE, "consumers-replace")   /* W30 */                                            \
    X(BACKING_DATA, "backing-data")             /* W21 */                                            \
    X(PLAN_JSON, "plan-json")                   /* W32 */                                            \
    X(PROJECT_READ, "project-read")             /* P1 */                                             \
    X(PROJECT_UPDATE, "project-update")         /* P3 */                                             \
    X(PROJECT_DELETE, "project-delete")         /* P4 */                                             \
    X(PROJECT_TEAMS_READ, "project-teams-read") /* P5 */                                             \
    X(PROJECT_TEAMS, "project-teams")           /* P6 */                                             \
    X(PROJECT_VARSETS_READ, "project-varsets-read") /* P8 */                                         \
    X(PROJECT_VARSETS, "project-varsets")       /* P9 */                                             \
    X(PROJECT_CREATE_WORKSPACE, "project-create-workspace") /* W4 */                                 \
    X(PROJECT_TAGS, "project-tags")             /* P10 */                                            \
    X(ORG_READ, "org-read")                     /* O1 */                                             \
    X(ORG_TEAM_MEMBER, "org-team-member")       /* in some team */                                   \
    X(ORG_UPDATE, "org-update")                 /* O2, O3, O24, O27 */                               \
    X(ORG_TOKEN, "org-token")                   /* O4 */                                             \
    X(ORG_AUDIT, "org-audit")                   /* O5 */                                             \
    X(ORG_CREATE_PROJECT, "org-create-project") /* P2 */                                             \
    X(ORG_MANAGE_WORKSPACES, "org-manage-workspaces") /* W3 */                                       \
    X(ORG_VARSETS, "org-varsets")               /* O6 */                                             \
    X(ORG_VARSETS_READ, "org-varsets-read")     /* O7 */                                             \
    X(ORG_POLICIES, "org-policies")             /* O8 */                                             \
    X(ORG_TASKS, "org-tasks")                   /* O10 */                                            \
    X(ORG_VCS, "org-vcs")                       /* O12, O15 */                                       \
    X(ORG_SSH_KEYS, "org-ssh-keys")             /* O14 */                                            \
    X(ORG_SSH_KEYS_READ, "org-ssh-keys-read")   /* O13 */                                            \
    X(ORG_AGENT_POOLS, "org-agent-pools")       /* O16 */                                            \
    X(ORG_AGENT_POOLS_READ, "org-agent-pools-read") /* choose a pool in workspace settings */        \
    X(ORG_MODULES, "org-modules")               /* O18 */                                            \
    X(ORG_PROVIDERS, "org-providers")           /* O19 */                                            \
    X(ORG_TAGS, "org-tags")                     /* O21 */                                            \
    X(ORG_RESERVED_TAGS, "org-reserved-tags")   /* O22 */                                            \
    X(ORG_EXPLORER, "org-explorer")             /* O26 */                                            \
    X(ORG_MEMBERSHIP, "org-membership")         /* 12.9 */                                           \
    X(ORG_TEAMS, "org-teams")                   /* 12.9 */                                           \
    X(ORG_TEAM_ACCESS, "org-team-access")       /* 12.9 manage-organization-access */                \
    X(ORG_SECRET_TEAMS, "org-secret-teams")     /* 12.9 access-secret-teams */                       \
    X(ORG_OWNER, "org-owner")                   /* owner-class */                                    \
    X(POLICY_DELEGATE, "policy-delegate")       /* delegate-policy-overrides */                      \
    X(TEAM_READ, "team-read")                   /* on a team: see it (12.9) */                       \
    X(TEAM_MEMBERS, "team-members")             /* add and remove members */                         \
    X(TEAM_UPDATE, "team-update")               /* rename, visibility, delete */                     \
    X(TEAM_ACCESS, "team-access")               /* change organization-access */                     \
    X(TEAM_TOKENS, "team-tokens")               /* its tokens */                                     \
    X(ORG_TASKS_READ, "org-tasks-read")         /* O11 */                                            \
    X(ORG_CREATE_WORKSPACE, "org-create-workspace") /* W3 or W4 somewhere */
/* clang-format on */

enum permission_bit {
#define PERMISSION_BIT(name, sql) PERMISSION_BIT_##name,
    PERMISSIONS(PERMISSION_BIT)
#undef PERMISSION_BIT
        PERMISSION_COUNT
};

#define PERMISSION_MASK(name) (UINT64_C(1) << PERMISSION_BIT_##name)

typedef uint64_t permission_mask;

/* No right, but the reason of a 401: the organization takes no user tokens, or none of this age
 * (today-access.md 1.1 and 3.6). */
#define PERMISSION_REFUSED (UINT64_C(1) << 63)
_Static_assert(PERMISSION_COUNT < 63, "the sign bit of a bigint is PERMISSION_REFUSED");

/* The SQL name of a bit, "state-read". */
const char *permission_name(enum permission_bit bit);

#endif
