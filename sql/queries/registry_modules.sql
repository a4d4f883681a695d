-- Modules of the registry and their versions (today-registry-vcs.md section 1). Members read (bit 28),
-- who manages modules writes (bit 44).

-- Every module is seen with the mask on its organization.
-- fragment: registry_module_columns
m.id, m.organization_id, m.registry_name, m.name, m.provider, m.created_at, m.updated_at,
CASE m.registry_name WHEN 'private' THEN 'non_vcs' END AS publishing_mechanism,
coalesce(m.namespace, o.name) AS namespace, o.name AS organization,
CASE WHEN m.registry_name = 'public' OR EXISTS (
    SELECT FROM registry_module_versions v WHERE v.module_id = m.id AND v.status = 'ok')
    THEN 'setup_complete' ELSE 'pending' END AS status,
(SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
        'version', v.version, 'status', v.status, 'error', v.error)) ORDER BY v.sort_key DESC), '[]')
 FROM registry_module_versions v WHERE v.module_id = m.id) AS version_statuses,
ARRAY(SELECT v.version FROM registry_module_versions v WHERE v.module_id = m.id AND v.revoked
      ORDER BY v.sort_key DESC) AS revoked_versions,
ARRAY(SELECT n.id FROM no_code_modules n WHERE n.registry_module_id = m.id) AS no_code_ids,
EXISTS (SELECT FROM no_code_modules n WHERE n.registry_module_id = m.id AND n.enabled) AS no_code

-- The path names it: $2 organization, $3 registry, $4 namespace, $5 name.
-- fragment: registry_module_named
FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
WHERE o.name = $2 AND m.registry_name = $3 AND coalesce(m.namespace, o.name) = $4 AND m.name = $5

-- What loads have in common. audit_id: the module, also where a version is written.
-- fragment: registry_module_load_columns
m.id, m.id AS scope_id, m.organization_id, m.registry_name, ARRAY[m.id] AS ids, m.id AS audit_id,
{{organization_mask}} AS scope

-- name: registry_module_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_columns}}, {{organization_mask}} AS mask
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    WHERE m.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_module_show_named :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_columns}}, {{organization_mask}} AS mask
    {{registry_module_named}} AND m.provider = $6 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- The path of 2017: $2 organization, $3 name, $4 provider.
-- name: registry_module_show_2017 :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_columns}}, {{organization_mask}} AS mask
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    WHERE o.name = $2 AND m.registry_name = 'private' AND m.name = $3 AND m.provider = $4
    {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- $5 q, $6 filter[registry_name], $7 filter[provider], $8 filter[organization_name].
-- name: registry_module_list :many
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT m.id, m.created_at FROM scope s JOIN registry_modules m ON m.organization_id = s.id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(m.name)) > 0 OR position(lower($5) IN lower(m.provider)) > 0
           OR position(lower($5) IN lower(m.namespace)) > 0)
      AND ($6::text IS NULL OR m.registry_name = $6) AND ($7::text IS NULL OR m.provider = $7)
      AND ($8::text IS NULL OR s.name = $8))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{registry_module_columns}}, s.mask
    FROM (SELECT * FROM found ORDER BY created_at, id LIMIT $3 OFFSET $4) f
    JOIN registry_modules m ON m.id = f.id JOIN organizations o ON o.id = m.organization_id
    WHERE s.id IS NOT NULL ORDER BY f.created_at, f.id) x ON true;

-- $3 name, $4 provider.
-- name: registry_module_validate :one
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, $3::text || '/' || $4::text AS id, $3::text AS module_name, $4::text AS provider_name,
       $3 ~ '^[A-Za-z0-9_-]{1,64}$' AND $4 ~ '^[A-Za-z0-9_-]{1,64}$' AND
       NOT EXISTS (SELECT FROM registry_modules m WHERE m.organization_id = s.id AND m.registry_name = 'private'
                   AND m.name = $3 AND m.provider = $4) AS valid
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0;

-- name: registry_module_create :exec
INSERT INTO registry_modules (id, organization_id, registry_name, namespace, name, provider)
SELECT $1, $2, r.registry_name, r.namespace, r.name, r.provider
FROM jsonb_populate_record(NULL::registry_modules, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- What changes of a module is beside it: no-code, tags.
-- name: registry_module_update :exec
UPDATE registry_modules t SET updated_at = now()
WHERE t.id = $1 AND $2::text IS NOT NULL AND $3::text IS NOT NULL;

-- $2 whether it is for use without code.
-- name: registry_module_no_code :exec
INSERT INTO no_code_modules (id, organization_id, registry_module_id, enabled)
SELECT new_id('nocode-'), m.organization_id, m.id, $2::boolean FROM registry_modules m
WHERE m.id = $1 AND ($2::boolean OR EXISTS (SELECT FROM no_code_modules n WHERE n.registry_module_id = m.id))
ON CONFLICT ON CONSTRAINT no_code_modules_registry_module_key
DO UPDATE SET enabled = excluded.enabled, updated_at = now();

-- name: registry_module_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_load_columns}}
    {{registry_module_named}} AND m.provider = $6 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_module_load_2017 :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_load_columns}}
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    WHERE o.name = $2 AND m.registry_name = 'private' AND m.name = $3 AND m.provider = $4
    {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- A name with all its providers.
-- fragment: registry_module_load_all
SELECT o.id AS organization_id, min(m.id) AS id, array_agg(m.id ORDER BY m.id) AS ids, min(m.id) AS audit_id,
       json_build_object('registry-modules', json_agg(m.id ORDER BY m.id)) AS audit_meta

-- name: registry_module_load_name :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.*, {{organization_mask}} AS scope
    FROM ({{registry_module_load_all}} {{registry_module_named}} GROUP BY o.id) n
    JOIN organizations o ON o.id = n.organization_id {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- The calls of 2017 know no registry: what has the name, in either.
-- name: registry_module_load_name_2017 :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.*, {{organization_mask}} AS scope
    FROM ({{registry_module_load_all}} FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
          WHERE o.name = $2 AND m.name = $3 GROUP BY o.id) n
    JOIN organizations o ON o.id = n.organization_id {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_module_load_provider_2017 :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.*, {{organization_mask}} AS scope
    FROM ({{registry_module_load_all}} FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
          WHERE o.name = $2 AND m.name = $3 AND m.provider = $4 GROUP BY o.id) n
    JOIN organizations o ON o.id = n.organization_id {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_module_delete :exec
DELETE FROM registry_modules WHERE id = ANY ($1::text[]);

-- The last version takes its module along.
-- name: registry_module_delete_empty :exec
DELETE FROM registry_modules m WHERE m.id = $1
  AND NOT EXISTS (SELECT FROM registry_module_versions v WHERE v.module_id = m.id);

-- --- Versions

-- fragment: registry_module_version_columns
v.id, v.version, v.status, v.error, v.source, v.commit_sha, v.created_at, v.updated_at, v.module_id,
v.deprecated, v.deprecation_reason, v.deprecation_link, v.revoked, v.revocation_message, v.revocation_link,
CASE WHEN v.deprecated THEN v.id END AS deprecation_id, {{registry_module_version_open}}

-- Whether bytes may still come: until somebody has taken them.
-- fragment: registry_module_version_open
(v.status <> 'ok' OR v.downloaded_at IS NULL) AS is_open

-- name: registry_module_version_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_version_columns}}, {{organization_mask}} AS mask
    FROM registry_module_versions v JOIN organizations o ON o.id = v.organization_id
    WHERE v.id = $2 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_module_version_include :many
{{principal}}
SELECT {{registry_module_version_columns}}
FROM p, registry_module_versions v JOIN organizations o ON o.id = v.organization_id,
    LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE v.id = ANY ($2::text[]) AND x.mask & (1::bigint << 28) <> 0;

-- $7 module_version.
-- name: registry_module_version_show_named :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_version_columns}}, {{organization_mask}} AS mask
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    JOIN registry_module_versions v ON v.module_id = m.id AND v.version = $7
    WHERE o.name = $2 AND m.registry_name = $3 AND coalesce(m.namespace, o.name) = $4 AND m.name = $5
      AND m.provider = $6 {{once}}) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_module_version_create :exec
INSERT INTO registry_module_versions (id, organization_id, module_id, version, sort_key, commit_sha)
SELECT $1, m.organization_id, m.id, r.version, version_sort_key(r.version), r.commit_sha
FROM registry_modules m, jsonb_populate_record(NULL::registry_module_versions, $3::jsonb) r
WHERE m.id = $2 AND $4::text IS NOT NULL;

-- fragment: registry_module_version_load_columns
v.id, m.id AS module_id, m.organization_id, m.registry_name, v.version, v.blob_id, v.deprecated, v.revoked,
m.id AS audit_id, json_build_object('version', v.version) AS audit_meta, {{organization_mask}} AS scope

-- name: registry_module_version_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_version_load_columns}}
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    JOIN registry_module_versions v ON v.module_id = m.id AND v.version = $7
    WHERE o.name = $2 AND m.registry_name = $3 AND coalesce(m.namespace, o.name) = $4 AND m.name = $5
      AND m.provider = $6 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_module_version_load_2017 :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_version_load_columns}}
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    JOIN registry_module_versions v ON v.module_id = m.id AND v.version = $5
    WHERE o.name = $2 AND m.registry_name = 'private' AND m.name = $3 AND m.provider = $4
    {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: registry_module_version_delete :exec
DELETE FROM registry_module_versions WHERE id = $1;

-- name: registry_module_version_deprecate :exec
UPDATE registry_module_versions SET updated_at = now(), deprecated = $2::boolean, deprecation_reason = $3,
    deprecation_link = $4 WHERE id = $1;

-- name: registry_module_version_revoke :exec
UPDATE registry_module_versions SET updated_at = now(), revoked = $2::boolean, revocation_message = $3,
    revocation_link = $4 WHERE id = $1;

-- For signed URLs: nobody is asked who they are.
-- name: registry_module_version_object :one
SELECT v.id, v.organization_id, v.status, v.blob_id, m.name, {{registry_module_version_open}}
FROM registry_module_versions v JOIN registry_modules m ON m.id = v.module_id WHERE v.id = $1;

-- name: registry_module_version_lock :one
SELECT v.id, v.status, v.blob_id, {{registry_module_version_open}}
FROM registry_module_versions v WHERE v.id = $1 FOR UPDATE;

-- $2 blob, $3 summary, $4 contents.
-- name: registry_module_version_publish :exec
WITH published AS (
    UPDATE registry_module_versions SET status = 'ok', error = NULL, blob_id = $2, summary = $3::jsonb,
        contents = $4::jsonb, updated_at = now(), published_at = now()
    WHERE id = $1 RETURNING module_id)
UPDATE registry_modules m SET updated_at = now() FROM published WHERE m.id = published.module_id;

-- What was refused leaves a version that has its bytes as it is. $2 why.
-- name: registry_module_version_fail :exec
UPDATE registry_module_versions SET status = 'reg_ingress_failed', error = $2, updated_at = now()
WHERE id = $1 AND status <> 'ok';

-- The first download only, so that all others cost no write.
-- name: registry_module_version_downloaded :exec
UPDATE registry_module_versions SET downloaded_at = now() WHERE id = $1 AND downloaded_at IS NULL;

-- --- Bindings of tags, of modules and providers alike: $2 the module or provider.

-- name: registry_module_binding_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT m.id, {{organization_mask}} AS mask
    FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
    WHERE m.id = $2 {{once}}) s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT b.id, b.key, b.value, b.created_at FROM tag_bindings b WHERE b.registry_module_id = s.id
    ORDER BY b.created_at, b.key LIMIT $3 OFFSET $4) x ON true;

-- name: registry_provider_binding_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.id, {{organization_mask}} AS mask
    FROM registry_providers r JOIN organizations o ON o.id = r.organization_id
    WHERE r.id = $2 {{once}}) s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT b.id, b.key, b.value, b.created_at FROM tag_bindings b WHERE b.registry_provider_id = s.id
    ORDER BY b.created_at, b.key LIMIT $3 OFFSET $4) x ON true;

-- name: registry_binding_clear :exec
DELETE FROM tag_bindings WHERE id IN (
    SELECT id FROM tag_bindings WHERE registry_module_id = $1
    UNION ALL SELECT id FROM tag_bindings WHERE registry_provider_id = $2);

-- $1 organization, $2 module, $3 provider, $4 [{key, value}].
-- name: registry_binding_create :exec
INSERT INTO tag_bindings (id, organization_id, registry_module_id, registry_provider_id, key, value, created_at)
SELECT new_id('tb-'), $1, $2, $3, f.key, coalesce(f.value, ''), clock_timestamp()
FROM jsonb_to_recordset($4::jsonb) f(key text, value text);
