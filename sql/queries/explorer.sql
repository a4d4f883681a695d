-- The explorer: what the workspaces of organization $1 are and use (today-workspaces.md 17). $2 limit,
-- $3 offset, $4 filters, $5 orders (see sql/functions/170_explorer.sql). That the caller reads all
-- workspaces is certain when one of these is asked.

-- A row of the view, as JSON where there are filters.
-- fragment: explorer_facts
v WHERE $4::jsonb = '[]' OR explorer_matches(to_jsonb(v), $4::jsonb)

-- fragment: explorer_page
SELECT t.total, x.* FROM (SELECT count(*) AS total FROM found) t LEFT JOIN LATERAL (
    SELECT f.* FROM found f, LATERAL (SELECT CASE WHEN $5::jsonb <> '[]' THEN to_jsonb(f) END AS facts OFFSET 0) j
    ORDER BY explorer_number(j.facts, $5::jsonb, 0), explorer_text(j.facts, $5::jsonb, 0, false),
             explorer_text(j.facts, $5::jsonb, 0, true) DESC NULLS LAST,
             explorer_number(j.facts, $5::jsonb, 1), explorer_text(j.facts, $5::jsonb, 1, false),
             explorer_text(j.facts, $5::jsonb, 1, true) DESC NULLS LAST,
             explorer_number(j.facts, $5::jsonb, 2), explorer_text(j.facts, $5::jsonb, 2, false),
             explorer_text(j.facts, $5::jsonb, 2, true) DESC NULLS LAST,
             f.place, f.id
    LIMIT $2 OFFSET $3) x ON true

-- What the runner that made state sv has told of its configuration.
-- fragment: explorer_dependencies
LEFT JOIN run_phases d ON d.run_id = sv.run_id AND d.kind = 'plan'

-- `module.network["a"]` is the module network.
-- fragment: explorer_modules
(SELECT c.name, d.dependencies -> 'modules' -> c.name ->> 'source' AS source,
        d.dependencies -> 'modules' -> c.name ->> 'version' AS version
 FROM (SELECT DISTINCT regexp_replace(k.name, '\[[^]]*\]', '', 'g') AS name
       FROM json_object_keys(sv.modules::json) k(name) WHERE k.name <> 'root') c)

-- `module.a.provider["registry.terraform.io/hashicorp/aws"].west` is registry.terraform.io/hashicorp/aws;
-- states of before 0.13 say `provider.aws`.
-- fragment: explorer_providers
(SELECT c.source, d.dependencies -> 'providers' ->> c.source AS version
 FROM (SELECT DISTINCT coalesce(substring(k.name FROM 'provider\["([^"]+)"\]'), substring(k.name FROM 'provider\.([^.]+)')) AS source
       FROM json_object_keys(sv.providers::json) k(name)) c)

-- Whose registry an address is in; NULL: in none.
-- fragment: explorer_registry
CASE WHEN u.source LIKE 'registry.terraform.io/%' OR u.source LIKE 'registry.opentofu.org/%' THEN 'public'
     WHEN u.is_of_registry THEN 'private' END

-- Without an assessment no checks have been made and no drift was found.
-- name: explorer_workspaces :many
WITH found AS MATERIALIZED (SELECT v.* FROM (
    SELECT w.id, w.created_at AS place, coalesce(a.all_checks_succeeded, true) AS all_checks_succeeded,
           (SELECT count(*) FROM workspace_resources r WHERE r.workspace_id = w.id
              AND r.provider_type NOT IN ('null_resource', 'terraform_data')) AS current_rum_count,
           coalesce(a.checks_errored, 0) AS checks_errored, coalesce(a.checks_failed, 0) AS checks_failed,
           coalesce(a.checks_passed, 0) AS checks_passed, coalesce(a.checks_unknown, 0) AS checks_unknown,
           (r.status_timestamps ->> 'applied-at')::timestamptz AS current_run_applied_at,
           r.id AS current_run_external_id, r.status AS current_run_status, coalesce(a.drifted, false) AS drifted, w.id AS external_id,
           m.count AS module_count, m.names AS modules, o.name AS organization_name, pr.id AS project_external_id,
           pr.name AS project_name, pv.count AS provider_count, pv.names AS providers, w.resource_count,
           coalesce(a.resources_drifted, 0) AS resources_drifted, coalesce(a.resources_undrifted, 0) AS resources_undrifted,
           'private/' || o.name || '/' || w.source_module AS source_module_id,
           sv.terraform_version AS state_version_terraform_version,
           nullif(concat_ws(', ', nullif(array_to_string(w.tag_names, ', '), ''),
               (SELECT string_agg(b.key || ':' || b.value, ', ' ORDER BY b.created_at, b.key) FROM tag_bindings b
                WHERE b.workspace_id = w.id AND b.value <> '')), '') AS tags,
           w.vcs_repo ->> 'identifier' AS vcs_repo_identifier, w.created_at AS workspace_created_at,
           w.name AS workspace_name, w.terraform_version AS workspace_terraform_version,
           w.updated_at AS workspace_updated_at
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id JOIN projects pr ON pr.id = w.project_id
    LEFT JOIN state_versions sv ON sv.id = w.current_state_version_id
    {{explorer_dependencies}}
    LEFT JOIN runs r ON r.id = w.current_run_id
    LEFT JOIN assessment_results a ON a.id = w.current_assessment_result_id,
    LATERAL (SELECT count(*) AS count, string_agg(n.name, ', ' ORDER BY n.name) AS names FROM {{explorer_modules}} n) m,
    LATERAL (SELECT count(*) AS count, string_agg(CASE WHEN n.version IS NULL THEN n.source
        ELSE regexp_replace(n.source, '/', '/providers/') || '/' || n.version END, ', ' ORDER BY n.source) AS names
        FROM {{explorer_providers}} n) pv
    WHERE w.organization_id = $1) {{explorer_facts}})
{{explorer_page}};

-- The version that made the state; of a workspace without one, the version that it is set to.
-- name: explorer_tf_versions :many
WITH found AS MATERIALIZED (SELECT v.* FROM (
    SELECT u.version AS id, version_sort_key(u.version) AS place, u.version AS unique_identifier, u.version,
           count(*) AS workspace_count, string_agg(u.name, ', ' ORDER BY u.name) AS workspaces
    FROM (SELECT w.name, coalesce(sv.terraform_version, w.terraform_version) AS version
          FROM workspaces w LEFT JOIN state_versions sv ON sv.id = w.current_state_version_id
          WHERE w.organization_id = $1) u
    GROUP BY u.version) {{explorer_facts}})
{{explorer_page}};

-- name: explorer_providers :many
WITH found AS MATERIALIZED (SELECT v.* FROM (
    SELECT concat_ws('/', u.source, u.version) AS id, u.source AS place, regexp_replace(u.source, '^.*/', '') AS name,
           u.source, u.version, {{explorer_registry}} AS registry_type, count(*) AS workspace_count,
           string_agg(u.name, ', ' ORDER BY u.name) AS workspaces
    FROM (SELECT w.name, n.source, n.version, n.source LIKE '%/%/%' AND n.source NOT LIKE 'terraform.io/builtin/%' AS is_of_registry
          FROM workspaces w JOIN state_versions sv ON sv.id = w.current_state_version_id
          {{explorer_dependencies}}, LATERAL {{explorer_providers}} n
          WHERE w.organization_id = $1) u
    GROUP BY u.source, u.version, u.is_of_registry) {{explorer_facts}})
{{explorer_page}};

-- A module of a registry has a version, and its name is in its address: host/namespace/name/provider.
-- name: explorer_modules :many
WITH found AS MATERIALIZED (SELECT v.* FROM (
    SELECT concat_ws('/', coalesce(u.source, u.module), u.version) AS id, u.module AS place, u.module AS name, u.source, u.version,
           {{explorer_registry}} AS registry_type, count(*) AS workspace_count, string_agg(u.name, ', ' ORDER BY u.name) AS workspaces
    FROM (SELECT DISTINCT w.name, n.source, n.version, n.version IS NOT NULL AS is_of_registry,
                 CASE WHEN n.version IS NULL THEN n.name ELSE split_part(n.source, '/', 3) END AS module
          FROM workspaces w JOIN state_versions sv ON sv.id = w.current_state_version_id
          {{explorer_dependencies}}, LATERAL {{explorer_modules}} n
          WHERE w.organization_id = $1) u
    GROUP BY u.module, u.source, u.version, u.is_of_registry) {{explorer_facts}})
{{explorer_page}};

-- name: explorer_resources :many
WITH found AS MATERIALIZED (SELECT v.* FROM (
    SELECT r.id, w.created_at AS place, r.name, r.address, r.provider_type, r.provider AS provider_name, r.module AS module_name,
           sv.terraform_version, r.provider_type NOT IN ('null_resource', 'terraform_data') AS billable_rum,
           CASE WHEN sv.run_id IS NULL THEN 'local' ELSE 'run' END AS source_type, sv.run_id AS source_id,
           sv.created_at AS source_updated_at, w.name AS workspace_name, w.id AS workspace_external_id,
           pr.name AS project_name, pr.id AS project_external_id, w.organization_id AS organization_external_id
    FROM workspaces w JOIN projects pr ON pr.id = w.project_id
    LEFT JOIN state_versions sv ON sv.id = w.current_state_version_id,
    LATERAL (SELECT r.* FROM workspace_resources r WHERE r.workspace_id = w.id {{once}}) r
    WHERE w.organization_id = $1) {{explorer_facts}})
{{explorer_page}};

-- Saved views. Who may use the explorer may change them.

-- fragment: explorer_view_columns
e.id, e.organization_id, e.name, e.query_type, e.query, e.created_at

-- name: explorer_view_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM explorer_views e WHERE e.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{explorer_view_columns}} FROM explorer_views e
    WHERE e.organization_id = s.id ORDER BY e.created_at, e.id LIMIT $3 OFFSET $4) x ON true;

-- $2 organization, $3 view.
-- name: explorer_view_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{explorer_view_columns}}, e.organization_id AS scope_id, {{organization_mask}} AS scope
    FROM explorer_views e JOIN organizations o ON o.id = e.organization_id
    WHERE o.name = $2 AND e.id = $3 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- name: explorer_view_read :one
{{principal}}
SELECT p.auth, {{explorer_view_columns}} FROM p, explorer_views e WHERE e.id = $2;

-- $2 organization, $3 name, $4 type, $5 query.
-- name: explorer_view_create :exec
INSERT INTO explorer_views (id, organization_id, name, query_type, query) VALUES ($1, $2, $3, $4, $5::jsonb);

-- NULL: as it was.
-- name: explorer_view_update :exec
UPDATE explorer_views SET name = coalesce($2, name), query_type = coalesce($3, query_type), query = coalesce($4::jsonb, query)
WHERE id = $1;

-- name: explorer_view_delete :exec
DELETE FROM explorer_views WHERE id = $1;
