-- Flat tags and key/value bindings (today-workspaces.md section 7).

-- fragment: tag_columns
t.id, t.name, t.created_at, t.organization_id, o.name AS organization,
(SELECT count(*) FROM workspace_tags n WHERE n.tag_id = t.id) AS instance_count

-- $5 name (part of it).
-- name: workspace_tag_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (
        SELECT count(*) FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id
        WHERE wt.workspace_id = s.id AND ($5::text IS NULL OR position($5 IN t.name) > 0)) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{tag_columns}} FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id
    JOIN organizations o ON o.id = t.organization_id
    WHERE wt.workspace_id = s.id AND ($5::text IS NULL OR position($5 IN t.name) > 0)
    ORDER BY wt.position LIMIT $3 OFFSET $4) x ON true;

-- $5 q, $6 filter[exclude][taggable][id].
-- name: organization_tag_list :many
{{principal}}, {{organization_scope}},
found AS (
    SELECT t.* FROM scope s JOIN tags t ON t.organization_id = s.id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(t.name)) > 0)
      AND NOT EXISTS (SELECT 1 FROM workspace_tags wt WHERE wt.tag_id = t.id AND wt.workspace_id = $6))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{tag_columns}} FROM found t JOIN organizations o ON o.id = t.organization_id
    WHERE s.id IS NOT NULL ORDER BY t.name LIMIT $3 OFFSET $4) x ON true;

-- $1 organization, $2 workspace, $3 names: creates what is missing, then attaches.
-- name: tag_create :exec
INSERT INTO tags (id, organization_id, name)
SELECT new_id('tag-'), $1, n FROM unnest($2::text[]) n ON CONFLICT ON CONSTRAINT tags_name_key DO NOTHING;

-- name: tag_attach :exec
INSERT INTO workspace_tags (workspace_id, tag_id)
SELECT $2, t.id FROM unnest($3::text[]) WITH ORDINALITY f(name, place)
JOIN tags t ON t.organization_id = $1 AND (t.name = f.name OR t.id = f.name)
ORDER BY f.place ON CONFLICT ON CONSTRAINT workspace_tags_pkey DO NOTHING;

-- The ids among $2 that are no tags of organization $1.
-- name: tag_unknown :many
SELECT f.id FROM unnest($2::text[]) f(id)
WHERE NOT EXISTS (SELECT 1 FROM tags t WHERE t.organization_id = $1 AND t.id = f.id);

-- Detaches by id or name; a tag that no workspace carries any more is gone.
-- name: tag_detach :exec
WITH gone AS (
    DELETE FROM workspace_tags wt USING tags t
    WHERE wt.workspace_id = $2 AND t.id = wt.tag_id AND t.organization_id = $1
      AND (t.id = ANY ($3::text[]) OR t.name = ANY ($3::text[])) RETURNING t.id)
DELETE FROM tags t USING gone WHERE t.id = gone.id
  AND NOT EXISTS (SELECT 1 FROM workspace_tags wt WHERE wt.tag_id = t.id AND wt.workspace_id <> $2);

-- name: tag_delete :exec
DELETE FROM tags WHERE organization_id = $1 AND id = ANY ($2::text[]);

-- name: tag_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT t.id, t.organization_id, {{organization_mask}} AS scope
    FROM tags t JOIN organizations o ON o.id = t.organization_id
    WHERE t.id = $2) x ON x.scope & (1::bigint << 28) <> 0;

-- The ids among $3 that are no visible workspaces of organization $2; $1 token.
-- name: workspace_unknown :many
{{principal}}
SELECT f.id FROM p, unnest($3::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = f.id AND w.organization_id = $2 AND {{workspace_mask}} & 1 <> 0);

-- name: tag_attach_to :exec
INSERT INTO workspace_tags (workspace_id, tag_id)
SELECT unnest($2::text[]), $1 ON CONFLICT ON CONSTRAINT workspace_tags_pkey DO NOTHING;

-- Bindings of a workspace ($2) or a project ($3): upsert by key from $4, [{key, value}].
-- name: tag_binding_merge :exec
INSERT INTO tag_bindings (id, organization_id, workspace_id, project_id, key, value, created_at)
SELECT new_id('tb-'), $1, $2, $3, f.key, coalesce(f.value, ''), clock_timestamp()
FROM jsonb_to_recordset($4::jsonb) f(key text, value text)
ON CONFLICT (workspace_id, key) DO UPDATE SET value = excluded.value;

-- name: tag_binding_merge_project :exec
INSERT INTO tag_bindings (id, organization_id, workspace_id, project_id, key, value, created_at)
SELECT new_id('tb-'), $1, $2, $3, f.key, coalesce(f.value, ''), clock_timestamp()
FROM jsonb_to_recordset($4::jsonb) f(key text, value text)
ON CONFLICT (project_id, key) DO UPDATE SET value = excluded.value;

-- Of workspace $1 or project $2; the other is NULL. Not with OR, which would read the bindings of all.
-- fragment: tag_bindings_of_one
(SELECT * FROM tag_bindings WHERE workspace_id = $1 UNION ALL SELECT * FROM tag_bindings WHERE project_id = $2) b

-- Removes what $3 ([{key}]) does not have.
-- name: tag_binding_prune :exec
DELETE FROM tag_bindings WHERE id IN (
    SELECT b.id FROM {{tag_bindings_of_one}}
    WHERE NOT EXISTS (SELECT 1 FROM jsonb_to_recordset($3::jsonb) f(key text) WHERE f.key = b.key));

-- What stands against these bindings: too many, a reserved key that the project holds. $1 workspace,
-- $2 project.
-- name: tag_binding_problem :one
SELECT (SELECT count(*) FROM {{tag_bindings_of_one}}) AS count,
       (SELECT b.key FROM tag_bindings b JOIN workspaces w ON w.id = b.workspace_id
        JOIN tag_bindings pb ON pb.project_id = w.project_id AND pb.key = b.key
        JOIN reserved_tag_keys k ON k.organization_id = b.organization_id AND k.key = b.key
             AND k.disable_overrides
        WHERE b.workspace_id = $1 LIMIT 1) AS reserved;

-- name: workspace_binding_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, s.id AS owner_id, x.* FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{workspace_mask}} AS mask FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT b.id, b.key, b.value, b.created_at FROM tag_bindings b WHERE b.workspace_id = s.id
    ORDER BY b.created_at, b.key LIMIT $3 OFFSET $4) x ON true;

-- name: project_binding_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, s.id AS owner_id, x.* FROM p LEFT JOIN LATERAL (
    SELECT pr.id, {{project_mask}} AS mask FROM projects pr JOIN organizations o ON o.id = pr.organization_id
    WHERE pr.id = $2) s ON s.mask & (1::bigint << 19) <> 0
LEFT JOIN LATERAL (
    SELECT b.id, b.key, b.value, b.created_at FROM tag_bindings b WHERE b.project_id = s.id
    ORDER BY b.created_at, b.key LIMIT $3 OFFSET $4) x ON true;

-- Own bindings, then what comes from the project.
-- name: workspace_effective_binding_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT w.id, w.project_id, {{workspace_mask}} AS mask
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2) s ON s.mask & 1 <> 0
LEFT JOIN LATERAL (
    SELECT {{effective_binding_columns}} FROM {{effective_bindings}}
    ORDER BY b.project_id NULLS FIRST, b.created_at, b.key LIMIT $3 OFFSET $4) x ON true;

-- Those that count for workspace s.
-- fragment: effective_bindings
(SELECT own.* FROM tag_bindings own WHERE own.workspace_id = s.id
 UNION ALL
 SELECT pb.* FROM tag_bindings pb WHERE pb.project_id = s.project_id AND NOT EXISTS (
     SELECT 1 FROM tag_bindings own WHERE own.workspace_id = s.id AND own.key = pb.key)) b

-- The id names the pair (holder, binding), since one project binding counts for many workspaces.
-- fragment: effective_binding_columns
md5(s.id || '/' || b.id) AS id, b.key, b.value,
CASE WHEN b.project_id IS NOT NULL AND b.project_id <> s.id THEN b.project_id END AS inherited_from

-- name: workspace_effective_binding_include :many
{{principal}}
SELECT w.id AS parent_id, x.* FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id,
    LATERAL (SELECT w.id, w.project_id) s,
    LATERAL (SELECT {{effective_binding_columns}} FROM {{effective_bindings}}
             ORDER BY b.project_id NULLS FIRST, b.created_at, b.key) x
WHERE w.id = ANY ($2::text[]) AND {{workspace_mask}} & 1 <> 0;

-- name: project_effective_binding_include :many
{{principal}}
SELECT pr.id AS parent_id, x.* FROM p, projects pr,
    LATERAL (SELECT {{effective_binding_columns}} FROM tag_bindings b, LATERAL (SELECT pr.id) s
             WHERE b.project_id = pr.id ORDER BY b.created_at, b.key) x
WHERE pr.id = ANY ($2::text[]) AND {{project_mask}} & (1::bigint << 19) <> 0;

-- name: project_effective_binding_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT pr.id, {{project_mask}} AS mask FROM projects pr JOIN organizations o ON o.id = pr.organization_id
    WHERE pr.id = $2) s ON s.mask & (1::bigint << 19) <> 0
LEFT JOIN LATERAL (
    SELECT {{effective_binding_columns}} FROM tag_bindings b WHERE b.project_id = s.id
    ORDER BY b.created_at, b.key LIMIT $3 OFFSET $4) x ON true;

-- The bindings with the keys of $3 in its order: the answer to a merge. $1 token, $2 owner.
-- name: tag_binding_reply :many
{{principal}}
SELECT p.auth, b.id, b.key, b.value, b.created_at
FROM p, unnest($2::text[]) WITH ORDINALITY f(id, place) JOIN tag_bindings b ON b.id = f.id
ORDER BY f.place;

-- name: tag_binding_ids :one
SELECT ARRAY(SELECT b.id FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY f(item, place)
             JOIN {{tag_bindings_of_one}} ON b.key = f.item ->> 'key'
             ORDER BY f.place) AS ids;
