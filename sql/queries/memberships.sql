-- Organization memberships (today-access.md section 5). An unknown address becomes a placeholder user,
-- which whoever signs up with the address takes over.

-- Membership m of organization o, with the mask on it in rights.mask: seen by its user and by those
-- who manage members. Its teams are those that the caller sees.
-- fragment: membership_columns
m.id, m.status, m.email, m.created_at, m.user_id, m.organization_id, o.name AS organization,
ARRAY(SELECT t.id FROM team_members tm JOIN teams t ON t.id = tm.team_id
      WHERE tm.membership_id = m.id AND {{team_seen}} ORDER BY t.created_at, t.id) AS team_ids

-- fragment: membership_visible
(m.user_id = p.user_id OR rights.mask & (1::bigint << 49) <> 0)

-- fragment: membership_rows
organization_memberships m JOIN organizations o ON o.id = m.organization_id,
LATERAL (SELECT {{organization_mask}} AS mask) rights

-- name: membership_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{membership_columns}}, rights.mask AS scope
    FROM {{membership_rows}} WHERE m.id = $2 AND {{membership_visible}}) x ON true;

-- name: membership_include :many
{{principal}}
SELECT {{membership_columns}} FROM p, {{membership_rows}}
WHERE m.id = ANY ($2::text[]) AND {{membership_visible}} ORDER BY m.created_at, m.id;

-- The users of the memberships $2, with the address that those show.
-- name: membership_user_include :many
{{principal}}
SELECT u.id, u.username, u.is_service_account, u.id IS NOT DISTINCT FROM p.user_id AS is_self, shown.email
FROM p, organization_memberships shown JOIN users u ON u.id = shown.user_id
WHERE shown.id = ANY ($2::text[]) AND {{user_visible}} ORDER BY shown.created_at, shown.id;

-- $3 limit, $4 offset, $5 q, $6 filter[status], $7 filter[email].
-- name: membership_list :many
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT m.* FROM scope s JOIN organization_memberships m ON m.organization_id = s.id
    JOIN users u ON u.id = m.user_id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(m.email)) > 0
           OR position(lower($5) IN lower(u.username)) > 0)
      AND ($6::text IS NULL OR m.status = $6)
      AND ($7::text IS NULL OR lower(m.email) = ANY (string_to_array(replace(lower($7), ' ', ''), ','))))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, c.*, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE m.status = 'active') AS active_count,
           count(*) FILTER (WHERE m.status = 'invited') AS invited_count
    FROM organization_memberships m WHERE m.organization_id = s.id) c ON true
LEFT JOIN LATERAL (
    SELECT {{membership_columns}} FROM found m JOIN organizations o ON o.id = m.organization_id,
        LATERAL (SELECT s.mask) rights
    ORDER BY m.created_at, m.id LIMIT $3 OFFSET $4) x ON true;

-- The caller's own, invitations included.
-- name: membership_own_list :many
{{principal}}
SELECT p.auth, 0 AS scope, (
    SELECT count(*) FROM organization_memberships m JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = p.user_id AND {{tokens_accepted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{membership_columns}} FROM {{membership_rows}}
    WHERE m.user_id = p.user_id AND {{tokens_accepted}}
    ORDER BY m.created_at, m.id LIMIT $2 OFFSET $3) x ON true;

-- Members of a team, invited ones too. $5 filter[status], $6 filter[is_service_account].
-- name: team_membership_list :many
-- sort: status = m.status, m.created_at, m.id
{{principal}}
SELECT p.auth, s.scope, (
    SELECT count(*) FROM team_members tm JOIN organization_memberships m ON m.id = tm.membership_id
    WHERE tm.team_id = s.id AND {{team_membership_filters}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT t.id, t.organization_id, rights.mask, {{team_mask}} AS scope
    FROM {{team_rows}} WHERE t.id = $2) s ON s.scope & (1::bigint << 55) <> 0
LEFT JOIN LATERAL (
    SELECT {{membership_columns}}
    FROM team_members own JOIN organization_memberships m ON m.id = own.membership_id
    JOIN organizations o ON o.id = m.organization_id, LATERAL (SELECT s.mask) rights
    WHERE own.team_id = s.id AND {{team_membership_filters}}
    ORDER BY /*sort*/ m.created_at, m.id
    LIMIT $3 OFFSET $4) x ON true;

-- fragment: team_membership_filters
($5::text IS NULL OR m.status = $5) AND $6::text IS DISTINCT FROM 'true'

-- What the rules of leaving look at: is it the caller's own, is it an owner's, is there a team of its
-- user that the caller does not see.
-- name: membership_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT m.id, m.organization_id, coalesce(m.user_id = p.user_id, false) AS own, rights.mask AS scope,
        EXISTS (SELECT 1 FROM team_members tm JOIN teams t ON t.id = tm.team_id
                WHERE tm.membership_id = m.id AND t.is_owners) AS is_owner,
        EXISTS (SELECT 1 FROM team_members tm JOIN teams t ON t.id = tm.team_id
                WHERE tm.membership_id = m.id AND NOT {{team_seen}}) AS is_hidden
    FROM {{membership_rows}} WHERE m.id = $2 AND {{membership_visible}}) x ON true;

-- The user with address $2, or a placeholder with id $1.
-- name: membership_user :one
-- With DO NOTHING it would find neither row of two that are invited at once: this statement sees the
-- database of before the other's commit.
INSERT INTO users (id, email, is_invited) VALUES ($1, $2, true)
ON CONFLICT ((lower(email))) DO UPDATE SET is_invited = users.is_invited RETURNING id;

-- $1 id, $2 organization, $3 document, $4 who.
-- name: membership_create :exec
INSERT INTO organization_memberships (id, organization_id, user_id, email, status)
SELECT $1, $2, r.user_id, r.email, 'invited'
FROM jsonb_populate_record(NULL::organization_memberships, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- A placeholder goes with its last invitation.
-- name: membership_delete :exec
WITH gone AS (DELETE FROM organization_memberships WHERE id = $1 RETURNING user_id)
DELETE FROM users u USING gone WHERE u.id = gone.user_id AND u.is_invited
  AND NOT EXISTS (SELECT 1 FROM organization_memberships m WHERE m.user_id = u.id AND m.id <> $1);

-- What signing in does: user $2 accepts every open invitation.
-- fragment: membership_accept
accepted AS (UPDATE organization_memberships SET status = 'active'
             WHERE user_id = $2 AND status = 'invited' RETURNING id),
joined AS (UPDATE team_members SET active = true WHERE membership_id IN (SELECT id FROM accepted))
