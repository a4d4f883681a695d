-- Run tasks of organizations, and the workspaces that they are attached to (today-runs.md section 14).

-- fragment: run_task_columns
t.id, t.organization_id, t.name, t.url, t.description, t.enabled, t.created_at, t.updated_at, o.name AS organization,
CASE WHEN is_entitled_to_global_tasks(o.id) THEN jsonb_build_object('enabled', t.global_enabled,
    'stages', t.global_stages, 'enforcement-level', t.global_enforcement_level) END AS global_configuration,
ARRAY(SELECT a.id FROM workspace_tasks a WHERE a.task_id = t.id ORDER BY a.created_at, a.id) AS workspace_task_ids

-- name: run_task_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{run_task_columns}}, t.sealed_hmac_key, {{organization_mask}} AS mask
    FROM run_tasks t JOIN organizations o ON o.id = t.organization_id
    WHERE t.id = $2 {{once}}) x ON x.mask & (1::bigint << 60) <> 0;

-- name: run_task_include :many
{{principal}}
SELECT {{run_task_columns}}, x.mask FROM p, run_tasks t JOIN organizations o ON o.id = t.organization_id,
    LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE t.id = ANY ($2::text[]) AND x.mask & (1::bigint << 60) <> 0;

-- name: run_task_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM run_tasks t WHERE t.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{run_task_columns}} FROM run_tasks t JOIN organizations o ON o.id = t.organization_id
    WHERE t.organization_id = s.id ORDER BY t.created_at, t.id LIMIT $3 OFFSET $4) x ON true;

-- name: run_task_parent_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.id AS scope_id, o.id AS organization_id, {{organization_mask}} AS scope
    FROM organizations o WHERE o.name = $2 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- fragment: run_task_targets
name, url, description, enabled, sealed_hmac_key, global_enabled, global_stages, global_enforcement_level

-- fragment: run_task_values
r.name, r.url, r.description, coalesce(r.enabled, true), r.sealed_hmac_key, coalesce(r.global_enabled, false),
coalesce(r.global_stages, '{post_plan}'), coalesce(r.global_enforcement_level, 'advisory')

-- name: run_task_create :exec
INSERT INTO run_tasks (id, organization_id, {{run_task_targets}})
SELECT $1, $2, {{run_task_values}} FROM jsonb_populate_record(NULL::run_tasks, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: run_task_update :exec
UPDATE run_tasks t SET updated_at = now(), ({{run_task_targets}})
  = (SELECT {{run_task_values}} FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: run_task_delete :exec
DELETE FROM run_tasks WHERE id = $1 AND $2::text IS NOT NULL;

-- Whether organization $1 may have global tasks.
-- name: run_task_entitled :one
SELECT is_entitled_to_global_tasks(o.id) AS is_entitled FROM organizations o WHERE o.id = $1;

-- name: run_task_pool :one
SELECT a.id FROM agent_pools a WHERE a.id = $1 AND a.organization_id = $2;

-- fragment: workspace_task_columns
a.id, a.organization_id, a.workspace_id, a.task_id, a.enforcement_level, a.stages, a.stages[1] AS stage,
a.created_at, a.updated_at

-- $2 workspace, $3 association.
-- name: workspace_task_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_task_columns}}, {{workspace_mask}} AS mask
    FROM workspace_tasks a JOIN workspaces w ON w.id = a.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE a.id = $3 AND w.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: workspace_task_reply :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_task_columns}}, {{workspace_mask}} AS mask
    FROM workspace_tasks a JOIN workspaces w ON w.id = a.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE a.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: workspace_task_include :many
{{principal}}
SELECT {{workspace_task_columns}}, x.mask
FROM p, workspace_tasks a JOIN workspaces w ON w.id = a.workspace_id JOIN organizations o ON o.id = w.organization_id,
    LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE a.id = ANY ($2::text[]) AND x.mask & 1 <> 0 ORDER BY a.created_at, a.id;

-- $2 workspace.
-- name: workspace_task_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM workspace_tasks a WHERE a.workspace_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{workspace_task_columns}} FROM workspace_tasks a WHERE a.workspace_id = s.id
    ORDER BY a.created_at, a.id LIMIT $3 OFFSET $4) x ON true;

-- $2 task: only in workspaces that the caller sees.
-- name: task_workspace_task_list :many
{{principal}},
scope AS MATERIALIZED (
    SELECT t.id, {{organization_mask}} AS mask FROM p, run_tasks t JOIN organizations o ON o.id = t.organization_id
    WHERE t.id = $2),
found AS MATERIALIZED (
    SELECT a.* FROM p, scope s, workspace_tasks a JOIN workspaces w ON w.id = a.workspace_id
        JOIN organizations o ON o.id = w.organization_id
    WHERE a.task_id = s.id AND {{workspace_mask}} & 1 <> 0)
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 60) <> 0
LEFT JOIN LATERAL (
    SELECT {{workspace_task_columns}} FROM found a WHERE s.id IS NOT NULL
    ORDER BY a.created_at, a.id LIMIT $3 OFFSET $4) x ON true;

-- name: workspace_task_create :exec
INSERT INTO workspace_tasks (id, organization_id, workspace_id, task_id, enforcement_level, stages)
SELECT $1, w.organization_id, w.id, r.task_id, r.enforcement_level, coalesce(r.stages, '{post_plan}')
FROM workspaces w, jsonb_populate_record(NULL::workspace_tasks, $3::jsonb) r WHERE w.id = $2 AND $4::text IS NOT NULL;

-- name: workspace_task_update :exec
UPDATE workspace_tasks t SET updated_at = now(), (enforcement_level, stages)
  = (SELECT r.enforcement_level, r.stages FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: workspace_task_delete :exec
DELETE FROM workspace_tasks WHERE id = $1 AND $2::text IS NOT NULL;
