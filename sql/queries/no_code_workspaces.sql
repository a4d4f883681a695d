-- Workspaces that are made of a no-code module, and their upgrades (today-registry-vcs.md section 4).

-- The version that workspaces of no-code module n get: the pinned one, else the latest.
-- fragment: no_code_version
(SELECT v.version, v.sort_key, v.contents FROM registry_module_versions v
 WHERE v.module_id = n.registry_module_id AND v.status = 'ok' AND NOT v.revoked
   AND (n.version_pin IS NULL OR v.version = n.version_pin)
 ORDER BY {{registry_latest}} LIMIT 1)

-- Of its contents only what a call is written from.
-- fragment: no_code_columns
n.id AS no_code_module_id, n.organization_id, n.enabled, o.name AS organization, m.name AS module_name, m.provider, t.version,
jsonb_build_object('root', jsonb_build_object('inputs', t.contents #> '{root,inputs}', 'outputs', t.contents #> '{root,outputs}'),
                   'interface', t.contents -> 'interface') AS contents,
coalesce((SELECT jsonb_object_agg(c.variable_name, to_jsonb(c.options)) FROM no_code_variable_options c
          WHERE c.no_code_module_id = n.id AND c.options <> '{}'), '{}') AS choices

-- fragment: no_code_parents
JOIN organizations o ON o.id = n.organization_id JOIN registry_modules m ON m.id = n.registry_module_id
LEFT JOIN LATERAL {{no_code_version}} t ON true

-- name: no_code_deploy_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT n.id, {{no_code_columns}}, {{organization_mask}} AS scope
    FROM no_code_modules n {{no_code_parents}}
    WHERE n.id = $2 {{once}}) x ON x.scope & (1::bigint << 28) <> 0;

-- Workspace $3, which is of no-code module $2.
-- name: no_code_upgrade_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT w.id, {{no_code_columns}}, {{workspace_upgrade}} AS available, {{workspace_mask}} AS scope
    FROM workspaces w JOIN no_code_modules n ON n.id = w.no_code_module_id {{no_code_parents}}
    WHERE w.id = $3 AND n.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- A new workspace belongs to no-code module $2 and is at $3 (name/provider/version). Where workspaces are
-- local unless they say otherwise, this one says otherwise: its run is the point of it.
-- name: no_code_workspace_adopt :exec
UPDATE workspaces t SET source = 'tfe-module', no_code_module_id = $2, source_module = $3,
    (own_execution_mode, execution_mode) = (
        SELECT CASE WHEN x.mode = 'local' THEN true ELSE w.own_execution_mode END,
               CASE WHEN x.mode = 'local' THEN 'remote' ELSE w.execution_mode END
        FROM workspaces w {{workspace_parents}}, LATERAL (SELECT {{workspace_execution_mode}} AS mode) x WHERE w.id = $1)
WHERE t.id = $1;

-- The inputs among $2 (names) that nothing gives workspace $1: no variable of its own, no variable set.
-- name: no_code_input_missing :many
WITH given AS MATERIALIZED (
    SELECT c.category, c.key FROM workspaces w, LATERAL ({{var_candidates}}) c WHERE w.id = $1 AND c.place = 1)
SELECT f.name FROM jsonb_array_elements_text($2::jsonb) WITH ORDINALITY f(name, place)
WHERE NOT EXISTS (SELECT FROM given g WHERE g.category = 'terraform' AND g.key = f.name
                                         OR g.category = 'env' AND g.key = 'TF_VAR_' || f.name)
ORDER BY f.place;

-- name: workspace_var_named :one
SELECT v.id FROM vars v WHERE v.workspace_id = $1 AND v.category = $2 AND v.key = $3;

-- name: configuration_version_of_module :exec
UPDATE configuration_versions SET source_module = $2 WHERE id = $1;

-- An upgrade is a run with a configuration that calls a module.
-- fragment: workspace_upgrade_columns
r.id, r.status, r.organization_id, w.id AS workspace_id, '/app/' || o.name || '/workspaces/' || w.name || '/runs/' || r.id AS plan_url

-- fragment: workspace_upgrade_parents
JOIN configuration_versions cv ON cv.id = r.configuration_version_id AND cv.source_module IS NOT NULL
{{run_workspace}}

-- $2 no-code module, $3 workspace, $4 run.
-- name: workspace_upgrade_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_upgrade_columns}}, NULL AS message, {{workspace_mask}} AS scope
    FROM runs r {{workspace_upgrade_parents}}
    WHERE r.id = $4 AND w.id = $3 AND w.no_code_module_id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- What has just begun: run $2.
-- name: workspace_upgrade_begun :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_upgrade_columns}}, NULL AS message, {{workspace_mask}} AS scope
    FROM runs r {{workspace_upgrade_parents}} WHERE r.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- name: workspace_upgrade_confirmed :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_upgrade_columns}}, 'Workspace update completed' AS message, {{workspace_mask}} AS scope
    FROM runs r {{workspace_upgrade_parents}} WHERE r.id = $2 {{once}}) x ON x.scope & 1 <> 0;

-- There is nothing to upgrade workspace $2 to.
-- name: workspace_upgrade_none :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT w.id, w.id AS workspace_id, NULL AS status, NULL AS plan_url, 'No upgrade is available for this workspace' AS message,
           {{workspace_mask}} AS scope
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id WHERE w.id = $2 {{once}}) x ON x.scope & 1 <> 0;
