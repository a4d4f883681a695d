-- Who calls and what they may do: the fragments that every statement of the API is built from.
--
-- The contract of a read statement: $1 is the SHA-256 of the caller's token. No row = 401. Columns:
-- auth (the principal), scope (mask on the thing that the path names; NULL = 404), and of each row
-- id (NULL = no row), mask (what `permissions` shows) and the attributes; a list adds total.
--
-- An organization may refuse user tokens, or those past an age (tokens_accepted): every
-- mask in it has bit 63 (PERMISSION_REFUSED), which makes the answer a 401.

-- Computed once even where the planner makes it a part of the statement: see `once`.
-- fragment: principal
WITH p AS (
    SELECT t.kind, t.user_id, t.team_id, t.organization_id, t.workspace_id, t.created_at,
           coalesce(u.is_site_admin, false) AS is_site_admin, token_mask(t.kind) AS token_mask,
           concat_ws('|', t.id, t.kind, coalesce(t.user_id, ''), coalesce(t.team_id, ''),
                     coalesce(t.organization_id, ''), coalesce(t.run_id, ''), coalesce(u.is_site_admin, false),
                     t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute') AS auth,
           CASE t.kind
               WHEN 'user' THEN ARRAY(SELECT m.team_id FROM team_members m WHERE m.user_id = t.user_id AND m.active)
               WHEN 'team' THEN ARRAY[t.team_id]
               ELSE '{}'
           END AS team_ids
    FROM tokens t LEFT JOIN users u ON u.id = t.user_id
    WHERE t.secret_hash = $1 AND t.kind NOT IN ('agent', 'scim', 'runner')
      AND (t.expired_at IS NULL OR t.expired_at > now())
      AND (t.capped_at IS NULL OR t.capped_at > now()) AND u.is_disabled IS NOT TRUE
      AND (u.saml_expires_at IS NULL OR u.saml_expires_at > now())
    {{once}}
)

-- The mask on organization o, by teams, membership or the organization's own token. A team's grants on
-- workspaces and projects open a little of the organization too (the constant: org-varsets-read,
-- org-ssh-keys-read, org-agent-pools-read, org-tasks-read, org-create-workspace).
-- fragment: organization_mask
(coalesce((SELECT bit_or(g.mask) FROM (
    SELECT t.mask FROM teams t WHERE t.organization_id = o.id AND t.id = ANY (p.team_ids)
    UNION ALL
    SELECT c.mask & 3458775577656295424 FROM team_grant_counts c
    WHERE c.team_id = ANY (p.team_ids) AND c.organization_id = o.id AND c.workspaces > 0
    UNION ALL
    SELECT g.mask & 3458775577656295424 FROM team_projects g
    WHERE g.team_id = ANY (p.team_ids) AND g.organization_id = o.id
    UNION ALL
    SELECT member_mask() FROM organization_memberships m
    WHERE m.organization_id = o.id AND m.user_id = p.user_id AND m.status = 'active'
    UNION ALL
    SELECT p.token_mask WHERE p.organization_id = o.id) g), 0)
 | CASE WHEN {{tokens_accepted}} THEN 0 ELSE 1::bigint << 63 END)

-- The organizations that p is a member of, or the token of. Not with OR, which would look at all there are.
-- fragment: own_organizations
(SELECT m.organization_id AS id FROM organization_memberships m WHERE m.user_id = p.user_id AND m.status = 'active'
 UNION SELECT p.organization_id WHERE p.organization_id IS NOT NULL) belongs

-- The mask on workspace w of organization o: the union of everything that reaches it. Force delete
-- comes with delete where the organization allows it (today-access.md W6).
-- fragment: workspace_mask
(SELECT coalesce(bit_or(g.mask | {{force_delete}}), 0) | CASE WHEN {{tokens_accepted}} THEN 0 ELSE 1::bigint << 63 END
 FROM (
    SELECT t.mask FROM teams t WHERE t.organization_id = w.organization_id AND t.id = ANY (p.team_ids)
    UNION ALL
    SELECT g.mask FROM team_projects g WHERE g.project_id = w.project_id AND g.team_id = ANY (p.team_ids)
    UNION ALL
    SELECT g.mask FROM team_workspaces g WHERE g.workspace_id = w.id AND g.team_id = ANY (p.team_ids)
    UNION ALL
    SELECT CASE WHEN p.workspace_id IS NULL THEN p.token_mask ELSE {{run_workspace_mask}} END
    WHERE p.organization_id = w.organization_id) g)

-- What a run's own token may do with workspace w: read and write the state of its own, read the states
-- that others share with it (today-runs.md 21.3). A run task's token reads what its run has made (14.6).
-- fragment: run_workspace_mask
CASE WHEN p.kind = 'task' THEN CASE WHEN w.id = p.workspace_id THEN task_mask() ELSE 0 END
     WHEN w.id = p.workspace_id THEN run_mask()
     WHEN w.global_remote_state
       OR w.project_remote_state AND w.project_id = (SELECT own.project_id FROM workspaces own WHERE own.id = p.workspace_id)
       OR EXISTS (SELECT FROM remote_state_consumers c WHERE c.workspace_id = w.id AND c.consumer_id = p.workspace_id)
     THEN shared_state_mask() ELSE 0 END

-- Bit 15 where g.mask has bit 12.
-- fragment: force_delete
CASE WHEN o.allow_force_delete_workspaces THEN (g.mask & (1::bigint << 12)) << 3 ELSE 0 END

-- Ends the subquery of one thing and its mask: without it the planner merges the two queries and
-- computes the mask once for the answer and once more for the condition on it.
-- fragment: once
OFFSET 0

-- The mask on project pr. A grant on one of its workspaces makes its name visible; who manages all
-- workspaces may create in the default project (today-access.md 12.3, W3).
-- fragment: project_mask
(SELECT g.mask
      | CASE WHEN pr.is_default AND g.mask & (1::bigint << 34) <> 0 THEN (1::bigint << 19) | (1::bigint << 26) ELSE 0 END
      | CASE WHEN g.mask & (1::bigint << 19) = 0 AND EXISTS (
            SELECT 1 FROM team_workspaces tw JOIN workspaces w ON w.id = tw.workspace_id
            WHERE tw.team_id = ANY (p.team_ids) AND w.project_id = pr.id AND tw.mask & 1 <> 0)
        THEN 1::bigint << 19 ELSE 0 END
      | CASE WHEN (SELECT {{tokens_accepted}} FROM organizations o WHERE o.id = pr.organization_id)
             THEN 0 ELSE 1::bigint << 63 END
 FROM (SELECT coalesce(bit_or(u.mask), 0) AS mask FROM (
    SELECT t.mask FROM teams t WHERE t.organization_id = pr.organization_id AND t.id = ANY (p.team_ids)
    UNION ALL
    SELECT g.mask FROM team_projects g WHERE g.project_id = pr.id AND g.team_id = ANY (p.team_ids)
    UNION ALL
    SELECT p.token_mask WHERE p.organization_id = pr.organization_id) u) g)

-- Team t is seen by its members, by everybody in the organization when it is not secret, and by those
-- who may see secret teams (today-access.md 12.9). rights.mask is the mask on its organization.
-- fragment: team_seen
(rights.mask & (1::bigint << 28) <> 0 AND (t.visibility = 'organization' OR t.id = ANY (p.team_ids)
    OR rights.mask & (1::bigint << 52) <> 0))

-- The mask on team t (12.9): the rights in the organization, as far as the caller sees the team; what
-- concerns the owners team is the owners' alone.
-- fragment: team_mask
(CASE WHEN NOT {{team_seen}} THEN 0
    WHEN t.is_owners THEN (1::bigint << 55) | CASE WHEN rights.mask & (1::bigint << 53) <> 0
        THEN (1::bigint << 56) | (1::bigint << 59) ELSE 0 END
    ELSE (1::bigint << 55)
       | CASE WHEN rights.mask & (1::bigint << 49) <> 0 THEN 1::bigint << 56 ELSE 0 END
       | CASE WHEN rights.mask & (1::bigint << 50) <> 0 THEN (1::bigint << 57) | (1::bigint << 59) ELSE 0 END
       | CASE WHEN rights.mask & (1::bigint << 51) <> 0 THEN 1::bigint << 58 ELSE 0 END
       | CASE WHEN t.id = ANY (p.team_ids) AND t.allow_member_token_management THEN 1::bigint << 59 ELSE 0 END
    END | (rights.mask & (1::bigint << 63)))

-- For lists across organizations: those that take the caller's token, and are not shut by a site
-- administrator. A statement about one thing
-- needs no such condition, because a refusal is bit 63 of its mask.
-- fragment: tokens_accepted
(o.is_disabled IS NOT TRUE AND (p.kind <> 'user' OR o.user_token_limit IS NULL OR p.created_at + o.user_token_limit > now()))

-- Nobody waits for this: not for the disk, and not for another worker that touches the same token.
-- name: token_touch :exec
UPDATE tokens SET last_used_at = now()
FROM (SELECT set_config('synchronous_commit', 'off', true)) quick
WHERE id IN (SELECT t.id FROM tokens t WHERE t.id = ANY ($1::text[])
               AND (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute')
             FOR UPDATE SKIP LOCKED);

-- Only who calls: for routes that name nothing.
-- name: caller_load :one
{{principal}}
SELECT p.auth, 0 AS scope, NULL AS id FROM p;

-- What the path names is an organization: its mask and id, for lists and creates below it.
-- name: organization_load :one
{{principal}}
SELECT p.auth, x.scope, x.id, x.id AS scope_id, x.name, x.default_project_id
FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.name, o.default_project_id, {{organization_mask}} AS scope
    FROM organizations o WHERE o.name = $2 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: project_load :one
{{principal}}
SELECT p.auth, x.scope, x.id, x.id AS scope_id, x.organization_id, x.is_default, x.own_execution_mode,
       x.execution_mode, x.agent_pool_id
FROM p LEFT JOIN LATERAL (
    SELECT pr.*, {{project_mask}} AS scope
    FROM projects pr JOIN organizations o ON o.id = pr.organization_id
    WHERE pr.id = $2 {{once}}) x ON x.scope & (1::bigint << 19) <> 0;

-- The columns of a workspace that writes and actions look at.
-- fragment: workspace_load_columns
w.id, w.id AS scope_id, w.organization_id, w.project_id, w.name, w.own_execution_mode,
w.execution_mode, w.agent_pool_id, w.locked_by, w.resource_count, w.global_remote_state,
w.project_remote_state, w.trigger_prefixes, w.trigger_patterns, w.file_triggers_enabled,
w.vcs_repo, w.auto_destroy_activity_duration, w.current_state_version_id, w.ssh_key_id,
o.name AS organization

-- name: workspace_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_load_columns}}, {{workspace_mask}} AS scope
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- The old API puts the id where the name goes: both are taken, the name first (api-2017.md 2.13).
-- fragment: workspace_named
w.organization_id = (SELECT n.id FROM organizations n WHERE n.name = $2)
AND w.id = coalesce((SELECT n.id FROM workspaces n JOIN organizations m ON m.id = n.organization_id
                     WHERE m.name = $2 AND n.name = $3), $3)

-- name: workspace_load_named :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_load_columns}}, {{workspace_mask}} AS scope
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE {{workspace_named}} {{once}}) x ON x.scope & 1 <> 0;
