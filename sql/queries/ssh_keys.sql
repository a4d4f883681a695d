-- SSH keys of an organization (today-workspaces.md section 15). Who manages a workspace may see them.

-- fragment: ssh_key_columns
k.id, k.organization_id, k.name, k.created_at, o.name AS organization

-- name: ssh_key_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{ssh_key_columns}}, {{organization_mask}} AS mask
    FROM ssh_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.id = $2) x ON x.mask & (1::bigint << 41) <> 0;

-- name: ssh_key_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM ssh_keys k WHERE k.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{ssh_key_columns}} FROM ssh_keys k JOIN organizations o ON o.id = k.organization_id
    WHERE k.organization_id = s.id ORDER BY k.created_at, k.id LIMIT $3 OFFSET $4) x ON true;

-- name: ssh_key_create :exec
INSERT INTO ssh_keys (id, organization_id, name, sealed_value)
SELECT $1, $2, r.name, r.sealed_value FROM jsonb_populate_record(NULL::ssh_keys, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: ssh_key_update :exec
UPDATE ssh_keys t SET name = (SELECT r.name FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: ssh_key_delete :exec
DELETE FROM ssh_keys WHERE id = $1 AND $2::text IS NOT NULL;
