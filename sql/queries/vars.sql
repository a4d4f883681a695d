-- Variables of workspaces and of variable sets (today-workspaces.md sections 9 to 11).

-- What variable v shows. A sensitive value leaves the database for nobody.
-- fragment: var_columns
v.id, v.key, CASE WHEN v.sensitive THEN NULL ELSE v.value END AS value, v.sensitive, v.category, v.hcl,
v.description, v.version_id, v.created_at, v.workspace_id, v.varset_id,
(SELECT w.name FROM workspaces w WHERE w.id = v.workspace_id) AS workspace,
(SELECT o.name FROM organizations o WHERE o.id = v.organization_id) AS organization

-- The mask on variable v of organization o: its workspace's, or its set's.
-- fragment: var_mask
CASE WHEN v.workspace_id IS NOT NULL
     THEN (SELECT {{workspace_mask}} FROM workspaces w WHERE w.id = v.workspace_id)
     ELSE (SELECT {{varset_mask}} FROM varsets vs WHERE vs.id = v.varset_id) END

-- name: var_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{var_columns}}, {{var_mask}} AS mask FROM vars v JOIN organizations o ON o.id = v.organization_id
    WHERE v.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- name: var_load :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT v.id, v.organization_id, {{var_mask}} AS mask FROM vars v JOIN organizations o ON o.id = v.organization_id
    WHERE v.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- The mask is that of the workspace or the set, and worked out once for each, however many variables
-- it has.
-- name: var_include :many
{{principal}},
wanted AS MATERIALIZED (SELECT v.* FROM vars v WHERE v.id = ANY ($2::text[])),
holders AS MATERIALIZED (
    SELECT v.workspace_id, v.varset_id, {{var_mask}} AS mask
    FROM p, (SELECT DISTINCT organization_id, workspace_id, varset_id FROM wanted) v
    JOIN organizations o ON o.id = v.organization_id)
SELECT {{var_columns}}, h.mask FROM wanted v JOIN holders h
    ON h.workspace_id IS NOT DISTINCT FROM v.workspace_id AND h.varset_id IS NOT DISTINCT FROM v.varset_id
WHERE h.mask & (1::bigint << 3) <> 0 ORDER BY v.created_at, v.id;

-- $2 workspace, $3 variable.
-- name: workspace_var_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{var_columns}}, {{workspace_mask}} AS mask
    FROM vars v JOIN workspaces w ON w.id = v.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE v.id = $3 AND w.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- name: workspace_var_load :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT v.id, v.organization_id, {{workspace_mask}} AS mask
    FROM vars v JOIN workspaces w ON w.id = v.workspace_id JOIN organizations o ON o.id = w.organization_id
    WHERE v.id = $3 AND w.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- name: workspace_var_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{var_columns}} FROM vars v WHERE v.workspace_id = s.id
    ORDER BY v.created_at, v.id LIMIT $3 OFFSET $4) x ON true;

-- All variables that the caller reads, or those of one workspace: $4 organization, $5 workspace, both
-- by name (api-2017.md 2.12). Names that lead nowhere are a 404.
-- name: var_list :many
{{principal}},
mine AS MATERIALIZED (
    SELECT o.id, {{organization_mask}} AS mask
    FROM p, LATERAL (SELECT t.organization_id AS id FROM teams t WHERE t.id = ANY (p.team_ids)
                     UNION SELECT p.organization_id WHERE p.organization_id IS NOT NULL) belongs
    JOIN organizations o ON o.id = belongs.id
    WHERE {{tokens_accepted}} AND ($4::text IS NULL OR o.name = $4)),
granted_workspaces AS MATERIALIZED (
    SELECT g.workspace_id FROM p, team_workspaces g WHERE g.team_id = ANY (p.team_ids) AND g.mask & (1::bigint << 3) <> 0),
granted_projects AS MATERIALIZED (
    SELECT g.project_id FROM p, team_projects g WHERE g.team_id = ANY (p.team_ids) AND g.mask & (1::bigint << 3) <> 0),
named AS MATERIALIZED (
    SELECT w.id FROM mine o JOIN workspaces w ON w.organization_id = o.id WHERE w.name = $5 AND {{workspace_vars_granted}}),
found AS NOT MATERIALIZED (
    SELECT v.id, v.created_at FROM named n JOIN vars v ON v.workspace_id = n.id
    UNION ALL
    SELECT v.id, v.created_at FROM mine o JOIN vars v ON v.organization_id = o.id JOIN workspaces w ON w.id = v.workspace_id
    WHERE $5::text IS NULL AND {{workspace_vars_granted}})
SELECT p.auth, CASE WHEN $5::text IS NOT NULL THEN (SELECT 0 FROM named LIMIT 1)
                    WHEN $4::text IS NOT NULL THEN (SELECT 0 FROM mine LIMIT 1) ELSE 0 END AS scope,
       (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{var_columns}} FROM (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $2 OFFSET $3) f
    JOIN vars v ON v.id = f.id ORDER BY f.created_at, f.id) x ON true;

-- fragment: workspace_vars_granted
(o.mask & (1::bigint << 3) <> 0 OR w.id IN (SELECT workspace_id FROM granted_workspaces)
 OR w.project_id IN (SELECT project_id FROM granted_projects))

-- fragment: var_version
replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')

-- fragment: var_create_columns
INSERT INTO vars (id, organization_id, workspace_id, varset_id, key, value, sealed_value, description, category,
    hcl, sensitive, version_id, created_at)

-- fragment: var_create_values
r.key, coalesce(r.value, ''), r.sealed_value, r.description, r.category, r.hcl, r.sensitive, {{var_version}},
clock_timestamp()

-- name: workspace_var_create :exec
{{var_create_columns}}
SELECT $1, w.organization_id, w.id, NULL, {{var_create_values}}
FROM workspaces w, jsonb_populate_record(NULL::vars, $3::jsonb) r WHERE w.id = $2 AND $4::text IS NOT NULL;

-- name: var_update :exec
UPDATE vars t SET version_id = {{var_version}},
    (key, value, sealed_value, description, category, hcl, sensitive)
  = (SELECT r.key, r.value, r.sealed_value, r.description, r.category, r.hcl, r.sensitive
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: var_delete :exec
DELETE FROM vars WHERE id = $1 AND $2::text IS NOT NULL;

-- What the rules look at, held against other writers: a value must not slip past its sealing.
-- name: var_lock :one
SELECT v.key, v.value, v.sensitive FROM vars v WHERE v.id = $1 FOR UPDATE;

-- The ids among $2 that are no variables of workspace $1.
-- name: workspace_var_unknown :many
SELECT f.id FROM unnest($2::text[]) f(id)
WHERE NOT EXISTS (SELECT 1 FROM vars v WHERE v.id = f.id AND v.workspace_id = $1);

-- Variables of sets. $2 set, $3 variable.
-- name: varset_var_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{var_columns}}, {{varset_mask}} AS mask
    FROM vars v JOIN varsets vs ON vs.id = v.varset_id JOIN organizations o ON o.id = vs.organization_id
    WHERE v.id = $3 AND vs.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- name: varset_var_load :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT v.id, v.organization_id, {{varset_mask}} AS mask
    FROM vars v JOIN varsets vs ON vs.id = v.varset_id JOIN organizations o ON o.id = vs.organization_id
    WHERE v.id = $3 AND vs.id = $2) x ON x.mask & (1::bigint << 3) <> 0;

-- name: varset_var_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT vs.id, {{varset_mask}} AS mask FROM varsets vs JOIN organizations o ON o.id = vs.organization_id
    WHERE vs.id = $2) s ON s.mask & (1::bigint << 3) <> 0
LEFT JOIN LATERAL (
    SELECT {{var_columns}} FROM vars v WHERE v.varset_id = s.id
    ORDER BY v.created_at, v.id LIMIT $3 OFFSET $4) x ON true;

-- name: varset_var_create :exec
{{var_create_columns}}
SELECT $1, vs.organization_id, NULL, vs.id, {{var_create_values}}
FROM varsets vs, jsonb_populate_record(NULL::vars, $3::jsonb) r WHERE vs.id = $2 AND $4::text IS NOT NULL;

-- Sets that reach workspace w, with their place in the order of precedence (today-workspaces.md
-- section 11; 8 is the workspace itself). Of a project and a workspace scope the better one counts; a
-- global set has no other scope.
-- fragment: varset_ranks
SELECT vs.id, vs.name, min(l.rank) AS rank FROM varsets vs, LATERAL (
    SELECT CASE WHEN vs.priority THEN 1 ELSE 13 END AS rank WHERE vs.global
    UNION ALL
    SELECT CASE WHEN vs.project_id IS NULL THEN CASE WHEN vs.priority THEN 2 ELSE 12 END
                ELSE CASE WHEN vs.priority THEN 4 ELSE 10 END END
    FROM varset_projects l WHERE l.varset_id = vs.id AND l.project_id = w.project_id AND NOT vs.global
    UNION ALL
    SELECT CASE WHEN vs.project_id IS NULL THEN CASE WHEN vs.priority THEN 3 ELSE 11 END
                ELSE CASE WHEN vs.priority THEN 5 ELSE 9 END END
    FROM varset_workspaces l WHERE l.varset_id = vs.id AND l.workspace_id = w.id AND NOT vs.global) l
WHERE vs.organization_id = w.organization_id AND (vs.project_id IS NULL OR vs.project_id = w.project_id)
GROUP BY vs.id

-- All that workspace w has, best first in each (category, key): place 1 is what counts. Equal ranks go
-- by the set's name, by code points.
-- fragment: var_candidates
SELECT c.id, c.category, c.key, row_number() OVER (PARTITION BY c.category, c.key
       ORDER BY c.rank, c.name COLLATE "C", c.varset_id) AS place
FROM (SELECT v.id, v.category, v.key, 8 AS rank, '' AS name, '' AS varset_id FROM vars v WHERE v.workspace_id = w.id
      UNION ALL
      SELECT v.id, v.category, v.key, r.rank, r.name, r.id FROM ({{varset_ranks}}) r JOIN vars v ON v.varset_id = r.id) c

-- name: effective_var_list :many
{{principal}}, {{workspace_scope}}
SELECT p.auth, s.mask AS scope, x.*
FROM p LEFT JOIN scope s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{var_columns}} FROM scope w, LATERAL ({{var_candidates}}) c JOIN vars v ON v.id = c.id
    WHERE s.id IS NOT NULL AND c.place = 1 ORDER BY v.created_at, v.id LIMIT $3 OFFSET $4) x ON true;

-- The variables of set vs as seen from workspace w: what each overrides there and what overrides it.
-- fragment: var_overwrites
ARRAY(SELECT b.id FROM candidates b WHERE a.place = 1 AND b.place > 1 AND b.category = v.category AND b.key = v.key
      ORDER BY b.place) AS overwritten,
(SELECT b.id FROM candidates b WHERE a.place > 1 AND b.place = 1 AND b.category = v.category AND b.key = v.key) AS overwriter

-- fragment: workspace_and_varset
{{workspace_scope}},
candidates AS MATERIALIZED (SELECT c.* FROM scope w, LATERAL ({{var_candidates}}) c),
varset AS MATERIALIZED (
    SELECT vs.id, {{varset_mask}} AS mask FROM p, scope s JOIN varsets vs ON vs.organization_id = s.organization_id
        JOIN organizations o ON o.id = vs.organization_id
    WHERE vs.id = $3 AND s.mask & (1::bigint << 3) <> 0)

-- $2 workspace, $3 set, $4 limit, $5 offset.
-- name: workspace_varset_var_list :many
{{principal}}, {{workspace_and_varset}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN varset s ON s.mask & (1::bigint << 3) <> 0
LEFT JOIN LATERAL (
    SELECT {{var_columns}}, {{var_overwrites}} FROM vars v LEFT JOIN candidates a ON a.id = v.id
    WHERE v.varset_id = s.id ORDER BY v.created_at, v.id LIMIT $4 OFFSET $5) x ON true;

-- $4 variable.
-- name: workspace_varset_var_show :one
{{principal}}, {{workspace_and_varset}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{var_columns}}, {{var_overwrites}}, s.mask
    FROM varset s JOIN vars v ON v.varset_id = s.id LEFT JOIN candidates a ON a.id = v.id
    WHERE v.id = $4) x ON x.mask & (1::bigint << 3) <> 0;
