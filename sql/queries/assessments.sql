-- Health assessments (today-runs.md section 19).

-- fragment: assessment_columns
a.id, a.succeeded, a.error_message, a.drifted, a.all_checks_succeeded, a.resources_drifted, a.resources_undrifted,
a.checks_passed, a.checks_failed, a.checks_errored, a.checks_unknown, a.created_at, a.workspace_id, a.run_id

-- fragment: assessment_workspace
JOIN workspaces w ON w.id = a.workspace_id JOIN organizations o ON o.id = w.organization_id

-- name: assessment_result_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{assessment_columns}}, {{workspace_mask}} AS mask FROM assessment_results a {{assessment_workspace}}
    WHERE a.id = $2 AND a.is_recorded {{once}}) x ON x.mask & 1 <> 0;

-- Of workspace $2, the latest.
-- name: assessment_result_current :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{assessment_columns}}, {{workspace_mask}} AS mask
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id JOIN assessment_results a ON a.id = w.current_assessment_result_id
    WHERE w.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: assessment_result_include :many
{{principal}}
SELECT {{assessment_columns}}, x.mask FROM p, assessment_results a {{assessment_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE a.id = ANY ($2::text[]) AND x.mask & 1 <> 0;

-- The phase that made a result, for its files and its log.
-- name: assessment_result_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT ph.id, ph.run_id, ph.log_size, ph.is_log_complete AS is_over, a.organization_id, {{workspace_mask}} AS scope
    FROM assessment_results a {{assessment_workspace}} JOIN run_phases ph ON ph.run_id = a.run_id AND ph.kind = 'plan'
    WHERE a.id = $2 AND a.is_recorded {{once}}) x ON x.scope & 1 <> 0;

-- Why workspace w cannot be assessed now; NULL: it can (19.1, 19.2).
-- fragment: assessment_problem
CASE WHEN NOT (w.assessments_enabled OR o.assessments_enforced) THEN 'assessments are not enabled'
     WHEN {{workspace_execution_mode}} = 'local' THEN 'runs are not executed remotely'
     WHEN EXISTS (SELECT FROM assessment_results a WHERE a.workspace_id = w.id AND NOT a.is_recorded) THEN 'it is being assessed'
     WHEN w.current_configuration_version_id IS NULL OR w.current_state_version_id IS NULL
          OR NOT EXISTS (SELECT FROM runs r WHERE r.workspace_id = w.id AND r.status = 'applied') THEN 'nothing has been applied yet'
     ELSE (SELECT CASE WHEN NOT l.is_final THEN 'a run is under way'
                       WHEN l.status NOT IN ('applied', 'planned_and_finished') THEN 'the latest run has not succeeded' END
           FROM runs l WHERE l.id = w.latest_run_id)
END

-- fragment: assessment_run
jsonb_build_object('configuration_version_id', w.current_configuration_version_id, 'plan_only', true, 'operation', 'assessment',
    'message', 'Health assessment')

-- The workspace whose assessment has been due longest.
-- name: assessment_due :one
SELECT w.id, w.organization_id, w.assess_at::text AS assess_at, {{assessment_problem}} AS problem, {{assessment_run}} AS columns
FROM workspaces w {{workspace_parents}}
WHERE w.assess_at <= now() ORDER BY w.assess_at LIMIT 1;

-- Workspace $1, whose row stays locked until the end of the transaction.
-- name: assessment_begin :one
SELECT w.organization_id, {{assessment_problem}} AS problem, {{assessment_run}} AS columns
FROM workspaces w {{workspace_parents}} WHERE w.id = $1 FOR NO KEY UPDATE OF w;

-- $2 minutes until the next one; $3 the time that was due, or NULL: whatever it was.
-- name: assessment_postpone :one
UPDATE workspaces w SET assess_at = now() + make_interval(mins => $2::integer)
WHERE w.id = $1 AND w.assess_at IS NOT NULL AND ($3::text IS NULL OR w.assess_at = $3::timestamptz) RETURNING w.id;

-- $2 run.
-- name: assessment_create :exec
INSERT INTO assessment_results (id, organization_id, workspace_id, run_id)
SELECT $1, r.organization_id, r.workspace_id, r.id FROM runs r WHERE r.id = $2;

-- The assessment of workspace $1 that is under way: a new run takes its place (19.2).
-- name: assessment_under_way :many
SELECT r.id FROM assessment_results a JOIN runs r ON r.id = a.run_id
WHERE a.workspace_id = $1 AND NOT a.is_recorded AND NOT r.is_final;

-- The oldest that has ended and whose result is not known yet.
-- name: assessment_claim :one
SELECT a.id, a.run_id, a.workspace_id, r.status, coalesce(r.reason, 'The plan failed') AS reason
FROM assessment_results a JOIN runs r ON r.id = a.run_id
WHERE NOT a.is_recorded AND r.is_final ORDER BY a.created_at, a.id LIMIT 1;

-- $2 what came of it: columns as JSON.
-- name: assessment_record :one
WITH recorded AS (
    UPDATE assessment_results a SET is_recorded = true, created_at = now(), (succeeded, error_message, drifted, all_checks_succeeded,
        resources_drifted, resources_undrifted, checks_passed, checks_failed, checks_errored, checks_unknown)
      = (SELECT r.succeeded, r.error_message, r.drifted, r.all_checks_succeeded, r.resources_drifted, r.resources_undrifted,
                r.checks_passed, r.checks_failed, r.checks_errored, r.checks_unknown
         FROM jsonb_populate_record(a, $2::jsonb) r)
    WHERE a.id = $1 AND NOT a.is_recorded RETURNING a.id, a.workspace_id, a.created_at),
prior AS (SELECT w.id, w.current_assessment_result_id FROM recorded r JOIN workspaces w ON w.id = r.workspace_id),
noted AS (
    UPDATE workspaces w SET current_assessment_result_id = r.id, last_assessment_result_at = r.created_at
    FROM recorded r WHERE w.id = r.workspace_id)
SELECT p.current_assessment_result_id AS prior FROM prior p;

-- $2 the one before, $3 address of the installation.
-- name: assessment_notify :one
SELECT notify_assessment($1, $2, $3) IS NULL AS done;

-- One that was canceled has no result; of a workspace the latest 30 are kept. With a run goes its result.
-- name: assessment_forget :exec
DELETE FROM runs r WHERE r.id IN (
    SELECT a.run_id FROM assessment_results a WHERE a.id = $1 AND $2::boolean
    UNION ALL
    (SELECT a.run_id FROM assessment_results a JOIN assessment_results latest ON latest.workspace_id = a.workspace_id
     WHERE latest.id = $1 AND a.is_recorded ORDER BY a.created_at DESC, a.id DESC OFFSET 30));
