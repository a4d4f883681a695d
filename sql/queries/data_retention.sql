-- How long the bytes of old states and configurations are kept (today-workspaces.md section 8).

-- For an answer: who may see it has been decided.
-- name: data_retention_show :one
{{principal}}
SELECT p.auth, 0 AS scope, d.id, d.delete_older_than_n_days FROM p JOIN data_retention_policies d ON d.id = $2;

-- What counts for workspace $1: its own policy, else its organization's.
-- name: data_retention_of_workspace :one
SELECT d.id, d.kind FROM workspaces w JOIN data_retention_policies d ON d.organization_id = w.organization_id
    AND coalesce(d.workspace_id, w.id) = w.id
WHERE w.id = $1 ORDER BY d.workspace_id IS NULL LIMIT 1;

-- name: data_retention_of_organization :one
SELECT d.id, d.kind FROM data_retention_policies d WHERE d.organization_id = $1 AND d.workspace_id IS NULL;

-- $1 the id of a new one, $2 organization, $3 workspace or NULL, $4 kind, $5 days or NULL. One of the same kind
-- stays what it is, with other days; and is looked at soon.
-- name: data_retention_set :one
WITH d AS (
    INSERT INTO data_retention_policies AS d (id, organization_id, workspace_id, kind, delete_older_than_n_days)
    VALUES ($1, $2, $3, $4, $5::integer)
    ON CONFLICT ON CONSTRAINT data_retention_policies_owner_key DO UPDATE
        SET id = CASE WHEN d.kind = EXCLUDED.kind THEN d.id ELSE EXCLUDED.id END, kind = EXCLUDED.kind,
            delete_older_than_n_days = EXCLUDED.delete_older_than_n_days, checked_at = '-infinity'
    RETURNING d.*),
told AS (
    UPDATE workspaces w SET data_retention_policy = 'data-retention-policy-' || d.kind || '/' || d.id
    FROM d WHERE w.id = d.workspace_id),
told_all AS (
    UPDATE organizations o SET data_retention_policy = 'data-retention-policy-' || d.kind || '/' || d.id
    FROM d WHERE o.id = d.organization_id AND d.workspace_id IS NULL)
SELECT d.id FROM d;

-- name: data_retention_delete :exec
WITH gone AS (DELETE FROM data_retention_policies WHERE organization_id = $1 AND workspace_id IS NOT DISTINCT FROM $2
    RETURNING organization_id, workspace_id),
told AS (UPDATE workspaces w SET data_retention_policy = NULL FROM gone g WHERE w.id = g.workspace_id)
UPDATE organizations o SET data_retention_policy = NULL FROM gone g WHERE o.id = g.organization_id AND g.workspace_id IS NULL;

-- The policy that has waited longest for being looked at. Days are what it counts: an hour is soon enough.
-- name: data_retention_claim :one
UPDATE data_retention_policies d SET checked_at = clock_timestamp()
WHERE d.id = (SELECT c.id FROM data_retention_policies c
              WHERE c.kind = 'delete-olders' AND c.checked_at < now() - interval '1 hour'
              ORDER BY c.checked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING d.id;

-- The workspaces that policy d speaks for.
-- fragment: data_retention_workspaces
workspaces w WHERE w.organization_id = d.organization_id AND coalesce(d.workspace_id, w.id) = w.id
    AND (d.workspace_id IS NOT NULL OR NOT EXISTS (
        SELECT FROM data_retention_policies o WHERE o.organization_id = w.organization_id AND o.workspace_id = w.id))

-- Takes the bytes of what is older than policy $1 allows, so that they can be restored for a while. What is
-- current stays, and what a run needs. When there was much of it, there may be more: it is looked at again.
-- name: data_retention_soft_delete :one
WITH covered AS MATERIALIZED (
    SELECT w.id, w.current_state_version_id, w.current_configuration_version_id,
           now() - make_interval(days => d.delete_older_than_n_days) AS since
    FROM data_retention_policies d, LATERAL (SELECT w.* FROM {{data_retention_workspaces}}) w
    WHERE d.id = $1 AND d.kind = 'delete-olders'),
old_states AS (
    SELECT v.id FROM covered w JOIN state_versions v ON v.workspace_id = w.id
    WHERE v.status = 'finalized' AND greatest(v.created_at, v.retention_kept_at) < w.since
      AND v.id IS DISTINCT FROM w.current_state_version_id
    LIMIT 500 FOR UPDATE OF v SKIP LOCKED),
states AS (
    UPDATE state_versions SET status = 'backing_data_soft_deleted', retention_deleted_at = now()
    WHERE id IN (SELECT id FROM old_states) RETURNING id),
old_configurations AS (
    SELECT cv.id FROM covered w JOIN configuration_versions cv ON cv.workspace_id = w.id
    WHERE cv.status = 'uploaded' AND greatest(cv.created_at, cv.uploaded_at, cv.restored_at) < w.since
      AND cv.id IS DISTINCT FROM w.current_configuration_version_id
      AND NOT EXISTS (SELECT FROM runs r WHERE r.configuration_version_id = cv.id AND NOT r.is_final)
    LIMIT 500 FOR UPDATE OF cv SKIP LOCKED),
configurations AS (
    UPDATE configuration_versions SET status = 'backing_data_soft_deleted', soft_deleted_at = now(), retention_deleted_at = now()
    WHERE id IN (SELECT id FROM old_configurations) RETURNING id),
counts AS (SELECT (SELECT count(*) FROM states) AS states, (SELECT count(*) FROM configurations) AS configurations),
again AS (
    UPDATE data_retention_policies d SET checked_at = '-infinity' FROM counts c
    WHERE d.id = $1 AND greatest(c.states, c.configurations) = 500)
SELECT c.states, c.configurations FROM counts c;

-- Whether the policy that counts for workspace w (now: it may have been changed meanwhile) still deletes.
-- fragment: data_retention_deletes
(SELECT d.kind = 'delete-olders' FROM data_retention_policies d
 WHERE d.organization_id = w.organization_id AND coalesce(d.workspace_id, w.id) = w.id
 ORDER BY d.workspace_id IS NULL LIMIT 1)

-- What a policy has deleted more than $1 days ago is gone for good.
-- name: data_retention_forget :one
WITH old_states AS (
    SELECT v.id, v.blob_id, v.json_blob_id FROM state_versions v JOIN workspaces w ON w.id = v.workspace_id
    WHERE v.retention_deleted_at <= now() - make_interval(days => $1::integer) AND v.status = 'backing_data_soft_deleted'
      AND v.id IS DISTINCT FROM w.current_state_version_id AND {{data_retention_deletes}}
    LIMIT 100 FOR UPDATE OF v SKIP LOCKED),
states AS (
    UPDATE state_versions v SET status = 'backing_data_permanently_deleted', blob_id = NULL, json_blob_id = NULL,
        retention_deleted_at = NULL
    FROM old_states o WHERE v.id = o.id RETURNING v.id),
old_configurations AS (
    SELECT cv.id, cv.blob_id FROM configuration_versions cv JOIN workspaces w ON w.id = cv.workspace_id
    WHERE cv.retention_deleted_at <= now() - make_interval(days => $1::integer) AND cv.status = 'backing_data_soft_deleted'
      AND {{data_retention_deletes}}
    LIMIT 100 FOR UPDATE OF cv SKIP LOCKED),
configurations AS (
    UPDATE configuration_versions cv SET status = 'backing_data_permanently_deleted', blob_id = NULL,
        permanently_deleted_at = now(), retention_deleted_at = NULL
    FROM old_configurations o WHERE cv.id = o.id RETURNING cv.id),
garbage AS (
    INSERT INTO blob_garbage (blob_id)
    SELECT DISTINCT b.id FROM (SELECT blob_id AS id FROM old_states UNION ALL SELECT json_blob_id FROM old_states
                               UNION ALL SELECT blob_id FROM old_configurations) b
    WHERE b.id IS NOT NULL ORDER BY 1 ON CONFLICT DO NOTHING)
SELECT (SELECT count(*) FROM states) AS states, (SELECT count(*) FROM configurations) AS configurations;
