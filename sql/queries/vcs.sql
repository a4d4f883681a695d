-- Workspaces and their repositories (today-registry-vcs.md section 8).

-- --- From the API ---

-- Token $1, if workspace $2 may use it: for all projects, or for those that are attached (section 7).
-- name: vcs_token_usable :one
SELECT t.id, c.service_provider, c.http_url
FROM oauth_tokens t JOIN oauth_clients c ON c.id = t.oauth_client_id JOIN workspaces w ON w.organization_id = c.organization_id
WHERE t.id = $1 AND w.id = $2
  AND (c.organization_scoped OR EXISTS (
      SELECT 1 FROM oauth_client_projects l WHERE l.oauth_client_id = c.id AND l.project_id = w.project_id));

-- name: vcs_uuid :one
SELECT gen_random_uuid()::text AS id;

-- name: workspace_vcs_show :exec
UPDATE workspaces SET vcs_repo = $2::jsonb WHERE id = $1;

-- name: vcs_regex_valid :one
SELECT is_regex($1) AS is_valid;

-- name: vcs_connection_of_workspace :one
SELECT c.id::text AS id, c.oauth_token_id, c.identifier, c.branch, c.tags_regex, l.service_provider
FROM vcs_connections c JOIN oauth_tokens t ON t.id = c.oauth_token_id JOIN oauth_clients l ON l.id = t.oauth_client_id
WHERE c.workspace_id = $1;

-- $1 id, $2 workspace, $3 token, $4 identifier, $5 branch, $6 tags-regex, $7 sealed secret, $8 who. One that
-- stands keeps its id and secret.
-- name: vcs_connection_put :exec
INSERT INTO vcs_connections (id, organization_id, workspace_id, oauth_token_id, identifier, branch, tags_regex, sealed_secret, created_by)
SELECT $1::uuid, w.organization_id, w.id, $3, $4, $5, $6, $7, $8 FROM workspaces w WHERE w.id = $2
ON CONFLICT ON CONSTRAINT vcs_connections_workspace_key DO UPDATE
SET oauth_token_id = EXCLUDED.oauth_token_id, branch = EXCLUDED.branch, tags_regex = EXCLUDED.tags_regex,
    created_by = EXCLUDED.created_by;

-- name: vcs_connection_delete :exec
DELETE FROM vcs_connections WHERE workspace_id = $1;

-- name: vcs_webhook_due :exec
INSERT INTO vcs_jobs (kind, connection_id) VALUES ('webhook', $1::uuid);

-- The configuration that a connection begins with, or begins anew with: the newest commit of its branch. $1
-- connection, $2 id, $3 source, $4 who.
-- name: vcs_fetch_due :exec
WITH made AS (
    INSERT INTO configuration_versions (id, organization_id, workspace_id, source, auto_queue_runs, may_auto_apply, created_by)
    SELECT $2, c.organization_id, c.workspace_id, $3, false, true, $4 FROM vcs_connections c WHERE c.id = $1::uuid
    RETURNING id, workspace_id),
current AS (
    UPDATE workspaces w SET current_configuration_version_id = m.id FROM made m WHERE w.id = m.workspace_id)
INSERT INTO vcs_jobs (kind, connection_id, configuration_version_id) SELECT 'fetch', $1::uuid, m.id FROM made m;

-- The configuration of workspace $1 that is being fetched.
-- name: vcs_fetching_configuration :one
SELECT j.configuration_version_id AS id FROM vcs_connections c JOIN vcs_jobs j ON j.connection_id = c.id
WHERE c.workspace_id = $1 AND j.kind = 'fetch' ORDER BY j.position DESC LIMIT 1;

-- --- From providers ---

-- name: vcs_hook_connection :one
SELECT c.id::text AS id, c.sealed_secret, l.service_provider
FROM vcs_connections c JOIN oauth_tokens t ON t.id = c.oauth_token_id JOIN oauth_clients l ON l.id = t.oauth_client_id
WHERE c.id = uuid_or_null($1);

-- name: vcs_event_due :exec
INSERT INTO vcs_jobs (kind, connection_id, event) VALUES ('event', $1::uuid, $2::jsonb);

-- --- In the worker ---

-- The oldest job that is due; of one connection one at a time, in their order. Its lease is as long as a
-- large archive takes.
-- name: vcs_job_claim :one
WITH due AS (
    SELECT j.position FROM vcs_jobs j
    WHERE j.due_at <= clock_timestamp() AND NOT EXISTS (
        SELECT 1 FROM vcs_jobs e WHERE e.connection_id = j.connection_id AND e.position < j.position)
    ORDER BY j.due_at, j.position LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE vcs_jobs j SET due_at = clock_timestamp() + interval '10 minutes', attempts = j.attempts + 1
FROM due WHERE j.position = due.position
RETURNING j.position, j.kind, j.connection_id::text AS connection_id, j.configuration_version_id, j.run_id, j.event, j.attempts;

-- name: vcs_job_context :one
SELECT c.id::text AS id, c.organization_id, o.name AS organization, c.workspace_id, w.name AS workspace, c.identifier, c.branch,
       c.tags_regex, c.sealed_secret, c.created_by, l.id AS oauth_client_id, l.service_provider, l.http_url,
       l.api_url, t.id AS oauth_token_id, t.sealed_token, t.sealed_refresh_token,
       t.expires_at < now() + interval '2 minutes' AS is_expiring, l.key, l.sealed_secret AS sealed_key_secret, l.uuid::text AS uuid, w.queue_all_runs, w.speculative_enabled, w.file_triggers_enabled,
       array_to_json(w.trigger_patterns) AS trigger_patterns, array_to_json(w.trigger_prefixes) AS trigger_prefixes,
       w.working_directory, w.run_count, w.vcs_repo ->> 'webhook-url' AS webhook_url,
       g.allow_speculative_plans_on_pull_requests_from_forks AS forks_allowed,
       o.aggregated_commit_status_enabled AS is_aggregated,
       NOT o.aggregated_commit_status_enabled AND (g.send_passing_statuses_for_untriggered_speculative_plans
           OR o.send_passing_statuses_for_untriggered_speculative_plans) AS untriggered_told
FROM general_settings g, vcs_connections c JOIN workspaces w ON w.id = c.workspace_id JOIN organizations o ON o.id = c.organization_id
JOIN oauth_tokens t ON t.id = c.oauth_token_id JOIN oauth_clients l ON l.id = t.oauth_client_id
WHERE c.id = $1::uuid;

-- name: vcs_token_refreshed :exec
UPDATE oauth_tokens SET sealed_token = $2, sealed_refresh_token = coalesce($3, sealed_refresh_token),
    expires_at = now() + make_interval(secs => $4::integer)
WHERE id = $1;

-- name: vcs_job_done :one
DELETE FROM vcs_jobs WHERE position = $1::bigint RETURNING position;

-- Later again: after ten seconds, then longer and longer.
-- name: vcs_job_later :exec
UPDATE vcs_jobs SET due_at = clock_timestamp() + make_interval(secs => 10 * (1 << least(attempts, 6))) WHERE position = $1::bigint;

-- $1 tag, $2 tags-regex.
-- name: vcs_tag_matches :one
SELECT $1::text ~ $2 AS matches;

-- Whether commit $2 already made a run in workspace $1, $3 of a pull request or not (8.2, rule 3).
-- name: vcs_commit_seen :one
SELECT i.id FROM ingress_attributes i JOIN configuration_versions cv ON cv.id = i.configuration_version_id
WHERE i.commit_sha = $2 AND cv.workspace_id = $1 AND i.is_pull_request = $3::boolean
  AND EXISTS (SELECT 1 FROM runs r WHERE r.configuration_version_id = cv.id) LIMIT 1;

-- A version of an event, before its bytes are put: $1 id, $2 connection, $3 source, $4 speculative.
-- name: vcs_configuration_create :one
WITH made AS (
    INSERT INTO configuration_versions (id, organization_id, workspace_id, source, auto_queue_runs, speculative, may_auto_apply, created_by)
    SELECT $1, c.organization_id, c.workspace_id, $3, false, $4::boolean, true, c.created_by FROM vcs_connections c WHERE c.id = $2::uuid
    RETURNING id, workspace_id, speculative),
current AS (
    UPDATE workspaces w SET current_configuration_version_id = m.id FROM made m WHERE w.id = m.workspace_id AND NOT m.speculative)
SELECT id FROM made;

-- name: vcs_configuration_uploaded :one
UPDATE configuration_versions SET status = 'uploaded', blob_id = $2, uploaded_at = now()
WHERE id = $1 AND status = 'pending' RETURNING id;

-- name: vcs_ingress_create :exec
INSERT INTO ingress_attributes (id, configuration_version_id, branch, clone_url, commit_message, commit_sha, commit_url, compare_url,
    identifier, is_pull_request, on_default_branch, pull_request_number, pull_request_url, pull_request_title, pull_request_body,
    tag, sender_username, sender_avatar_url, sender_html_url)
SELECT $1, $2, r.branch, r.clone_url, r.commit_message, r.commit_sha, r.commit_url, r.compare_url, r.identifier,
    coalesce(r.is_pull_request, false), coalesce(r.on_default_branch, false), r.pull_request_number, r.pull_request_url, r.pull_request_title,
    r.pull_request_body, r.tag, r.sender_username, r.sender_avatar_url, r.sender_html_url
FROM jsonb_populate_record(NULL::ingress_attributes, $3::jsonb) r;

-- Runs that wait for configuration $1.
-- name: vcs_fetching_run :many
SELECT r.id FROM runs r WHERE r.configuration_version_id = $1 AND NOT r.is_final ORDER BY r.position;

-- name: vcs_event_record :exec
INSERT INTO vcs_events (id, organization_id, oauth_client_id, oauth_token_id, level, message)
SELECT new_id('ve-'), c.organization_id, t.oauth_client_id, t.id, $2, $3
FROM vcs_connections c JOIN oauth_tokens t ON t.id = c.oauth_token_id WHERE c.id = $1::uuid;

-- name: vcs_event_collect :exec
DELETE FROM vcs_events WHERE created_at < now() - interval '10 days';

-- How run $1 stands, if that was not told yet.
-- name: vcs_run_state :one
SELECT i.id, i.commit_sha, i.is_pull_request, vcs_state(r.status) AS state, r.status, ph.resource_additions, ph.resource_changes, ph.resource_destructions
FROM runs r JOIN ingress_attributes i ON i.configuration_version_id = r.configuration_version_id
JOIN run_phases ph ON ph.run_id = r.id AND ph.kind = 'plan'
WHERE r.id = $1 AND vcs_state(r.status) IS NOT NULL AND vcs_state(r.status) IS DISTINCT FROM i.told_state;

-- How all workspaces of connection $1's organization stand that its OAuth client connects with the repository,
-- each by its newest run of commit $2, of a pull request or not ($3). state NULL: no plan has begun or ended.
-- name: vcs_commit_state :one
WITH newest AS (
    SELECT DISTINCT ON (r.workspace_id) vcs_state(r.status) AS state, ph.resource_additions, ph.resource_changes, ph.resource_destructions
    FROM vcs_connections c JOIN oauth_tokens t ON t.id = c.oauth_token_id
    JOIN oauth_tokens s ON s.oauth_client_id = t.oauth_client_id
    JOIN vcs_connections d ON d.oauth_token_id = s.id AND d.organization_id = c.organization_id AND d.identifier = c.identifier
    JOIN configuration_versions cv ON cv.workspace_id = d.workspace_id
    JOIN ingress_attributes i ON i.configuration_version_id = cv.id AND i.commit_sha = $2 AND i.is_pull_request = $3::boolean
    JOIN runs r ON r.configuration_version_id = cv.id JOIN run_phases ph ON ph.run_id = r.id AND ph.kind = 'plan'
    WHERE c.id = $1::uuid ORDER BY r.workspace_id, r.position DESC),
counts AS (
    SELECT count(*) AS plans, count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'failure') AS failed,
           sum(resource_additions) AS resource_additions, sum(resource_changes) AS resource_changes,
           sum(resource_destructions) AS resource_destructions
    FROM newest)
SELECT c.*, CASE WHEN c.pending > 0 THEN 'pending' WHEN c.failed > 0 THEN 'failure' WHEN c.plans > 0 THEN 'success' END AS state
FROM counts c;

-- name: vcs_state_told :exec
UPDATE ingress_attributes SET told_state = $2 WHERE id = $1;

-- --- Events, for people ---

-- $5 from, $6 to, $7 clients, $8 levels, both lists with commas.
-- name: vcs_event_list :many
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT e.* FROM scope s JOIN vcs_events e ON e.organization_id = s.id
    WHERE e.created_at > now() - interval '10 days'
      AND ($5::text IS NULL OR e.created_at >= $5::timestamptz) AND ($6::text IS NULL OR e.created_at <= $6::timestamptz)
      AND ($7::text IS NULL OR e.oauth_client_id = ANY (string_to_array($7, ',')))
      AND ($8::text IS NULL OR e.level = ANY (string_to_array($8, ','))))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT e.id, to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US "+0000 UTC"') AS created_at, e.level, e.message,
           e.organization_id, e.oauth_client_id, e.oauth_token_id
    FROM found e WHERE s.id IS NOT NULL ORDER BY e.created_at DESC, e.id DESC LIMIT $3 OFFSET $4) x ON true;
