-- Run triggers: an applied run of one workspace makes a run in another (today-runs.md section 13).

-- fragment: run_trigger_columns
t.id, t.organization_id, t.created_at, t.workspace_id, t.sourceable_id,
(SELECT w.name FROM workspaces w WHERE w.id = t.workspace_id) AS workspace_name,
(SELECT w.name FROM workspaces w WHERE w.id = t.sourceable_id) AS sourceable_name

-- Everything that the caller may do with the workspace that is triggered; seen from the other end, too.
-- fragment: run_trigger_mask
((SELECT {{workspace_mask}} FROM workspaces w WHERE w.id = t.workspace_id)
 | ((SELECT {{workspace_mask}} FROM workspaces w WHERE w.id = t.sourceable_id) & 1))

-- name: run_trigger_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{run_trigger_columns}}, {{run_trigger_mask}} AS scope
    FROM run_triggers t JOIN organizations o ON o.id = t.organization_id
    WHERE t.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- $2 workspace, $5 inbound or outbound.
-- name: run_trigger_list :many
{{principal}},
scope AS MATERIALIZED (
    SELECT w.id, {{workspace_mask}} AS mask FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2),
found AS MATERIALIZED (
    SELECT t.* FROM scope s JOIN run_triggers t ON t.workspace_id = s.id WHERE $5::text = 'inbound'
    UNION ALL
    SELECT t.* FROM scope s JOIN run_triggers t ON t.sourceable_id = s.id WHERE $5::text = 'outbound')
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{run_trigger_columns}} FROM found t WHERE s.id IS NOT NULL
    ORDER BY t.created_at, t.id LIMIT $3 OFFSET $4) x ON true;

-- name: run_trigger_create :exec
INSERT INTO run_triggers (id, organization_id, workspace_id, sourceable_id)
SELECT $1, w.organization_id, w.id, r.sourceable_id
FROM workspaces w, jsonb_populate_record(NULL::run_triggers, $3::jsonb) r WHERE w.id = $2 AND $4::text IS NOT NULL;

-- name: run_trigger_delete :exec
DELETE FROM run_triggers WHERE id = $1 AND $2::text IS NOT NULL;

-- The workspaces that want a run because run $1 has been applied: those that have a configuration and do
-- not run locally (13.4). Whether the run may be applied by itself is the target's own setting.
-- name: run_trigger_targets :many
SELECT w.id AS workspace_id, w.current_configuration_version_id AS configuration_version_id, w.auto_apply_run_trigger AS auto_apply,
       s.id AS source_id, s.name AS source_name
FROM runs r JOIN workspaces s ON s.id = r.workspace_id JOIN run_triggers t ON t.sourceable_id = s.id
JOIN workspaces w ON w.id = t.workspace_id JOIN projects pr ON pr.id = w.project_id JOIN organizations o ON o.id = w.organization_id
WHERE r.id = $1 AND w.current_configuration_version_id IS NOT NULL
  AND CASE WHEN w.own_execution_mode THEN w.execution_mode WHEN pr.own_execution_mode THEN pr.execution_mode
           ELSE o.default_execution_mode END <> 'local'
ORDER BY t.created_at, t.id;
