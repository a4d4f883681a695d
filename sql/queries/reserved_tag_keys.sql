-- Keys that the organization reserves for its projects (today-workspaces.md 7.3).

-- fragment: reserved_tag_key_columns
k.id, k.organization_id, k.key, k.disable_overrides, k.created_at, k.updated_at, o.name AS organization

-- name: reserved_tag_key_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{reserved_tag_key_columns}}, {{organization_mask}} AS mask
    FROM reserved_tag_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.id = $2) x ON x.mask & (1::bigint << 47) <> 0;

-- name: reserved_tag_key_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM reserved_tag_keys k WHERE k.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{reserved_tag_key_columns}} FROM reserved_tag_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.organization_id = s.id ORDER BY k.created_at, k.id LIMIT $3 OFFSET $4) x ON true;

-- name: reserved_tag_key_create :exec
INSERT INTO reserved_tag_keys (id, organization_id, key, disable_overrides)
SELECT $1, $2, r.key, r.disable_overrides
FROM jsonb_populate_record(NULL::reserved_tag_keys, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: reserved_tag_key_update :exec
UPDATE reserved_tag_keys t SET updated_at = now(), (key, disable_overrides)
  = (SELECT r.key, r.disable_overrides FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: reserved_tag_key_delete :exec
DELETE FROM reserved_tag_keys WHERE id = $1 AND $2::text IS NOT NULL;
