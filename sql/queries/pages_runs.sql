-- What the pages of organizations, workspaces and runs ask. Their caller is a session: $1 is the SHA-256 of
-- its secret, where the API has a token's. No row: it has ended.

-- The same columns as `principal`, so that the masks are computed by the same fragments. Limits of user
-- tokens are not for it: a password has just been typed, and it ends in two weeks.
-- fragment: session_principal
WITH p AS (
    SELECT 'user' AS kind, u.id AS user_id, NULL::text AS team_id, NULL::text AS organization_id, NULL::text AS workspace_id,
           'infinity'::timestamptz AS created_at, u.is_site_admin, token_mask('user') AS token_mask,
           concat_ws('|', '', 'user', u.id, '', '', '', u.is_site_admin, false) AS auth,
           ARRAY(SELECT m.team_id FROM team_members m WHERE m.user_id = u.id AND m.active) AS team_ids
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.secret_hash = $1 AND s.expires_at > now() AND NOT u.is_disabled
    {{once}}
)

-- What to call user or team a.id; NULL for teams that the caller may not know of.
-- fragment: actor_name
coalesce((SELECT u.username FROM users u WHERE u.id = a.id),
         (SELECT t.name FROM teams t WHERE t.id = a.id AND (t.visibility = 'organization' OR t.id = ANY (p.team_ids))))

-- What a line about a run needs: of its message the first line.
-- fragment: page_run_columns
r.id, r.status, r.is_final, left(split_part(ltrim(r.message, E' \t\r\n'), E'\n', 1), 300) AS message, r.operation, r.created_at, r.position,
r.status_timestamps ? 'planning-at' AS began_plan, r.status_timestamps ? 'applying-at' AS began_apply,
r.created_by, (SELECT {{actor_name}} FROM (SELECT r.created_by AS id) a) AS created_by_name

-- --- Organizations ---

-- name: page_organization_show :one
{{session_principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.name, {{organization_mask}} AS mask FROM organizations o WHERE o.name = $2 {{once}}) x
ON x.mask & (1::bigint << 28) <> 0;

-- As workspace_list, in the order of names. $2 organization, $3 limit, $4 offset, $5 part of the name; $6 to
-- $11 are filters that no page has.
-- name: page_workspace_list :many
{{session_principal}}, {{organization_scope}}, {{workspace_reach}}
SELECT x.*, t.total
FROM p JOIN reach r ON true
JOIN LATERAL (SELECT {{workspace_total}} AS total {{once}}) t ON true
JOIN LATERAL (
    SELECT w.name AS workspace, o.name AS organization, w.locked_by IS NOT NULL AS is_locked, w.latest_change_at, w.place,
           {{page_run_columns}}
    FROM (
        SELECT w.*, row_number() OVER () AS place FROM (
            SELECT w.* FROM workspaces w
            WHERE w.organization_id = r.id AND NOT r.gather AND {{workspace_matches}} AND {{workspace_is_reached}}
            ORDER BY w.name LIMIT $3::bigint OFFSET $4::bigint) w
        UNION ALL
        SELECT w.*, row_number() OVER () AS place FROM (
            SELECT w.* FROM {{workspace_gathered}} WHERE r.gather AND {{workspace_matches}}
            ORDER BY w.name LIMIT $3::bigint OFFSET $4::bigint) w) w
    JOIN reach o ON true LEFT JOIN runs r ON r.id = coalesce(w.current_run_id, w.latest_run_id)
    ORDER BY w.place) x ON true;

-- What is at work and what waits, as run_queue. $2 organization, $3 limit.
-- name: page_run_queue :many
{{session_principal}}, {{organization_scope}}, {{workspace_grants}}
SELECT w.name AS workspace, s.name AS organization, {{page_run_columns}}
FROM p, scope s JOIN runs r ON r.organization_id = s.id AND NOT r.is_final AND r.operation <> 'assessment' JOIN workspaces w ON w.id = r.workspace_id
WHERE {{workspace_granted}}
ORDER BY r.status = 'pending', r.created_at, r.id LIMIT $3;

-- --- Workspaces ---

-- name: page_workspace_show :one
{{session_principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT w.id, w.name, o.name AS organization, left(w.description, 1000) AS description, w.terraform_version,
           w.working_directory, w.auto_apply, {{workspace_execution_mode}} AS execution_mode, w.resource_count,
           cardinality(w.var_ids) AS variable_count, w.run_count, w.current_run_id, w.allow_destroy_plan,
           w.locked_by, w.locked_at, left(w.locked_reason, 1000) AS locked_reason,
           (SELECT {{actor_name}} FROM (SELECT w.locked_by AS id) a) AS locked_by_name,
           sv.serial, sv.created_at AS state_at, {{workspace_mask}} AS mask
    FROM workspaces w {{workspace_parents}} LEFT JOIN state_versions sv ON sv.id = w.current_state_version_id
    WHERE {{workspace_named}} {{once}}) x ON x.mask & 1 <> 0;

-- Newest first: $2 workspace, $3 limit, $4 the position that they are before, or NULL.
-- name: page_run_list :many
{{session_principal}}
SELECT {{page_run_columns}} FROM p, runs r
WHERE r.workspace_id = $2 AND r.position < coalesce($4::bigint, 9223372036854775807)
ORDER BY r.position DESC LIMIT $3;

-- workspace_load_named for a session.
-- name: page_workspace_load :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_load_columns}}, {{workspace_mask}} AS scope
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE {{workspace_named}} {{once}}) x ON x.scope & 1 <> 0;

-- --- Runs ---

-- name: page_run_show :one
{{session_principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{page_run_columns}}, r.message AS whole_message, w.name AS workspace, o.name AS organization, r.workspace_id, r.reason,
           r.confirmed_by, r.canceled_by, r.source, r.refresh, r.auto_apply, r.plan_only, r.allow_empty_apply, r.allow_config_generation, r.terraform_version,
           r.target_addrs, r.replace_addrs, r.has_changes, r.triggering_run_id, r.canceled_at, r.force_cancel_available_at,
           r.canceled_at IS NOT NULL AND NOT r.is_final AND r.force_cancel_available_at <= now() AS is_force_cancelable,
           r.status_timestamps ? 'force-canceled-at' AS was_forced,
           (SELECT {{actor_name}} FROM (SELECT r.confirmed_by AS id) a) AS confirmed_by_name,
           (SELECT {{actor_name}} FROM (SELECT r.canceled_by AS id) a) AS canceled_by_name,
           w.locked_by, w.locked_by IS NOT DISTINCT FROM r.id AS holds_lock,
           (SELECT {{actor_name}} FROM (SELECT w.locked_by AS id) a) AS locked_by_name,
           {{workspace_mask}} AS mask
    FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- run_load for a session.
-- name: page_run_load :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{run_load_columns}}, {{workspace_mask}} AS scope
    FROM runs r {{run_workspace}} JOIN configuration_versions cv ON cv.id = r.configuration_version_id
    WHERE r.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- The rest of a page about a run is asked for once the caller has been shown to see it.

-- Who runs the site's runners is not said.
-- fragment: page_phases
SELECT ph.id, ph.kind, ph.status, ph.has_changes, ph.generated_configuration, ph.resource_additions, ph.resource_changes,
       ph.resource_destructions, ph.resource_imports, ph.is_structured, ph.log_size, ph.is_log_complete,
       (ph.status_timestamps ->> 'started-at')::timestamptz AS started_at,
       coalesce(ph.status_timestamps ->> 'finished-at', ph.status_timestamps ->> 'errored-at',
                ph.status_timestamps ->> 'canceled-at')::timestamptz AS ended_at,
       a.name AS agent_name
FROM run_phases ph LEFT JOIN agents a ON a.id = ph.agent_id AND a.agent_pool_id IS NOT NULL

-- name: page_phase_list :many
{{page_phases}} WHERE ph.run_id = $1 ORDER BY ph.kind DESC;

-- Of a query run: the one that it is.
-- name: page_query_phase_list :many
{{page_phases}} WHERE ph.query_run_id = $1;

-- It is what the buttons load, too.
-- name: page_query_run_show :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT q.id, q.organization_id, q.workspace_id, w.name AS workspace, o.name AS organization, q.status, q.is_final, q.reason,
           q.terraform_version, q.generate_config_out, q.created_at, q.created_by, q.canceled_by, q.canceled_at,
           q.force_cancel_available_at,
           q.canceled_at IS NOT NULL AND NOT q.is_final AND q.force_cancel_available_at <= now() AS is_force_cancelable,
           (SELECT {{actor_name}} FROM (SELECT q.created_by AS id) a) AS created_by_name,
           (SELECT {{actor_name}} FROM (SELECT q.canceled_by AS id) a) AS canceled_by_name,
           {{workspace_mask}} AS scope
    FROM query_runs q JOIN workspaces w ON w.id = q.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE q.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- Of a workspace, too: what the page of a change request shows and its button loads.
-- name: page_change_request_show :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.organization_id, c.workspace_id, w.name AS workspace, o.name AS organization, c.subject, c.message,
           c.created_at, c.created_by, c.archived_at, c.archived_by,
           (SELECT {{actor_name}} FROM (SELECT c.created_by AS id) a) AS created_by_name,
           (SELECT {{actor_name}} FROM (SELECT c.archived_by AS id) a) AS archived_by_name,
           {{workspace_mask}} AS scope
    FROM change_requests c JOIN workspaces w ON w.id = c.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE c.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- The last of them: $2 run, $3 limit.
-- name: page_event_list :many
{{session_principal}}
SELECT x.* FROM (
    SELECT e.action, left(e.description, 1000) AS description, e.created_at, e.position, e.actor_id,
           left(c.body, 4000) AS comment, length(c.body) > 4000 AS is_cut,
           (SELECT {{actor_name}} FROM (SELECT e.actor_id AS id) a) AS actor_name
    FROM p, run_events e LEFT JOIN comments c ON c.id = e.comment_id
    WHERE e.run_id = $2 ORDER BY e.position DESC LIMIT $3) x
ORDER BY x.position;

-- $1 run, $2 limit.
-- name: page_task_list :many
SELECT s.stage, s.status AS stage_status, t.task_name, t.status, left(t.message, 1000) AS message, t.url, t.enforcement_level
FROM task_stages s LEFT JOIN task_results t ON t.task_stage_id = s.id
WHERE s.run_id = $1 ORDER BY {{stage_order}}, t.position LIMIT $2;

-- $1 run, $2 limit.
-- name: page_policy_list :many
SELECT e.policy_kind, e.status AS evaluation_status, u.policy_set_name, left(u.error, 1000) AS error, o.policy_name,
       o.status, o.enforcement_level
FROM policy_evaluations e LEFT JOIN policy_set_outcomes u ON u.policy_evaluation_id = e.id
LEFT JOIN LATERAL jsonb_to_recordset(u.outcomes) o(policy_name text, status text, enforcement_level text) ON true
WHERE e.run_id = $1 ORDER BY e.created_at, e.id, u.position LIMIT $2;

-- name: page_policy_check :one
SELECT c.id, c.status, c.sealed_log FROM policy_checks c WHERE c.run_id = $1;

-- What an override of run $2 is about, with the columns of the API's load statements: its check, or the stage
-- that waits.
-- name: page_policy_check_load :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.run_id, c.status, r.organization_id, {{workspace_mask}} AS scope
    FROM policy_checks c JOIN runs r ON r.id = c.run_id {{run_workspace}} WHERE c.run_id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: page_task_stage_load :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT s.id, s.run_id, s.status, s.organization_id, s.workspace_id, {{workspace_mask}} AS scope
    FROM task_stages s {{task_stage_workspace}}
    WHERE s.run_id = $2 ORDER BY s.status <> 'awaiting_override', {{stage_order}} LIMIT 1) x ON x.scope & 1 <> 0;
