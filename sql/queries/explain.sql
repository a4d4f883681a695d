-- What terracectl explains: the rights of a caller on a thing, computed by the very fragments that
-- decide requests, and where each comes from.

-- $1 is a user (name or id), a team (its tokens) or an organization (its token), by id.
-- fragment: explain_principal
p AS MATERIALIZED (
    SELECT 'user' AS kind, u.id AS user_id, NULL::text AS organization_id, NULL::text AS workspace_id, now() AS created_at, NULL::bigint AS token_mask, u.is_disabled,
           ARRAY(SELECT m.team_id FROM team_members m WHERE m.user_id = u.id AND m.active) AS team_ids
    FROM users u WHERE lower(u.username) = lower($1) OR u.id = $1
    UNION ALL
    SELECT 'team', NULL, t.organization_id, NULL, now(), NULL, false, ARRAY[t.id] FROM teams t WHERE t.id = $1
    UNION ALL
    SELECT 'organization', NULL, o.id, NULL, now(), grant_bits('token', 'organization'), false, '{}' FROM organizations o WHERE o.id = $1)

-- What reaches everything in organization o.
-- fragment: explain_organization_sources
SELECT 'team ' || t.name || CASE WHEN t.is_owners THEN '' ELSE ': ' || f.key END AS source,
       CASE WHEN t.is_owners THEN t.mask ELSE grant_bits('organization', f.key) END AS mask
FROM teams t LEFT JOIN LATERAL jsonb_each(t.organization_access) f ON NOT t.is_owners AND f.value = 'true'
WHERE t.organization_id = o.id AND t.id = ANY (p.team_ids) AND (t.is_owners OR f.key IS NOT NULL)
UNION ALL
SELECT 'the organization''s token', k.mask FROM permission_grants k
WHERE k.kind = 'token' AND k.name = p.kind AND p.organization_id = o.id

-- fragment: explain_project_sources
SELECT 'team ' || t.name || ': ' || g.access || ' access to project ' || pr.name, g.mask
FROM team_projects g JOIN teams t ON t.id = g.team_id WHERE g.project_id = pr.id AND g.team_id = ANY (p.team_ids)

-- One row a right, with its sources; one row without when there is none; label is NULL when there is
-- no such thing.
-- fragment: explain_rows
SELECT (SELECT count(*) FROM p) AS principals, (SELECT bool_or(p.is_disabled) FROM p) AS is_disabled, x.label, x.mask < 0 AS is_refused, r.name,
       coalesce((SELECT string_agg(DISTINCT s.source, '; ') FROM sources s
                 WHERE s.mask & (1::bigint << (r.place - 1)::int) <> 0), 'follows from the others') AS sources
FROM (SELECT 1) one LEFT JOIN thing x ON true
LEFT JOIN LATERAL (
    SELECT n.name, n.place FROM unnest(permission_names()) WITH ORDINALITY n(name, place)
    WHERE x.mask & (1::bigint << (n.place - 1)::int) <> 0 AND n.name ~ $3) r ON true
ORDER BY r.place

-- $2 id, or organization/name. $3 the rights that matter.
-- name: ctl_explain_workspace :many
WITH {{explain_principal}},
thing AS (
    SELECT w.*, o.name || '/' || w.name || ' (' || w.id || ')' AS label, {{workspace_mask}} AS mask
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id LEFT JOIN p ON true
    WHERE w.id = $2 OR o.name || '/' || w.name = $2),
sources AS (
    SELECT s.* FROM p, thing w JOIN organizations o ON o.id = w.organization_id JOIN projects pr ON pr.id = w.project_id, LATERAL (
        {{explain_organization_sources}}
        UNION ALL
        {{explain_project_sources}}
        UNION ALL
        SELECT 'team ' || t.name || ': ' || g.access || ' access', g.mask
        FROM team_workspaces g JOIN teams t ON t.id = g.team_id
        WHERE g.workspace_id = w.id AND g.team_id = ANY (p.team_ids)) s)
{{explain_rows}};

-- name: ctl_explain_project :many
WITH {{explain_principal}},
thing AS (
    SELECT pr.*, o.name || '/' || pr.name || ' (' || pr.id || ')' AS label, {{project_mask}} AS mask
    FROM projects pr JOIN organizations o ON o.id = pr.organization_id LEFT JOIN p ON true
    WHERE pr.id = $2 OR o.name || '/' || pr.name = $2),
sources AS (
    SELECT s.* FROM p, thing pr JOIN organizations o ON o.id = pr.organization_id, LATERAL (
        {{explain_organization_sources}}
        UNION ALL
        {{explain_project_sources}}) s)
{{explain_rows}};

-- name: ctl_explain_organization :many
WITH {{explain_principal}},
thing AS (
    SELECT o.*, o.name || ' (' || o.id || ')' AS label, {{organization_mask}} AS mask
    FROM organizations o LEFT JOIN p ON true WHERE o.id = $2 OR o.name = $2),
sources AS (
    SELECT s.* FROM p, thing o, LATERAL (
        {{explain_organization_sources}}
        UNION ALL
        SELECT 'member', grant_bits('member', 'member') FROM organization_memberships m
        WHERE m.organization_id = o.id AND m.user_id = p.user_id AND m.status = 'active'
        UNION ALL
        SELECT 'team ' || t.name, grant_bits('member', 'team') FROM teams t
        WHERE t.organization_id = o.id AND t.id = ANY (p.team_ids)
        UNION ALL
        SELECT 'team ' || t.name || ': access to a workspace', g.mask FROM team_workspaces g JOIN teams t ON t.id = g.team_id
        WHERE t.organization_id = o.id AND t.id = ANY (p.team_ids)
        UNION ALL
        SELECT 'team ' || t.name || ': access to a project', g.mask FROM team_projects g JOIN teams t ON t.id = g.team_id
        WHERE t.organization_id = o.id AND t.id = ANY (p.team_ids)) s)
{{explain_rows}};

-- name: ctl_explain_team :many
WITH {{explain_principal}},
thing AS (
    SELECT t.id, o.name || '/' || t.name || ' (' || t.id || ')' AS label, t.organization_id, {{team_mask}} AS mask
    FROM teams t JOIN organizations o ON o.id = t.organization_id LEFT JOIN p ON true
    LEFT JOIN LATERAL (SELECT {{organization_mask}} AS mask) rights ON true
    WHERE t.id = $2 OR o.name || '/' || t.name = $2),
sources AS (SELECT ''::text AS source, 0::bigint AS mask WHERE false)
{{explain_rows}};

-- name: ctl_user_list :many
SELECT u.id, coalesce(u.username, '-') AS username, u.email,
       concat_ws(' ', CASE WHEN u.is_site_admin THEN 'site-administrator' END,
                 CASE WHEN u.is_disabled THEN 'disabled' END, CASE WHEN u.is_invited THEN 'invited' END,
                 'unconfirmed=' || u.unconfirmed_email) AS marks,
       array_to_string(ARRAY(
           SELECT o.name FROM organization_memberships m JOIN organizations o ON o.id = m.organization_id
           WHERE m.user_id = u.id AND m.status = 'active' ORDER BY o.name), ' ') AS organizations
FROM users u ORDER BY lower(u.username) NULLS LAST, u.email;

-- $2 disabled. Whoever is disabled is signed out at once; the tokens sleep until they are enabled.
-- name: ctl_user_disable :one
WITH ended AS (DELETE FROM sessions s USING users u
               WHERE s.user_id = u.id AND lower(u.username) = lower($1) AND $2::boolean)
UPDATE users SET is_disabled = $2::boolean, updated_at = now() WHERE lower(username) = lower($1) RETURNING id;

-- The new address that a user has asked for counts from now on. No row: no such user.
-- name: ctl_user_confirm :one
WITH found AS (SELECT u.id, u.unconfirmed_email FROM users u WHERE lower(u.username) = lower($1)),
confirmed AS (
    UPDATE users u SET email = f.unconfirmed_email, unconfirmed_email = NULL, updated_at = now()
    FROM found f WHERE u.id = f.id AND f.unconfirmed_email IS NOT NULL RETURNING u.email)
SELECT f.id, (SELECT c.email FROM confirmed c) AS email FROM found f;

-- name: ctl_user_admin :one
UPDATE users SET is_site_admin = $2::boolean, updated_at = now() WHERE lower(username) = lower($1) RETURNING id;
