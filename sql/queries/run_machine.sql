-- The statements of the run machine (src/run): each expects the locks that run_begin took.

-- name: run_begin :one
SELECT b.* FROM run_begin($1) b;

-- $2 from, $3 to, $4 whether that is final, $5 key in status_timestamps, $6 reason, $7 who confirmed, $8
-- who canceled.
-- name: run_move :one
UPDATE runs SET status = $3, is_final = $4::boolean, status_timestamps = status_timestamps || status_time($5),
    reason = coalesce($6, reason), confirmed_by = coalesce($7, confirmed_by), updated_at = now()
WHERE id = $1 AND status = $2 RETURNING id;

-- $2 who, $3 seconds until it can be forced.
-- name: run_cancel_requested :exec
UPDATE runs SET canceled_at = now(), canceled_by = $2, updated_at = now(),
    force_cancel_available_at = now() + make_interval(secs => $3::integer)
WHERE id = $1 AND canceled_at IS NULL;

-- name: run_force_canceled :exec
UPDATE runs SET status_timestamps = status_timestamps || status_time('force-canceled-at') WHERE id = $1;

-- $2 action, $3 description, $4 who, $5 comment.
-- name: run_event_create :exec
INSERT INTO run_events (id, run_id, action, description, actor_id, comment_id)
VALUES (new_id('re-'), $1, $2, $3, $4, $5);

-- name: run_notify :one
SELECT notify_run($1, $2) IS NULL AS done;

-- name: run_stages_create :one
SELECT run_stages_create($1) IS NULL AS done, policy_checks_create($1) AS has_check;

-- name: run_stage_begin :one
SELECT run_stage_begin($1, $2) AS begun;

-- name: run_stages_end :one
SELECT run_stages_end($1, $2) IS NULL AS done;

-- name: run_take :exec
UPDATE workspaces SET locked_by = $2, locked_reason = NULL, locked_at = now(), current_run_id = $2,
    current_run_at = now()
WHERE id = $1;

-- name: run_release :exec
UPDATE workspaces SET locked_by = NULL, locked_reason = NULL, locked_at = NULL WHERE id = $1 AND locked_by = $2;

-- The next that waits for workspace $1.
-- name: run_next :one
SELECT r.id FROM runs r
WHERE r.workspace_id = $1 AND NOT r.is_final AND NOT r.plan_only
  AND r.status = CASE WHEN r.save_plan THEN 'confirmed' ELSE 'pending' END
ORDER BY r.position LIMIT 1;

-- $2 kind, $3 status, $4 key in status_timestamps, $5 a second key.
-- name: run_phase_move :exec
UPDATE run_phases SET status = $3, status_timestamps = status_timestamps || status_time($4) || status_time($5),
    is_log_complete = $3 IN ('finished', 'errored', 'canceled', 'unreachable')
WHERE run_id = $1 AND kind = $2;

-- What has not begun never will; what was at work ends as $2 says, at key $3.
-- name: run_phases_end :exec
UPDATE run_phases SET status = CASE WHEN status = 'running' THEN $2 ELSE 'unreachable' END,
    status_timestamps = status_timestamps || CASE WHEN status = 'running' THEN status_time($3) ELSE '{}' END,
    is_log_complete = true
WHERE run_id = $1 AND status NOT IN ('finished', 'errored', 'canceled', 'unreachable');

-- $2 kind, $3 pool.
-- name: run_job_create :exec
INSERT INTO run_jobs (id, run_id, phase_id, kind, agent_pool_id, priority)
SELECT new_id('job-'), r.id, ph.id, $2, $3, CASE WHEN $2 = 'apply' THEN 0 WHEN r.operation = 'assessment' THEN 3 WHEN r.plan_only THEN 2 ELSE 1 END
FROM runs r JOIN run_phases ph ON ph.run_id = r.id AND ph.kind = $2 WHERE r.id = $1;

-- name: run_job_interrupt :exec
UPDATE run_jobs SET is_interrupted = true WHERE run_id = $1 AND status <> 'done';

-- A job that is done takes the run's token with it.
-- name: run_jobs_end :exec
WITH ended AS (UPDATE run_jobs SET status = 'done' WHERE run_id = $1 AND status <> 'done' RETURNING agent_id),
rested AS (UPDATE agents SET status = 'idle' WHERE id IN (SELECT agent_id FROM ended) AND status = 'busy')
DELETE FROM tokens WHERE run_id = $1 AND kind = 'run';

-- An applied run's configuration is the workspace's current one, unless a newer one is (11.4), and the
-- version of a module that it calls is where the workspace is now; and it fires the triggers of other workspaces (13.4).
-- name: run_applied :exec
WITH fired AS (
    INSERT INTO run_trigger_firings (run_trigger_id, run_id)
    SELECT t.id, r.id FROM runs r JOIN run_triggers t ON t.sourceable_id = r.workspace_id WHERE r.id = $1
    ORDER BY t.created_at, t.id)
UPDATE workspaces w SET source_module = coalesce(cv.source_module, w.source_module),
    current_configuration_version_id = CASE WHEN x.newer THEN w.current_configuration_version_id ELSE cv.id END
FROM runs r JOIN configuration_versions cv ON cv.id = r.configuration_version_id, LATERAL (
    SELECT EXISTS (
        SELECT FROM configuration_versions c JOIN workspaces k ON k.current_configuration_version_id = c.id
        WHERE k.id = r.workspace_id AND (c.created_at, c.id) >= (cv.created_at, cv.id)) AS newer) x
WHERE r.id = $1 AND w.id = r.workspace_id AND cv.workspace_id = w.id
  AND (NOT x.newer OR cv.source_module <> w.source_module);

-- Nothing is to do to be at the version of a module that its configuration calls.
-- name: run_had_no_changes :exec
UPDATE workspaces w SET source_module = cv.source_module
FROM runs r JOIN configuration_versions cv ON cv.id = r.configuration_version_id
WHERE r.id = $1 AND NOT r.plan_only AND w.id = r.workspace_id AND cv.workspace_id = w.id
  AND cv.source_module <> w.source_module;

-- What is kept about the last runs of workspace $1.
-- name: run_measure :exec
UPDATE workspaces w SET (workspace_kpis_runs_count, run_failures, policy_check_failures, plan_duration_average,
    apply_duration_average) = (
    SELECT count(*), count(*) FILTER (WHERE r.status = 'errored'),
        (SELECT count(*) FROM policy_checks c WHERE c.run_id = ANY (array_agg(r.id)) AND c.status IN ('hard_failed', 'soft_failed', 'errored')),
        avg(phase_milliseconds(plan.status_timestamps)), avg(phase_milliseconds(apply.status_timestamps))
    FROM (SELECT r.id, r.status FROM runs r WHERE r.workspace_id = w.id AND r.status IN ('applied', 'errored')
            AND r.operation <> 'assessment'
          ORDER BY r.position DESC LIMIT 30) r
    LEFT JOIN run_phases plan ON plan.run_id = r.id AND plan.kind = 'plan'
    LEFT JOIN run_phases apply ON apply.run_id = r.id AND apply.kind = 'apply')
WHERE w.id = $1;

-- Saved plans of workspace $1 that its new state makes stale (6.4); $2 the run that made it.
-- name: run_stale :many
SELECT r.id FROM runs r WHERE r.workspace_id = $1 AND r.status = 'planned_and_saved' AND NOT r.is_final
  AND r.id IS DISTINCT FROM $2;

-- Runners that have not renewed their lease, and phases past their time.
-- name: run_overdue :many
SELECT coalesce(j.run_id, j.phase_id) AS run_id, j.kind = 'query' AS is_query, j.lease_expires_at < now() AS lost FROM run_jobs j
WHERE j.status = 'claimed' AND j.kind <> 'policy' AND (j.lease_expires_at < now() OR j.timeout_at < now())
ORDER BY j.lease_expires_at LIMIT 20;

-- What run_create() inserts: $3 columns that are not as usual. The row of the workspace stays locked:
-- its runs are numbered one after the other.
-- fragment: run_operation
CASE WHEN r.operation IS NOT NULL THEN r.operation
     WHEN coalesce(r.plan_only, false) OR cv.speculative THEN 'plan_only' WHEN r.save_plan THEN 'save_plan'
     WHEN r.is_destroy THEN 'destroy' WHEN r.refresh_only THEN 'refresh_only'
     WHEN r.allow_empty_apply THEN 'empty_apply' ELSE 'plan_and_apply' END

-- A speculative configuration makes plan-only runs, whatever is asked (6.3).
-- name: run_create :exec
WITH w AS (UPDATE workspaces SET run_count = run_count + 1, latest_run_id = CASE WHEN $3::jsonb ->> 'operation' = 'assessment' THEN latest_run_id ELSE $1 END WHERE id = $2
    RETURNING id, organization_id, run_count, auto_apply, terraform_version, current_state_version_id)
INSERT INTO runs (id, organization_id, workspace_id, position, status_timestamps, message, source, operation, plan_only,
    save_plan, is_destroy, refresh, refresh_only, auto_apply, may_auto_apply, allow_empty_apply, allow_config_generation,
    debugging_mode, target_addrs, replace_addrs, policy_paths, invoke_action_addrs, terraform_version, variables,
    configuration_version_id, input_state_version_id, triggering_run_id, auto_destroy_at, created_by)
SELECT $1, w.organization_id, w.id, w.run_count, status_time('plan-queueable-at'), r.message,
    coalesce(r.source, 'tfe-api'), {{run_operation}}, coalesce(r.plan_only, false) OR cv.speculative,
    coalesce(r.save_plan, false), coalesce(r.is_destroy, false), coalesce(r.refresh, true), coalesce(r.refresh_only, false),
    coalesce(r.auto_apply, w.auto_apply), coalesce(r.may_auto_apply, false), coalesce(r.allow_empty_apply, false),
    coalesce(r.allow_config_generation, false), coalesce(r.debugging_mode, false), r.target_addrs, r.replace_addrs,
    r.policy_paths, r.invoke_action_addrs, coalesce(r.terraform_version, w.terraform_version), coalesce(r.variables, '[]'),
    cv.id, w.current_state_version_id, r.triggering_run_id, r.auto_destroy_at, $4
FROM w, jsonb_populate_record(NULL::runs, $3::jsonb) r, configuration_versions cv
WHERE cv.id = r.configuration_version_id;

-- name: run_phases_create :exec
INSERT INTO run_phases (id, run_id, organization_id, kind, is_structured)
SELECT n.id, r.id, r.organization_id, n.kind, w.structured_run_output_enabled
FROM runs r JOIN workspaces w ON w.id = r.workspace_id, (VALUES ($2, 'plan'), ($3, 'apply')) n(id, kind) WHERE r.id = $1;

-- The variables that count in workspace $1, each once.
-- name: run_variable_list :many
SELECT v.id, v.key, v.value, v.sealed_value, v.category, v.hcl, v.sensitive
FROM workspaces w, LATERAL ({{var_candidates}}) c JOIN vars v ON v.id = c.id
WHERE w.id = $1 AND c.place = 1 ORDER BY v.category, v.key;

-- name: run_freeze_variables :exec
UPDATE runs SET sealed_variables = $2 WHERE id = $1;

-- The pieces of phase $1 that reach into $2 (inclusive) to $3 (exclusive).
-- name: run_log_read :many
SELECT l.start, l.size, l.sealed FROM run_logs l
WHERE l.phase_id = $1 AND l.start < $3::bigint AND l.start >= coalesce((
    SELECT b.start FROM run_logs b WHERE b.phase_id = $1 AND b.start <= $2::bigint ORDER BY b.start DESC LIMIT 1), 0)
ORDER BY l.start LIMIT 64;

-- name: run_log_lock :one
SELECT ph.log_size FROM run_phases ph WHERE ph.id = $1 FOR UPDATE;

-- name: run_log_append :exec
INSERT INTO run_logs (phase_id, start, size, sealed) VALUES ($1, $2::bigint, $3::integer, $4);

-- name: run_log_grown :exec
UPDATE run_phases SET log_size = $2::bigint WHERE id = $1;
