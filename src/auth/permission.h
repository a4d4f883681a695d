/* The permission bits: one bigint per (principal, thing), computed in SQL inside the statement that
 * reads or writes (sql/queries/access.sql), compared with what a route needs by the dispatcher, and
 * shown in every `permissions` object. sql/functions/020_masks.sql holds the same list in the same
 * order; a test compares the two. Dimensions: today-access.md section 12. */
#ifndef TERRACE_AUTH_PERMISSION_H
#define TERRACE_AUTH_PERMISSION_H

#include <stdint.h>

/* X(C name, SQL name) in bit order, with what it is for (docs/permissions.md shows these words). */
/* clang-format off */
#define PERMISSIONS(X) \
    X(READ, "read") /* see the workspace, its runs and their logs (W1, W11) */ \
    X(RUN_PLAN, "run-plan") /* queue runs, comment, upload configurations (W12) */ \
    X(RUN_APPLY, "run-apply") /* apply, discard, cancel runs (W13) */ \
    X(VARS_READ, "vars-read") /* read variables (W16) */ \
    X(VARS_WRITE, "vars-write") /* write variables (W17) */ \
    X(STATE_OUTPUTS, "state-outputs") /* read the outputs of states (W19) */ \
    X(STATE_READ, "state-read") /* read states (W18) */ \
    X(STATE_WRITE, "state-write") /* write states (W20) */ \
    X(MOCKS_READ, "mocks-read") /* download mocks for policies (W22) */ \
    X(LOCK, "lock") /* lock, unlock one's own lock (W8, W9) */ \
    X(TASKS, "tasks") /* attach run tasks (W23) */ \
    X(POLICY_OVERRIDE, "policy-override") /* override failed policies (W24) */ \
    X(DELETE, "delete") /* delete what manages nothing any more (W5) */ \
    X(ADMIN, "admin") /* settings, team access, notifications, force-unlock (W2, W10, W25, W26, W28, W31, W35) */ \
    X(MOVE, "move") /* move workspaces out and in (W7, P7) */ \
    X(FORCE_DELETE, "force-delete") /* delete whatever is still managed (W6) */ \
    X(CONSUMERS_REPLACE, "consumers-replace") /* replace the list of remote state consumers (W30) */ \
    X(BACKING_DATA, "backing-data") /* remove the bytes of old states (W21) */ \
    X(PLAN_JSON, "plan-json") /* read plans as JSON (W32) */ \
    X(PROJECT_READ, "project-read") /* see the project (P1) */ \
    X(PROJECT_UPDATE, "project-update") /* change the project (P3) */ \
    X(PROJECT_DELETE, "project-delete") /* delete the project (P4) */ \
    X(PROJECT_TEAMS_READ, "project-teams-read") /* see other teams' access to it (P5) */ \
    X(PROJECT_TEAMS, "project-teams") /* change teams' access to it (P6) */ \
    X(PROJECT_VARSETS_READ, "project-varsets-read") /* read its variable sets (P8) */ \
    X(PROJECT_VARSETS, "project-varsets") /* write its variable sets (P9) */ \
    X(PROJECT_CREATE_WORKSPACE, "project-create-workspace") /* create workspaces in it (W4) */ \
    X(PROJECT_TAGS, "project-tags") /* add tag bindings (P10) */ \
    X(ORG_READ, "org-read") /* see the organization (O1) */ \
    X(ORG_TEAM_MEMBER, "org-team-member") /* is in some team */ \
    X(ORG_UPDATE, "org-update") /* change or delete the organization (O2, O3, O24, O27) */ \
    X(ORG_TOKEN, "org-token") /* its tokens (O4) */ \
    X(ORG_AUDIT, "org-audit") /* the audit trail (O5) */ \
    X(ORG_CREATE_PROJECT, "org-create-project") /* create projects (P2) */ \
    X(ORG_MANAGE_WORKSPACES, "org-manage-workspaces") /* create in the default project (W3) */ \
    X(ORG_VARSETS, "org-varsets") /* write its variable sets (O6) */ \
    X(ORG_VARSETS_READ, "org-varsets-read") /* read its variable sets (O7) */ \
    X(ORG_POLICIES, "org-policies") /* policies and policy sets (O8) */ \
    X(ORG_TASKS, "org-tasks") /* run tasks of the organization (O10) */ \
    X(ORG_VCS, "org-vcs") /* VCS connections (O12, O15) */ \
    X(ORG_SSH_KEYS, "org-ssh-keys") /* write SSH keys (O14) */ \
    X(ORG_SSH_KEYS_READ, "org-ssh-keys-read") /* list SSH keys (O13) */ \
    X(ORG_AGENT_POOLS, "org-agent-pools") /* agent pools, agents and their tokens (O16) */ \
    X(ORG_AGENT_POOLS_READ, "org-agent-pools-read") /* choose a pool in settings */ \
    X(ORG_MODULES, "org-modules") /* publish modules (O18) */ \
    X(ORG_PROVIDERS, "org-providers") /* publish providers (O19) */ \
    X(ORG_TAGS, "org-tags") /* attach and delete tags (O21) */ \
    X(ORG_RESERVED_TAGS, "org-reserved-tags") /* reserved tag keys (O22) */ \
    X(ORG_EXPLORER, "org-explorer") /* the explorer (O26) */ \
    X(ORG_MEMBERSHIP, "org-membership") /* list, invite and remove people (12.9) */ \
    X(ORG_TEAMS, "org-teams") /* create, change and delete teams (12.9) */ \
    X(ORG_TEAM_ACCESS, "org-team-access") /* change the flags of teams (12.9) */ \
    X(ORG_SECRET_TEAMS, "org-secret-teams") /* reach secret teams too (12.9) */ \
    X(ORG_OWNER, "org-owner") /* owners alone: the owners team, the plan */ \
    X(POLICY_DELEGATE, "policy-delegate") /* makes policy-overrides of custom access count */ \
    X(TEAM_READ, "team-read") /* see the team (12.9) */ \
    X(TEAM_MEMBERS, "team-members") /* add and remove its members */ \
    X(TEAM_UPDATE, "team-update") /* rename it, its visibility, delete it */ \
    X(TEAM_ACCESS, "team-access") /* change its organization-access */ \
    X(TEAM_TOKENS, "team-tokens") /* its tokens */ \
    X(ORG_TASKS_READ, "org-tasks-read") /* list run tasks of the organization (O11) */ \
    X(ORG_CREATE_WORKSPACE, "org-create-workspace") /* create a workspace somewhere (W3, W4) */
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
