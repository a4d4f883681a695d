-- Variable sets (today-workspaces.md sections 10 and 11).

-- A set is a holder of variables like a workspace, so that its mask is in the same bits: 3 reads, 4
-- writes (and 63 as everywhere). Sets of organization o: O6, O7.
-- fragment: organization_varset_mask
(SELECT g.mask & (1::bigint << 63)
      | CASE WHEN g.mask & (1::bigint << 35) <> 0 THEN 24::bigint ELSE 0 END
      | CASE WHEN g.mask & (1::bigint << 36) <> 0 THEN 8::bigint ELSE 0 END
 FROM (SELECT {{organization_mask}} AS mask) g)

-- Sets of project pr (P8, P9). Who reads all variables of the organization has bit 24 on every project.
-- fragment: project_varset_mask
(SELECT g.mask & (1::bigint << 63)
      | CASE WHEN g.mask & (1::bigint << 25) <> 0 THEN 24::bigint ELSE 0 END
      | CASE WHEN g.mask & (1::bigint << 24) <> 0 THEN 8::bigint ELSE 0 END
 FROM (SELECT {{project_mask}} AS mask) g)

-- fragment: varset_mask
CASE WHEN vs.project_id IS NULL THEN {{organization_varset_mask}}
     ELSE (SELECT {{project_varset_mask}} FROM projects pr WHERE pr.id = vs.project_id) END

-- fragment: varset_columns
vs.id, vs.name, vs.description, vs.global, vs.priority, vs.created_at, vs.updated_at, o.name AS organization,
CASE WHEN vs.project_id IS NULL THEN 'organizations/' || o.name ELSE 'projects/' || vs.project_id END AS parent,
ARRAY(SELECT v.id FROM vars v WHERE v.varset_id = vs.id ORDER BY v.created_at, v.id) AS var_ids,
ARRAY(SELECT l.workspace_id FROM varset_workspaces l WHERE l.varset_id = vs.id ORDER BY l.workspace_id) AS workspace_ids,
ARRAY(SELECT l.project_id FROM varset_projects l WHERE l.varset_id = vs.id ORDER BY l.project_id) AS project_ids,
(SELECT count(*) FROM vars v WHERE v.varset_id = vs.id) AS var_count,
(SELECT count(*) FROM varset_workspaces l WHERE l.varset_id = vs.id) AS workspace_count,
(SELECT count(*) FROM varset_projects l WHERE l.varset_id = vs.id) AS project_count

-- name: varset_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{varset_columns}}, {{varset_mask}} AS mask FROM varsets vs JOIN organizations o ON o.id = vs.organization_id
    WHERE vs.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- name: varset_load :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT vs.id, vs.id AS scope_id, vs.organization_id, {{varset_mask}} AS mask FROM varsets vs JOIN organizations o ON o.id = vs.organization_id
    WHERE vs.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- The rows of a page: `found` has the sets with their masks.
-- fragment: varset_page
LEFT JOIN LATERAL (
    SELECT {{varset_columns}}, vs.mask
    FROM (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $3 OFFSET $4) vs
    JOIN organizations o ON o.id = vs.organization_id ORDER BY vs.created_at, vs.id) x ON s.id IS NOT NULL

-- The masks of many sets of one organization: its own have the same, in the CTE `own`.
-- fragment: varset_page_mask
LATERAL (SELECT CASE WHEN vs.project_id IS NULL THEN (SELECT own.mask FROM own)
                ELSE (SELECT {{project_varset_mask}} FROM projects pr WHERE pr.id = vs.project_id) END AS mask)

-- fragment: varset_own
own AS MATERIALIZED (
    SELECT {{organization_varset_mask}} AS mask FROM p, scope s JOIN organizations o ON o.id = s.organization_id)

-- fragment: varset_named
($5::text IS NULL OR position(lower($5) IN lower(vs.name)) > 0)

-- $5 q, $6 filter[global], $7 scope.
-- name: organization_varset_list :many
{{principal}}, {{organization_scope}},
own AS MATERIALIZED (SELECT {{organization_varset_mask}} AS mask FROM p, scope s JOIN organizations o ON o.id = s.id),
found AS MATERIALIZED (
    SELECT vs.*, m.mask FROM p, scope s JOIN varsets vs ON vs.organization_id = s.id, {{varset_page_mask}} m
    WHERE m.mask & (1::bigint << 3) <> 0 AND {{varset_named}} AND ($6::text IS NULL OR vs.global = ($6 = 'true'))
      AND ($7::text IS DISTINCT FROM 'owned' OR vs.project_id IS NULL))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0 {{varset_page}};

-- Whether set vs reaches workspace w. A set of a project never leaves it, whatever it was applied to.
-- fragment: varset_reaches
(vs.organization_id = w.organization_id AND (vs.project_id IS NULL OR vs.project_id = w.project_id)
 AND (vs.global
      OR EXISTS (SELECT 1 FROM varset_workspaces l WHERE l.varset_id = vs.id AND l.workspace_id = w.id)
      OR EXISTS (SELECT 1 FROM varset_projects l WHERE l.varset_id = vs.id AND l.project_id = w.project_id)))

-- fragment: workspace_scope
scope AS MATERIALIZED (
    SELECT w.id, w.organization_id, w.project_id, {{workspace_mask}} AS mask
    FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id WHERE w.id = $2)

-- name: workspace_varset_list :many
{{principal}}, {{workspace_scope}}, {{varset_own}},
found AS MATERIALIZED (
    SELECT vs.*, m.mask FROM p, scope w JOIN varsets vs ON {{varset_reaches}}, {{varset_page_mask}} m
    WHERE m.mask & (1::bigint << 3) <> 0 AND {{varset_named}})
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & 1 <> 0 {{varset_page}};

-- Sets that could be applied to the workspace and do not reach it yet.
-- name: workspace_applicable_varset_list :many
{{principal}}, {{workspace_scope}}, {{varset_own}},
found AS MATERIALIZED (
    SELECT vs.*, m.mask FROM p, scope w JOIN varsets vs ON vs.organization_id = w.organization_id
           AND (vs.project_id IS NULL OR vs.project_id = w.project_id) AND NOT {{varset_reaches}}, {{varset_page_mask}} m
    WHERE m.mask & (1::bigint << 3) <> 0 AND {{varset_named}})
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & 1 <> 0 {{varset_page}};

-- What a project has: its own sets, those applied to it, the global ones. $6 scope.
-- name: project_varset_list :many
{{principal}},
scope AS MATERIALIZED (
    SELECT pr.id, pr.organization_id, {{project_mask}} AS mask
    FROM p, projects pr JOIN organizations o ON o.id = pr.organization_id WHERE pr.id = $2),
{{varset_own}},
found AS MATERIALIZED (
    SELECT vs.*, m.mask FROM p, scope s JOIN varsets vs ON vs.organization_id = s.organization_id, LATERAL (
        SELECT vs.project_id IS NOT DISTINCT FROM s.id AS owned, vs.global OR EXISTS (
            SELECT 1 FROM varset_projects l WHERE l.varset_id = vs.id AND l.project_id = s.id) AS applied) h,
        {{varset_page_mask}} m
    WHERE CASE $6::text WHEN 'owned' THEN h.owned WHEN 'applied' THEN h.applied
               WHEN 'shared' THEN h.applied AND NOT h.owned ELSE h.owned OR h.applied END
      AND m.mask & (1::bigint << 3) <> 0 AND {{varset_named}})
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 19) <> 0 {{varset_page}};

-- name: varset_create :exec
INSERT INTO varsets (id, organization_id, project_id, name, description, global, priority)
SELECT $1, $2, r.project_id, r.name, coalesce(r.description, ''), r.global, r.priority
FROM jsonb_populate_record(NULL::varsets, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: varset_update :exec
UPDATE varsets t SET updated_at = now(), (name, description, global, priority)
  = (SELECT r.name, coalesce(r.description, ''), r.global, r.priority FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: varset_delete :exec
DELETE FROM varsets WHERE id = $1 AND $2::text IS NOT NULL;

-- The ids among $3 that set $2 cannot be applied to, $1 token. visible: it is there, but outside of
-- the project that owns the set.
-- name: varset_unlinkable_workspace :many
{{principal}}
SELECT f.id, m.mask & 1 <> 0 AS visible FROM p, unnest($3::text[]) f(id) CROSS JOIN varsets vs
LEFT JOIN workspaces w ON w.id = f.id AND w.organization_id = vs.organization_id
LEFT JOIN organizations o ON o.id = w.organization_id LEFT JOIN LATERAL (SELECT {{workspace_mask}} AS mask) m ON w.id IS NOT NULL
WHERE vs.id = $2 AND (m.mask & 1 <> 0 AND (vs.project_id IS NULL OR vs.project_id = w.project_id)) IS NOT TRUE;

-- name: varset_unlinkable_project :many
{{principal}}
SELECT f.id, m.mask & (1::bigint << 19) <> 0 AS visible FROM p, unnest($3::text[]) f(id) CROSS JOIN varsets vs
LEFT JOIN projects pr ON pr.id = f.id AND pr.organization_id = vs.organization_id
LEFT JOIN LATERAL (SELECT {{project_mask}} AS mask) m ON pr.id IS NOT NULL
WHERE vs.id = $2 AND (m.mask & (1::bigint << 19) <> 0 AND (vs.project_id IS NULL OR vs.project_id = pr.id)) IS NOT TRUE;

-- name: varset_workspace_add :exec
INSERT INTO varset_workspaces (varset_id, workspace_id) SELECT $1, f.id FROM unnest($2::text[]) f(id)
ON CONFLICT ON CONSTRAINT varset_workspaces_pkey DO NOTHING;

-- name: varset_workspace_remove :exec
DELETE FROM varset_workspaces WHERE varset_id = $1 AND workspace_id = ANY ($2::text[]);

-- name: varset_workspace_prune :exec
DELETE FROM varset_workspaces WHERE varset_id = $1 AND workspace_id <> ALL ($2::text[]);

-- name: varset_project_add :exec
INSERT INTO varset_projects (varset_id, project_id) SELECT $1, f.id FROM unnest($2::text[]) f(id)
ON CONFLICT ON CONSTRAINT varset_projects_pkey DO NOTHING;

-- name: varset_project_remove :exec
DELETE FROM varset_projects WHERE varset_id = $1 AND project_id = ANY ($2::text[]);

-- name: varset_project_prune :exec
DELETE FROM varset_projects WHERE varset_id = $1 AND project_id <> ALL ($2::text[]);

-- Global sets of one organization change one after the other: no two may hold the same variable.
-- Nothing comes back unless set $1 is global.
-- name: varset_global_lock :one
SELECT o.id FROM organizations o WHERE o.id = (SELECT vs.organization_id FROM varsets vs WHERE vs.id = $1 AND vs.global)
FOR NO KEY UPDATE;

-- name: varset_global_conflict :one
SELECT v.key, other.name FROM varsets vs JOIN vars v ON v.varset_id = vs.id
JOIN varsets other ON other.organization_id = vs.organization_id AND other.global AND other.id <> vs.id
JOIN vars held ON held.varset_id = other.id AND held.category = v.category AND held.key = v.key
WHERE vs.id = $1 AND vs.global ORDER BY v.key LIMIT 1;

-- name: varset_of_var :one
SELECT varset_id FROM vars WHERE id = $1 AND varset_id IS NOT NULL;
