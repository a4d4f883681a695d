-- Agent pools, their tokens and agents (today-access.md 11.3). Who manages a workspace may see the
-- pools, to choose one.

-- fragment: agent_pool_columns
a.id, a.name, a.organization_scoped, a.created_at, o.name AS organization,
(SELECT count(*) FROM agents g WHERE g.agent_pool_id = a.id AND g.status IN ('idle', 'busy', 'unknown')) AS agent_count,
ARRAY(SELECT w.id FROM workspaces w WHERE w.agent_pool_id = a.id ORDER BY w.created_at, w.id) AS workspace_ids,
ARRAY(SELECT l.workspace_id FROM agent_pool_workspaces l WHERE l.agent_pool_id = a.id AND NOT l.excluded
      ORDER BY l.workspace_id) AS allowed_workspace_ids,
ARRAY(SELECT l.project_id FROM agent_pool_projects l WHERE l.agent_pool_id = a.id ORDER BY l.project_id) AS allowed_project_ids,
ARRAY(SELECT l.workspace_id FROM agent_pool_workspaces l WHERE l.agent_pool_id = a.id AND l.excluded
      ORDER BY l.workspace_id) AS excluded_workspace_ids

-- name: agent_pool_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{agent_pool_columns}}, {{organization_mask}} AS mask
    FROM agent_pools a JOIN organizations o ON o.id = a.organization_id
    WHERE a.id = $2) x ON x.mask & (1::bigint << 43) <> 0;

-- name: agent_pool_include :many
{{principal}}
SELECT {{agent_pool_columns}}, x.mask FROM p, agent_pools a JOIN organizations o ON o.id = a.organization_id,
    LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE a.id = ANY ($2::text[]) AND x.mask & (1::bigint << 43) <> 0;

-- name: agent_pool_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT a.id, a.id AS scope_id, a.organization_id, {{organization_mask}} AS scope
    FROM agent_pools a JOIN organizations o ON o.id = a.organization_id
    WHERE a.id = $2) x ON x.scope & (1::bigint << 43) <> 0;

-- Whether pool a serves workspace w: everybody's pool does, and one that names the workspace or its
-- project, unless the workspace is excluded.
-- fragment: agent_pool_serves
(NOT EXISTS (SELECT 1 FROM agent_pool_workspaces l WHERE l.agent_pool_id = a.id AND l.workspace_id = w.id AND l.excluded)
 AND (a.organization_scoped
      OR EXISTS (SELECT 1 FROM agent_pool_workspaces l WHERE l.agent_pool_id = a.id AND l.workspace_id = w.id AND NOT l.excluded)
      OR EXISTS (SELECT 1 FROM agent_pool_projects l WHERE l.agent_pool_id = a.id AND l.project_id = w.project_id)))

-- $5 q, $6 filter[allowed_workspaces][name], $7 filter[allowed_projects][name]: usable there.
-- name: agent_pool_list :many
-- sort: name = a.name
-- sort: created-at = a.created_at, a.id
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT a.* FROM scope s JOIN agent_pools a ON a.organization_id = s.id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(a.name)) > 0)
      AND ($6::text IS NULL OR EXISTS (
        SELECT 1 FROM workspaces w WHERE w.organization_id = s.id AND w.name = $6 AND {{agent_pool_serves}}))
      AND ($7::text IS NULL OR a.organization_scoped OR EXISTS (
        SELECT 1 FROM agent_pool_projects l JOIN projects pr ON pr.id = l.project_id
        WHERE l.agent_pool_id = a.id AND lower(pr.name) = lower($7))))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total,
       (SELECT count(*) FROM agent_pools a WHERE a.organization_id = s.id) AS all_pools, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{agent_pool_columns}}
    FROM found a JOIN organizations o ON o.id = a.organization_id
    WHERE s.id IS NOT NULL ORDER BY /*sort*/ a.created_at, a.id
    LIMIT $3 OFFSET $4) x ON true;

-- name: agent_pool_create :exec
INSERT INTO agent_pools (id, organization_id, name, organization_scoped)
SELECT $1, $2, r.name, r.organization_scoped FROM jsonb_populate_record(NULL::agent_pools, $3::jsonb) r
WHERE $4::text IS NOT NULL;

-- name: agent_pool_update :exec
UPDATE agent_pools t SET (name, organization_scoped)
  = (SELECT r.name, r.organization_scoped FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: agent_pool_delete :exec
DELETE FROM agent_pools WHERE id = $1 AND $2::text IS NOT NULL;

-- The ids among $3 that the caller does not see in the organization of pool $2; $1 token.
-- name: agent_pool_unlinkable_workspace :many
{{principal}}
SELECT f.id, false AS visible FROM p, unnest($3::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM agent_pools a JOIN organizations o ON o.id = a.organization_id
    JOIN workspaces w ON w.id = f.id AND w.organization_id = a.organization_id
    WHERE a.id = $2 AND {{workspace_mask}} & 1 <> 0);

-- name: agent_pool_unlinkable_project :many
{{principal}}
SELECT f.id, false AS visible FROM p, unnest($3::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM agent_pools a JOIN projects pr ON pr.id = f.id AND pr.organization_id = a.organization_id
    WHERE a.id = $2 AND {{project_mask}} & (1::bigint << 19) <> 0);

-- name: agent_pool_allow_workspace :exec
INSERT INTO agent_pool_workspaces (agent_pool_id, workspace_id, excluded) SELECT $1, f.id, false FROM unnest($2::text[]) f(id)
ON CONFLICT ON CONSTRAINT agent_pool_workspaces_pkey DO NOTHING;

-- name: agent_pool_disallow_workspace :exec
DELETE FROM agent_pool_workspaces WHERE agent_pool_id = $1 AND NOT excluded AND workspace_id <> ALL ($2::text[]);

-- name: agent_pool_exclude_workspace :exec
INSERT INTO agent_pool_workspaces (agent_pool_id, workspace_id, excluded) SELECT $1, f.id, true FROM unnest($2::text[]) f(id)
ON CONFLICT ON CONSTRAINT agent_pool_workspaces_pkey DO NOTHING;

-- name: agent_pool_include_workspace :exec
DELETE FROM agent_pool_workspaces WHERE agent_pool_id = $1 AND excluded AND workspace_id <> ALL ($2::text[]);

-- name: agent_pool_allow_project :exec
INSERT INTO agent_pool_projects (agent_pool_id, project_id) SELECT $1, f.id FROM unnest($2::text[]) f(id)
ON CONFLICT ON CONSTRAINT agent_pool_projects_pkey DO NOTHING;

-- name: agent_pool_disallow_project :exec
DELETE FROM agent_pool_projects WHERE agent_pool_id = $1 AND project_id <> ALL ($2::text[]);

-- fragment: agent_columns
g.id, g.name, g.ip_address, g.status, g.last_ping_at, g.created_at, g.agent_pool_id, g.organization_id

-- name: agent_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{agent_columns}}, {{organization_mask}} AS mask
    FROM agents g JOIN organizations o ON o.id = g.organization_id
    WHERE g.id = $2) x ON x.mask & (1::bigint << 42) <> 0;

-- $2 pool, $5 filter[last-ping-since].
-- name: agent_list :many
-- sort: created-at = g.created_at, g.id
-- sort: last-ping-at = g.last_ping_at, g.id
{{principal}}
SELECT p.auth, s.mask AS scope, (
    SELECT count(*) FROM agents g WHERE g.agent_pool_id = s.id AND ($5::text IS NULL OR g.last_ping_at > $5::timestamptz)) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT a.id, {{organization_mask}} AS mask FROM agent_pools a JOIN organizations o ON o.id = a.organization_id
    WHERE a.id = $2) s ON s.mask & (1::bigint << 43) <> 0
LEFT JOIN LATERAL (
    SELECT {{agent_columns}} FROM agents g WHERE g.agent_pool_id = s.id AND ($5::text IS NULL OR g.last_ping_at > $5::timestamptz)
    ORDER BY /*sort*/ g.created_at, g.id
    LIMIT $3 OFFSET $4) x ON true;

-- Only one that is not at work (11.3).
-- name: agent_delete :one
DELETE FROM agents WHERE id = $1 AND status IN ('unknown', 'errored', 'exited') RETURNING id;

-- $2 pool.
-- name: agent_token_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM tokens k WHERE k.kind = 'agent' AND k.agent_pool_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT a.id, {{organization_mask}} AS mask FROM agent_pools a JOIN organizations o ON o.id = a.organization_id
    WHERE a.id = $2) s ON s.mask & (1::bigint << 43) <> 0
LEFT JOIN LATERAL (
    SELECT {{token_columns}} FROM tokens k WHERE k.kind = 'agent' AND k.agent_pool_id = s.id
    ORDER BY k.created_at, k.id LIMIT $3 OFFSET $4) x ON true;

-- name: agent_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, agent_pool_id, description, created_by)
SELECT $1, 'agent', r.secret_hash, $2, r.description, $4 FROM jsonb_populate_record(NULL::tokens, $3::jsonb) r;

-- The pool that workspace $1 chose, when it does not serve the workspace.
-- name: agent_pool_unserving :one
SELECT a.name FROM workspaces w JOIN agent_pools a ON a.id = w.agent_pool_id
WHERE w.id = $1 AND w.own_execution_mode AND a.organization_id = w.organization_id AND NOT {{agent_pool_serves}};

-- The default pool that project $1 chose, when it does not serve the project.
-- name: agent_pool_unserving_project :one
SELECT a.name FROM projects pr JOIN agent_pools a ON a.id = pr.agent_pool_id
WHERE pr.id = $1 AND pr.own_execution_mode AND a.organization_id = pr.organization_id AND NOT a.organization_scoped
  AND NOT EXISTS (SELECT 1 FROM agent_pool_projects l WHERE l.agent_pool_id = a.id AND l.project_id = pr.id);
