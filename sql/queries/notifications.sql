-- Notification configurations of workspaces, teams and projects (today-runs.md section 18).

-- fragment: notification_columns
n.id, n.organization_id, n.name, n.enabled, n.destination_type, n.url, n.triggers, n.email_addresses,
n.delivery_responses, n.created_at, n.updated_at, n.workspace_id, n.team_id, n.project_id,
ARRAY(SELECT u.id FROM unnest(n.user_ids) WITH ORDINALITY u(id, place)
      JOIN organization_memberships m ON m.organization_id = n.organization_id AND m.user_id = u.id
      ORDER BY u.place) AS user_ids,
CASE WHEN n.workspace_id IS NOT NULL THEN 'workspaces/' || n.workspace_id
     WHEN n.team_id IS NOT NULL THEN 'teams/' || n.team_id
     ELSE 'projects/' || n.project_id END AS subscribable

-- One right for all three kinds, bit 13 (admin): of a workspace its administrators have it, of a project
-- those who administrate it and all its workspaces, of a team who may change it, of the owners team the
-- owners (today-runs.md 18.1, today-access.md section 6).
-- fragment: project_right
(g.mask & (1::bigint << 63) | CASE WHEN g.mask & (1::bigint << 20) <> 0 THEN g.mask & (1::bigint << 13) ELSE 0 END)

-- fragment: team_right
(g.mask & (1::bigint << 63)
 | CASE WHEN g.mask & (1::bigint << CASE WHEN g.is_owners THEN 56 ELSE 57 END) <> 0 THEN 1::bigint << 13 ELSE 0 END)

-- What the path names: $2 is its id.
-- fragment: notification_workspace
SELECT w.id, w.id AS scope_id, w.organization_id, {{workspace_mask}} AS scope
FROM workspaces w JOIN organizations o ON o.id = w.organization_id WHERE w.id = $2

-- fragment: notification_project
SELECT g.id, g.id AS scope_id, g.organization_id, g.mask & (1::bigint << 19) | {{project_right}} AS scope
FROM (SELECT pr.id, pr.organization_id, {{project_mask}} AS mask FROM projects pr WHERE pr.id = $2 {{once}}) g

-- fragment: notification_team
SELECT g.id, g.id AS scope_id, g.id AS team_id, g.organization_id, g.mask & (1::bigint << 55) | {{team_right}} AS scope
FROM (SELECT t.id, t.organization_id, t.is_owners, {{team_mask}} AS mask FROM {{team_rows}} WHERE t.id = $2 {{once}}) g

-- name: notification_workspace_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL ({{notification_workspace}} {{once}}) x ON x.scope & 1 <> 0;

-- name: notification_project_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL ({{notification_project}}) x ON x.scope & (1::bigint << 19) <> 0;

-- name: notification_team_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL ({{notification_team}}) x ON x.scope & (1::bigint << 55) <> 0;

-- name: notification_workspace_list :many
{{principal}}
SELECT p.auth, s.scope, (SELECT count(*) FROM notification_configurations n WHERE n.workspace_id = s.scope_id) AS total, x.*
FROM p LEFT JOIN LATERAL ({{notification_workspace}} {{once}}) s ON s.scope & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{notification_columns}} FROM notification_configurations n WHERE n.workspace_id = s.scope_id
    ORDER BY n.created_at, n.id LIMIT $3 OFFSET $4) x ON true;

-- name: notification_project_list :many
{{principal}}
SELECT p.auth, s.scope, (SELECT count(*) FROM notification_configurations n WHERE n.project_id = s.scope_id) AS total, x.*
FROM p LEFT JOIN LATERAL ({{notification_project}}) s ON s.scope & (1::bigint << 19) <> 0
LEFT JOIN LATERAL (
    SELECT {{notification_columns}} FROM notification_configurations n WHERE n.project_id = s.scope_id
    ORDER BY n.created_at, n.id LIMIT $3 OFFSET $4) x ON true;

-- name: notification_team_list :many
{{principal}}
SELECT p.auth, s.scope, (SELECT count(*) FROM notification_configurations n WHERE n.team_id = s.scope_id) AS total, x.*
FROM p LEFT JOIN LATERAL ({{notification_team}}) s ON s.scope & (1::bigint << 55) <> 0
LEFT JOIN LATERAL (
    SELECT {{notification_columns}} FROM notification_configurations n WHERE n.team_id = s.scope_id
    ORDER BY n.created_at, n.id LIMIT $3 OFFSET $4) x ON true;

-- The mask on configuration n: that of what it is of.
-- fragment: notification_mask
CASE WHEN n.workspace_id IS NOT NULL THEN (
         SELECT {{workspace_mask}} FROM workspaces w JOIN organizations o ON o.id = w.organization_id WHERE w.id = n.workspace_id)
     WHEN n.project_id IS NOT NULL THEN (
         SELECT {{project_right}}
         FROM (SELECT {{project_mask}} AS mask FROM projects pr WHERE pr.id = n.project_id {{once}}) g)
     ELSE (SELECT {{team_right}} FROM (SELECT t.is_owners, {{team_mask}} AS mask FROM {{team_rows}} WHERE t.id = n.team_id {{once}}) g) END

-- name: notification_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{notification_columns}}, {{notification_mask}} AS scope FROM notification_configurations n
    WHERE n.id = $2 {{once}}) x ON x.scope & (1::bigint << 13) <> 0;

-- name: notification_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.id, n.organization_id, n.team_id, n.name, n.enabled, n.destination_type, n.url, n.sealed_token, n.triggers,
           {{notification_mask}} AS scope FROM notification_configurations n
    WHERE n.id = $2 {{once}}) x ON x.scope & (1::bigint << 13) <> 0;

-- fragment: notification_values
r.name, coalesce(r.enabled, false), r.destination_type, r.url, r.sealed_token, coalesce(r.triggers, '{}'),
coalesce(r.email_addresses, '{}'), coalesce(r.user_ids, '{}'), coalesce(r.delivery_responses, '[]')

-- fragment: notification_targets
name, enabled, destination_type, url, sealed_token, triggers, email_addresses, user_ids, delivery_responses

-- name: notification_workspace_create :exec
INSERT INTO notification_configurations (id, organization_id, workspace_id, {{notification_targets}})
SELECT $1, w.organization_id, w.id, {{notification_values}}
FROM workspaces w, jsonb_populate_record(NULL::notification_configurations, $3::jsonb) r
WHERE w.id = $2 AND $4::text IS NOT NULL;

-- name: notification_project_create :exec
INSERT INTO notification_configurations (id, organization_id, project_id, {{notification_targets}})
SELECT $1, pr.organization_id, pr.id, {{notification_values}}
FROM projects pr, jsonb_populate_record(NULL::notification_configurations, $3::jsonb) r
WHERE pr.id = $2 AND $4::text IS NOT NULL;

-- name: notification_team_create :exec
INSERT INTO notification_configurations (id, organization_id, team_id, {{notification_targets}})
SELECT $1, t.organization_id, t.id, {{notification_values}}
FROM teams t, jsonb_populate_record(NULL::notification_configurations, $3::jsonb) r
WHERE t.id = $2 AND $4::text IS NOT NULL;

-- name: notification_update :exec
UPDATE notification_configurations t SET updated_at = now(), ({{notification_targets}})
  = (SELECT {{notification_values}} FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: notification_delete :exec
DELETE FROM notification_configurations WHERE id = $1 AND $2::text IS NOT NULL;

-- The ids among $2 that are no members of organization $1.
-- name: notification_unknown_user :many
SELECT f.id FROM unnest($2::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM organization_memberships m WHERE m.organization_id = $1 AND m.user_id = f.id);

-- The latest answer takes the place of the one before.
-- name: notification_answered :exec
UPDATE notification_configurations SET delivery_responses = $2::jsonb WHERE id = $1;
