-- Query runs (today-runs.md 24.1).

-- fragment: query_run_columns
q.id, q.organization_id, q.workspace_id, q.status, q.status_timestamps, q.source, q.terraform_version, q.variables,
q.generate_config_out, q.configuration_version_id, acting_user(q.created_by) AS created_by,
acting_user(q.canceled_by) AS canceled_by, q.created_at, q.updated_at

-- name: query_run_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{query_run_columns}}, {{workspace_mask}} AS scope
    FROM query_runs q JOIN workspaces w ON w.id = q.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE q.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- Newest first. $2 workspace, $3 limit, $4 offset.
-- name: query_run_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM query_runs q WHERE q.workspace_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{query_run_columns}} FROM query_runs q
    WHERE q.workspace_id = s.id ORDER BY q.created_at DESC, q.id DESC LIMIT $3 OFFSET $4) x ON true;

-- With its phase and its job, since it waits for nothing but a runner. $2 workspace, $3 columns that are
-- not as usual, $4 who.
-- name: query_run_create :exec
WITH w AS (
    SELECT w.id, w.organization_id, w.terraform_version, {{workspace_execution_mode}} AS execution_mode,
           {{workspace_agent_pool}} AS agent_pool_id
    FROM workspaces w {{workspace_parents}} WHERE w.id = $2),
made AS (
    INSERT INTO query_runs (id, organization_id, workspace_id, status_timestamps, terraform_version, generate_config_out,
        variables, configuration_version_id, created_by)
    SELECT $1, w.organization_id, w.id, status_time('queuing-at'), coalesce(q.terraform_version, w.terraform_version),
           coalesce(q.generate_config_out, true), coalesce(q.variables, '[]'), q.configuration_version_id, $4
    FROM w, jsonb_populate_record(NULL::query_runs, $3::jsonb) q
    RETURNING id, organization_id),
phase AS (
    INSERT INTO run_phases (id, query_run_id, organization_id, kind, status, is_structured)
    SELECT m.id, m.id, m.organization_id, 'query', 'queued', true FROM made m)
INSERT INTO run_jobs (id, phase_id, kind, agent_pool_id, priority)
SELECT new_id('job-'), m.id, 'query', CASE WHEN w.execution_mode = 'agent' THEN w.agent_pool_id END, 2 FROM made m, w;

-- name: query_run_freeze_variables :exec
UPDATE query_runs SET sealed_variables = $2 WHERE id = $1;

-- What its machine (src/run/query_run.c) looks at; the row is locked.
-- name: query_run_begin :one
SELECT q.id, q.status, q.canceled_at IS NULL AS may_cancel, q.canceled_at IS NOT NULL AS cancel_requested,
       q.canceled_at IS NOT NULL AND q.force_cancel_available_at <= clock_timestamp() AS may_force_cancel
FROM query_runs q WHERE q.id = $1 FOR UPDATE;

-- $2 to, $3 whether that is final, $4 and $5 keys in status_timestamps, $6 reason.
-- name: query_run_move :exec
WITH phase AS (
    UPDATE run_phases SET status = $2, is_log_complete = $3::boolean,
        status_timestamps = status_timestamps || status_time(CASE $2 WHEN 'running' THEN 'started-at' ELSE $2 || '-at' END)
    WHERE id = $1)
UPDATE query_runs SET status = $2, is_final = $3::boolean,
    status_timestamps = status_timestamps || status_time($4) || status_time($5), reason = coalesce($6, reason),
    updated_at = now()
WHERE id = $1;

-- $2 who, $3 seconds until it can be forced. The runner shall end the process.
-- name: query_run_cancel_requested :exec
WITH job AS (UPDATE run_jobs SET is_interrupted = true WHERE phase_id = $1 AND status <> 'done')
UPDATE query_runs SET canceled_at = now(), canceled_by = $2, updated_at = now(),
    force_cancel_available_at = now() + make_interval(secs => $3::integer)
WHERE id = $1;

-- A job that is done takes its token with it.
-- name: query_run_job_end :exec
WITH ended AS (UPDATE run_jobs SET status = 'done' WHERE phase_id = $1 AND status <> 'done' RETURNING agent_id),
rested AS (UPDATE agents SET status = 'idle' WHERE id IN (SELECT agent_id FROM ended) AND status = 'busy')
DELETE FROM tokens WHERE query_run_id = $1;

-- $1 id, $2 SHA-256, $3 query run.
-- name: query_run_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, organization_id, query_run_id, workspace_id, created_by)
SELECT $1, 'run', $2, q.organization_id, q.id, q.workspace_id, q.created_by FROM query_runs q WHERE q.id = $3;

-- The columns of runner_job_show.
-- name: query_run_job_show :one
SELECT j.id, j.kind, extract(epoch FROM j.timeout_at - now())::integer AS timeout_seconds, o.name AS organization,
       o.id AS organization_id, pr.id AS project_id, gen_random_uuid() AS token_uuid, pr.name AS project, w.id AS workspace_id,
       w.name AS workspace, w.working_directory, ph.is_structured, q.terraform_version, q.id AS run_id, false AS is_destroy,
       true AS refresh, false AS refresh_only, NULL AS target_addrs, NULL AS replace_addrs,
       q.generate_config_out AS allow_config_generation, false AS debugging_mode, q.variables, q.sealed_variables,
       k.id AS ssh_key_id, k.sealed_value AS ssh_key
FROM run_jobs j JOIN run_phases ph ON ph.id = j.phase_id JOIN query_runs q ON q.id = ph.query_run_id
    JOIN workspaces w ON w.id = q.workspace_id JOIN projects pr ON pr.id = w.project_id
    JOIN organizations o ON o.id = w.organization_id LEFT JOIN ssh_keys k ON k.id = w.ssh_key_id
WHERE j.id = $1;
