-- Single policies (today-governance.md section 1).

-- fragment: policy_columns
pol.id, pol.name, pol.description, pol.kind, pol.query, pol.enforcement_level, pol.uploaded_at AS updated_at,
CASE WHEN pol.uploaded_at IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
    'path', pol.name || CASE pol.kind WHEN 'opa' THEN '.rego' ELSE '.sentinel' END, 'mode', pol.enforcement_level)) END AS enforce,
CASE WHEN pol.uploaded_at IS NOT NULL THEN pol.id END AS download_id, o.name AS organization,
(SELECT count(*) FROM policy_set_policies l WHERE l.policy_id = pol.id) AS policy_set_count,
ARRAY(SELECT l.policy_set_id FROM policy_set_policies l WHERE l.policy_id = pol.id ORDER BY l.policy_set_id) AS policy_set_ids

-- name: policy_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_columns}}, {{organization_mask}} AS scope
    FROM policies pol JOIN organizations o ON o.id = pol.organization_id
    WHERE pol.id = $2 {{once}}) x ON x.scope & (1::bigint << 37) <> 0;

-- name: policy_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT pol.id, pol.organization_id, pol.name, pol.kind, pol.blob_id, {{organization_mask}} AS scope
    FROM policies pol JOIN organizations o ON o.id = pol.organization_id
    WHERE pol.id = $2 {{once}}) x ON x.scope & (1::bigint << 37) <> 0;

-- name: policy_include :many
{{principal}}
SELECT {{policy_columns}} FROM p, policies pol JOIN organizations o ON o.id = pol.organization_id
WHERE pol.id = ANY ($2::text[]) AND {{organization_mask}} & (1::bigint << 37) <> 0 ORDER BY pol.created_at, pol.id;

-- $5 search[name], $6 filter[kind].
-- name: policy_list :many
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT pol.* FROM scope s JOIN policies pol ON pol.organization_id = s.id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(pol.name)) > 0) AND ($6::text IS NULL OR pol.kind = $6))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 37) <> 0
LEFT JOIN LATERAL (
    SELECT {{policy_columns}}
    FROM (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $3 OFFSET $4) pol
    JOIN organizations o ON o.id = pol.organization_id ORDER BY pol.created_at, pol.id) x ON s.id IS NOT NULL;

-- name: policy_create :exec
INSERT INTO policies (id, organization_id, name, description, kind, query, enforcement_level, created_at)
SELECT $1, $2, r.name, r.description, r.kind, r.query, r.enforcement_level, clock_timestamp()
FROM jsonb_populate_record(NULL::policies, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: policy_update :exec
UPDATE policies t SET (description, query, enforcement_level)
  = (SELECT r.description, r.query, r.enforcement_level FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: policy_delete :exec
DELETE FROM policies WHERE id = $1 AND $2::text IS NOT NULL;

-- name: policy_lock :one
SELECT pol.id, pol.blob_id FROM policies pol WHERE pol.id = $1 FOR UPDATE;

-- name: policy_uploaded :exec
UPDATE policies SET blob_id = $2, uploaded_at = now() WHERE id = $1;

-- The sets among $3 that policy $2 cannot be put into ($1 token).
-- name: policy_unlinkable_set :many
{{principal}}
SELECT f.id, true AS visible FROM p, unnest($3::text[]) f(id) CROSS JOIN policies pol
LEFT JOIN policy_sets ps ON ps.id = f.id AND ps.organization_id = pol.organization_id
WHERE pol.id = $2 AND (ps.kind = pol.kind AND NOT {{policy_set_versioned}}) IS NOT TRUE;

-- name: policy_attach :exec
INSERT INTO policy_set_policies (policy_set_id, policy_id, organization_id)
SELECT f.id, pol.id, pol.organization_id FROM policies pol, unnest($2::text[]) f(id) WHERE pol.id = $1
ON CONFLICT ON CONSTRAINT policy_set_policies_pkey DO NOTHING;

-- name: policy_detach_others :exec
DELETE FROM policy_set_policies WHERE policy_id = $1 AND policy_set_id <> ALL ($2::text[]);
