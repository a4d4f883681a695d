-- SCIM as the site administrator sees it (today-admin.md 7.5).

-- fragment: scim_settings_rows
(SELECT s.*, g.display_name AS site_admin_group_display_name, a.enabled AS saml_enabled, a.provider_type
 FROM saml_settings a, scim_settings s LEFT JOIN scim_groups g ON g.id = s.site_admin_group_scim_id) x ON p.is_site_admin

-- name: scim_settings_show :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN {{scim_settings_rows}};

-- name: scim_settings_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, x.* FROM p LEFT JOIN {{scim_settings_rows}} AND x.id = $2;

-- name: scim_settings_update :exec
UPDATE scim_settings t SET (enabled, paused, site_admin_group_scim_id)
  = (SELECT r.enabled, r.paused AND r.enabled, r.site_admin_group_scim_id FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- People, teams and administrators stay as they are; who has made them is forgotten.
-- name: scim_settings_reset :exec
WITH off AS (
    UPDATE scim_settings SET enabled = false, paused = false, site_admin_group_scim_id = NULL WHERE id = $1),
tokens_gone AS (DELETE FROM tokens WHERE kind = 'scim'),
users_gone AS (DELETE FROM scim_users),
memberships AS (UPDATE organization_memberships SET is_scim_made = false WHERE is_scim_made)
DELETE FROM scim_groups;

-- name: scim_admins_set :one
SELECT scim_sync_admins() IS NULL AS done WHERE $1::text IS NOT NULL;

-- name: scim_token_list :many
{{principal}}
SELECT p.auth, {{site_scope}}, (SELECT count(*) FROM tokens k WHERE k.kind = 'scim') AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{token_columns}} FROM tokens k WHERE k.kind = 'scim' AND p.is_site_admin
    ORDER BY k.created_at, k.id LIMIT $2 OFFSET $3) x ON true;

-- name: scim_token_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{token_columns}}, 0 AS scope FROM tokens k
    WHERE k.id = $2 AND k.kind = 'scim' AND p.is_site_admin) x ON true;

-- A minute for clocks that differ.
-- name: scim_token_load :one
{{principal}}
SELECT p.auth, {{site_scope}}, NULL AS id, s.enabled AS scim_enabled,
       now() + interval '29 days' - interval '1 minute' AS earliest, now() + interval '365 days' + interval '1 minute' AS latest
FROM p, scim_settings s;

-- name: scim_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, description, created_by, expired_at)
SELECT $1, 'scim', r.secret_hash, r.description, $4, coalesce(r.expired_at, now() + interval '365 days')
FROM jsonb_populate_record(NULL::tokens, $3::jsonb) r WHERE $2::text IS NULL;

-- $2 limit, $3 offset, $4 q.
-- name: admin_scim_group_list :many
{{principal}},
found AS MATERIALIZED (
    SELECT g.id, g.display_name, g.created_at FROM scim_groups g
    WHERE $4::text IS NULL OR position(lower($4) IN lower(g.display_name)) > 0)
SELECT p.auth, {{site_scope}}, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT g.id, g.display_name FROM found g ORDER BY g.created_at, g.id LIMIT $2 OFFSET $3) x ON true;

-- name: scim_group_find :one
SELECT g.id, s.enabled AS scim_enabled, coalesce(s.site_admin_group_scim_id = g.id, false) AS is_site_admin_group
FROM scim_groups g, scim_settings s WHERE g.id = $1;

-- name: team_scim_group_find :many
SELECT l.team_id AS id FROM team_scim_groups l WHERE l.group_id = $1;

-- name: team_scim_group_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT t.id, t.organization_id, t.is_owners, l.group_id, 0 AS scope
    FROM teams t LEFT JOIN team_scim_groups l ON l.team_id = t.id WHERE t.id = $2) x ON p.is_site_admin;

-- name: team_scim_group_create :exec
INSERT INTO team_scim_groups (team_id, group_id) VALUES ($1, $2);

-- name: team_scim_group_update :exec
UPDATE team_scim_groups t SET sync_paused = coalesce(($2::jsonb ->> 'scim_sync_paused')::boolean, t.sync_paused),
    updated_at = now()
WHERE t.team_id = $1;

-- name: team_scim_group_delete :exec
DELETE FROM team_scim_groups WHERE team_id = $1;

-- name: scim_team_sync :many
SELECT jsonb_build_object('added', s.added, 'removed', s.removed) AS meta FROM scim_sync(NULL, $1) s;

-- What a team shows while SCIM is enabled; nothing otherwise. t is the team.
-- fragment: scim_team_columns
(SELECT EXISTS (SELECT 1 FROM team_scim_groups l WHERE l.team_id = t.id)
 FROM scim_settings s WHERE s.id = 'scim' AND s.enabled) AS scim_linked,
(SELECT g.display_name FROM team_scim_groups l JOIN scim_groups g ON g.id = l.group_id WHERE l.team_id = t.id) AS scim_group_name,
(SELECT l.sync_paused FROM team_scim_groups l WHERE l.team_id = t.id) AS scim_sync_paused,
(SELECT l.updated_at FROM team_scim_groups l WHERE l.team_id = t.id) AS scim_updated_at

-- The same of user u.
-- fragment: scim_account_columns
(SELECT EXISTS (SELECT 1 FROM scim_users m WHERE m.user_id = u.id AND m.deleted_at IS NULL)
 FROM scim_settings s WHERE s.id = 'scim' AND s.enabled) AS is_scim_managed,
(SELECT m.user_name FROM scim_users m WHERE m.user_id = u.id AND m.deleted_at IS NULL) AS scim_username,
(SELECT m.updated_at FROM scim_users m WHERE m.user_id = u.id AND m.deleted_at IS NULL) AS scim_updated_at
