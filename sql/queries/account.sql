-- Users and the caller's own account (today-access.md section 2).
--
-- A team or organization token acts as a service user: a user that is made up of the team or
-- organization and has no row of its own.

-- The caller's service user; none for a user token.
-- fragment: service_user
SELECT 'user-' || split_part(coalesce(p.team_id, p.organization_id), '-', 2) AS id,
       CASE WHEN p.team_id IS NULL THEN 'api-org-' || o.name ELSE 'api-' || p.team_id END AS username,
       true AS is_service_account, false AS is_self
FROM organizations o WHERE o.id = p.organization_id AND p.user_id IS NULL

-- Seen by whoever is in an organization with u.
-- fragment: user_visible
(u.id = p.user_id OR EXISTS (
    SELECT 1 FROM organization_memberships m WHERE m.user_id = u.id AND (
        m.organization_id = p.organization_id
        OR EXISTS (SELECT 1 FROM organization_memberships mine
                   WHERE mine.organization_id = m.organization_id AND mine.user_id = p.user_id
                     AND mine.status = 'active'))))

-- name: user_show :one
{{principal}}
SELECT p.auth, CASE WHEN x.id IS NOT NULL THEN 0 END AS scope, x.*
FROM p LEFT JOIN LATERAL (
    SELECT u.id, u.username, u.is_service_account, u.id = p.user_id AS is_self
    FROM users u WHERE u.id = $2 AND {{user_visible}}
    UNION ALL
    SELECT s.* FROM ({{service_user}}) s WHERE s.id = $2) x ON true;

-- For include: those of the users $2 that the caller sees.
-- name: user_include :many
{{principal}}
SELECT u.id, u.username, u.is_service_account, u.id IS NOT DISTINCT FROM p.user_id AS is_self
FROM p, users u WHERE u.id = ANY ($2::text[]) AND {{user_visible}};

-- fragment: account_columns
coalesce(u.id, s.id) AS id, coalesce(u.username, s.username) AS username,
u.is_service_account IS NOT FALSE AS is_service_account, u.id IS NOT NULL AS is_self, u.email, u.unconfirmed_email, p.is_site_admin,
{{scim_account_columns}}, {{may_create_organization}} AS may_create_organization,
CASE p.kind WHEN 'user' THEN 'users/' || p.user_id WHEN 'team' THEN 'teams/' || p.team_id
            ELSE 'organizations/' || (SELECT o.name FROM organizations o WHERE o.id = p.organization_id)
END AS authenticated_resource

-- name: account_show :one
{{principal}}
SELECT p.auth, 0 AS scope, {{account_columns}}
FROM p LEFT JOIN users u ON u.id = p.user_id LEFT JOIN LATERAL ({{service_user}}) s ON true;

-- The same after a write, whose reply names the id.
-- name: account_reply :one
{{principal}}
SELECT p.auth, 0 AS scope, {{account_columns}}
FROM p JOIN users u ON u.id = p.user_id AND u.id = $2 LEFT JOIN LATERAL ({{service_user}}) s ON true;

-- name: account_load :one
{{principal}}
SELECT p.auth, 0 AS scope, u.id, u.email, u.password_hash FROM p LEFT JOIN users u ON u.id = p.user_id;

-- A new address waits for its confirmation; asking for the present one takes the wish back.
-- name: account_update :exec
UPDATE users t SET (username, unconfirmed_email, updated_at)
  = (SELECT r.username, CASE WHEN $2::jsonb ? 'email' THEN nullif(r.email, t.email) ELSE t.unconfirmed_email END, now()
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- Whoever knew the old password is signed out.
-- name: account_password :exec
WITH ended AS (DELETE FROM sessions WHERE user_id = $1)
UPDATE users SET password_hash = $2::jsonb ->> 'password_hash', updated_at = now()
WHERE id = $1 AND $3::text IS NOT NULL;
