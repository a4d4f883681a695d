-- Policy sets: what they hold, where they apply, their parameters and versions (today-governance.md 2
-- to 4).

-- Fed by versions instead of single policies.
-- fragment: policy_set_versioned
EXISTS (SELECT 1 FROM policy_set_versions v WHERE v.policy_set_id = ps.id)

-- fragment: policy_set_columns
ps.id, ps.name, ps.description, ps.kind, ps.global, ps.overridable, ps.agent_enabled,
coalesce(ps.policy_tool_version, '') AS policy_tool_version, ps.policies_path, ps.policy_update_patterns,
ps.created_at, ps.updated_at, o.name AS organization, n.id IS NOT NULL AS versioned,
n.id AS newest_version_id, c.id AS current_version_id,
CASE WHEN n.id IS NULL THEN (SELECT count(*) FROM policy_set_policies l WHERE l.policy_set_id = ps.id)
     ELSE coalesce(jsonb_array_length(c.manifest -> 'policies'), 0) END AS policy_count,
(SELECT count(*) FROM policy_set_workspaces l WHERE l.policy_set_id = ps.id AND NOT l.excluded) AS workspace_count,
(SELECT count(*) FROM policy_set_projects l WHERE l.policy_set_id = ps.id AND NOT l.excluded) AS project_count,
CASE WHEN n.id IS NULL THEN ARRAY(
    SELECT l.policy_id FROM policy_set_policies l WHERE l.policy_set_id = ps.id ORDER BY l.policy_id) END AS policy_ids,
CASE WHEN NOT ps.global THEN ARRAY(SELECT l.workspace_id FROM policy_set_workspaces l
    WHERE l.policy_set_id = ps.id AND NOT l.excluded ORDER BY l.workspace_id) END AS workspace_ids,
CASE WHEN NOT ps.global THEN ARRAY(SELECT l.project_id FROM policy_set_projects l
    WHERE l.policy_set_id = ps.id AND NOT l.excluded ORDER BY l.project_id) END AS project_ids,
ARRAY(SELECT l.workspace_id FROM policy_set_workspaces l
    WHERE l.policy_set_id = ps.id AND l.excluded ORDER BY l.workspace_id) AS excluded_workspace_ids,
ARRAY(SELECT l.project_id FROM policy_set_projects l
    WHERE l.policy_set_id = ps.id AND l.excluded ORDER BY l.project_id) AS excluded_project_ids,
coalesce((SELECT jsonb_agg(jsonb_build_object('tag-key', t.tag_key, 'tag-value', t.tag_value, 'is-exclude', t.is_exclude)
                           ORDER BY t.tag_key, t.tag_value, t.is_exclude)
    FROM policy_set_tag_selectors t WHERE t.policy_set_id = ps.id), '[]'::jsonb) AS tag_selectors

-- fragment: policy_set_parents
JOIN organizations o ON o.id = ps.organization_id
LEFT JOIN LATERAL (SELECT v.id FROM policy_set_versions v WHERE v.policy_set_id = ps.id
                   ORDER BY v.created_at DESC, v.id DESC LIMIT 1) n ON true
LEFT JOIN LATERAL (SELECT v.id, v.manifest FROM policy_set_versions v WHERE v.policy_set_id = ps.id AND v.status = 'ready'
                   ORDER BY v.created_at DESC, v.id DESC LIMIT 1) c ON true

-- name: policy_set_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_set_columns}}, {{organization_mask}} AS scope
    FROM policy_sets ps {{policy_set_parents}}
    WHERE ps.id = $2 {{once}}) x ON x.scope & (1::bigint << 37) <> 0;

-- name: policy_set_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT ps.id, ps.id AS scope_id, ps.organization_id, ps.kind, ps.global, ps.agent_enabled, ps.overridable,
           ps.policy_tool_version, {{organization_mask}} AS scope
    FROM policy_sets ps JOIN organizations o ON o.id = ps.organization_id
    WHERE ps.id = $2 {{once}}) x ON x.scope & (1::bigint << 37) <> 0;

-- name: policy_set_include :many
{{principal}}
SELECT {{policy_set_columns}} FROM p, policy_sets ps {{policy_set_parents}}
WHERE ps.id = ANY ($2::text[]) AND {{organization_mask}} & (1::bigint << 37) <> 0 ORDER BY ps.created_at, ps.id;

-- $5 search[name], $6 filter[kind], $7 filter[versioned].
-- name: policy_set_list :many
{{principal}}, {{organization_scope}},
found AS MATERIALIZED (
    SELECT ps.* FROM scope s JOIN policy_sets ps ON ps.organization_id = s.id
    WHERE ($5::text IS NULL OR position(lower($5) IN lower(ps.name)) > 0) AND ($6::text IS NULL OR ps.kind = $6)
      AND ($7::text IS NULL OR {{policy_set_versioned}} = ($7 = 'true')))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 37) <> 0
LEFT JOIN LATERAL (
    SELECT {{policy_set_columns}}
    FROM (SELECT f.* FROM found f ORDER BY f.created_at, f.id LIMIT $3 OFFSET $4) ps {{policy_set_parents}}
    ORDER BY ps.created_at, ps.id) x ON s.id IS NOT NULL;

-- name: policy_set_create :exec
INSERT INTO policy_sets (id, organization_id, name, description, kind, global, overridable, agent_enabled,
    policy_tool_version, policies_path, policy_update_patterns, created_at, updated_at)
SELECT $1, $2, r.name, coalesce(r.description, ''), r.kind, r.global, r.overridable, r.agent_enabled,
    r.policy_tool_version, r.policies_path, coalesce(r.policy_update_patterns, '{}'), clock_timestamp(), clock_timestamp()
FROM jsonb_populate_record(NULL::policy_sets, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: policy_set_update :exec
UPDATE policy_sets t SET updated_at = now(), (name, description, global, overridable, agent_enabled,
    policy_tool_version, policies_path, policy_update_patterns)
  = (SELECT r.name, coalesce(r.description, ''), r.global, r.overridable, r.agent_enabled, r.policy_tool_version,
     r.policies_path, r.policy_update_patterns FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: policy_set_delete :exec
DELETE FROM policy_sets WHERE id = $1 AND $2::text IS NOT NULL;

-- Serializes what must not happen at once: a first version and a first single policy.
-- name: policy_set_lock :one
SELECT ps.id FROM policy_sets ps WHERE ps.id = $1 FOR NO KEY UPDATE;

-- name: policy_set_feeding :one
SELECT {{policy_set_versioned}} AS versioned, ps.global, ps.kind,
       EXISTS (SELECT 1 FROM policy_set_policies l WHERE l.policy_set_id = ps.id) AS has_policies
FROM policy_sets ps WHERE ps.id = $1;

-- An exact version of a tool ($1 opa or sentinel) that the site offers.
-- name: policy_tool_version_find :one
SELECT t.id FROM tool_versions t WHERE t.tool = $1 AND t.version = $2 AND t.enabled;

-- The ids among $3 that set $2 cannot take ($1 token). visible: there, but of another kind.
-- name: policy_set_unlinkable_policy :many
{{principal}}
SELECT f.id, true AS visible FROM p, unnest($3::text[]) f(id) CROSS JOIN policy_sets ps
LEFT JOIN policies pol ON pol.id = f.id AND pol.organization_id = ps.organization_id
WHERE ps.id = $2 AND (ps.kind = pol.kind AND NOT {{policy_set_versioned}}) IS NOT TRUE;

-- Who manages policies may name every workspace and project of the organization: a global set reaches
-- them all anyway.
-- name: policy_set_unlinkable_workspace :many
{{principal}}
SELECT f.id, true AS visible FROM p, unnest($3::text[]) f(id) CROSS JOIN policy_sets ps
LEFT JOIN workspaces w ON w.id = f.id AND w.organization_id = ps.organization_id WHERE ps.id = $2 AND w.id IS NULL;

-- name: policy_set_unlinkable_project :many
{{principal}}
SELECT f.id, true AS visible FROM p, unnest($3::text[]) f(id) CROSS JOIN policy_sets ps
LEFT JOIN projects pr ON pr.id = f.id AND pr.organization_id = ps.organization_id WHERE ps.id = $2 AND pr.id IS NULL;

-- name: policy_set_policy_add :exec
INSERT INTO policy_set_policies (policy_set_id, policy_id, organization_id)
SELECT ps.id, f.id, ps.organization_id FROM policy_sets ps, unnest($2::text[]) f(id) WHERE ps.id = $1
ON CONFLICT ON CONSTRAINT policy_set_policies_pkey DO NOTHING;

-- name: policy_set_policy_remove :exec
DELETE FROM policy_set_policies WHERE policy_set_id = $1 AND policy_id = ANY ($2::text[]);

-- name: policy_set_policy_prune :exec
DELETE FROM policy_set_policies WHERE policy_set_id = $1 AND policy_id <> ALL ($2::text[]);

-- name: policy_set_workspace_add :exec
INSERT INTO policy_set_workspaces (policy_set_id, workspace_id, organization_id, excluded)
SELECT ps.id, f.id, ps.organization_id, false FROM policy_sets ps, unnest($2::text[]) f(id) WHERE ps.id = $1
ON CONFLICT ON CONSTRAINT policy_set_workspaces_pkey DO NOTHING;

-- name: policy_set_workspace_remove :exec
DELETE FROM policy_set_workspaces WHERE policy_set_id = $1 AND NOT excluded AND workspace_id = ANY ($2::text[]);

-- name: policy_set_workspace_prune :exec
DELETE FROM policy_set_workspaces WHERE policy_set_id = $1 AND NOT excluded AND workspace_id <> ALL ($2::text[]);

-- name: policy_set_workspace_exclusion_add :exec
INSERT INTO policy_set_workspaces (policy_set_id, workspace_id, organization_id, excluded)
SELECT ps.id, f.id, ps.organization_id, true FROM policy_sets ps, unnest($2::text[]) f(id) WHERE ps.id = $1
ON CONFLICT ON CONSTRAINT policy_set_workspaces_pkey DO NOTHING;

-- name: policy_set_workspace_exclusion_remove :exec
DELETE FROM policy_set_workspaces WHERE policy_set_id = $1 AND excluded AND workspace_id = ANY ($2::text[]);

-- name: policy_set_workspace_exclusion_prune :exec
DELETE FROM policy_set_workspaces WHERE policy_set_id = $1 AND excluded AND workspace_id <> ALL ($2::text[]);

-- name: policy_set_project_add :exec
INSERT INTO policy_set_projects (policy_set_id, project_id, organization_id, excluded)
SELECT ps.id, f.id, ps.organization_id, false FROM policy_sets ps, unnest($2::text[]) f(id) WHERE ps.id = $1
ON CONFLICT ON CONSTRAINT policy_set_projects_pkey DO NOTHING;

-- name: policy_set_project_remove :exec
DELETE FROM policy_set_projects WHERE policy_set_id = $1 AND NOT excluded AND project_id = ANY ($2::text[]);

-- name: policy_set_project_prune :exec
DELETE FROM policy_set_projects WHERE policy_set_id = $1 AND NOT excluded AND project_id <> ALL ($2::text[]);

-- name: policy_set_project_exclusion_add :exec
INSERT INTO policy_set_projects (policy_set_id, project_id, organization_id, excluded)
SELECT ps.id, f.id, ps.organization_id, true FROM policy_sets ps, unnest($2::text[]) f(id) WHERE ps.id = $1
ON CONFLICT ON CONSTRAINT policy_set_projects_pkey DO NOTHING;

-- name: policy_set_project_exclusion_remove :exec
DELETE FROM policy_set_projects WHERE policy_set_id = $1 AND excluded AND project_id = ANY ($2::text[]);

-- name: policy_set_project_exclusion_prune :exec
DELETE FROM policy_set_projects WHERE policy_set_id = $1 AND excluded AND project_id <> ALL ($2::text[]);

-- $2 is [{tag-key, tag-value, is-exclude}].
-- name: policy_set_tag_selector_add :exec
INSERT INTO policy_set_tag_selectors (policy_set_id, tag_key, tag_value, is_exclude)
SELECT $1, f."tag-key", f."tag-value", coalesce(f."is-exclude", false)
FROM jsonb_to_recordset($2::jsonb) f("tag-key" text, "tag-value" text, "is-exclude" boolean)
ON CONFLICT ON CONSTRAINT policy_set_tag_selectors_key DO NOTHING;

-- name: policy_set_tag_selector_remove :exec
DELETE FROM policy_set_tag_selectors t USING jsonb_to_recordset($2::jsonb) f("tag-key" text, "tag-value" text, "is-exclude" boolean)
WHERE t.policy_set_id = $1 AND t.tag_key = f."tag-key" AND t.tag_value IS NOT DISTINCT FROM f."tag-value"
  AND t.is_exclude = coalesce(f."is-exclude", false);

-- --- Parameters ---

-- fragment: policy_set_parameter_columns
v.id, v.key, CASE WHEN v.sensitive THEN NULL ELSE v.value END AS value, v.sensitive, 'policy-set' AS category,
v.version_id, v.created_at, v.policy_set_id

-- name: policy_set_parameter_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM policy_set_parameters v WHERE v.policy_set_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT ps.id, {{organization_mask}} AS mask FROM policy_sets ps JOIN organizations o ON o.id = ps.organization_id
    WHERE ps.id = $2 {{once}}) s ON s.mask & (1::bigint << 37) <> 0
LEFT JOIN LATERAL (
    SELECT {{policy_set_parameter_columns}} FROM policy_set_parameters v WHERE v.policy_set_id = s.id
    ORDER BY v.created_at, v.id LIMIT $3 OFFSET $4) x ON true;

-- name: policy_set_parameter_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_set_parameter_columns}}, ps.organization_id, {{organization_mask}} AS scope
    FROM policy_set_parameters v JOIN policy_sets ps ON ps.id = v.policy_set_id JOIN organizations o ON o.id = ps.organization_id
    WHERE v.policy_set_id = $2 AND v.id = $3 {{once}}) x ON x.scope & (1::bigint << 37) <> 0;

-- name: policy_set_parameter_reply :one
{{principal}}
SELECT p.auth, {{policy_set_parameter_columns}} FROM p, policy_set_parameters v WHERE v.id = $2;

-- name: policy_set_parameter_lock :one
SELECT v.key, v.value, v.sensitive FROM policy_set_parameters v WHERE v.id = $1 FOR UPDATE;

-- name: policy_set_parameter_create :exec
INSERT INTO policy_set_parameters (id, policy_set_id, key, value, sealed_value, sensitive, version_id, created_at)
SELECT $1, $2, r.key, coalesce(r.value, ''), r.sealed_value, r.sensitive, {{var_version}}, clock_timestamp()
FROM jsonb_populate_record(NULL::policy_set_parameters, $3::jsonb) r WHERE $4::text IS NOT NULL;

-- name: policy_set_parameter_update :exec
UPDATE policy_set_parameters t SET version_id = {{var_version}}, (key, value, sealed_value, sensitive)
  = (SELECT r.key, r.value, r.sealed_value, r.sensitive FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: policy_set_parameter_delete :exec
DELETE FROM policy_set_parameters WHERE id = $1 AND $2::text IS NOT NULL;

-- --- Versions ---

-- fragment: policy_set_version_columns
v.id, v.source, v.status, v.error, v.commit_sha, v.commit_url, v.identifier, v.created_at, v.updated_at, v.ready_at,
v.errored_at, v.policy_set_id, CASE WHEN v.status = 'pending' THEN v.id END AS upload_id

-- name: policy_set_version_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{policy_set_version_columns}}, {{organization_mask}} AS scope
    FROM policy_set_versions v JOIN organizations o ON o.id = v.organization_id
    WHERE v.id = $2 {{once}}) x ON x.scope & (1::bigint << 37) <> 0;

-- Newest first.
-- name: policy_set_version_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM policy_set_versions v WHERE v.policy_set_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT ps.id, {{organization_mask}} AS mask FROM policy_sets ps JOIN organizations o ON o.id = ps.organization_id
    WHERE ps.id = $2 {{once}}) s ON s.mask & (1::bigint << 37) <> 0
LEFT JOIN LATERAL (
    SELECT {{policy_set_version_columns}} FROM policy_set_versions v WHERE v.policy_set_id = s.id
    ORDER BY v.created_at DESC, v.id DESC LIMIT $3 OFFSET $4) x ON true;

-- name: policy_set_version_include :many
{{principal}}
SELECT {{policy_set_version_columns}} FROM p, policy_set_versions v JOIN organizations o ON o.id = v.organization_id
WHERE v.id = ANY ($2::text[]) AND {{organization_mask}} & (1::bigint << 37) <> 0 ORDER BY v.created_at, v.id;

-- name: policy_set_version_create :exec
INSERT INTO policy_set_versions (id, organization_id, policy_set_id)
SELECT $1, ps.organization_id, ps.id FROM policy_sets ps
WHERE ps.id = $2 AND $3::text IS NOT NULL AND $4::text IS NOT NULL;

-- For signed URLs: nobody is asked who they are.
-- name: policy_set_version_object :one
SELECT v.id, v.organization_id, v.status, ps.kind, ps.policies_path
FROM policy_set_versions v JOIN policy_sets ps ON ps.id = v.policy_set_id WHERE v.id = $1;

-- name: policy_set_version_ready :one
UPDATE policy_set_versions SET status = 'ready', blob_id = $2, manifest = $3::jsonb, ready_at = now(), updated_at = now()
WHERE id = $1 AND status = 'pending' RETURNING id;

-- name: policy_set_version_errored :exec
UPDATE policy_set_versions SET status = 'errored', error = $2, errored_at = now(), updated_at = now()
WHERE id = $1 AND status = 'pending';
