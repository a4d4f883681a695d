-- Providers of the registry, their versions and platforms, and the keys that sign them
-- (today-registry-vcs.md sections 2 and 3). Members read (bit 28), who manages providers writes (bit 45).

-- fragment: registry_provider_columns
r.id, r.organization_id, r.registry_name, r.name, r.created_at, r.updated_at,
coalesce(r.namespace, o.name) AS namespace, o.name AS organization,
ARRAY(SELECT v.id FROM registry_provider_versions v WHERE v.provider_id = r.id ORDER BY v.sort_key DESC) AS version_ids

-- The path names it: $2 organization, $3 registry, $4 namespace, $5 name.
-- fragment: registry_provider_named
FROM registry_providers r JOIN organizations o ON o.id = r.organization_id
WHERE o.name = $2 AND r.registry_name = $3 AND coalesce(r.namespace, o.name) = $4 AND r.name = $5

-- name: registry_provider_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_provider_columns}}, {{organization_mask}} AS mask
    FROM registry_providers r JOIN organizations o ON o.id = r.organization_id
    WHERE r.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_provider_show_named :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_provider_columns}}, {{organization_mask}} AS mask
    {{registry_provider_named}} {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- $5 q, $6 filter[registry_name], $7 filter[organization_name].
-- name: registry_provider_list :many
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT r.id, r.created_at FROM scope s JOIN registry_providers r ON r.organization_id = s.id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(r.name)) > 0 OR position(lower($5) IN lower(r.namespace)) > 0)
      AND ($6::text IS NULL OR r.registry_name = $6) AND ($7::text IS NULL OR s.name = $7))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{registry_provider_columns}}, s.mask
    FROM (SELECT * FROM found ORDER BY created_at, id LIMIT $3 OFFSET $4) f
    JOIN registry_providers r ON r.id = f.id JOIN organizations o ON o.id = r.organization_id
    WHERE s.id IS NOT NULL ORDER BY f.created_at, f.id) x ON true;

-- name: registry_provider_create :exec
INSERT INTO registry_providers (id, organization_id, registry_name, namespace, name)
SELECT $1, $2, r.registry_name, r.namespace, r.name
FROM jsonb_populate_record(NULL::registry_providers, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- Nothing of a provider changes but its tags, which come after it.
-- name: registry_provider_update :exec
UPDATE registry_providers t SET updated_at = now()
WHERE t.id = $1 AND $2::text IS NOT NULL AND $3::text IS NOT NULL;

-- name: registry_provider_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.id, r.id AS scope_id, r.organization_id, r.registry_name, {{organization_mask}} AS scope
    {{registry_provider_named}} {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_provider_delete :exec
DELETE FROM registry_providers WHERE id = $1 AND $2::text IS NOT NULL;

-- --- Versions. Only private providers have some.

-- fragment: registry_provider_version_columns
v.id, v.provider_id, v.version, v.key_id, v.protocols, v.created_at, v.updated_at,
v.shasums_blob_id IS NOT NULL AS shasums_uploaded, v.shasums_sig_blob_id IS NOT NULL AS shasums_sig_uploaded,
ARRAY(SELECT f.id FROM registry_provider_platforms f WHERE f.version_id = v.id ORDER BY f.os, f.arch) AS platform_ids

-- $2 organization, $3 namespace, $4 name.
-- fragment: registry_provider_private
FROM registry_providers r JOIN organizations o ON o.id = r.organization_id
WHERE o.name = $2 AND r.registry_name = 'private' AND o.name = $3 AND r.name = $4

-- name: registry_provider_load_private :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.id, r.id AS scope_id, r.organization_id, {{organization_mask}} AS scope
    {{registry_provider_private}} {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_provider_version_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_provider_version_columns}}, {{organization_mask}} AS mask
    FROM registry_provider_versions v JOIN organizations o ON o.id = v.organization_id
    WHERE v.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_provider_version_show_named :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_provider_version_columns}}, r.mask
    FROM (SELECT r.id, {{organization_mask}} AS mask {{registry_provider_private}} {{once}}) r
    JOIN registry_provider_versions v ON v.provider_id = r.id AND v.version = $5
    ) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_provider_version_include :many
{{principal}}
SELECT {{registry_provider_version_columns}}, x.mask
FROM p, registry_provider_versions v JOIN organizations o ON o.id = v.organization_id,
    LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE v.id = ANY ($2::text[]) AND x.mask & (1::bigint << 28) <> 0;

-- name: registry_provider_version_list :many
{{principal}}
SELECT p.auth, s.mask AS scope,
       (SELECT count(*) FROM registry_provider_versions v WHERE v.provider_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT r.id, {{organization_mask}} AS mask {{registry_provider_private}} {{once}}) s
    ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{registry_provider_version_columns}}, s.mask FROM registry_provider_versions v
    WHERE v.provider_id = s.id ORDER BY v.sort_key DESC LIMIT $5 OFFSET $6) x ON true;

-- name: registry_provider_version_create :exec
INSERT INTO registry_provider_versions (id, organization_id, provider_id, version, sort_key, key_id, protocols)
SELECT $1, p.organization_id, p.id, r.version, version_sort_key(r.version), r.key_id, coalesce(r.protocols, '{5.0}')
FROM registry_providers p, jsonb_populate_record(NULL::registry_provider_versions, $3::jsonb) r
WHERE p.id = $2 AND $4::text IS NOT NULL;

-- name: registry_provider_version_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT v.id, v.id AS scope_id, v.organization_id, v.shasums_blob_id, v.shasums_sig_blob_id, r.mask AS scope
    FROM (SELECT r.id, {{organization_mask}} AS mask {{registry_provider_private}} {{once}}) r
    JOIN registry_provider_versions v ON v.provider_id = r.id AND v.version = $5
    ) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_provider_version_delete :exec
DELETE FROM registry_provider_versions WHERE id = $1 AND $2::text IS NOT NULL;

-- --- Platforms

-- fragment: registry_provider_platform_columns
f.id, f.version_id, f.os, f.arch, f.filename, f.shasum, f.blob_id IS NOT NULL AS provider_binary_uploaded

-- name: registry_provider_platform_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_provider_platform_columns}}, {{organization_mask}} AS mask
    FROM registry_provider_platforms f JOIN organizations o ON o.id = f.organization_id
    WHERE f.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- $5 version, $6 os, $7 arch.
-- name: registry_provider_platform_show_named :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_provider_platform_columns}}, r.mask
    FROM (SELECT r.id, {{organization_mask}} AS mask {{registry_provider_private}} {{once}}) r
    JOIN registry_provider_versions v ON v.provider_id = r.id AND v.version = $5
    JOIN registry_provider_platforms f ON f.version_id = v.id AND f.os = $6 AND f.arch = $7
    ) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_provider_platform_list :many
{{principal}}
SELECT p.auth, s.mask AS scope,
       (SELECT count(*) FROM registry_provider_platforms f WHERE f.version_id = s.version_id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT v.id AS version_id, r.mask
    FROM (SELECT r.id, {{organization_mask}} AS mask {{registry_provider_private}} {{once}}) r
    JOIN registry_provider_versions v ON v.provider_id = r.id AND v.version = $5) s
    ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{registry_provider_platform_columns}}, s.mask FROM registry_provider_platforms f
    WHERE f.version_id = s.version_id ORDER BY f.os, f.arch LIMIT $6 OFFSET $7) x ON true;

-- name: registry_provider_platform_create :exec
INSERT INTO registry_provider_platforms (id, organization_id, version_id, os, arch, filename, shasum)
SELECT $1, v.organization_id, v.id, r.os, r.arch, r.filename, r.shasum
FROM registry_provider_versions v, jsonb_populate_record(NULL::registry_provider_platforms, $3::jsonb) r
WHERE v.id = $2 AND $4::text IS NOT NULL;

-- name: registry_provider_platform_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT f.id, f.organization_id, f.blob_id, r.mask AS scope
    FROM (SELECT r.id, {{organization_mask}} AS mask {{registry_provider_private}} {{once}}) r
    JOIN registry_provider_versions v ON v.provider_id = r.id AND v.version = $5
    JOIN registry_provider_platforms f ON f.version_id = v.id AND f.os = $6 AND f.arch = $7
    ) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_provider_platform_delete :exec
DELETE FROM registry_provider_platforms WHERE id = $1 AND $2::text IS NOT NULL;

-- --- Their files, by signed URL: $1 which, $2 the version or platform.
-- name: registry_provider_file :one
SELECT a.organization_id, a.blob_id FROM (
    SELECT 'shasums' AS file, v.id, v.organization_id, v.shasums_blob_id AS blob_id FROM registry_provider_versions v
    UNION ALL
    SELECT 'shasums-sig', v.id, v.organization_id, v.shasums_sig_blob_id FROM registry_provider_versions v
    UNION ALL
    SELECT 'binary', f.id, f.organization_id, f.blob_id FROM registry_provider_platforms f) a
WHERE a.file = $1 AND a.id = $2;

-- A file comes once. $2 blob.
-- name: registry_provider_shasums_store :one
UPDATE registry_provider_versions SET shasums_blob_id = $2, updated_at = now()
WHERE id = $1 AND shasums_blob_id IS NULL RETURNING id;

-- name: registry_provider_shasums_sig_store :one
UPDATE registry_provider_versions SET shasums_sig_blob_id = $2, updated_at = now()
WHERE id = $1 AND shasums_sig_blob_id IS NULL RETURNING id;

-- name: registry_provider_binary_store :one
UPDATE registry_provider_platforms SET blob_id = $2 WHERE id = $1 AND blob_id IS NULL RETURNING id;

-- --- Keys. Who manages providers or modules manages them: such a caller gets both bits.
-- fragment: gpg_key_mask
(SELECT g.mask | CASE WHEN g.mask & ((1::bigint << 44) | (1::bigint << 45)) <> 0
                 THEN (1::bigint << 44) | (1::bigint << 45) ELSE 0 END
 FROM (SELECT {{organization_mask}} AS mask) g)

-- fragment: gpg_key_columns
k.id, k.key_id, k.ascii_armor, k.created_at, k.updated_at, k.organization_id, o.name AS namespace

-- name: gpg_key_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{gpg_key_columns}}, {{gpg_key_mask}} AS mask
    FROM gpg_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- $2 namespace, $3 key id.
-- name: gpg_key_show_named :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{gpg_key_columns}}, {{gpg_key_mask}} AS mask
    FROM gpg_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE o.name = $2 AND k.key_id = $3 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: gpg_key_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT k.id, k.organization_id, {{gpg_key_mask}} AS scope
    FROM gpg_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE o.name = $2 AND k.key_id = $3 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- Where a key is to go.
-- name: gpg_key_namespace_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.id AS scope_id, {{gpg_key_mask}} AS scope
    FROM organizations o WHERE o.name = $2 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- Of those namespaces that the caller may read; readable counts them. $4 filter[namespace].
-- name: gpg_key_list :many
{{principal}},
readable AS MATERIALIZED (
    SELECT o.* FROM p, organizations o, LATERAL (SELECT {{organization_mask}} AS mask) x
    WHERE o.name = ANY (string_to_array($4::text, ',')) AND x.mask & (1::bigint << 28) <> 0 AND x.mask > 0)
SELECT p.auth, 0 AS scope, (SELECT count(*) FROM readable) AS readable,
       (SELECT count(*) FROM gpg_keys k JOIN readable o ON o.id = k.organization_id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{gpg_key_columns}} FROM gpg_keys k JOIN readable o ON o.id = k.organization_id
    ORDER BY k.created_at, k.id LIMIT $2 OFFSET $3) x ON true;

-- name: gpg_key_create :exec
INSERT INTO gpg_keys (id, organization_id, key_id, ascii_armor)
SELECT $1, $2, r.key_id, r.ascii_armor
FROM jsonb_populate_record(NULL::gpg_keys, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: gpg_key_move :exec
UPDATE gpg_keys SET organization_id = $2, updated_at = now() WHERE id = $1;

-- name: gpg_key_delete :exec
DELETE FROM gpg_keys WHERE id = $1 AND $2::text IS NOT NULL;
