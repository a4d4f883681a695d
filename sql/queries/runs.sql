-- Runs, their phases, logs, events and comments (today-runs.md sections 1 to 12).

-- fragment: run_columns
r.id, r.status, r.status_timestamps, r.is_final, r.message, r.source, r.trigger_reason, r.operation, r.plan_only, r.save_plan,
r.is_destroy, r.refresh, r.refresh_only, r.auto_apply, r.allow_empty_apply, r.allow_config_generation, r.debugging_mode,
r.target_addrs, r.replace_addrs, r.policy_paths, r.invoke_action_addrs, r.terraform_version, r.variables, r.has_changes,
r.created_at, r.updated_at, r.canceled_at, r.force_cancel_available_at, r.configuration_version_id,
r.input_state_version_id, r.triggering_run_id, r.workspace_id,
acting_user(r.created_by) AS created_by, acting_user(r.confirmed_by) AS confirmed_by, acting_user(r.canceled_by) AS canceled_by,
r.canceled_at IS NOT NULL AND NOT r.is_final AND r.force_cancel_available_at <= now() AS is_force_cancelable,
(SELECT ph.id FROM run_phases ph WHERE ph.run_id = r.id AND ph.kind = 'plan') AS plan_id,
(SELECT ph.id FROM run_phases ph WHERE ph.run_id = r.id AND ph.kind = 'apply') AS apply_id,
ARRAY(SELECT e.id FROM run_events e WHERE e.run_id = r.id ORDER BY e.position) AS event_ids,
ARRAY(SELECT c.id FROM comments c WHERE c.run_id = r.id ORDER BY c.created_at, c.id) AS comment_ids,
ARRAY(SELECT s.id FROM task_stages s WHERE s.run_id = r.id ORDER BY {{stage_order}}) AS task_stage_ids,
ARRAY(SELECT c.id FROM policy_checks c WHERE c.run_id = r.id) AS policy_check_ids

-- Assessments are runs that nobody sees (19).
-- fragment: run_workspace
JOIN workspaces w ON w.id = r.workspace_id AND r.operation <> 'assessment' JOIN organizations o ON o.id = w.organization_id

-- name: run_show :one :batch
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{run_columns}}, {{workspace_mask}} AS mask
    FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: run_include :many
{{principal}}
SELECT {{run_columns}}, x.mask FROM p, runs r {{run_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE r.id = ANY ($2::text[]) AND x.mask & 1 <> 0;

-- $6 status, $7 source, $8 status group, $9 timeframe, $10 search[user], $11 search[commit],
-- $12 search[basic]. Nothing is of a repository yet, so a commit finds nothing.
-- fragment: run_matches
r.operation <> 'assessment' AND (r.status = ANY (string_to_array($6, ',')) OR $6::text IS NULL)
AND ($7::text IS NULL OR r.source = ANY (string_to_array($7, ',')))
AND ($8::text IS NULL OR CASE $8 WHEN 'non_final' THEN NOT r.is_final WHEN 'final' THEN r.is_final
     WHEN 'discardable' THEN r.status IN ('planned', 'planned_and_saved', 'cost_estimated', 'policy_checked',
         'policy_override', 'post_plan_running', 'post_plan_completed') END)
AND ($9::text IS NULL OR CASE WHEN $9 ~ '^\d{4}$' THEN extract(year FROM r.created_at) = $9::integer
     ELSE r.created_at > now() - interval '1 year' END)
AND ($10::text IS NULL OR EXISTS (SELECT FROM users u WHERE u.id = r.created_by AND u.username = $10))
AND $11::text IS NULL
AND (coalesce($10, $11) IS NOT NULL OR $12::text IS NULL OR r.id = $12 OR position(lower($12) IN lower(r.message)) > 0
     OR EXISTS (SELECT FROM users u WHERE u.id = r.created_by AND u.username = $12))

-- Newest first, plan-only ones only when they are asked for (25.1). $2 workspace, $3 limit, $4 offset,
-- $5 operation and the filters above.
-- name: run_list :many
{{principal}},
s AS MATERIALIZED (
    SELECT w.id, x.mask FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id, LATERAL (SELECT {{workspace_mask}} AS mask) x
    WHERE w.id = $2 AND x.mask & 1 <> 0),
found AS MATERIALIZED (
    SELECT r.id, r.position FROM s JOIN runs r ON r.workspace_id = s.id
    WHERE CASE WHEN $5::text IS NULL THEN NOT r.plan_only ELSE r.operation = ANY (string_to_array($5, ',')) END
      AND {{run_matches}})
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total,
       (SELECT jsonb_object_agg(c.status, c.n) FROM (
            SELECT r.status, count(*) AS n FROM runs r WHERE r.workspace_id = s.id AND r.operation <> 'assessment' GROUP BY r.status) c) AS status_counts, x.*
FROM p LEFT JOIN s ON true
LEFT JOIN LATERAL (
    SELECT {{run_columns}}, s.mask
    FROM (SELECT f.id, f.position FROM found f ORDER BY f.position DESC LIMIT $3 OFFSET $4) f JOIN runs r ON r.id = f.id
    ORDER BY r.position DESC) x ON true;

-- Runs of the workspaces that the caller sees, of the last year unless a timeframe is named (25.2). One
-- more than asked for is fetched: is there a next page? $2 organization, $3 limit, $4 offset, $5
-- operation and the filters above, $13 agent pool names, $14 workspace names.
-- name: run_list_of_organization :many
{{principal}}, {{organization_scope}}, {{workspace_grants}},
found AS MATERIALIZED (
    SELECT r.id, r.created_at FROM scope s JOIN runs r ON r.organization_id = s.id JOIN workspaces w ON w.id = r.workspace_id
    WHERE {{workspace_granted}}
      AND ($9::text IS NOT NULL OR r.created_at > now() - interval '1 year')
      AND ($5::text IS NULL OR r.operation = ANY (string_to_array($5, ',')))
      AND {{run_matches}}
      AND ($13::text IS NULL OR (SELECT a.name FROM projects pr, agent_pools a
            WHERE pr.id = w.project_id AND a.id = CASE WHEN w.own_execution_mode THEN w.agent_pool_id
                WHEN pr.own_execution_mode THEN pr.agent_pool_id ELSE s.default_agent_pool_id END)
            = ANY (string_to_array($13, ',')))
      AND ($14::text IS NULL OR w.name = ANY (string_to_array($14, ',')))
    ORDER BY r.created_at DESC, r.id DESC LIMIT $3::bigint + 1 OFFSET $4)
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) > $3::bigint AS has_next, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{run_columns}}, {{workspace_mask}} AS mask
    FROM (SELECT f.* FROM found f ORDER BY f.created_at DESC, f.id DESC LIMIT $3) f JOIN runs r ON r.id = f.id {{run_workspace}}
    WHERE s.id IS NOT NULL ORDER BY f.created_at DESC, f.id DESC) x ON true;

-- What is at work and what waits for it, in the order in which it will be served (5.6).
-- name: run_queue :many
{{principal}}, {{organization_scope}}, {{workspace_grants}},
queue AS MATERIALIZED (
    SELECT r.id, r.workspace_id, row_number() OVER (ORDER BY r.status = 'pending', r.created_at, r.id) AS place
    FROM scope s JOIN runs r ON r.organization_id = s.id AND NOT r.is_final AND r.operation <> 'assessment'),
found AS MATERIALIZED (
    SELECT q.id, q.place FROM scope s, queue q JOIN workspaces w ON w.id = q.workspace_id WHERE {{workspace_granted}})
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{run_columns}}, f.place AS position_in_queue, {{workspace_mask}} AS mask
    FROM (SELECT f.* FROM found f ORDER BY f.place LIMIT $3 OFFSET $4) f JOIN runs r ON r.id = f.id {{run_workspace}}
    WHERE s.id IS NOT NULL ORDER BY f.place) x ON true;

-- fragment: run_load_columns
r.id, r.id AS scope_id, r.organization_id, r.workspace_id, r.status, r.position, r.configuration_version_id,
w.locked_by, cv.blob_id, cv.status AS configuration_status

-- name: run_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{run_load_columns}}, {{workspace_mask}} AS scope
    FROM runs r {{run_workspace}} JOIN configuration_versions cv ON cv.id = r.configuration_version_id
    WHERE r.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- What the rules of a new run look at.
-- name: run_workspace :one
SELECT w.id, w.allow_destroy_plan, w.terraform_version, {{workspace_execution_mode}} AS execution_mode
FROM workspaces w {{workspace_parents}} WHERE w.id = $1;

-- The configuration that was used last: made in the workspace, or run in it (6.13). A workspace with a
-- repository does not fall back to what was uploaded.
-- name: run_last_configuration :one
SELECT cv.id FROM (
    (SELECT c.id, c.created_at FROM configuration_versions c
     WHERE c.workspace_id = $1 AND c.status = 'uploaded' AND NOT c.speculative
       AND (c.source <> 'tfe-api' OR NOT EXISTS (SELECT 1 FROM vcs_connections v WHERE v.workspace_id = $1)) ORDER BY c.created_at DESC, c.id DESC LIMIT 1)
    UNION ALL
    (SELECT c.id, r.created_at FROM runs r JOIN configuration_versions c ON c.id = r.configuration_version_id
     WHERE r.workspace_id = $1 AND c.status = 'uploaded' AND NOT c.speculative
       AND (c.source <> 'tfe-api' OR NOT EXISTS (SELECT 1 FROM vcs_connections v WHERE v.workspace_id = $1)) ORDER BY r.position DESC LIMIT 1)) cv
ORDER BY cv.created_at DESC LIMIT 1;

-- The unfinished runs of workspace $1 before position $2, and the one that holds it.
-- name: run_before :many
SELECT r.id, r.status, w.locked_by IS NOT DISTINCT FROM r.id AS holds_lock
FROM runs r JOIN workspaces w ON w.id = r.workspace_id
WHERE r.workspace_id = $1 AND NOT r.is_final AND NOT r.plan_only
  AND (r.position < $2::bigint AND NOT r.save_plan OR w.locked_by IS NOT DISTINCT FROM r.id)
ORDER BY r.position DESC;

-- fragment: phase_columns
ph.id, ph.run_id, ph.kind, ph.status, ph.status_timestamps, ph.is_structured, ph.execution_mode, ph.has_changes,
ph.generated_configuration, ph.resource_additions, ph.resource_changes, ph.resource_destructions, ph.resource_imports,
a.id AS agent_id, a.name AS agent_name, ap.id AS agent_pool_id, ap.name AS agent_pool_name,
EXISTS (SELECT FROM run_files f WHERE f.phase_id = ph.id AND f.name = 'plan-json') AS has_json,
ARRAY(SELECT e.id FROM plan_exports e WHERE e.phase_id = ph.id ORDER BY e.expires_at, e.id) AS export_ids,
CASE WHEN ph.kind = 'apply' THEN ARRAY(SELECT sv.id FROM state_versions sv WHERE sv.workspace_id = r.workspace_id AND sv.run_id = r.id
    ORDER BY sv.position DESC) ELSE '{}' END AS state_version_ids

-- fragment: phase_parents
JOIN runs r ON r.id = ph.run_id {{run_workspace}}
LEFT JOIN agents a ON a.id = ph.agent_id LEFT JOIN agent_pools ap ON ap.id = a.agent_pool_id

-- name: phase_show :one :batch
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{phase_columns}}, {{workspace_mask}} AS mask
    FROM run_phases ph {{phase_parents}} WHERE ph.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: phase_include :many
{{principal}}
SELECT {{phase_columns}}, x.mask FROM p, run_phases ph {{phase_parents}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE ph.id = ANY ($2::text[]) AND x.mask & 1 <> 0;

-- Of run $2.
-- name: plan_of_run_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{phase_columns}}, {{workspace_mask}} AS mask
    FROM run_phases ph {{phase_parents}} WHERE ph.run_id = $2 AND ph.kind = 'plan' {{once}}) x ON x.mask & 1 <> 0;

-- name: apply_of_run_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{phase_columns}}, {{workspace_mask}} AS mask
    FROM run_phases ph {{phase_parents}} WHERE ph.run_id = $2 AND ph.kind = 'apply' {{once}}) x ON x.mask & 1 <> 0;

-- A phase and its files; the phase is named by itself or by its run. Once it is over, no runner makes
-- anything for it any more: its log is complete then.
-- fragment: phase_load_columns
ph.id, ph.run_id, ph.is_log_complete AS is_over, r.organization_id, {{workspace_mask}} AS scope

-- name: phase_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{phase_load_columns}} FROM run_phases ph JOIN runs r ON r.id = ph.run_id {{run_workspace}}
    WHERE ph.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: plan_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{phase_load_columns}}, ph.id AS scope_id FROM run_phases ph JOIN runs r ON r.id = ph.run_id {{run_workspace}}
    WHERE ph.id = $2 AND ph.kind = 'plan' {{once}}) x ON x.scope & 1 <> 0;

-- name: plan_of_run_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{phase_load_columns}} FROM run_phases ph JOIN runs r ON r.id = ph.run_id {{run_workspace}}
    WHERE ph.run_id = $2 AND ph.kind = 'plan' {{once}}) x ON x.scope & 1 <> 0;

-- name: run_file :one
SELECT f.blob_id FROM run_files f WHERE f.phase_id = $1 AND f.name = $2;

-- For the signed URL of a log: nobody is asked who they are.
-- name: run_log_object :one
SELECT ph.id, ph.log_size, ph.is_log_complete, ph.status FROM run_phases ph WHERE ph.id = $1;

-- fragment: run_event_columns
e.id, e.run_id, e.action, e.description, e.created_at, acting_user(e.actor_id) AS actor, e.comment_id

-- All of a run's, in order (12.1).
-- name: run_event_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.id, {{workspace_mask}} AS mask FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{run_event_columns}} FROM run_events e WHERE e.run_id = s.id ORDER BY e.position LIMIT $3 OFFSET $4) x ON true;

-- name: run_event_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{run_event_columns}}, {{workspace_mask}} AS mask
    FROM run_events e JOIN runs r ON r.id = e.run_id {{run_workspace}} WHERE e.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: run_event_include :many
{{principal}}
SELECT {{run_event_columns}} FROM p, run_events e JOIN runs r ON r.id = e.run_id {{run_workspace}}
WHERE e.id = ANY ($2::text[]) AND {{workspace_mask}} & 1 <> 0;

-- fragment: comment_columns
c.id, c.run_id, c.body, c.created_at, (SELECT e.id FROM run_events e WHERE e.comment_id = c.id ORDER BY e.position LIMIT 1) AS event_id

-- name: comment_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM comments c WHERE c.run_id = s.id) AS total, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.id, {{workspace_mask}} AS mask FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{comment_columns}} FROM comments c WHERE c.run_id = s.id ORDER BY c.created_at, c.id LIMIT $3 OFFSET $4) x ON true;

-- name: comment_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{comment_columns}}, {{workspace_mask}} AS mask
    FROM comments c JOIN runs r ON r.id = c.run_id {{run_workspace}} WHERE c.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: comment_include :many
{{principal}}
SELECT {{comment_columns}} FROM p, comments c JOIN runs r ON r.id = c.run_id {{run_workspace}}
WHERE c.id = ANY ($2::text[]) AND {{workspace_mask}} & 1 <> 0;

-- name: comment_create :exec
INSERT INTO comments (id, run_id, body, created_by)
SELECT $1, $2, c.body, $4 FROM jsonb_populate_record(NULL::comments, $3::jsonb) c;

-- Of run $2: its configuration, and who made it.
-- name: run_configuration_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{configuration_version_columns}}, {{workspace_mask}} AS mask
    FROM runs r {{run_workspace}} JOIN configuration_versions cv ON cv.id = r.configuration_version_id
    WHERE r.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: run_configuration_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT cv.id, cv.status, cv.blob_id, r.organization_id, {{workspace_mask}} AS scope
    FROM runs r {{run_workspace}} JOIN configuration_versions cv ON cv.id = r.configuration_version_id
    WHERE r.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: run_created_by :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.user_id AS id, coalesce(u.username, 'api-' || r.created_by) AS username, u.id IS NULL AS is_service_account,
           r.user_id IS NOT DISTINCT FROM p.user_id AS is_self, r.mask
    FROM (SELECT acting_user(r.created_by) AS user_id, r.created_by, {{workspace_mask}} AS mask
          FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) r LEFT JOIN users u ON u.id = r.user_id) x ON x.mask & 1 <> 0;
