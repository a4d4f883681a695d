-- Remote-state consumers of a workspace (today-workspaces.md section 6).

-- $2 workspace. Global sharing shows every other workspace, project sharing those of the project,
-- else the list counts, which is kept meanwhile. Only what the caller sees.
-- name: remote_state_consumer_list :many
{{principal}},
producer AS MATERIALIZED (
    SELECT w.id, w.organization_id, w.project_id, w.global_remote_state AS is_global,
           w.project_remote_state AS of_project, {{workspace_mask}} AS mask
    FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id WHERE w.id = $2),
scope AS MATERIALIZED (
    SELECT o.id, {{organization_mask}} AS mask FROM p, producer JOIN organizations o ON o.id = producer.organization_id),
{{workspace_grants}},
found AS MATERIALIZED (
    SELECT w.id, w.created_at
    FROM scope s, producer, LATERAL (
        SELECT w.* FROM remote_state_consumers c JOIN workspaces w ON w.id = c.consumer_id
        WHERE c.workspace_id = producer.id AND NOT producer.is_global AND NOT producer.of_project
        UNION ALL
        SELECT w.* FROM workspaces w WHERE w.organization_id = s.id AND producer.is_global
        UNION ALL
        SELECT w.* FROM workspaces w WHERE w.project_id = producer.project_id AND producer.of_project) w
    WHERE w.id <> producer.id AND {{workspace_granted}})
SELECT p.auth, producer.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN producer ON producer.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{workspace_columns}}, {{workspace_mask}} AS mask
    FROM (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $3 OFFSET $4) f
    JOIN workspaces w ON w.id = f.id {{workspace_parents}} ORDER BY f.created_at, f.id) x ON producer.id IS NOT NULL;

-- $1 workspace, $2 organization, $3 consumers.
-- name: remote_state_consumer_add :exec
INSERT INTO remote_state_consumers (workspace_id, organization_id, consumer_id)
SELECT $1, $2, f.id FROM unnest($3::text[]) f(id)
ON CONFLICT ON CONSTRAINT remote_state_consumers_pkey DO NOTHING;

-- name: remote_state_consumer_remove :exec
DELETE FROM remote_state_consumers WHERE workspace_id = $1 AND consumer_id = ANY ($2::text[]);

-- Removes what the list does not have.
-- name: remote_state_consumer_prune :exec
DELETE FROM remote_state_consumers WHERE workspace_id = $1 AND consumer_id <> ALL ($2::text[]);
