-- Versions of tools (today-admin.md section 2).

-- Version v; usage counts the workspaces that name it.
-- fragment: tool_version_columns
v.id, v.tool, v.version, v.url, v.sha, v.archs, v.deprecated, v.deprecated_reason, v.official, v.enabled, v.beta,
v.created_at,
(SELECT count(*) FROM workspaces w WHERE v.tool = 'terraform' AND w.terraform_version = v.version) AS usage

-- $4 filter[version], $5 search[version].
-- fragment: tool_version_wanted
($4::text IS NULL OR v.version = $4) AND ($5::text IS NULL OR position($5 IN v.version) > 0)

-- $1 id, $3 document with the tool, $4 who.
-- name: tool_version_create :exec
INSERT INTO tool_versions (id, tool, version, url, sha, archs, deprecated, deprecated_reason, official, enabled, beta)
SELECT $1, r.tool, r.version, r.url, r.sha, r.archs, r.deprecated, CASE WHEN r.deprecated THEN r.deprecated_reason END,
       r.official, r.enabled, r.beta
FROM jsonb_populate_record(NULL::tool_versions, $3::jsonb) r WHERE $2::text IS NULL AND $4::text IS NOT NULL;

-- name: tool_version_update :exec
UPDATE tool_versions t SET (version, url, sha, archs, deprecated, deprecated_reason, official, enabled, beta)
  = (SELECT r.version, r.url, r.sha, r.archs, r.deprecated, CASE WHEN r.deprecated THEN r.deprecated_reason END,
     r.official, r.enabled, r.beta FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: tool_version_delete :exec
DELETE FROM tool_versions WHERE id = $1;

-- A version that a workspace may not name: official versions are listed, and it is not among those that
-- are enabled.
-- name: terraform_version_refused :one
SELECT $1::text AS version
WHERE EXISTS (SELECT 1 FROM tool_versions v WHERE v.tool = 'terraform' AND v.official)
  AND NOT EXISTS (SELECT 1 FROM tool_versions v WHERE v.tool = 'terraform' AND v.version = $1 AND v.enabled);

-- name: terraform_version_list :many
{{principal}}
SELECT p.auth, {{site_scope}},
       (SELECT count(*) FROM tool_versions v WHERE v.tool = 'terraform' AND {{tool_version_wanted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{tool_version_columns}} FROM tool_versions v
    WHERE p.is_site_admin AND v.tool = 'terraform' AND {{tool_version_wanted}}
    ORDER BY v.created_at DESC, v.id DESC LIMIT $2 OFFSET $3) x ON true;

-- name: terraform_version_load :one
{{principal}}
SELECT p.auth, {{site_scope}}, NULL AS id, 'terraform' AS tool FROM p;

-- name: terraform_version_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{tool_version_columns}}, 0 AS scope FROM tool_versions v
    WHERE p.is_site_admin AND v.tool = 'terraform' AND v.id = $2) x ON true;

-- name: opa_version_list :many
{{principal}}
SELECT p.auth, {{site_scope}},
       (SELECT count(*) FROM tool_versions v WHERE v.tool = 'opa' AND {{tool_version_wanted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{tool_version_columns}} FROM tool_versions v
    WHERE p.is_site_admin AND v.tool = 'opa' AND {{tool_version_wanted}}
    ORDER BY v.created_at DESC, v.id DESC LIMIT $2 OFFSET $3) x ON true;

-- name: opa_version_load :one
{{principal}}
SELECT p.auth, {{site_scope}}, NULL AS id, 'opa' AS tool FROM p;

-- name: opa_version_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{tool_version_columns}}, 0 AS scope FROM tool_versions v
    WHERE p.is_site_admin AND v.tool = 'opa' AND v.id = $2) x ON true;

-- name: sentinel_version_list :many
{{principal}}
SELECT p.auth, {{site_scope}},
       (SELECT count(*) FROM tool_versions v WHERE v.tool = 'sentinel' AND {{tool_version_wanted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{tool_version_columns}} FROM tool_versions v
    WHERE p.is_site_admin AND v.tool = 'sentinel' AND {{tool_version_wanted}}
    ORDER BY v.created_at DESC, v.id DESC LIMIT $2 OFFSET $3) x ON true;

-- name: sentinel_version_load :one
{{principal}}
SELECT p.auth, {{site_scope}}, NULL AS id, 'sentinel' AS tool FROM p;

-- name: sentinel_version_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{tool_version_columns}}, 0 AS scope FROM tool_versions v
    WHERE p.is_site_admin AND v.tool = 'sentinel' AND v.id = $2) x ON true;
