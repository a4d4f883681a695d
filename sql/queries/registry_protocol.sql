-- The protocols that the CLI speaks (today-registry-vcs.md section 5): only what is complete is there.

-- A module by its source address: $2 namespace, $3 name, $4 provider.
-- fragment: registry_source
(SELECT m.id, m.name, m.provider, o.name AS namespace, {{organization_mask}} AS mask
 FROM registry_modules m JOIN organizations o ON o.id = m.organization_id
 WHERE o.name = $2 AND m.registry_name = 'private' AND m.name = $3 AND m.provider = $4 {{once}})

-- The latest version: a release, if there is one.
-- fragment: registry_latest
split_part(v.version, '+', 1) LIKE '%-%', v.sort_key DESC

-- name: registry_protocol_version_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, s.namespace, s.name, s.provider, x.*
FROM p LEFT JOIN LATERAL {{registry_source}} s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT v.id, v.version, v.summary -> 'root' AS root, v.summary -> 'submodules' AS submodules, v.deprecated, v.deprecation_reason, v.deprecation_link
    FROM registry_module_versions v WHERE v.module_id = s.id AND v.status = 'ok' ORDER BY v.sort_key DESC) x ON true;

-- fragment: registry_module_document
v.id, v.version, v.contents -> 'root' AS root, v.contents -> 'submodules' AS submodules,
v.contents -> 'examples' AS examples, v.published_at,
ARRAY(SELECT w.version FROM registry_module_versions w WHERE w.module_id = v.module_id AND w.status = 'ok'
      ORDER BY w.sort_key DESC) AS versions,
ARRAY(SELECT n.provider FROM registry_modules n JOIN registry_modules m ON m.id = v.module_id
      WHERE n.organization_id = m.organization_id AND n.registry_name = 'private' AND n.name = m.name
      ORDER BY n.provider) AS providers

-- name: registry_protocol_module_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_document}}, s.mask, s.namespace, s.name, s.provider
    FROM {{registry_source}} s JOIN registry_module_versions v ON v.module_id = s.id AND v.status = 'ok'
    WHERE v.version = $5) x ON x.mask & (1::bigint << 28) <> 0;

-- name: registry_protocol_module_latest :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{registry_module_document}}, s.mask, s.namespace, s.name, s.provider
    FROM {{registry_source}} s JOIN registry_module_versions v ON v.module_id = s.id AND v.status = 'ok'
    ORDER BY {{registry_latest}} LIMIT 1) x ON x.mask & (1::bigint << 28) <> 0;

-- --- Lists. A number that is none is as if it were not there.
-- fragment: registry_list_window
SELECT CASE WHEN t.o ~ '^[0-9]{1,9}$' THEN t.o::bigint ELSE 0 END AS row_offset,
       CASE WHEN t.l ~ '^[1-9][0-9]{0,8}$' THEN least(t.l::bigint, 100) ELSE 15 END AS row_limit,
       t.namespace, t.name, t.provider, coalesce(t.verified = 'true', false) AS verified, t.q

-- fragment: registry_list_found
found AS MATERIALIZED (
    SELECT o.name AS namespace, m.name, m.provider, l.id, l.version, l.published_at
    FROM asked, reach o JOIN registry_modules m ON m.organization_id = o.id AND m.registry_name = 'private',
        LATERAL (SELECT v.id, v.version, v.published_at FROM registry_module_versions v
                 WHERE v.module_id = m.id AND v.status = 'ok' ORDER BY {{registry_latest}} LIMIT 1) l
    WHERE NOT asked.verified AND (asked.provider IS NULL OR m.provider = asked.provider)
      AND (asked.namespace IS NULL OR o.name = asked.namespace) AND (asked.name IS NULL OR m.name = asked.name)
      AND (asked.q IS NULL OR position(lower(asked.q) IN lower(o.name || '/' || m.name || '/' || m.provider)) > 0)),
page AS (
    SELECT f.* FROM found f ORDER BY f.namespace, f.name, f.provider, f.id
    LIMIT (SELECT row_limit FROM asked) OFFSET (SELECT row_offset FROM asked))

-- fragment: registry_reach_all
reach AS MATERIALIZED (
    SELECT o.id, o.name FROM p, LATERAL {{own_organizations}} JOIN organizations o ON o.id = belongs.id,
        LATERAL (SELECT {{organization_mask}} AS mask) x
    WHERE x.mask & (1::bigint << 28) <> 0 AND x.mask > 0)

-- fragment: registry_list_columns
(SELECT count(*) FROM found) AS total, asked.row_offset, asked.row_limit, x.*

-- Of all that the caller reads. $2 offset, $3 limit, $4 provider, $5 verified, $6 q, $7 namespace.
-- name: registry_protocol_module_list :many
{{principal}},
asked AS ({{registry_list_window}} FROM (
    SELECT $2::text AS o, $3::text AS l, $4::text AS provider, $5::text AS verified, $6::text AS q,
           $7::text AS namespace, NULL AS name) t),
{{registry_reach_all}}, {{registry_list_found}}
SELECT p.auth, 0 AS scope, {{registry_list_columns}}
FROM p CROSS JOIN asked
LEFT JOIN page x ON true
ORDER BY x.namespace, x.name, x.provider;

-- fragment: registry_reach_named
reach AS MATERIALIZED (
    SELECT o.id, o.name, o.mask FROM (
        SELECT o.id, o.name, {{organization_mask}} AS mask FROM p, organizations o WHERE o.name = $2 {{once}}) o
    WHERE o.mask & (1::bigint << 28) <> 0)

-- Of one namespace. $3 offset, $4 limit, $5 provider, $6 verified.
-- name: registry_protocol_namespace_list :many
{{principal}},
asked AS ({{registry_list_window}} FROM (
    SELECT $3::text AS o, $4::text AS l, $5::text AS provider, $6::text AS verified, NULL AS q,
           NULL AS namespace, NULL AS name) t),
{{registry_reach_named}}, {{registry_list_found}}
SELECT p.auth, (SELECT mask FROM reach) AS scope, {{registry_list_columns}}
FROM p CROSS JOIN asked LEFT JOIN page x ON true
ORDER BY x.namespace, x.name, x.provider;

-- The latest of each provider. $3 name, $4 offset, $5 limit.
-- name: registry_protocol_provider_list :many
{{principal}},
asked AS ({{registry_list_window}} FROM (
    SELECT $4::text AS o, $5::text AS l, NULL AS provider, NULL AS verified, NULL AS q, NULL AS namespace,
           $3::text AS name) t),
{{registry_reach_named}}, {{registry_list_found}}
SELECT p.auth, CASE WHEN EXISTS (SELECT FROM found) THEN (SELECT mask FROM reach) END AS scope,
       {{registry_list_columns}}
FROM p CROSS JOIN asked LEFT JOIN page x ON true
ORDER BY x.namespace, x.name, x.provider;

-- --- Providers: $2 namespace, $3 type, in whatever case the CLI writes them.
-- fragment: registry_provider_source
(SELECT r.id, r.organization_id, o.name AS namespace, r.name, {{organization_mask}} AS mask
 FROM registry_providers r JOIN organizations o ON o.id = r.organization_id
 WHERE o.id = coalesce((SELECT n.id FROM organizations n WHERE n.name = $2),
                       (SELECT n.id FROM organizations n WHERE lower(n.name) = lower($2)
                        ORDER BY n.created_at, n.id LIMIT 1))
   AND r.registry_name = 'private' AND lower(r.name) = lower($3) {{once}})

-- name: registry_protocol_provider_version_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.*
FROM p LEFT JOIN LATERAL {{registry_provider_source}} s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT v.id, v.version, v.protocols, f.platforms
    FROM registry_provider_versions v, LATERAL (
        SELECT json_agg(json_build_object('os', f.os, 'arch', f.arch) ORDER BY f.os, f.arch) AS platforms
        FROM registry_provider_platforms f WHERE f.version_id = v.id AND f.blob_id IS NOT NULL) f
    WHERE v.provider_id = s.id AND v.shasums_blob_id IS NOT NULL AND v.shasums_sig_blob_id IS NOT NULL
      AND f.platforms IS NOT NULL
    ORDER BY v.sort_key DESC) x ON true;

-- $4 version, $5 os, $6 arch. The sum is of the bytes that are there, not the announced one. Who names
-- the key by its whole fingerprint names it too.
-- name: registry_protocol_provider_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT f.id, v.id AS version_id, v.protocols, f.os, f.arch, f.filename, b.sha256, s.mask,
           (SELECT coalesce(json_agg(json_build_object('key_id', k.key_id, 'ascii_armor', k.ascii_armor,
                'trust_signature', '', 'source', '', 'source_url', NULL)), '[]')
            FROM gpg_keys k WHERE k.organization_id = s.organization_id AND k.key_id = right(upper(v.key_id), 16)) AS signing_keys
    FROM {{registry_provider_source}} s
    JOIN registry_provider_versions v ON v.provider_id = s.id AND v.version = $4
    JOIN registry_provider_platforms f ON f.version_id = v.id AND f.os = $5 AND f.arch = $6
    JOIN blobs b ON b.id = f.blob_id
    WHERE v.shasums_blob_id IS NOT NULL AND v.shasums_sig_blob_id IS NOT NULL) x
    ON x.mask & (1::bigint << 28) <> 0;
