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

-- The oldest firing that is due, and the run that it makes (13.4): of the target's latest configuration, in
-- the name of who made the source's run, applied by itself only if the target says so of such runs. workspace_id
-- is NULL where there is none to make: no configuration, runs are executed locally, or it is all a day ago.
-- name: run_trigger_claim :one
WITH due AS (
    SELECT f.position FROM run_trigger_firings f WHERE f.due_at <= clock_timestamp()
    ORDER BY f.due_at, f.position LIMIT 1 FOR UPDATE SKIP LOCKED),
claimed AS (
    UPDATE run_trigger_firings f SET due_at = {{lease}} FROM due WHERE f.position = due.position RETURNING f.*)
SELECT f.position, f.run_id, r.created_by,
       CASE WHEN w.current_configuration_version_id IS NOT NULL AND r.updated_at > now() - interval '1 day'
             AND CASE WHEN w.own_execution_mode THEN w.execution_mode WHEN pr.own_execution_mode THEN pr.execution_mode
                      ELSE o.default_execution_mode END <> 'local' THEN w.id END AS workspace_id,
       jsonb_build_object('configuration_version_id', w.current_configuration_version_id, 'triggering_run_id', r.id,
           'message', format('Triggered by an applied run of workspace %s', s.name),
           'auto_apply', w.auto_apply_run_trigger, 'may_auto_apply', w.auto_apply_run_trigger) AS columns
FROM claimed f JOIN run_triggers t ON t.id = f.run_trigger_id JOIN runs r ON r.id = f.run_id
JOIN workspaces s ON s.id = t.sourceable_id JOIN workspaces w ON w.id = t.workspace_id
JOIN projects pr ON pr.id = w.project_id JOIN organizations o ON o.id = w.organization_id;

-- name: run_trigger_done :one
DELETE FROM run_trigger_firings WHERE position = $1::bigint RETURNING position;
