-- Task stages of runs, results of run tasks, and what those have found (today-runs.md 14.7 to 15.5).

-- fragment: task_stage_columns
s.id, s.run_id, s.stage, s.status, s.status_timestamps, s.created_at, s.updated_at,
ARRAY(SELECT t.id FROM task_results t WHERE t.task_stage_id = s.id ORDER BY t.position) AS task_result_ids,
ARRAY(SELECT e.id FROM policy_evaluations e WHERE e.task_stage_id = s.id ORDER BY e.created_at, e.id) AS policy_evaluation_ids

-- fragment: task_stage_workspace
JOIN workspaces w ON w.id = s.workspace_id JOIN organizations o ON o.id = w.organization_id

-- name: task_stage_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{task_stage_columns}}, s.organization_id, s.workspace_id, {{workspace_mask}} AS mask
    FROM task_stages s {{task_stage_workspace}} WHERE s.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: task_stage_include :many
{{principal}}
SELECT {{task_stage_columns}}, x.mask FROM p, task_stages s {{task_stage_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE s.id = ANY ($2::text[]) AND x.mask & 1 <> 0 ORDER BY {{stage_order}};

-- In the order of a run's life.
-- fragment: stage_order
array_position(ARRAY['pre_plan', 'post_plan', 'pre_apply', 'post_apply'], s.stage)

-- $2 run.
-- name: task_stage_list :many
{{principal}}
SELECT p.auth, b.mask AS scope, (SELECT count(*) FROM task_stages s WHERE s.run_id = b.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT r.id, {{workspace_mask}} AS mask FROM runs r {{run_workspace}} WHERE r.id = $2 {{once}}) b ON b.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{task_stage_columns}}, b.mask FROM task_stages s WHERE s.run_id = b.id
    ORDER BY {{stage_order}} LIMIT $3 OFFSET $4) x ON true;

-- fragment: task_result_columns
t.id, t.status, t.status_timestamps, t.message, t.url, t.task_id, t.task_name, t.task_url, t.workspace_task_id,
t.enforcement_level, t.created_at, t.updated_at, s.stage, t.task_stage_id, t.run_id,
(SELECT r.plan_only FROM runs r WHERE r.id = s.run_id) AS is_speculative,
(SELECT count(*) FROM task_result_outcomes c WHERE c.task_result_id = t.id) AS outcomes_count

-- name: task_result_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{task_result_columns}}, {{workspace_mask}} AS mask
    FROM task_results t JOIN task_stages s ON s.id = t.task_stage_id {{task_stage_workspace}}
    WHERE t.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: task_result_include :many
{{principal}}
SELECT {{task_result_columns}}, x.mask FROM p, task_results t JOIN task_stages s ON s.id = t.task_stage_id
    {{task_stage_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE t.id = ANY ($2::text[]) AND x.mask & 1 <> 0 ORDER BY t.position;

-- fragment: task_outcome_columns
c.id, c.task_result_id, c.outcome_id, c.description, c.url, c.tags, c.created_at, c.body IS NOT NULL AS has_body

-- $2 result.
-- name: task_outcome_list :many
{{principal}}
SELECT p.auth, b.mask AS scope, (SELECT count(*) FROM task_result_outcomes c WHERE c.task_result_id = b.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT t.id, {{workspace_mask}} AS mask FROM task_results t JOIN task_stages s ON s.id = t.task_stage_id
    {{task_stage_workspace}} WHERE t.id = $2 {{once}}) b ON b.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{task_outcome_columns}} FROM task_result_outcomes c WHERE c.task_result_id = b.id
    ORDER BY c.position LIMIT $3 OFFSET $4) x ON true;

-- fragment: task_outcome_place
task_result_outcomes c JOIN task_results t ON t.id = c.task_result_id JOIN task_stages s ON s.id = t.task_stage_id
{{task_stage_workspace}}

-- name: task_outcome_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{task_outcome_columns}}, {{workspace_mask}} AS mask FROM {{task_outcome_place}}
    WHERE c.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: task_outcome_body :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.body, {{workspace_mask}} AS mask FROM {{task_outcome_place}}
    WHERE c.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- Everything that the outcomes of a result say, one after the other.
-- name: task_result_body :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT t.id, (SELECT string_agg(c.body, E'\n\n' ORDER BY c.position) FROM task_result_outcomes c
                  WHERE c.task_result_id = t.id) AS body, {{workspace_mask}} AS mask
    FROM task_results t JOIN task_stages s ON s.id = t.task_stage_id {{task_stage_workspace}}
    WHERE t.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- Only the token that came with the request of this very result opens its callback.
-- name: task_callback_load :one
SELECT concat_ws('|', k.id, 'task', '', '', k.organization_id, k.run_id, false, false) AS auth, 0 AS scope,
       t.id, t.status, t.run_id
FROM tokens k JOIN task_results t ON t.id = k.task_result_id
WHERE k.secret_hash = $1 AND k.kind = 'task' AND t.id = $2 AND k.expired_at > now();

-- What locks workspaces and runs locks them first, so that nobody waits in a circle.
-- name: task_result_lock_run :one
SELECT b.id FROM task_results t, run_begin(t.run_id) b WHERE t.id = $1;

-- name: task_stage_lock_run :one
SELECT b.id FROM task_stages s, run_begin(s.run_id) b WHERE s.id = $1;

-- $2 status, $3 message, $4 URL.
-- name: task_result_record :one
UPDATE task_results SET status = $2, status_timestamps = status_timestamps || status_time($2 || '-at'),
    message = coalesce($3, message), url = coalesce($4, url), due_at = NULL, timeout_at = NULL, updated_at = now()
WHERE id = $1 AND status = 'running' RETURNING task_stage_id;

-- A sign of life: $2 message, $3 URL. Ten minutes more, but not beyond an hour; the tokens live as long.
-- name: task_result_progress :one
WITH alive AS (
    UPDATE task_results SET message = coalesce($2, message), url = coalesce($3, url), updated_at = now(), due_at = NULL,
        timeout_at = least(now() + interval '10 minutes', coalesce(first_sent_at, now()) + interval '1 hour')
    WHERE id = $1 AND status = 'running' RETURNING id, timeout_at),
tokens_too AS (
    UPDATE tokens k SET expired_at = greatest(k.expired_at, alive.timeout_at) FROM alive WHERE k.task_result_id = alive.id)
SELECT id FROM alive;

-- $2 a JSON array of {outcome_id, description, body, url, tags}: the same outcome again takes the place of
-- the one before.
-- name: task_outcome_put :exec
INSERT INTO task_result_outcomes (id, task_result_id, outcome_id, description, body, url, tags)
SELECT new_id('tro-'), $1, o.outcome_id, o.description, o.body, o.url, coalesce(o.tags, '[]')
FROM jsonb_to_recordset($2::jsonb) o(outcome_id text, description text, body text, url text, tags jsonb)
ON CONFLICT ON CONSTRAINT task_result_outcomes_outcome_key DO UPDATE SET (description, body, url, tags)
  = (excluded.description, excluded.body, excluded.url, excluded.tags);

-- Ends stage $1 when nothing is out any more; else no row.
-- name: task_stage_settle :one
UPDATE task_stages s SET status = v.status, status_timestamps = s.status_timestamps
        || status_time(replace(v.status, '_', '-') || '-at'), updated_at = now()
FROM (SELECT task_stage_verdict($1) AS status) v
WHERE s.id = $1 AND s.status = 'running' AND v.status IS NOT NULL RETURNING s.run_id, s.status;

-- Run $1, if it is of configuration version $2.
-- name: run_of_configuration :one
SELECT r.id FROM runs r WHERE r.id = $1 AND r.configuration_version_id = $2;
