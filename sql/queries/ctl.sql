-- What terracectl asks.

-- name: ctl_user_add :one
-- Somebody who has been invited by this address takes the invitation's placeholder over.
WITH taken AS (
    UPDATE users SET username = $2, email = $3, password_hash = $4, is_site_admin = $5::boolean,
        is_invited = false, updated_at = now()
    WHERE lower(email) = lower($3) AND is_invited
    RETURNING id
), added AS (
    INSERT INTO users (id, username, email, password_hash, is_site_admin)
    SELECT $1, $2, $3, $4, $5::boolean WHERE NOT EXISTS (SELECT 1 FROM taken)
    RETURNING id
)
SELECT id FROM taken UNION ALL SELECT id FROM added;

-- name: ctl_user_password :one
-- Signs the user out everywhere: a new password is often set because the old one is known.
WITH ended AS (
    DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE lower(username) = lower($1))
)
UPDATE users SET password_hash = $2, updated_at = now() WHERE lower(username) = lower($1)
RETURNING id;

-- name: ctl_organization_add :one
-- With its owners team, default project, and the owner's membership (today-access.md section 5).
WITH owner AS (
    SELECT id, email FROM users WHERE lower(username) = lower($3)
), ids AS (
    SELECT new_id('org-') AS organization_id, new_id('prj-') AS project_id,
           new_id('team-') AS team_id, new_id('ou-') AS membership_id
    FROM owner
), organization AS (
    INSERT INTO organizations (id, name, email, default_project_id)
    SELECT organization_id, $1, $2, project_id FROM ids
    RETURNING id
), project AS (
    INSERT INTO projects (id, organization_id, name, is_default)
    SELECT project_id, organization_id, 'Default Project', true FROM ids
), team AS (
    INSERT INTO teams (id, organization_id, name, is_owners)
    SELECT team_id, organization_id, 'owners', true FROM ids
), membership AS (
    INSERT INTO organization_memberships (id, organization_id, user_id, email, status)
    SELECT membership_id, organization_id, owner.id, owner.email, 'active' FROM ids, owner
), member AS (
    INSERT INTO team_members (team_id, organization_id, membership_id, user_id)
    SELECT team_id, organization_id, membership_id, owner.id FROM ids, owner
)
SELECT id FROM organization;

-- name: ctl_token_add :one
INSERT INTO tokens (id, kind, secret_hash, user_id, description, created_by, expired_at)
SELECT $1, 'user', $2, id, $4, id, $5::timestamptz
FROM users WHERE lower(username) = lower($3)
RETURNING id;

-- name: ctl_runner_token_add :exec
INSERT INTO tokens (id, kind, secret_hash, description) VALUES ($1, 'runner', $2, $3);

-- name: ctl_runner_token_list :many
SELECT id, to_char(created_at, 'YYYY-MM-DD') AS created_at, coalesce(to_char(last_used_at, 'YYYY-MM-DD HH24:MI'), 'never used') AS last_used,
       coalesce(description, '') AS description
FROM tokens WHERE kind = 'runner' ORDER BY created_at, id;

-- name: ctl_runner_token_revoke :one
DELETE FROM tokens WHERE kind = 'runner' AND id = $1 RETURNING id;

-- name: ctl_server_show :one
-- What `doctor` needs to know about the server and the role.
SELECT 'PostgreSQL ' || current_setting('server_version') AS version,
       current_setting('server_version_num')::integer >= 130000 AS is_supported,
       current_setting('server_encoding') = 'UTF8' AS is_utf8,
       current_setting('fsync') = 'on' AS is_durable,
       extract(epoch FROM clock_timestamp())::numeric(20, 3) AS epoch,
       current_user AS role,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS has_ddl,
       (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT LIKE 'schema\_%'
          AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                   AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
       ) AS forbidden_tables;

-- Sealed values, one pair of statements a column (src/ctl/reseal.c): a list of those that are not
-- sealed under key $2, after the row $1, and an update that only matches the row version $3 that was
-- listed. The list gives what the value was sealed with as context.

-- name: ctl_blob_chunk_sealed :many
-- Asked for in binary: all columns are text or bytea.
SELECT blob_id || '/' || seq AS key, blob_id || '/' || seq AS context, xmin::text AS version,
       data AS value
FROM blob_chunks
WHERE (blob_id, seq) > (split_part($1, '/', 1), coalesce(nullif(split_part($1, '/', 2), ''), '-1')::integer)
  AND NOT sealed_under(data, $2)
ORDER BY blob_id, seq
LIMIT 8;

-- name: ctl_blob_chunk_reseal :exec
UPDATE blob_chunks SET data = $2::bytea
WHERE blob_id = split_part($1, '/', 1) AND seq = split_part($1, '/', 2)::integer AND xmin::text = $3;

-- name: ctl_blob_key_update :exec
UPDATE blobs b SET key_id = $1
WHERE key_id <> $1
  AND NOT EXISTS (SELECT FROM blob_chunks c WHERE c.blob_id = b.id AND NOT sealed_under(c.data, $1));

-- name: ctl_var_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_value AS value
FROM vars
WHERE id > $1 AND sealed_value IS NOT NULL AND NOT sealed_under(decode(sealed_value, 'base64'), $2)
ORDER BY id
LIMIT 200;

-- name: ctl_var_reseal :exec
UPDATE vars SET sealed_value = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_ssh_key_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_value AS value
FROM ssh_keys
WHERE id > $1 AND NOT sealed_under(decode(sealed_value, 'base64'), $2)
ORDER BY id
LIMIT 200;

-- name: ctl_ssh_key_reseal :exec
UPDATE ssh_keys SET sealed_value = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_state_version_output_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_value AS value
FROM state_version_outputs
WHERE id > $1 AND sealed_value IS NOT NULL AND NOT sealed_under(decode(sealed_value, 'base64'), $2)
ORDER BY id
LIMIT 200;

-- name: ctl_state_version_output_reseal :exec
UPDATE state_version_outputs SET sealed_value = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_notification_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_token AS value
FROM notification_configurations
WHERE id > $1 AND sealed_token IS NOT NULL AND NOT sealed_under(decode(sealed_token, 'base64'), $2)
ORDER BY id
LIMIT 200;
-- name: ctl_notification_reseal :exec
UPDATE notification_configurations SET sealed_token = $2 WHERE id = $1 AND xmin::text = $3;
-- name: ctl_run_task_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_hmac_key AS value
FROM run_tasks
WHERE id > $1 AND sealed_hmac_key IS NOT NULL AND NOT sealed_under(decode(sealed_hmac_key, 'base64'), $2)
ORDER BY id
LIMIT 200;
-- name: ctl_run_task_reseal :exec
UPDATE run_tasks SET sealed_hmac_key = $2 WHERE id = $1 AND xmin::text = $3;
-- name: ctl_setting_secret_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_value AS value
FROM setting_secrets
WHERE id > $1 AND NOT sealed_under(decode(sealed_value, 'base64'), $2)
ORDER BY id
LIMIT 200;

-- name: ctl_setting_secret_reseal :exec
UPDATE setting_secrets SET sealed_value = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_policy_set_parameter_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_value AS value
FROM policy_set_parameters
WHERE id > $1 AND sealed_value IS NOT NULL AND NOT sealed_under(decode(sealed_value, 'base64'), $2)
ORDER BY id
LIMIT 200;

-- name: ctl_policy_set_parameter_reseal :exec
UPDATE policy_set_parameters SET sealed_value = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_policy_check_details_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_details AS value
FROM policy_checks
WHERE id > $1 AND sealed_details IS NOT NULL AND NOT sealed_under(decode(sealed_details, 'base64'), $2)
ORDER BY 1
LIMIT 200;

-- name: ctl_policy_check_details_reseal :exec
UPDATE policy_checks SET sealed_details = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_policy_check_log_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_log AS value
FROM policy_checks
WHERE id > $1 AND sealed_log IS NOT NULL AND NOT sealed_under(decode(sealed_log, 'base64'), $2)
ORDER BY 1
LIMIT 200;

-- name: ctl_policy_check_log_reseal :exec
UPDATE policy_checks SET sealed_log = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_policy_outcome_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_output AS value
FROM policy_set_outcomes
WHERE id > $1 AND sealed_output IS NOT NULL AND NOT sealed_under(decode(sealed_output, 'base64'), $2)
ORDER BY 1
LIMIT 200;

-- name: ctl_policy_outcome_reseal :exec
UPDATE policy_set_outcomes SET sealed_output = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_run_policy_parameter_sealed :many
SELECT run_policy_set_id || '/' || parameter_id AS key, parameter_id AS context, xmin::text AS version, sealed_value AS value
FROM run_policy_parameters
WHERE (run_policy_set_id, parameter_id) > (split_part($1, '/', 1), split_part($1, '/', 2))
  AND sealed_value IS NOT NULL AND NOT sealed_under(decode(sealed_value, 'base64'), $2)
ORDER BY run_policy_set_id, parameter_id
LIMIT 200;

-- name: ctl_run_policy_parameter_reseal :exec
UPDATE run_policy_parameters SET sealed_value = $2
WHERE run_policy_set_id = split_part($1, '/', 1) AND parameter_id = split_part($1, '/', 2) AND xmin::text = $3;

-- name: ctl_state_version_list :many
-- In the order of each workspace's history, after ($1, $2), with what the chain demands.
SELECT s.id, s.workspace_id, s.position, s.status, s.sha256, lower(s.md5) AS md5, s.size,
       s.blob_id, s.json_blob_id, s.previous_sha256,
       (SELECT p.sha256 FROM state_versions p
        WHERE p.workspace_id = s.workspace_id AND p.position < s.position AND p.sha256 IS NOT NULL
        ORDER BY p.position DESC LIMIT 1) AS predecessor_sha256
FROM state_versions s
WHERE (s.workspace_id, s.position) > ($1, $2::bigint)
ORDER BY s.workspace_id, s.position
LIMIT 200;

-- name: ctl_configuration_version_list :many
-- Those that have bytes, after $1.
SELECT c.id, coalesce(c.workspace_id, c.registry_module_id) AS owner, c.blob_id
FROM configuration_versions c WHERE c.id > $1 AND c.blob_id IS NOT NULL ORDER BY c.id LIMIT 200;

-- name: ctl_registry_file_list :many
SELECT f.id, f.owner, f.blob_id FROM (
    SELECT v.id, v.module_id AS owner, v.blob_id FROM registry_module_versions v
    UNION ALL SELECT v.id || '/shasums', v.provider_id, v.shasums_blob_id FROM registry_provider_versions v
    UNION ALL SELECT v.id || '/shasums-sig', v.provider_id, v.shasums_sig_blob_id FROM registry_provider_versions v
    UNION ALL SELECT t.id, t.version_id, t.blob_id FROM registry_provider_platforms t) f
WHERE f.id > $1 AND f.blob_id IS NOT NULL ORDER BY f.id LIMIT 200;

-- name: ctl_run_variables_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_variables AS value
FROM runs
WHERE id > $1 AND sealed_variables IS NOT NULL AND NOT sealed_under(decode(sealed_variables, 'base64'), $2)
ORDER BY id
LIMIT 100;

-- name: ctl_run_variables_reseal :exec
UPDATE runs SET sealed_variables = $2 WHERE id = $1 AND xmin::text = $3;

-- name: ctl_query_run_variables_sealed :many
SELECT id AS key, id AS context, xmin::text AS version, sealed_variables AS value
FROM query_runs
WHERE id > $1 AND sealed_variables IS NOT NULL AND NOT sealed_under(decode(sealed_variables, 'base64'), $2)
ORDER BY id
LIMIT 100;

-- name: ctl_query_run_variables_reseal :exec
UPDATE query_runs SET sealed_variables = $2 WHERE id = $1 AND xmin::text = $3;

-- A piece of a log is named `<phase>/<start>`, in digits that sort as the numbers do.
-- name: ctl_run_log_sealed :many
SELECT phase_id || '/' || lpad(start::text, 20, '0') AS key, phase_id || '/' || start AS context, xmin::text AS version, sealed AS value
FROM run_logs
WHERE (phase_id, start) > (split_part($1, '/', 1), coalesce(nullif(split_part($1, '/', 2), ''), '-1')::bigint)
  AND NOT sealed_under(decode(sealed, 'base64'), $2)
ORDER BY phase_id, start
LIMIT 20;

-- name: ctl_run_log_reseal :exec
UPDATE run_logs SET sealed = $2
WHERE phase_id = split_part($1, '/', 1) AND start = split_part($1, '/', 2)::bigint AND xmin::text = $3;
