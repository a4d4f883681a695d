-- Projects (today-workspaces.md section 16, today-access.md section 10).

-- fragment: project_columns
pr.id, pr.name, pr.description, pr.created_at, pr.auto_destroy_activity_duration,
pr.own_execution_mode, o.name AS organization,
CASE WHEN pr.own_execution_mode THEN pr.execution_mode ELSE o.default_execution_mode END AS default_execution_mode,
CASE WHEN pr.own_execution_mode THEN pr.agent_pool_id ELSE o.default_agent_pool_id END AS default_agent_pool_id,
(SELECT count(*) FROM workspaces w WHERE w.project_id = pr.id) AS workspace_count,
(SELECT count(*) FROM team_projects g WHERE g.project_id = pr.id) AS team_count,
ARRAY(SELECT b.id FROM tag_bindings b WHERE b.project_id = pr.id ORDER BY b.created_at, b.key) AS binding_ids

-- name: project_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{project_columns}}, {{project_mask}} AS mask
    FROM projects pr JOIN organizations o ON o.id = pr.organization_id
    WHERE pr.id = $2) x ON x.mask & (1::bigint << 19) <> 0;

-- name: project_include :many
{{principal}}
SELECT {{project_columns}}, x.mask
FROM p, projects pr JOIN organizations o ON o.id = pr.organization_id, LATERAL (SELECT {{project_mask}} AS mask) x
WHERE pr.id = ANY ($2::text[]) AND x.mask & (1::bigint << 19) <> 0;

-- Newest first: a new project stands before the default one (today-workspaces.md section 16).
-- $3 limit, $4 offset, $5 q, $6 filter[names], $7 and $8 filter[permissions], $9 filter[tagged].
-- name: project_list :many
-- sort: name = x.name
{{principal}}, {{organization_scope}},
mine AS MATERIALIZED (
    SELECT pr.*, m.mask FROM p, scope s JOIN projects pr ON pr.organization_id = s.id,
        LATERAL (SELECT {{project_mask}} AS mask) m
    WHERE m.mask & (1::bigint << 19) <> 0),
found AS (
    SELECT pr.* FROM mine pr WHERE
        CASE WHEN $6::text IS NOT NULL THEN lower(pr.name) = ANY (string_to_array(lower($6), ','))
             ELSE $5::text IS NULL OR position(lower($5) IN lower(pr.name)) > 0 END
    AND ($7::text IS NULL OR pr.mask & (1::bigint << 26) <> 0)
    AND ($8::text IS NULL OR pr.mask & (1::bigint << 20) <> 0)
    AND ($9::text IS NULL OR NOT EXISTS (
        SELECT 1 FROM jsonb_to_recordset($9::jsonb) f(key text, value text) WHERE NOT EXISTS (
            SELECT 1 FROM tag_bindings b WHERE b.project_id = pr.id AND b.key = f.key
              AND (f.value IS NULL OR b.value = f.value)))))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total,
       (SELECT count(*) FROM mine) AS visible, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{project_columns}}, x.mask
    FROM (SELECT x.* FROM found x ORDER BY /*sort*/ x.is_default, x.created_at DESC, x.id DESC
          LIMIT $3 OFFSET $4) x
    JOIN projects pr ON pr.id = x.id JOIN organizations o ON o.id = pr.organization_id
    WHERE s.id IS NOT NULL
    ORDER BY /*sort*/ x.is_default, x.created_at DESC, x.id DESC
    ) x ON true;

-- name: project_create :exec
INSERT INTO projects (id, organization_id, name, description, auto_destroy_activity_duration,
    own_execution_mode, execution_mode, agent_pool_id)
SELECT $1, $2, r.name, r.description, r.auto_destroy_activity_duration, r.own_execution_mode,
    r.execution_mode, r.agent_pool_id
FROM jsonb_populate_record(NULL::projects, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- A changed duration reaches every workspace that does not override it (2.5).
-- name: project_update :exec
WITH changed AS (
    UPDATE projects t SET (name, description, auto_destroy_activity_duration, own_execution_mode,
        execution_mode, agent_pool_id)
      = (SELECT r.name, r.description, r.auto_destroy_activity_duration, r.own_execution_mode,
         r.execution_mode, r.agent_pool_id FROM jsonb_populate_record(t, $2::jsonb) r)
    WHERE t.id = $1 AND $3::text IS NOT NULL RETURNING t.id, t.auto_destroy_activity_duration)
UPDATE workspaces w SET auto_destroy_activity_duration = changed.auto_destroy_activity_duration,
    auto_destroy_at = now() + auto_destroy_interval(changed.auto_destroy_activity_duration)
FROM changed WHERE w.project_id = changed.id AND w.inherits_project_auto_destroy
  AND w.auto_destroy_activity_duration IS DISTINCT FROM changed.auto_destroy_activity_duration;

-- name: project_delete :exec
DELETE FROM projects WHERE id = $1 AND $2::text IS NOT NULL;

-- Moves all or none: the ids among $3 that the caller may not move into project $2 are returned.
-- $1 token.
-- name: project_unmovable :many
{{principal}}
SELECT f.id FROM p, unnest($3::text[]) f(id)
WHERE NOT EXISTS (
    SELECT 1 FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    JOIN projects pr ON pr.id = $2 AND pr.organization_id = w.organization_id
    WHERE w.id = f.id AND {{workspace_mask}} & (1::bigint << 14) <> 0);

-- name: project_move :exec
UPDATE workspaces w SET project_id = $1, updated_at = now() WHERE w.id = ANY ($2::text[]);
