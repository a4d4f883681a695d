-- Policies in runs: checks, evaluations, outcomes (today-governance.md sections 5 to 7).

-- --- For the evaluation (src/policy) ---

-- The frozen sets of run $1: $2 kind, $3 whether those of the legacy check.
-- name: run_policy_set_list :many
SELECT s.id, s.name, s.description, s.overridable, coalesce(s.policy_tool_version, 'latest') AS policy_tool_version,
       s.is_versioned, s.manifest, s.blob_id
FROM run_policy_sets s WHERE s.run_id = $1 AND s.kind = $2 AND s.is_legacy = ($3 = 't') ORDER BY s.position;

-- name: run_policy_list :many
SELECT p.name, p.description, p.query, p.enforcement_level, p.blob_id
FROM run_policies p WHERE p.run_policy_set_id = $1 ORDER BY p.position;

-- name: run_policy_parameter_list :many
SELECT v.parameter_id, v.key, v.value, v.sealed_value
FROM run_policy_parameters v WHERE v.run_policy_set_id = $1 ORDER BY v.key, v.parameter_id;

-- What a policy may know of run $1; values of variables are not among it. OPA knows
-- undefined instead of null.
-- name: policy_run_facts :one
SELECT f.*, f.facts - CASE WHEN f.facts -> 'target_addrs' = 'null' THEN 'target_addrs' ELSE '' END
    - CASE WHEN f.facts -> 'replace_addrs' = 'null' THEN 'replace_addrs' ELSE '' END AS opa_facts
FROM (SELECT r.sealed_variables, r.variables, (
        SELECT f.blob_id FROM run_phases ph JOIN run_files f ON f.phase_id = ph.id AND f.name = 'plan-json'
        WHERE ph.run_id = r.id AND ph.kind = 'plan') AS plan_blob_id,
    jsonb_build_object('id', r.id,
        'created_at', to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'created_by', coalesce((SELECT u.username FROM users u WHERE u.id = acting_user(r.created_by)), ''),
        'message', r.message, 'commit_sha', coalesce(i.commit_sha, ''), 'is_destroy', r.is_destroy, 'refresh', r.refresh,
        'refresh_only', r.refresh_only, 'replace_addrs', r.replace_addrs, 'target_addrs', r.target_addrs,
        'speculative', r.plan_only, 'project', jsonb_build_object('id', pr.id, 'name', pr.name),
        'organization', jsonb_build_object('name', o.name),
        'workspace', jsonb_build_object('id', w.id, 'name', w.name,
            'created_at', to_char(w.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'description', w.description, 'execution_mode', {{workspace_execution_mode}}, 'auto_apply', w.auto_apply,
            'tags', (SELECT coalesce(jsonb_agg(n.name ORDER BY n.name), '[]') FROM (
                SELECT t.name FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id WHERE wt.workspace_id = w.id
                UNION SELECT b.key FROM tag_bindings b WHERE b.workspace_id = w.id OR b.project_id = w.project_id) n),
            'tag_bindings', (SELECT coalesce(jsonb_agg(jsonb_build_object('key', b.key, 'value', nullif(b.value, ''),
                    'inherited', b.workspace_id IS NULL) ORDER BY b.key), '[]')
                FROM tag_bindings b WHERE b.workspace_id = w.id OR b.project_id = w.project_id AND NOT EXISTS (
                    SELECT 1 FROM tag_bindings own WHERE own.workspace_id = w.id AND own.key = b.key)),
            'working_directory', w.working_directory, 'vcs_repo', NULL)) AS facts
FROM runs r JOIN workspaces w ON w.id = r.workspace_id {{workspace_parents}}
LEFT JOIN ingress_attributes i ON i.configuration_version_id = r.configuration_version_id
WHERE r.id = $1) f;

-- A check that waits, for ten minutes; whoever held it longer is dead.
-- name: policy_check_claim :one
UPDATE policy_checks c SET claimed_until = now() + interval '10 minutes', attempts = c.attempts + 1
WHERE c.id = (SELECT q.id FROM policy_checks q
              WHERE q.status = 'queued' AND (q.claimed_until IS NULL OR q.claimed_until < now())
              ORDER BY q.created_at, q.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING c.id, c.run_id, c.attempts;

-- Locks the workspace and the run first, as whatever moves runs does.
-- name: policy_check_lock_run :one
SELECT b.id FROM policy_checks c, run_begin(c.run_id) b WHERE c.id = $1;

-- $2 status, $3 counts, $4 sealed details, $5 sealed log.
-- name: policy_check_record :one
WITH done AS (
    UPDATE policy_checks SET status = $2, counts = $3::jsonb, sealed_details = $4, sealed_log = $5, claimed_until = NULL,
        status_timestamps = status_timestamps || status_time(replace($2, '_', '-') || '-at')
    WHERE id = $1 AND status = 'queued' RETURNING id, run_id),
released AS (DELETE FROM run_policy_sets s USING done WHERE s.run_id = done.run_id AND s.is_legacy)
SELECT id, run_id FROM done;

-- name: policy_check_override :one
UPDATE policy_checks SET status = 'overridden', status_timestamps = status_timestamps || status_time('overridden-at')
WHERE id = $1 AND status = 'soft_failed' RETURNING id;

-- Sentinel that waits, and OPA whose runner is lost.
-- name: policy_evaluation_claim :one
UPDATE policy_evaluations e SET claimed_until = now() + interval '10 minutes', attempts = e.attempts + 1, status = 'running',
    status_timestamps = e.status_timestamps || status_time('running-at'), updated_at = now()
WHERE e.id = (SELECT q.id FROM policy_evaluations q
              WHERE q.status IN ('queued', 'running') AND (q.claimed_until IS NULL OR q.claimed_until < now())
                AND (q.policy_kind = 'sentinel' OR EXISTS (
                    SELECT 1 FROM run_jobs j WHERE j.run_id = q.run_id AND j.kind = 'policy' AND j.status = 'claimed'
                      AND (j.lease_expires_at < now() OR j.timeout_at < now())))
              ORDER BY q.created_at, q.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING e.id, e.run_id, e.task_stage_id, e.policy_kind, e.attempts;

-- A runner has taken the OPA job of run $1.
-- name: policy_evaluation_taken :exec
UPDATE policy_evaluations SET status = 'running', status_timestamps = status_timestamps || status_time('running-at'), updated_at = now()
WHERE run_id = $1 AND policy_kind = 'opa' AND status = 'queued';

-- name: policy_evaluation_of_run :one
SELECT e.id, e.task_stage_id FROM policy_evaluations e WHERE e.run_id = $1 AND e.policy_kind = 'opa';

-- name: policy_evaluation_lock_run :one
SELECT b.id FROM policy_evaluations e, run_begin(e.run_id) b WHERE e.id = $1;

-- $2 status, $3 whether it can be overridden, $4 counts.
-- name: policy_evaluation_record :one
WITH done AS (
    UPDATE policy_evaluations SET status = $2, is_overridable = $3::boolean, result_count = $4::jsonb, claimed_until = NULL,
        status_timestamps = status_timestamps || status_time($2 || '-at'), updated_at = now()
    WHERE id = $1 AND status IN ('queued', 'running') RETURNING id, run_id, policy_kind),
jobs AS (UPDATE run_jobs j SET status = 'done' FROM done
         WHERE j.run_id = done.run_id AND j.kind = 'policy' AND j.status <> 'done' AND done.policy_kind = 'opa'),
released AS (DELETE FROM run_policy_sets s USING done
             WHERE s.run_id = done.run_id AND NOT s.is_legacy AND s.kind = done.policy_kind)
SELECT id FROM done;

-- $2 id, $3 outcomes, $4 sealed output, $5 error, $6 overridable, $7 name, $8 description, $9 tool version, $10 counts.
-- name: policy_set_outcome_create :exec
INSERT INTO policy_set_outcomes (id, policy_evaluation_id, outcomes, sealed_output, error, overridable, policy_set_name,
    policy_set_description, policy_tool_version, result_count)
VALUES ($2, $1, $3::jsonb, $4, $5, $6::boolean, $7, nullif($8, ''), $9, $10::jsonb);

-- Stage $1 awaits an override: its evaluations have one now, and it goes on.
-- name: task_stage_override :one
WITH stage AS (
    UPDATE task_stages s SET status = 'running', status_timestamps = s.status_timestamps || status_time('running-at'), updated_at = now()
    WHERE s.id = $1 AND s.status = 'awaiting_override' RETURNING s.id, s.run_id),
evaluations AS (
    UPDATE policy_evaluations e SET status = 'overridden', status_timestamps = e.status_timestamps || status_time('overridden-at'),
        updated_at = now()
    FROM stage WHERE e.task_stage_id = stage.id AND e.status = 'failed')
SELECT id, run_id FROM stage;

-- --- For readers ---

-- fragment: policy_check_columns
c.id, c.run_id, c.status, c.status_timestamps, c.counts, c.sealed_details, r.status AS run_status

-- name: policy_check_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_check_columns}}, {{workspace_mask}} AS mask
    FROM policy_checks c JOIN runs r ON r.id = c.run_id {{run_workspace}} WHERE c.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: policy_check_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.run_id, c.status, c.sealed_log, r.organization_id, {{workspace_mask}} AS scope
    FROM policy_checks c JOIN runs r ON r.id = c.run_id {{run_workspace}} WHERE c.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: policy_check_include :many
{{principal}}
SELECT {{policy_check_columns}}, x.mask FROM p, policy_checks c JOIN runs r ON r.id = c.run_id {{run_workspace}},
    LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE c.id = ANY ($2::text[]) AND x.mask & 1 <> 0;

-- $2 run.
-- name: policy_check_list :many
{{principal}}
SELECT p.auth, b.mask AS scope, (SELECT count(*) FROM policy_checks c WHERE c.run_id = b.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT r.id, {{workspace_mask}} AS mask FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) b ON b.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{policy_check_columns}}, b.mask FROM policy_checks c JOIN runs r ON r.id = c.run_id WHERE c.run_id = b.id
    ORDER BY c.created_at, c.id LIMIT $3 OFFSET $4) x ON true;

-- fragment: policy_evaluation_columns
e.id, e.task_stage_id, e.status, e.status_timestamps, e.policy_kind, e.policy_tool_version, e.result_count, e.created_at, e.updated_at

-- fragment: policy_evaluation_workspace
policy_evaluations e JOIN task_stages s ON s.id = e.task_stage_id {{task_stage_workspace}}

-- name: policy_evaluation_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_evaluation_columns}}, {{workspace_mask}} AS mask
    FROM {{policy_evaluation_workspace}} WHERE e.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: policy_evaluation_include :many
{{principal}}
SELECT {{policy_evaluation_columns}} FROM p, {{policy_evaluation_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE e.id = ANY ($2::text[]) AND x.mask & 1 <> 0 ORDER BY e.created_at, e.id;

-- $2 task stage.
-- name: policy_evaluation_list :many
{{principal}}
SELECT p.auth, b.mask AS scope, (SELECT count(*) FROM policy_evaluations e WHERE e.task_stage_id = b.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT s.id, {{workspace_mask}} AS mask FROM task_stages s {{task_stage_workspace}} WHERE s.id = $2 {{once}}) b ON b.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{policy_evaluation_columns}} FROM policy_evaluations e WHERE e.task_stage_id = b.id
    ORDER BY e.created_at, e.id LIMIT $3 OFFSET $4) x ON true;

-- fragment: policy_set_outcome_columns
u.id, u.policy_evaluation_id, u.outcomes, u.sealed_output, u.error, u.overridable, u.policy_set_name, u.policy_set_description,
u.policy_tool_version, u.result_count

-- name: policy_set_outcome_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_set_outcome_columns}}, {{workspace_mask}} AS mask
    FROM policy_set_outcomes u JOIN {{policy_evaluation_workspace}} ON e.id = u.policy_evaluation_id
    WHERE u.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- $2 evaluation, $5 to $16 the groups filter[0..5][status] and [enforcementLevel]: a set is shown that has
-- an outcome which fits a group, or all when there is none.
-- name: policy_set_outcome_list :many
{{principal}},
b AS MATERIALIZED (
    SELECT e.id, x.mask FROM p, {{policy_evaluation_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
    WHERE e.id = $2 AND x.mask & 1 <> 0),
groups AS MATERIALIZED (
    SELECT g.status, g.level FROM (VALUES ($5::text, $6::text), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16)) g(status, level)
    WHERE g.status IS NOT NULL OR g.level IS NOT NULL),
found AS MATERIALIZED (
    SELECT u.* FROM b JOIN policy_set_outcomes u ON u.policy_evaluation_id = b.id
    WHERE NOT EXISTS (SELECT 1 FROM groups) OR EXISTS (
        SELECT 1 FROM groups g, jsonb_to_recordset(u.outcomes) o(status text, enforcement_level text)
        WHERE (g.status IS NULL OR g.status = o.status) AND (g.level IS NULL OR g.level = o.enforcement_level)))
SELECT p.auth, b.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN b ON true LEFT JOIN LATERAL (
    SELECT {{policy_set_outcome_columns}} FROM found u ORDER BY u.position LIMIT $3 OFFSET $4) x ON true;
