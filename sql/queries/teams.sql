-- Teams and their members (today-access.md sections 6, 7 and 12.9).

-- Team t of organization o, with the mask on it in rights.mask. Only members of the team and those who
-- manage members see what the team may do.
-- fragment: team_columns
t.id, t.name, t.description, t.visibility, t.sso_team_id, t.allow_member_token_management, o.name AS organization,
CASE WHEN t.id = ANY (p.team_ids) OR rights.mask & (1::bigint << 49) <> 0
     THEN organization_access_shown(t.organization_access, t.is_owners) END AS organization_access,
(SELECT count(*) FROM team_members tm WHERE tm.team_id = t.id AND tm.active) AS users_count,
ARRAY(SELECT tm.user_id FROM team_members tm WHERE tm.team_id = t.id AND tm.active
      ORDER BY tm.created_at, tm.user_id) AS user_ids,
ARRAY(SELECT tm.membership_id FROM team_members tm WHERE tm.team_id = t.id
      ORDER BY tm.created_at, tm.membership_id) AS membership_ids, {{scim_team_columns}}

-- fragment: team_rows
teams t JOIN organizations o ON o.id = t.organization_id,
LATERAL (SELECT {{organization_mask}} AS mask) rights

-- name: team_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{team_columns}}, {{team_mask}} AS mask FROM {{team_rows}}
    WHERE t.id = $2) x ON x.mask & (1::bigint << 55) <> 0;

-- name: team_include :many
{{principal}}
SELECT {{team_columns}}, {{team_mask}} AS mask FROM p, {{team_rows}}
WHERE t.id = ANY ($2::text[]) AND {{team_seen}} ORDER BY t.created_at, t.id;

-- $3 limit, $4 offset, $5 q, $6 filter[names].
-- name: team_list :many
-- sort: name = t.name
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT t.* FROM p, scope rights JOIN teams t ON t.organization_id = rights.id
    WHERE {{team_seen}} AND ($5::text IS NULL OR position(lower($5) IN lower(t.name)) > 0)
      AND ($6::text IS NULL OR t.name = ANY (string_to_array($6, ','))))
SELECT p.auth, rights.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope rights ON rights.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{team_columns}}, {{team_mask}} AS mask
    FROM found t JOIN organizations o ON o.id = t.organization_id
    WHERE rights.id IS NOT NULL ORDER BY /*sort*/ t.created_at, t.id
    LIMIT $3 OFFSET $4) x ON true;

-- name: team_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT t.id, t.id AS scope_id, t.organization_id, t.name, t.is_owners, t.organization_access,
           {{team_mask}} AS scope
    FROM {{team_rows}} WHERE t.id = $2) x ON x.scope & (1::bigint << 55) <> 0;

-- $1 id, $2 organization, $3 document, $4 who.
-- name: team_create :exec
INSERT INTO teams (id, organization_id, name, description, visibility, sso_team_id, allow_member_token_management,
    organization_access)
SELECT $1, $2, r.name, r.description, r.visibility, r.sso_team_id, r.allow_member_token_management,
    organization_access_known(coalesce(r.organization_access, '{}'))
FROM jsonb_populate_record(NULL::teams, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- Flags that are not sent keep their value.
-- name: team_update :exec
UPDATE teams t SET (name, description, visibility, sso_team_id, allow_member_token_management, organization_access)
  = (SELECT r.name, r.description, r.visibility, r.sso_team_id, r.allow_member_token_management,
        t.organization_access || organization_access_known(r.organization_access)
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: team_delete :exec
DELETE FROM teams WHERE id = $1 AND NOT is_owners AND $2::text IS NOT NULL;

-- The ids among $3 that are no teams of organization $2 whose members the caller may change; $1 token.
-- name: team_unmanaged :many
{{principal}}
SELECT f.id FROM p, unnest($3::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM {{team_rows}}
    WHERE t.id = f.id AND t.organization_id = $2 AND {{team_mask}} & (1::bigint << 56) <> 0);

-- The user that f.id names or is. Not with OR, which would look at every user.
-- fragment: user_named
(SELECT u.id, u.email FROM users u WHERE u.id = f.id
 UNION SELECT u.id, u.email FROM users u WHERE lower(u.username) = lower(f.id)) u

-- The names or ids among $1 that no user has.
-- name: user_unknown :many
SELECT f.id FROM unnest($1::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM {{user_named}});

-- As in 2017, a user of the installation can be put into a team without an invitation before: it is
-- made here, and accepted at the next sign-in (api-2017.md 2.9).
-- name: team_member_invite :exec
INSERT INTO organization_memberships (id, organization_id, user_id, email, status)
SELECT new_id('ou-'), $1, u.id, u.email, 'invited'
FROM unnest($2::text[]) f(id), LATERAL {{user_named}}
ON CONFLICT ON CONSTRAINT organization_memberships_organization_user_key DO NOTHING;

-- The memberships of organization $1 that the users $2 have, as a text[]; those who have none count.
-- name: team_member_find :one
SELECT ARRAY(SELECT m.id FROM unnest($2::text[]) f(id), LATERAL {{user_named}}
             JOIN organization_memberships m ON m.user_id = u.id AND m.organization_id = $1) AS ids,
       (SELECT count(*) FROM unnest($2::text[]) f(id) WHERE NOT EXISTS (
            SELECT 1 FROM {{user_named}} JOIN organization_memberships m ON m.user_id = u.id
            WHERE m.organization_id = $1)) AS missing;

-- The ids among $2 that are no memberships of organization $1.
-- name: membership_unknown :many
SELECT f.id FROM unnest($2::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM organization_memberships m WHERE m.id = f.id AND m.organization_id = $1);

-- name: team_member_add :exec
INSERT INTO team_members (team_id, organization_id, membership_id, user_id, active)
SELECT $1, m.organization_id, m.id, m.user_id, m.status = 'active'
FROM organization_memberships m WHERE m.id = ANY ($2::text[])
ON CONFLICT ON CONSTRAINT team_members_pkey DO NOTHING;

-- name: team_member_remove :exec
DELETE FROM team_members WHERE team_id = $1 AND membership_id = ANY ($2::text[]);

-- Locks the owners team of organization $1, so that two owners can't remove each other at once.
-- name: owners_lock :one
SELECT id FROM teams WHERE organization_id = $1 AND is_owners FOR UPDATE;

-- name: owners_count :one
SELECT count(*) AS count FROM team_members tm JOIN teams t ON t.id = tm.team_id
WHERE t.organization_id = $1 AND t.is_owners AND tm.active;
