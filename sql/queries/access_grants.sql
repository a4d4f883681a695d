-- What teams may do with single workspaces and projects (today-access.md sections 8 and 9). Who sees a
-- row: the team's members, and who manages the workspace's or project's access as far as the team
-- itself is seen.

-- fragment: team_workspace_rows
team_workspaces g JOIN workspaces w ON w.id = g.workspace_id JOIN organizations o ON o.id = g.organization_id
JOIN teams t ON t.id = g.team_id, LATERAL (SELECT {{organization_mask}} AS mask) rights,
LATERAL (SELECT {{workspace_mask}} AS mask) thing

-- fragment: team_workspace_visible
(g.team_id = ANY (p.team_ids) OR (thing.mask & (1::bigint << 13) <> 0 AND {{team_seen}}))

-- fragment: team_workspace_columns
g.id, g.access, g.runs, g.variables, g.state_versions, g.sentinel_mocks, g.workspace_locking, g.run_tasks,
g.policy_overrides, g.team_id, g.workspace_id, w.name AS workspace, o.name AS organization

-- name: team_workspace_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{team_workspace_columns}}, thing.mask FROM {{team_workspace_rows}}
    WHERE g.id = $2 AND {{team_workspace_visible}}) x ON true;

-- $2 limit, $3 offset, $4 filter[workspace][id], $5 filter[team][id]; at least one of the two.
-- name: team_workspace_list :many
{{principal}},
named AS (
    SELECT g.* FROM team_workspaces g WHERE g.workspace_id = $4 AND ($5::text IS NULL OR g.team_id = $5)
    UNION ALL
    SELECT g.* FROM team_workspaces g WHERE $4::text IS NULL AND g.team_id = $5),
found AS MATERIALIZED (
    SELECT {{team_workspace_columns}}, g.created_at FROM p, named g
    JOIN workspaces w ON w.id = g.workspace_id JOIN organizations o ON o.id = g.organization_id
    JOIN teams t ON t.id = g.team_id, LATERAL (SELECT {{organization_mask}} AS mask) rights,
    LATERAL (SELECT {{workspace_mask}} AS mask) thing WHERE {{team_workspace_visible}})
SELECT p.auth, CASE WHEN $4::text IS NULL THEN team.mask WHEN $5::text IS NULL OR team.mask IS NOT NULL
                    THEN workspace.mask END AS scope,
       (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $4) workspace ON workspace.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{team_mask}} AS mask FROM {{team_rows}} WHERE t.id = $5) team ON team.mask & (1::bigint << 55) <> 0
LEFT JOIN LATERAL (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $2 OFFSET $3) x ON true;

-- name: team_workspace_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT g.id, g.access, g.team_id, g.organization_id, g.workspace_id AS audit_id,
           jsonb_build_object('team', g.team_id, 'permissions', g.access) AS audit_meta, thing.mask AS scope FROM {{team_workspace_rows}}
    WHERE g.id = $2 AND {{team_workspace_visible}}) x ON true;

-- What a new grant joins: $1 token, $2 team, $3 workspace.
-- name: team_workspace_parents :one
{{principal}}
SELECT o.id AS scope_id, t.is_owners, w.id AS audit_id, t.id AS team_id, {{workspace_mask}} AS scope
FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id
JOIN teams t ON t.organization_id = o.id, LATERAL (SELECT {{organization_mask}} AS mask) rights
WHERE w.id = $3 AND t.id = $2 AND {{team_seen}};

-- $1 id, $2 organization, $3 document, $4 who. A trigger fills in what a level stands for.
-- name: team_workspace_create :exec
INSERT INTO team_workspaces (id, organization_id, team_id, workspace_id, access, runs, variables,
    state_versions, sentinel_mocks, workspace_locking, run_tasks, policy_overrides)
SELECT $1, $2, r.team_id, r.workspace_id, r.access, r.runs, r.variables,
    r.state_versions, r.sentinel_mocks, r.workspace_locking, r.run_tasks, r.policy_overrides
FROM jsonb_populate_record(NULL::team_workspaces, $3::jsonb) r
WHERE $4::text IS NOT NULL;

-- name: team_workspace_update :exec
UPDATE team_workspaces t SET (access, runs, variables, state_versions, sentinel_mocks,
        workspace_locking, run_tasks, policy_overrides)
  = (SELECT r.access, r.runs, r.variables, r.state_versions, r.sentinel_mocks, r.workspace_locking,
        r.run_tasks, r.policy_overrides FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: team_workspace_delete :exec
DELETE FROM team_workspaces WHERE id = $1 AND $2::text IS NOT NULL;

-- fragment: team_project_rows
team_projects g JOIN projects pr ON pr.id = g.project_id JOIN organizations o ON o.id = g.organization_id
JOIN teams t ON t.id = g.team_id, LATERAL (SELECT {{organization_mask}} AS mask) rights,
LATERAL (SELECT {{project_mask}} AS mask) thing

-- Who manages all projects manages any team's access to them (today-access.md 12.4).
-- fragment: team_project_seen
({{team_seen}} OR rights.mask & (1::bigint << 33) <> 0)

-- fragment: team_project_visible
(g.team_id = ANY (p.team_ids) OR (thing.mask & (1::bigint << 22) <> 0 AND {{team_project_seen}}))

-- fragment: team_project_columns
g.id, g.access, g.project_access, g.workspace_access, g.team_id, g.project_id

-- name: team_project_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{team_project_columns}}, thing.mask FROM {{team_project_rows}}
    WHERE g.id = $2 AND {{team_project_visible}}) x ON true;

-- $2 limit, $3 offset, $4 filter[project][id], $5 filter[team][id]; at least one of the two.
-- name: team_project_list :many
{{principal}},
named AS (
    SELECT g.* FROM team_projects g WHERE g.project_id = $4 AND ($5::text IS NULL OR g.team_id = $5)
    UNION ALL
    SELECT g.* FROM team_projects g WHERE $4::text IS NULL AND g.team_id = $5),
found AS MATERIALIZED (
    SELECT {{team_project_columns}}, g.created_at FROM p, named g
    JOIN projects pr ON pr.id = g.project_id JOIN organizations o ON o.id = g.organization_id
    JOIN teams t ON t.id = g.team_id, LATERAL (SELECT {{organization_mask}} AS mask) rights,
    LATERAL (SELECT {{project_mask}} AS mask) thing WHERE {{team_project_visible}})
SELECT p.auth, CASE WHEN $4::text IS NULL THEN team.mask WHEN $5::text IS NULL OR team.mask IS NOT NULL
                    THEN project.mask END AS scope,
       (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{project_mask}} AS mask FROM projects pr WHERE pr.id = $4
    ) project ON project.mask & (1::bigint << 19) <> 0
LEFT JOIN LATERAL (
    SELECT {{team_mask}} AS mask FROM {{team_rows}} WHERE t.id = $5) team ON team.mask & (1::bigint << 55) <> 0
LEFT JOIN LATERAL (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $2 OFFSET $3) x ON true;

-- name: team_project_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT g.id, g.access, g.team_id, g.organization_id, g.project_id AS audit_id,
           jsonb_build_object('team', g.team_id, 'permissions', g.access) AS audit_meta, thing.mask AS scope FROM {{team_project_rows}}
    WHERE g.id = $2 AND {{team_project_visible}}) x ON true;

-- name: team_project_parents :one
{{principal}}
SELECT o.id AS scope_id, t.is_owners, pr.id AS audit_id, t.id AS team_id, {{project_mask}} AS scope
FROM p, projects pr JOIN organizations o ON o.id = pr.organization_id
JOIN teams t ON t.organization_id = o.id, LATERAL (SELECT {{organization_mask}} AS mask) rights
WHERE pr.id = $3 AND t.id = $2 AND {{team_project_seen}};

-- name: team_project_create :exec
INSERT INTO team_projects (id, organization_id, team_id, project_id, access, project_access, workspace_access)
SELECT $1, $2, r.team_id, r.project_id, r.access, r.project_access, r.workspace_access
FROM jsonb_populate_record(NULL::team_projects, $3::jsonb) r
WHERE $4::text IS NOT NULL;

-- Values that are not sent stay; a fixed level replaces them all (by the trigger).
-- name: team_project_update :exec
UPDATE team_projects t SET (access, project_access, workspace_access)
  = (SELECT r.access, t.project_access || r.project_access, t.workspace_access || r.workspace_access
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: team_project_delete :exec
DELETE FROM team_projects WHERE id = $1 AND $2::text IS NOT NULL;
