-- State versions, their outputs, and the resources of a workspace (today-workspaces.md 12 to 14).

-- fragment: state_version_columns
sv.id, sv.serial, sv.lineage, sv.md5, sv.size, sv.status, sv.terraform_version, sv.state_version,
sv.resources_processed, sv.modules, sv.providers, sv.resources, sv.created_at, sv.run_id, sv.workspace_id,
sv.rollback_state_version_id, sv.blob_id IS NOT NULL AS has_state, sv.json_blob_id IS NOT NULL AS has_json_state,
CASE WHEN sv.created_by LIKE 'user-%' THEN 'users/' || sv.created_by WHEN sv.created_by LIKE 'team-%' THEN 'teams/' || sv.created_by
     WHEN sv.created_by LIKE 'run-%' THEN (SELECT 'users/' || acting_user(r.created_by) FROM runs r WHERE r.id = sv.created_by) END AS created_by,
ARRAY(SELECT s.id FROM state_version_outputs s WHERE s.state_version_id = sv.id ORDER BY s.position) AS output_ids,
(SELECT i.commit_sha FROM runs r JOIN ingress_attributes i ON i.configuration_version_id = r.configuration_version_id
 WHERE r.id = sv.run_id) AS vcs_commit_sha,
(SELECT i.commit_url FROM runs r JOIN ingress_attributes i ON i.configuration_version_id = r.configuration_version_id
 WHERE r.id = sv.run_id) AS vcs_commit_url

-- fragment: state_version_workspace
JOIN workspaces w ON w.id = sv.workspace_id JOIN organizations o ON o.id = w.organization_id

-- name: state_version_show :one :batch
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{state_version_columns}}, {{workspace_mask}} AS mask
    FROM state_versions sv {{state_version_workspace}}
    WHERE sv.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: state_version_current :one :batch
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{state_version_columns}}, {{workspace_mask}} AS mask
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    JOIN state_versions sv ON sv.id = w.current_state_version_id
    WHERE w.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: state_version_include :many
{{principal}}
SELECT {{state_version_columns}}, x.mask
FROM p, state_versions sv {{state_version_workspace}}, LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE sv.id = ANY ($2::text[]) AND x.mask & (1::bigint << 6) <> 0;

-- $2 limit, $3 offset, $4 filter[workspace][name], $5 filter[organization][name], $6 filter[status].
-- name: state_version_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (
        SELECT count(*) FROM state_versions sv
        WHERE sv.workspace_id = s.id AND ($6::text IS NULL OR sv.status = ANY (string_to_array($6, ',')))) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE o.name = $5 AND w.name = $4 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{state_version_columns}}, s.mask FROM state_versions sv
    WHERE sv.workspace_id = s.id AND ($6::text IS NULL OR sv.status = ANY (string_to_array($6, ',')))
    ORDER BY sv.position DESC LIMIT $2 OFFSET $3) x ON true;

-- What the rules of a write look at, under the workspace's row lock.
-- name: state_begin :one
SELECT b.* FROM state_begin($1) b;

-- The newest version, its bytes still to come; pending ones before it are superseded. $2 id, $3 serial,
-- $4 lineage, $5 md5, $6 who, $7 run.
-- name: state_version_create :exec
WITH w AS (
    UPDATE workspaces SET state_count = state_count + 1 WHERE id = $1
    RETURNING id, organization_id, state_count),
superseded AS (
    UPDATE state_versions SET status = 'discarded' WHERE workspace_id = $1 AND status = 'pending')
INSERT INTO state_versions (id, organization_id, workspace_id, position, serial, lineage, md5, status,
    created_by, run_id)
SELECT $2, w.organization_id, w.id, w.state_count, $3::bigint, $4, $5, 'pending', $6, $7 FROM w;

-- name: state_version_set_json_blob :exec
UPDATE state_versions SET json_blob_id = $2 WHERE id = $1;

-- [{id, position, name, sensitive, type, detailed_type, value, sealed_value}]
-- fragment: state_output_columns_written
id, state_version_id, position, name, sensitive, type, detailed_type, value, sealed_value

-- fragment: state_output_row
r.position, r.name, r.sensitive, r.type, r.detailed_type, r.value, r.sealed_value

-- A version whose bytes are here: everything at once. $2 to $7 as above, $8 the version that it repeats,
-- $9 blob, $10 sha256, $11 size, $12 terraform_version, $13 format, $14 modules, $15 providers,
-- $16 resources, $17 resource count, $18 digest of the resources, $19 outputs, $20 JSON blob.
-- name: state_version_store :exec
WITH w AS (
    UPDATE workspaces w SET state_count = state_count + 1, current_state_version_id = $2,
        resource_count = $17::integer, resources_digest = $18, latest_change_at = now(), updated_at = now(),
        output_ids = ARRAY(SELECT r.id FROM jsonb_to_recordset($19::jsonb) r(id text, position integer) ORDER BY r.position),
        auto_destroy_at = auto_destroy_after_change(w.auto_destroy_at, w.auto_destroy_activity_duration, $7)
    WHERE id = $1 RETURNING id, organization_id, state_count),
superseded AS (
    UPDATE state_versions SET status = 'discarded' WHERE workspace_id = $1 AND status = 'pending'),
sv AS (
    INSERT INTO state_versions (id, organization_id, workspace_id, position, serial, lineage, md5, status,
        created_by, run_id, rollback_state_version_id, blob_id, sha256, size, terraform_version, state_version,
        modules, providers, resources, resources_processed, json_blob_id, previous_sha256)
    SELECT $2, w.organization_id, w.id, w.state_count, $3::bigint, $4, $5, 'finalized', $6, $7, $8, $9, $10,
        $11::bigint, $12, $13::integer, $14, $15, $16, true, $20, (
            SELECT b.sha256 FROM state_versions b
            WHERE b.workspace_id = w.id AND b.position < w.state_count AND b.sha256 IS NOT NULL
            ORDER BY b.position DESC LIMIT 1)
    FROM w RETURNING id)
INSERT INTO state_version_outputs ({{state_output_columns_written}})
SELECT r.id, sv.id, {{state_output_row}}
FROM sv, jsonb_populate_recordset(NULL::state_version_outputs, $19::jsonb) r;

-- The bytes of a pending version are here: it is final and current. previous_sha256 chains it to the one
-- before. $2 blob, $3 sha256, $4 size, $5 terraform_version, $6 format, $7 modules, $8 providers,
-- $9 resources, $10 resource count, $11 digest of the resources.
-- name: state_version_finalize :exec
WITH done AS (
    UPDATE state_versions sv SET status = 'finalized', blob_id = $2, sha256 = $3, size = $4::bigint,
        terraform_version = $5, state_version = $6::integer, modules = $7, providers = $8, resources = $9,
        resources_processed = true,
        previous_sha256 = (SELECT b.sha256 FROM state_versions b
                           WHERE b.workspace_id = sv.workspace_id AND b.position < sv.position AND b.sha256 IS NOT NULL
                           ORDER BY b.position DESC LIMIT 1)
    WHERE sv.id = $1 RETURNING sv.id, sv.workspace_id, sv.run_id)
UPDATE workspaces w SET current_state_version_id = done.id, resource_count = $10::integer, resources_digest = $11,
    output_ids = ARRAY(SELECT s.id FROM state_version_outputs s WHERE s.state_version_id = done.id ORDER BY s.position),
    latest_change_at = now(), updated_at = now(),
    auto_destroy_at = auto_destroy_after_change(w.auto_destroy_at, w.auto_destroy_activity_duration, done.run_id)
FROM done WHERE w.id = done.workspace_id;

-- Those that came first, from json-state-outputs, stay. $2 outputs.
-- name: state_version_output_create :exec
INSERT INTO state_version_outputs ({{state_output_columns_written}})
SELECT r.id, $1, {{state_output_row}}
FROM jsonb_populate_recordset(NULL::state_version_outputs, $2::jsonb) r
WHERE NOT EXISTS (SELECT 1 FROM state_version_outputs o WHERE o.state_version_id = $1);

-- Resources keep id and created_at while their address lives on. $2 state version, $3 a batch of
-- [{address, name, module, provider, provider_type, name_index}].
-- name: workspace_resource_merge :exec
INSERT INTO workspace_resources (id, workspace_id, address, name, module, provider, provider_type,
    name_index, seen_in, modified_by_state_version_id)
SELECT DISTINCT ON (r.address) new_id('wsr-'), $1, r.address, r.name, r.module, r.provider, r.provider_type,
    r.name_index, $2, $2
FROM jsonb_populate_recordset(NULL::workspace_resources, $3::jsonb) r
ON CONFLICT ON CONSTRAINT workspace_resources_address_key DO UPDATE SET seen_in = excluded.seen_in;

-- name: workspace_resource_prune :exec
DELETE FROM workspace_resources WHERE workspace_id = $1 AND seen_in <> $2;

-- For signed URLs: nobody is asked who they are.
-- name: state_version_object :one
SELECT sv.id, sv.workspace_id, sv.organization_id, sv.status, sv.md5, sv.position, sv.blob_id, sv.json_blob_id, sv.run_id,
       w.state_count
FROM state_versions sv JOIN workspaces w ON w.id = sv.workspace_id WHERE sv.id = $1;

-- name: state_version_lock :one
-- The version is locked too, because only locked rows are read anew after waiting: else it would look
-- pending when another upload has just finished, or a newer version has taken its place.
SELECT sv.status, sv.json_blob_id, sv.position, w.state_count, w.resources_digest
FROM (SELECT id, state_count, resources_digest FROM workspaces WHERE id = $2 FOR UPDATE) w
JOIN state_versions sv ON sv.workspace_id = w.id WHERE sv.id = $1 FOR UPDATE OF sv;

-- name: state_version_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT sv.id, sv.workspace_id, sv.organization_id, sv.status, sv.blob_id, sv.json_blob_id, sv.serial, sv.lineage, sv.md5,
           w.current_state_version_id, {{workspace_mask}} AS scope
    FROM state_versions sv {{state_version_workspace}}
    WHERE sv.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: state_version_in_workspace :one
SELECT id, status, serial, lineage, md5, blob_id, json_blob_id FROM state_versions WHERE id = $1 AND workspace_id = $2;

-- From status $3 to $2; no row when it is another by now.
-- name: state_version_set_status :one
UPDATE state_versions SET status = $2, retention_deleted_at = NULL,
    retention_kept_at = CASE WHEN $2 = 'finalized' THEN now() ELSE retention_kept_at END
WHERE id = $1 AND status = $3 RETURNING id;

-- name: state_version_forget :one
UPDATE state_versions SET status = 'backing_data_permanently_deleted', blob_id = NULL, json_blob_id = NULL,
    retention_deleted_at = NULL
WHERE id = $1 AND status = 'backing_data_soft_deleted' RETURNING id;

-- Clear values, sealed ones too: the caller opens them.
-- fragment: state_output_columns
s.id, s.name, s.sensitive, s.type, s.detailed_type, s.value, s.sealed_value

-- name: state_version_output_list :many
{{principal}}
SELECT p.auth, v.mask AS scope, (SELECT count(*) FROM state_version_outputs n WHERE n.state_version_id = v.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT sv.id, {{workspace_mask}} AS mask FROM state_versions sv {{state_version_workspace}}
    WHERE sv.id = $2 {{once}}) v ON v.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{state_output_columns}} FROM state_version_outputs s
    WHERE s.state_version_id = v.id ORDER BY s.position LIMIT $3 OFFSET $4) x ON true;

-- name: state_version_output_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{state_output_columns}}, {{workspace_mask}} AS scope
    FROM state_version_outputs s JOIN state_versions sv ON sv.id = s.state_version_id {{state_version_workspace}}
    WHERE s.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: state_version_output_include :many
{{principal}}
SELECT {{state_output_columns}}
FROM p, state_version_outputs s JOIN state_versions sv ON sv.id = s.state_version_id {{state_version_workspace}}
WHERE s.id = ANY ($2::text[]) AND {{workspace_mask}} & (1::bigint << 5) <> 0 ORDER BY s.position;

-- Sensitive values stay hidden here. state_id NULL: the workspace has no state (404).
-- name: workspace_current_outputs :many
{{principal}}
SELECT p.auth, s.mask AS scope,
       (SELECT count(*) FROM state_version_outputs n WHERE n.state_version_id = s.state_id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.current_state_version_id AS state_id, {{workspace_mask}} AS mask
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2 AND w.current_state_version_id IS NOT NULL {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT n.id, n.name, n.sensitive, n.type, n.detailed_type, n.value, NULL::text AS sealed_value
    FROM state_version_outputs n WHERE n.state_version_id = s.state_id ORDER BY n.position LIMIT $3 OFFSET $4) x ON true;

-- name: workspace_output_include :many
{{principal}}
SELECT s.id, s.name, s.sensitive, s.type, s.value
FROM p, state_version_outputs s JOIN state_versions sv ON sv.id = s.state_version_id {{state_version_workspace}}
WHERE s.id = ANY ($2::text[]) AND {{workspace_mask}} & (1::bigint << 5) <> 0 ORDER BY s.position;

-- $5 q.
-- name: workspace_resource_list :many
-- sort: name = r.name, r.id
-- sort: provider = r.provider, r.id
-- sort: module = r.module, r.id
{{principal}}
SELECT p.auth, s.mask AS scope, (
        SELECT count(*) FROM workspace_resources r
        WHERE r.workspace_id = s.id AND ($5::text IS NULL OR position($5 IN r.address) > 0)) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT r.id, r.address, r.name, r.module, r.provider, r.provider_type, r.name_index,
           r.modified_by_state_version_id, r.created_at::date AS created_at, r.updated_at::date AS updated_at
    FROM workspace_resources r
    WHERE r.workspace_id = s.id AND ($5::text IS NULL OR position($5 IN r.address) > 0)
    ORDER BY /*sort*/ r.address
    LIMIT $3 OFFSET $4) x ON true;
