-- SCIM 2.0: what an identity provider asks and changes. A SCIM token is of no organization and opens
-- nothing else ({{principal}} does not know it).

-- name: scim_caller :one
SELECT t.id, s.enabled, s.paused, t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS touch
FROM tokens t JOIN scim_settings s ON s.id = 'scim'
WHERE t.secret_hash = $1 AND t.kind = 'scim' AND t.expired_at > now();

-- User s with the account u. active is what holds here, whoever has decided it.
-- fragment: scim_user_columns
u.id, s.user_name, s.external_id, s.display_name, s.given_name, s.family_name, u.email,
NOT u.is_disabled AS active, s.created_at, s.updated_at,
(SELECT coalesce(jsonb_agg(jsonb_build_object('value', g.id, 'display', g.display_name) ORDER BY g.created_at, g.id), '[]')
 FROM scim_group_members m JOIN scim_groups g ON g.id = m.group_id WHERE m.user_id = s.user_id) AS groups

-- name: scim_user_show :one
SELECT {{scim_user_columns}} FROM scim_users s JOIN users u ON u.id = s.user_id
WHERE s.user_id = $1 AND s.deleted_at IS NULL;

-- $4 externalId, $5 id, $6 emails, $7 displayName, $8 active.
-- fragment: scim_user_wanted
s.deleted_at IS NULL AND ($4::text IS NULL OR s.external_id = $4) AND ($5::text IS NULL OR s.user_id = $5)
AND ($6::text IS NULL OR lower(u.email) = lower($6)) AND ($7::text IS NULL OR lower(s.display_name) = lower($7))
AND ($8::text IS NULL OR u.is_disabled <> (lower($8) = 'true'))

-- fragment: scim_user_page
SELECT c.total, x.* FROM (SELECT count(*) AS total FROM found) c LEFT JOIN LATERAL (
    SELECT {{scim_user_columns}} FROM found s JOIN users u ON u.id = s.user_id
    ORDER BY s.created_at, s.user_id LIMIT $1 OFFSET $2) x ON true

-- $1 limit, $2 offset, $3 nothing, then what the filter wants.
-- name: scim_user_list :many
WITH found AS MATERIALIZED (
    SELECT s.* FROM scim_users s JOIN users u ON u.id = s.user_id WHERE $3::text IS NULL AND {{scim_user_wanted}})
{{scim_user_page}};

-- The same for one userName ($3), which a provider asks for before each new user: by the index.
-- name: scim_user_list_named :many
WITH found AS MATERIALIZED (
    SELECT s.* FROM scim_users s JOIN users u ON u.id = s.user_id
    WHERE lower(s.user_name) = lower($3) AND {{scim_user_wanted}})
{{scim_user_page}};

-- name: scim_user_create :one
SELECT scim_user_make($1, $2::jsonb) AS id;

-- name: scim_user_update :one
SELECT scim_user_change($1, $2::jsonb) AS found;

-- name: scim_user_groups :many
SELECT m.group_id AS id FROM scim_group_members m WHERE m.user_id = $1 ORDER BY m.group_id;

-- name: scim_user_delete :one
WITH gone AS (
    UPDATE scim_users SET deleted_at = now(), active = false, updated_at = now()
    WHERE user_id = $1 AND deleted_at IS NULL RETURNING user_id),
left_groups AS (DELETE FROM scim_group_members m USING gone WHERE m.user_id = gone.user_id)
SELECT gone.user_id AS id, scim_user_enable(gone.user_id, false) IS NULL AS done FROM gone;

-- fragment: scim_group_columns
g.id, g.display_name, g.external_id, g.created_at, g.updated_at,
(SELECT coalesce(jsonb_agg(jsonb_build_object('value', s.user_id, 'display', s.user_name) ORDER BY s.created_at, s.user_id), '[]')
 FROM scim_group_members m JOIN scim_users s ON s.user_id = m.user_id WHERE m.group_id = g.id) AS members

-- name: scim_group_show :one
SELECT {{scim_group_columns}} FROM scim_groups g WHERE g.id = $1;

-- $4 externalId, $5 id, $6 a member.
-- fragment: scim_group_wanted
($4::text IS NULL OR g.external_id = $4) AND ($5::text IS NULL OR g.id = $5)
AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM scim_group_members m WHERE m.group_id = g.id AND m.user_id = $6))

-- fragment: scim_group_page
SELECT c.total, x.* FROM (SELECT count(*) AS total FROM found) c LEFT JOIN LATERAL (
    SELECT {{scim_group_columns}} FROM found g ORDER BY g.created_at, g.id LIMIT $1 OFFSET $2) x ON true

-- $1 limit, $2 offset, $3 nothing.
-- name: scim_group_list :many
WITH found AS MATERIALIZED (SELECT g.* FROM scim_groups g WHERE $3::text IS NULL AND {{scim_group_wanted}})
{{scim_group_page}};

-- The same for one displayName ($3).
-- name: scim_group_list_named :many
WITH found AS MATERIALIZED (
    SELECT g.* FROM scim_groups g WHERE lower(g.display_name) = lower($3) AND {{scim_group_wanted}})
{{scim_group_page}};

-- name: scim_group_create :exec
INSERT INTO scim_groups (id, display_name, external_id) VALUES ($1, $2, $3);

-- name: scim_group_lock :one
UPDATE scim_groups SET updated_at = now() WHERE id = $1 RETURNING id;

-- name: scim_group_rename :exec
UPDATE scim_groups SET display_name = $2 WHERE id = $1;

-- name: scim_group_external_id :exec
UPDATE scim_groups SET external_id = $2 WHERE id = $1;

-- name: scim_group_delete :exec
DELETE FROM scim_groups WHERE id = $1;

-- Those of $1 that the provider has not made, or has deleted.
-- name: scim_member_unknown :many
SELECT f.id FROM unnest($1::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM scim_users s WHERE s.user_id = f.id AND s.deleted_at IS NULL);

-- Locked, so that nobody joins who is just being deleted.
-- name: scim_member_add :exec
INSERT INTO scim_group_members (group_id, user_id)
SELECT $1, s.user_id FROM scim_users s WHERE s.user_id = ANY ($2::text[]) AND s.deleted_at IS NULL FOR SHARE
ON CONFLICT ON CONSTRAINT scim_group_members_pkey DO NOTHING;

-- $2 NULL: everybody.
-- name: scim_member_remove :exec
DELETE FROM scim_group_members WHERE group_id = $1 AND ($2::text[] IS NULL OR user_id = ANY ($2::text[]));

-- The teams that change with group $1, as events of the audit trail.
-- name: scim_group_sync :many
SELECT s.team, s.organization, jsonb_build_object('added', s.added, 'removed', s.removed) AS meta
FROM scim_sync($1, NULL) s;

-- name: scim_admin_sync :one
SELECT CASE WHEN s.site_admin_group_scim_id = $1 THEN scim_sync_admins() IS NULL END AS done
FROM scim_settings s;
