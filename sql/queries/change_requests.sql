-- Change requests (today-workspaces.md 18).

-- fragment: change_request_columns
c.id, c.organization_id, c.workspace_id, c.subject, c.message, c.created_at, c.updated_at, c.archived_at,
acting_user(c.created_by) AS created_by, acting_user(c.archived_by) AS archived_by

-- name: change_request_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{change_request_columns}}, {{workspace_mask}} AS scope
    FROM change_requests c JOIN workspaces w ON w.id = c.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE c.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- fragment: change_request_listed
c.workspace_id = s.id AND ($5::text IS NULL OR (c.archived_at IS NOT NULL) = ($5::text = 'true'))

-- $3 limit, $4 offset, $5 archive.
-- name: change_request_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM change_requests c WHERE {{change_request_listed}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2 {{once}}) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{change_request_columns}} FROM change_requests c
    WHERE {{change_request_listed}} ORDER BY c.created_at, c.id LIMIT $3 OFFSET $4) x ON true;

-- $2 who. No row: somebody has archived it before.
-- name: change_request_archive :one
UPDATE change_requests SET archived_by = $2, archived_at = now(), updated_at = now()
WHERE id = $1 AND archived_at IS NULL RETURNING id;

-- The ids among $2 that are no workspaces of organization $1.
-- name: change_request_unknown_workspace :many
SELECT f.id FROM unnest($2::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM workspaces w WHERE w.organization_id = $1 AND w.id = f.id);

-- One for each of the workspaces $2; their teams are told. $3 bulk action, $4 subject, $5 message, $6 who.
-- name: change_request_create :one
WITH made AS (
    INSERT INTO change_requests (id, organization_id, workspace_id, bulk_action_id, subject, message, created_by)
    SELECT new_id('wscr-'), w.organization_id, w.id, $3, $4, $5, $6
    FROM workspaces w WHERE w.organization_id = $1 AND w.id = ANY ($2::text[]) ORDER BY w.created_at, w.id
    RETURNING *),
told AS (
    INSERT INTO notification_deliveries (notification_configuration_id, change_request_id, trigger, run_updated_by)
    SELECT n.id, m.id, 'change_request:created', m.created_by
    FROM made m JOIN workspaces w ON w.id = m.workspace_id
    JOIN notification_configurations n ON n.organization_id = m.organization_id AND n.team_id IS NOT NULL
        AND n.enabled AND 'change_request:created' = ANY (n.triggers)
    WHERE EXISTS (SELECT 1 FROM teams t WHERE t.id = n.team_id AND t.mask & 1 <> 0)
       OR EXISTS (SELECT 1 FROM team_projects g WHERE g.team_id = n.team_id AND g.project_id = w.project_id AND g.mask & 1 <> 0)
       OR EXISTS (SELECT 1 FROM team_workspaces g WHERE g.team_id = n.team_id AND g.workspace_id = w.id AND g.mask & 1 <> 0)
    ORDER BY w.created_at, w.id, n.created_at, n.id)
SELECT acting_user($6) AS created_by,
       jsonb_build_object('change_requests', ARRAY(SELECT m.id FROM made m ORDER BY m.id)) AS audit_meta;
