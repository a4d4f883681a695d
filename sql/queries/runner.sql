-- The runner protocol (docs/runner-protocol.md). $1 of the first statement is the SHA-256 of a runner's
-- token: of an agent pool, or of the site's runners.

-- name: runner_caller :one
SELECT t.id, t.kind, t.agent_pool_id, a.organization_id,
       t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS touch
FROM tokens t LEFT JOIN agent_pools a ON a.id = t.agent_pool_id
WHERE t.secret_hash = $1 AND t.kind IN ('agent', 'runner') AND (t.expired_at IS NULL OR t.expired_at > now());

-- name: runner_agent_create :exec
INSERT INTO agents (id, organization_id, agent_pool_id, token_id, name, ip_address, status)
VALUES ($1, $2, $3, $4, $5, $6, 'idle');

-- An agent of token $2 that has not said goodbye.
-- name: runner_agent :one
SELECT a.id, a.agent_pool_id FROM agents a
WHERE a.id = $1 AND a.token_id = $2 AND a.status NOT IN ('exited', 'errored');

-- Not more often than is of use to a reader.
-- name: runner_agent_ping :exec
UPDATE agents SET last_ping_at = now(), status = $2, ip_address = $3 WHERE id = $1
    AND (last_ping_at < now() - interval '10 seconds' OR status <> $2);

-- name: runner_agent_exit :exec
UPDATE agents SET status = 'exited', last_ping_at = now() WHERE id = $1;

-- What waits for a runner of pool $1 (NULL: of the site) that takes these kinds.
-- name: runner_job_candidates :many
SELECT j.id, coalesce(j.run_id, j.phase_id) AS run_id, j.kind FROM run_jobs j
WHERE j.status = 'queued' AND j.agent_pool_id IS NOT DISTINCT FROM $1 AND j.kind = ANY ($2::text[])
ORDER BY j.priority, j.created_at, j.id LIMIT 5;

-- $2 agent, $3 seconds of the lease. The phase may take as long as the organization or the site says.
-- name: runner_job_claim :one
UPDATE run_jobs j SET status = 'claimed', agent_id = $2, lease_expires_at = now() + make_interval(secs => $3::integer),
    timeout_at = now() + limits.phase
FROM run_phases ph JOIN organizations o ON o.id = ph.organization_id, general_settings g, LATERAL (
    SELECT (CASE WHEN k.kind = 'apply' THEN coalesce(o.apply_timeout, g.apply_timeout)
                 ELSE coalesce(o.plan_timeout, g.plan_timeout) END)::interval AS phase
    FROM run_jobs k WHERE k.id = $1) limits
WHERE j.id = $1 AND j.status = 'queued' AND ph.id = j.phase_id AND g.id = 'general'
RETURNING j.id;

-- name: runner_job_phase :exec
UPDATE run_phases ph SET agent_id = $2, execution_mode = CASE WHEN j.agent_pool_id IS NULL THEN 'remote' ELSE 'agent' END
FROM run_jobs j WHERE j.id = $1 AND ph.id = j.phase_id;

-- The run's own token: $1 id, $2 SHA-256, $3 run.
-- name: runner_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, organization_id, run_id, workspace_id, created_by)
SELECT $1, 'run', $2, r.organization_id, r.id, r.workspace_id, r.created_by FROM runs r WHERE r.id = $3;

-- name: runner_job_show :one
SELECT j.id, j.kind, extract(epoch FROM j.timeout_at - now())::integer AS timeout_seconds, o.name AS organization,
       o.id AS organization_id, pr.id AS project_id, gen_random_uuid() AS token_uuid, pr.name AS project, w.id AS workspace_id, w.name AS workspace, w.working_directory, ph.is_structured,
       r.terraform_version, r.id AS run_id, r.is_destroy, r.refresh, r.refresh_only, to_json(r.target_addrs) AS target_addrs,
       to_json(r.replace_addrs) AS replace_addrs, r.allow_config_generation, r.debugging_mode, r.variables,
       r.sealed_variables, k.id AS ssh_key_id, k.sealed_value AS ssh_key
FROM run_jobs j JOIN run_phases ph ON ph.id = j.phase_id JOIN runs r ON r.id = j.run_id
    JOIN workspaces w ON w.id = r.workspace_id JOIN projects pr ON pr.id = w.project_id
    JOIN organizations o ON o.id = w.organization_id LEFT JOIN ssh_keys k ON k.id = w.ssh_key_id
WHERE j.id = $1;

-- A job of token $2, at work or done.
-- name: runner_job :one
SELECT j.id, coalesce(j.run_id, j.phase_id) AS run_id, j.phase_id, j.kind, j.status, j.is_interrupted, j.agent_id, ph.organization_id, cv.blob_id AS configuration_blob_id,
       (SELECT f.blob_id FROM run_phases ph JOIN run_files f ON f.phase_id = ph.id AND f.name = 'plan'
        WHERE ph.run_id = j.run_id AND ph.kind = 'plan') AS plan_blob_id,
       (SELECT f.blob_id FROM run_phases ph JOIN run_files f ON f.phase_id = ph.id AND f.name = 'plan-json'
        WHERE ph.run_id = j.run_id AND ph.kind = 'plan') AS plan_json_blob_id
FROM run_jobs j JOIN agents a ON a.id = j.agent_id JOIN run_phases ph ON ph.id = j.phase_id
    LEFT JOIN runs r ON r.id = j.run_id LEFT JOIN query_runs q ON q.id = ph.query_run_id
    JOIN configuration_versions cv ON cv.id = coalesce(r.configuration_version_id, q.configuration_version_id)
WHERE j.id = $1 AND a.token_id = $2;

-- name: runner_job_renew :one
UPDATE run_jobs SET lease_expires_at = now() + make_interval(secs => $2::integer)
WHERE id = $1 AND status = 'claimed' RETURNING is_interrupted;

-- What was there under this name is returned.
-- name: runner_file_old :one
SELECT f.blob_id FROM run_files f WHERE f.phase_id = $1 AND f.name = $2 FOR UPDATE;

-- name: runner_file_store :exec
INSERT INTO run_files (phase_id, name, blob_id) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT run_files_pkey DO UPDATE SET blob_id = excluded.blob_id;

-- What came of a phase: $2 JSON {has_changes, resource_additions, ...}.
-- name: runner_phase_result :exec
WITH done AS (
    UPDATE run_phases ph SET has_changes = coalesce(x.has_changes, false), generated_configuration = coalesce(x.generated_configuration, false),
        resource_additions = coalesce(x.resource_additions, 0), resource_changes = coalesce(x.resource_changes, 0),
        resource_destructions = coalesce(x.resource_destructions, 0), resource_imports = coalesce(x.resource_imports, 0),
        dependencies = CASE WHEN jsonb_typeof(x.dependencies -> 'providers') = 'object'
            AND jsonb_typeof(x.dependencies -> 'modules') = 'object' THEN x.dependencies END
    FROM jsonb_to_record($2::jsonb) x(has_changes boolean, generated_configuration boolean, resource_additions integer,
        resource_changes integer, resource_destructions integer, resource_imports integer, dependencies jsonb)
    WHERE ph.id = $1 RETURNING ph.run_id, ph.kind, ph.has_changes)
UPDATE runs r SET has_changes = done.has_changes FROM done WHERE r.id = done.run_id AND done.kind = 'plan';

-- Agents that have not been heard of (today-runs.md 20.2): unknown for a while, then errored; a runner of
-- the site is forgotten then.
-- name: runner_agents_age :exec
WITH quiet AS (
    UPDATE agents SET status = CASE WHEN last_ping_at < now() - interval '2 hours' THEN 'errored' ELSE 'unknown' END
    WHERE status IN ('idle', 'busy', 'unknown') AND last_ping_at < now() - interval '2 minutes'
      AND status <> CASE WHEN last_ping_at < now() - interval '2 hours' THEN 'errored' ELSE 'unknown' END)
DELETE FROM agents WHERE agent_pool_id IS NULL AND last_ping_at < now() - interval '1 day';

-- With it goes the token that the job's commands called with.
-- name: runner_job_done :exec
WITH ended AS (UPDATE run_jobs SET status = 'done' WHERE id = $1 RETURNING run_id, agent_id),
rested AS (UPDATE agents SET status = 'idle' WHERE id IN (SELECT agent_id FROM ended) AND status = 'busy')
DELETE FROM tokens WHERE kind = 'run' AND run_id IN (SELECT run_id FROM ended);
