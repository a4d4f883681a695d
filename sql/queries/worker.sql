-- What terrace-worker claims and does. A claim is a lease: whoever has it has a minute; if the process is
-- killed meanwhile the piece of work is due again.

-- fragment: lease
clock_timestamp() + interval '1 minute'

-- The username that acts for a user or team: a team's token has an account of its own.
-- fragment: run_author
coalesce((SELECT u.username FROM users u WHERE u.id = r.created_by), 'api-' || r.created_by)

-- The oldest delivery that is due; of one configuration one at a time, in their order.
-- name: delivery_claim :one
WITH due AS (
    SELECT d.position FROM notification_deliveries d
    WHERE d.due_at <= clock_timestamp() AND NOT EXISTS (
        SELECT 1 FROM notification_deliveries e
        WHERE e.notification_configuration_id = d.notification_configuration_id AND e.position < d.position)
    ORDER BY d.due_at, d.position LIMIT 1 FOR UPDATE SKIP LOCKED),
claimed AS (
    UPDATE notification_deliveries d SET due_at = {{lease}}, attempts = d.attempts + 1
    FROM due WHERE d.position = due.position RETURNING d.*)
SELECT d.position, d.attempts, d.run_updated_at < now() - interval '1 day' AS is_stale, d.trigger, notification_message(d.trigger, d.run_status) AS message, d.run_status,
       payload_time(d.run_updated_at) AS run_updated_at,
       CASE WHEN d.run_updated_by IS NOT NULL THEN
           coalesce((SELECT u.username FROM users u WHERE u.id = d.run_updated_by), 'api-' || d.run_updated_by) END AS run_updated_by,
       d.details, split_part(d.trigger, ':', 1) AS scope, d.details ->> 'auto_destroy_at' AS auto_destroy_at, d.details ->> 'run_create_error_message' AS problem,
       n.id AS configuration_id, n.enabled, n.destination_type, n.url, n.sealed_token,
       CASE WHEN n.destination_type = 'email' THEN notification_recipients(n) END AS recipients,
       coalesce(r.id, d.details ->> 'run_external_id') AS run_id, r.message AS run_message, payload_time(r.created_at) AS run_created_at,
       {{run_author}} AS run_created_by, w.id AS workspace_id, w.name AS workspace_name, o.name AS organization_name,
       c.id AS change_request_id, c.subject AS change_request_subject, c.message AS change_request_message,
       payload_time(c.created_at) AS change_request_created_at
FROM claimed d JOIN notification_configurations n ON n.id = d.notification_configuration_id
LEFT JOIN runs r ON r.id = d.run_id LEFT JOIN change_requests c ON c.id = d.change_request_id
JOIN workspaces w ON w.id = coalesce(d.workspace_id, r.workspace_id, c.workspace_id) JOIN organizations o ON o.id = w.organization_id;

-- $2 the answer that the configuration shows, or NULL.
-- name: delivery_finish :exec
WITH done AS (DELETE FROM notification_deliveries WHERE position = $1::bigint RETURNING notification_configuration_id AS id)
UPDATE notification_configurations n SET delivery_responses = $2::jsonb
FROM done WHERE n.id = done.id AND $2::jsonb IS NOT NULL;

-- The oldest request of a run task that is due.
-- name: task_request_claim :one
WITH due AS (
    SELECT t.id FROM task_results t WHERE t.status = 'running' AND t.due_at <= clock_timestamp()
    ORDER BY t.due_at LIMIT 1 FOR UPDATE SKIP LOCKED),
claimed AS (
    UPDATE task_results t SET due_at = {{lease}}, attempts = t.attempts + 1 FROM due WHERE t.id = due.id RETURNING t.*)
SELECT t.id, t.attempts, t.task_url, t.enforcement_level, s.stage, k.id IS NULL AS is_gone, k.id AS task_id, k.sealed_hmac_key,
       r.id AS run_id, r.message AS run_message, to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS run_created_at,
       {{run_author}} AS run_created_by, r.plan_only AS is_speculative, r.configuration_version_id,
       c.blob_id IS NOT NULL AS is_downloadable,
       CASE WHEN s.stage <> 'pre_plan' THEN (SELECT h.id FROM run_phases h WHERE h.run_id = r.id AND h.kind = 'plan') END AS plan_id,
       w.id AS workspace_id, w.name AS workspace_name, w.working_directory, o.name AS organization_name,
       i.branch AS vcs_branch, i.commit_url AS vcs_commit_url, i.pull_request_url AS vcs_pull_request_url, i.clone_url AS vcs_repo_url
FROM claimed t JOIN task_stages s ON s.id = t.task_stage_id JOIN runs r ON r.id = s.run_id
JOIN workspaces w ON w.id = r.workspace_id JOIN organizations o ON o.id = w.organization_id
JOIN configuration_versions c ON c.id = r.configuration_version_id
LEFT JOIN ingress_attributes i ON i.configuration_version_id = c.id
LEFT JOIN run_tasks k ON k.id = t.task_id;

-- $2 result, $3 SHA-256 of the secret. It lives as long as an answer is waited for (14.6).
-- name: task_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, task_result_id, organization_id, workspace_id, run_id, last_used_at, expired_at)
SELECT $1, 'task', $3, t.id, s.organization_id, s.workspace_id, s.run_id, now(), clock_timestamp() + interval '10 minutes'
FROM task_results t JOIN task_stages s ON s.id = t.task_stage_id WHERE t.id = $2;

-- The receiver has the request: an answer is due in ten minutes, and in an hour at the latest.
-- name: task_request_sent :exec
UPDATE task_results SET due_at = NULL, timeout_at = clock_timestamp() + interval '10 minutes',
    first_sent_at = coalesce(first_sent_at, clock_timestamp())
WHERE id = $1 AND status = 'running';

-- $2 seconds until it is tried again.
-- name: task_request_again :exec
UPDATE task_results SET due_at = clock_timestamp() + make_interval(secs => $2::integer)
WHERE id = $1 AND status = 'running';

-- The result whose answer is longest overdue.
-- name: task_timeout_claim :one
UPDATE task_results t SET timeout_at = {{lease}}
WHERE t.id = (SELECT d.id FROM task_results d WHERE d.status = 'running' AND d.timeout_at <= clock_timestamp()
              ORDER BY d.timeout_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING t.id, t.timeout_at::text AS timeout_at;

-- Whether nothing has been heard since the claim: $2 its lease.
-- name: task_timeout_holds :one
SELECT t.id FROM task_results t WHERE t.id = $1 AND t.status = 'running' AND t.timeout_at = $2::timestamptz;

-- The workspace whose time came first, and why it can't be: NULL, when its latest configuration can be asked
-- to destroy what it has made. Nobody made the run: its organization did.
-- name: auto_destroy_claim :one
SELECT w.id, w.organization_id, w.auto_destroy_at::text AS auto_destroy_at,
       CASE WHEN w.current_configuration_version_id IS NULL THEN 'Configuration version is missing'
            WHEN {{workspace_execution_mode}} = 'local' THEN 'The workspace does not execute runs remotely'
            WHEN NOT w.allow_destroy_plan THEN 'The workspace does not allow destroy plans' END AS problem,
       jsonb_build_object('configuration_version_id', w.current_configuration_version_id, 'is_destroy', true,
           'message', 'Auto Destroy', 'auto_apply', true, 'may_auto_apply', true, 'auto_destroy_at', w.auto_destroy_at) AS columns
FROM workspaces w {{workspace_parents}}
WHERE w.auto_destroy_at <= now() ORDER BY w.auto_destroy_at LIMIT 1;

-- $2 the time that was claimed. No row: it has changed meanwhile, or somebody else was faster.
-- name: auto_destroy_begin :one
UPDATE workspaces SET auto_destroy_at = NULL, updated_at = now()
WHERE id = $1 AND auto_destroy_at = $2::timestamptz RETURNING id;

-- $2 the time, $3 why there is no run.
-- name: auto_destroy_failed :one
SELECT notify_auto_destroy($1, $2::timestamptz, NULL, $3) IS NULL AS done;

-- Reminds of the next time that is less than 24 hours away, and again when it is less than 12 (2.5). Who has asked
-- for a shorter time of inactivity is not reminded of it after each change.
-- name: auto_destroy_remind :one
WITH due AS (
    SELECT w.id, w.auto_destroy_at, h.hours FROM workspaces w,
        LATERAL (SELECT CASE WHEN w.auto_destroy_at <= now() + interval '12 hours' THEN 12 ELSE 24 END AS hours) h
    WHERE w.auto_destroy_at > now() AND w.auto_destroy_at <= now() + interval '24 hours'
      AND (w.auto_destroy_activity_duration IS NULL
           OR auto_destroy_interval(w.auto_destroy_activity_duration) > make_interval(hours => h.hours))
      AND NOT EXISTS (SELECT 1 FROM auto_destroy_reminders d
                      WHERE d.workspace_id = w.id AND d.auto_destroy_at = w.auto_destroy_at AND d.hours <= h.hours)
    ORDER BY w.auto_destroy_at LIMIT 1 FOR NO KEY UPDATE OF w SKIP LOCKED),
reminded AS (
    INSERT INTO auto_destroy_reminders AS d (workspace_id, auto_destroy_at, hours) SELECT * FROM due
    ON CONFLICT (workspace_id) DO UPDATE SET auto_destroy_at = EXCLUDED.auto_destroy_at, hours = EXCLUDED.hours
    RETURNING d.*)
SELECT r.workspace_id, r.hours, notify_auto_destroy(r.workspace_id, r.auto_destroy_at, NULL, NULL) IS NULL AS done
FROM reminded r;

-- Tokens of tasks that have long expired.
-- name: spent_token_collect :one
WITH gone AS (
    DELETE FROM tokens WHERE id IN (SELECT t.id FROM tokens t WHERE t.kind = 'task' AND t.expired_at < now() - interval '1 hour'
                                    ORDER BY t.expired_at LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING 1)
SELECT count(*) AS count FROM gone;

-- How much has been due for two minutes or more: `terracectl doctor` asks. It stops counting at 1,000.
-- name: worker_backlog :one
SELECT (SELECT count(*) FROM (SELECT 1 FROM notification_deliveries d WHERE d.due_at < now() - interval '2 minutes' LIMIT 1000) d)
     + (SELECT count(*) FROM (SELECT 1 FROM task_results t WHERE t.status = 'running' AND t.due_at < now() - interval '2 minutes'
                              LIMIT 1000) t)
     + (SELECT count(*) FROM (SELECT 1 FROM run_trigger_firings f WHERE f.due_at < now() - interval '2 minutes' LIMIT 1000) f)
     + (SELECT count(*) FROM (SELECT 1 FROM workspaces w WHERE w.auto_destroy_at < now() - interval '2 minutes' LIMIT 1000) w) AS waiting;
