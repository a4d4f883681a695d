-- Configuration versions (today-runs.md section 11).

-- fragment: configuration_version_columns
cv.id, cv.status, cv.source, cv.auto_queue_runs, cv.speculative, cv.provisional, cv.error, cv.error_message,
cv.uploaded_at, cv.errored_at, cv.archived_at, cv.soft_deleted_at, cv.restored_at, cv.permanently_deleted_at,
CASE WHEN cv.status = 'uploaded' THEN cv.id END AS download_id,
(SELECT i.id FROM ingress_attributes i WHERE i.configuration_version_id = cv.id) AS ingress_attributes_id

-- Of a workspace, or of a module of the registry (to test it): then members read it, and who manages
-- modules does with it what takes the right to plan (bit 1) or to remove bytes (bit 17).
-- fragment: configuration_version_owner
LEFT JOIN workspaces w ON w.id = cv.workspace_id JOIN organizations o ON o.id = cv.organization_id

-- fragment: configuration_version_mask
CASE WHEN cv.workspace_id IS NOT NULL THEN {{workspace_mask}} ELSE (
    SELECT g.mask & (1::bigint << 63) | CASE WHEN g.mask & (1::bigint << 28) <> 0 THEN 1 ELSE 0 END
         | CASE WHEN g.mask & (1::bigint << 44) <> 0 THEN 2 | (1::bigint << 17) ELSE 0 END
    FROM (SELECT {{organization_mask}} AS mask) g) END

-- name: configuration_version_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{configuration_version_columns}}, {{configuration_version_mask}} AS mask
    FROM configuration_versions cv {{configuration_version_owner}}
    WHERE cv.id = $2) x ON x.mask & 1 <> 0;

-- name: configuration_version_include :many
{{principal}}
SELECT {{configuration_version_columns}}
FROM p, configuration_versions cv {{configuration_version_owner}}
WHERE cv.id = ANY ($2::text[]) AND {{configuration_version_mask}} & 1 <> 0;

-- Newest first.
-- name: configuration_version_list :many
{{principal}}
SELECT p.auth, s.mask AS scope,
       (SELECT count(*) FROM configuration_versions cv WHERE cv.workspace_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{configuration_version_columns}} FROM configuration_versions cv
    WHERE cv.workspace_id = s.id ORDER BY cv.created_at DESC, cv.id DESC LIMIT $3 OFFSET $4) x ON true;

-- Current from its creation, even while it waits for its bytes (11.4).
-- name: configuration_version_create :exec
WITH created AS (
    INSERT INTO configuration_versions (id, organization_id, workspace_id, auto_queue_runs, speculative, provisional, may_auto_apply, created_by)
    SELECT $1, w.organization_id, w.id, r.auto_queue_runs, r.speculative, r.provisional, r.may_auto_apply, $4
    FROM workspaces w, jsonb_populate_record(NULL::configuration_versions, $3::jsonb) r
    WHERE w.id = $2
    RETURNING id, workspace_id, provisional OR speculative AS aside)
UPDATE workspaces w SET current_configuration_version_id = c.id
FROM created c WHERE w.id = c.workspace_id AND NOT c.aside;

-- Of a module, which is what the path names.
-- name: configuration_version_create_for_module :exec
INSERT INTO configuration_versions (id, organization_id, registry_module_id, auto_queue_runs, speculative, provisional, created_by)
SELECT $1, m.organization_id, m.id, coalesce(r.auto_queue_runs, true), coalesce(r.speculative, false),
       coalesce(r.provisional, false), $4
FROM registry_modules m, jsonb_populate_record(NULL::configuration_versions, $3::jsonb) r
WHERE m.id = $2;

-- name: configuration_version_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT cv.id, cv.workspace_id, cv.organization_id, cv.status, cv.source, cv.speculative, cv.blob_id,
           EXISTS (SELECT FROM workspaces c WHERE c.current_configuration_version_id = cv.id) AS is_current,
           {{configuration_version_mask}} AS scope
    FROM configuration_versions cv {{configuration_version_owner}}
    WHERE cv.id = $2) x ON x.scope & 1 <> 0;

-- Whether bytes may still come: to a version that has none, or again to one that nothing has used. An
-- upload with auto_queue_runs is used at once.
-- fragment: configuration_version_open
(cv.status = 'pending' OR cv.status = 'uploaded' AND NOT cv.auto_queue_runs) AS is_open

-- For signed URLs: nobody is asked who they are.
-- name: configuration_version_object :one
SELECT cv.id, cv.organization_id, cv.status, {{configuration_version_open}}
FROM configuration_versions cv WHERE cv.id = $1;

-- What is uploaded to a workspace with a repository starts no run by itself unless it only looks.
-- name: configuration_version_lock :one
SELECT cv.id, cv.status, cv.blob_id, cv.workspace_id, cv.created_by, cv.may_auto_apply,
       cv.auto_queue_runs AND (cv.speculative OR NOT EXISTS (
           SELECT 1 FROM vcs_connections v WHERE v.workspace_id = cv.workspace_id)) AS auto_queue_runs,
       {{configuration_version_open}}
FROM configuration_versions cv WHERE cv.id = $1 FOR UPDATE;

-- name: configuration_version_uploaded :exec
UPDATE configuration_versions SET status = 'uploaded', blob_id = $2, uploaded_at = now() WHERE id = $1;

-- What was refused leaves a version that has its bytes as it is. $2 error, $3 error message.
-- name: configuration_version_errored :exec
UPDATE configuration_versions SET status = 'errored', error = $2, error_message = $3, errored_at = now()
WHERE id = $1 AND status = 'pending';

-- The state of a version as its row lock shows it: two actions at once do not both find it uploaded.
-- name: configuration_version_archive :one
UPDATE configuration_versions cv SET status = 'archived', blob_id = NULL, archived_at = now()
WHERE cv.id = $1 AND cv.status = 'uploaded'
  AND NOT EXISTS (SELECT FROM workspaces c WHERE c.current_configuration_version_id = cv.id)
RETURNING cv.id;

-- name: configuration_version_soft_delete :one
UPDATE configuration_versions cv SET status = 'backing_data_soft_deleted', soft_deleted_at = now()
WHERE cv.id = $1 AND cv.status = 'uploaded'
  AND NOT EXISTS (SELECT FROM workspaces c WHERE c.current_configuration_version_id = cv.id)
RETURNING cv.id;

-- name: configuration_version_restore :one
UPDATE configuration_versions cv SET status = 'uploaded', restored_at = now(), retention_deleted_at = NULL
WHERE cv.id = $1 AND cv.status = 'backing_data_soft_deleted' RETURNING cv.id;

-- name: configuration_version_forget :one
UPDATE configuration_versions cv
SET status = 'backing_data_permanently_deleted', blob_id = NULL, permanently_deleted_at = now(), retention_deleted_at = NULL
WHERE cv.id = $1 AND cv.status = 'backing_data_soft_deleted' RETURNING cv.id;

-- fragment: ingress_attributes_columns
i.id, i.branch, i.clone_url, i.commit_message, i.commit_sha, i.commit_url, i.compare_url, i.identifier,
i.is_pull_request, i.on_default_branch, i.pull_request_number, i.pull_request_url, i.pull_request_title,
i.pull_request_body, i.tag, i.sender_username, i.sender_avatar_url, i.sender_html_url

-- name: ingress_attributes_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{ingress_attributes_columns}}, {{configuration_version_mask}} AS scope
    FROM ingress_attributes i JOIN configuration_versions cv ON cv.id = i.configuration_version_id
    {{configuration_version_owner}}
    WHERE cv.id = $2) x ON x.scope & 1 <> 0;

-- name: ingress_attributes_include :many
{{principal}}
SELECT {{ingress_attributes_columns}}
FROM p, ingress_attributes i JOIN configuration_versions cv ON cv.id = i.configuration_version_id
{{configuration_version_owner}}
WHERE i.id = ANY ($2::text[]) AND {{configuration_version_mask}} & 1 <> 0;
