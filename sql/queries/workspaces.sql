-- Workspaces: show, list, include, create, update, delete, lock.

-- The mode and pool that apply: the workspace's own, its project's, the organization's
-- (today-workspaces.md 2.3).
-- fragment: workspace_execution_mode
CASE WHEN w.own_execution_mode THEN w.execution_mode
     WHEN pr.own_execution_mode THEN pr.execution_mode
     ELSE o.default_execution_mode END

-- fragment: workspace_agent_pool
CASE WHEN w.own_execution_mode THEN w.agent_pool_id
     WHEN pr.own_execution_mode THEN pr.agent_pool_id
     ELSE o.default_agent_pool_id END

-- NULL for a workspace of no such module.
-- fragment: workspace_upgrade
CASE WHEN w.no_code_module_id IS NOT NULL THEN no_code_upgrade_available(w.no_code_module_id, w.source_module) END

-- fragment: workspace_columns
w.id, w.name, w.description, w.created_at, w.updated_at, w.latest_change_at, w.allow_destroy_plan,
w.assessments_enabled, w.auto_apply, w.auto_apply_run_trigger, w.auto_destroy_at,
w.auto_destroy_activity_duration, w.inherits_project_auto_destroy, w.file_triggers_enabled,
w.trigger_prefixes, w.trigger_patterns, w.global_remote_state, w.project_remote_state,
w.queue_all_runs, w.speculative_enabled, w.structured_run_output_enabled, w.terraform_version,
w.working_directory, w.source, w.source_name, w.source_url, w.vcs_repo, w.vcs_repo ->> 'identifier' AS vcs_repo_identifier,
w.locked_by IS NOT NULL AS locked, w.locked_reason, w.resource_count, w.own_execution_mode,
w.ssh_key_id, w.current_state_version_id, w.current_configuration_version_id, w.current_run_id, w.latest_run_id,
w.current_assessment_result_id, w.last_assessment_result_at, w.apply_duration_average, w.plan_duration_average, w.policy_check_failures, w.run_failures, w.workspace_kpis_runs_count, w.project_id, o.name AS organization,
{{workspace_execution_mode}} AS execution_mode,
{{workspace_execution_mode}} <> 'local' AS operations,
{{workspace_agent_pool}} AS agent_pool_id,
w.tag_names, w.var_ids, w.output_ids,
'private/' || o.name || '/' || w.source_module AS source_module_id, {{workspace_upgrade}} AS no_code_upgrade_available,
w.data_retention_policy,
CASE WHEN w.locked_by LIKE 'user-%' THEN 'users/' WHEN w.locked_by LIKE 'team-%' THEN 'teams/'
     WHEN w.locked_by LIKE 'run-%' THEN 'runs/' ELSE 'organizations/' END || w.locked_by AS locked_by

-- fragment: workspace_parents
JOIN organizations o ON o.id = w.organization_id JOIN projects pr ON pr.id = w.project_id

-- name: workspace_show :one :batch
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_columns}}, {{workspace_mask}} AS mask
    FROM workspaces w {{workspace_parents}}
    WHERE w.id = $2 {{once}}) x ON x.mask & 1 <> 0;

-- name: workspace_show_named :one :batch
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{workspace_columns}}, {{workspace_mask}} AS mask
    FROM workspaces w {{workspace_parents}}
    WHERE {{workspace_named}} {{once}}) x ON x.mask & 1 <> 0;

-- name: workspace_include :many
{{principal}}
SELECT {{workspace_columns}}, x.mask FROM p, workspaces w {{workspace_parents}},
    LATERAL (SELECT {{workspace_mask}} AS mask) x
WHERE w.id = ANY ($2::text[]) AND x.mask & 1 <> 0;

-- Who may see which workspaces of organization o (a row of the CTE `scope`), without computing a mask
-- for each: the whole organization, a project, or single ones.
-- fragment: workspace_grants
granted_workspaces AS MATERIALIZED (
    SELECT g.workspace_id FROM p, team_workspaces g WHERE g.team_id = ANY (p.team_ids) AND g.mask & 1 <> 0),
granted_projects AS MATERIALIZED (
    SELECT g.project_id FROM p, team_projects g WHERE g.team_id = ANY (p.team_ids) AND g.mask & 1 <> 0)

-- fragment: workspace_granted
(s.mask & 1 <> 0 OR w.id IN (SELECT workspace_id FROM granted_workspaces)
 OR w.project_id IN (SELECT project_id FROM granted_projects))

-- fragment: organization_scope
scope AS MATERIALIZED (
    SELECT o.*, {{organization_mask}} AS mask FROM p, organizations o
    WHERE o.name = $2)

-- The organization that a list of workspaces is of, and what reaches them: everything, projects, or
-- single grants. `gather` says which way is shorter: to collect what is granted and sort it, or to walk
-- all in order and pick what is granted, until the page is full.
-- fragment: workspace_reach
reach AS MATERIALIZED (
    SELECT s.*, t.team_ids, g.workspaces AS direct, g.teams, pr.workspaces AS by_project, a.workspaces AS everything,
           s.mask & 1 = 0 AND (g.workspaces + pr.workspaces)::float8 ^ 2 < a.workspaces::float8
               * CASE WHEN {{workspace_is_filtered}} THEN a.workspaces ELSE coalesce($3::bigint + $4::bigint, a.workspaces) END AS gather
    FROM p, scope s,
    LATERAL (SELECT ARRAY(SELECT t.id FROM teams t WHERE t.organization_id = s.id AND t.id = ANY (p.team_ids)) AS team_ids {{once}}) t,
    LATERAL (SELECT coalesce(sum(c.workspaces), 0) AS workspaces, count(DISTINCT c.team_id) AS teams
             FROM team_grant_counts c
             WHERE c.team_id = ANY (t.team_ids) AND c.mask & 1 <> 0 AND c.workspaces > 0) g,
    LATERAL (SELECT coalesce(sum(c.workspaces), 0) AS workspaces FROM project_workspace_counts c
             WHERE c.project_id IN (SELECT g.project_id FROM team_projects g WHERE g.team_id = ANY (t.team_ids) AND g.mask & 1 <> 0)) pr,
    LATERAL (SELECT coalesce(sum(c.workspaces), 0) AS workspaces FROM project_workspace_counts c
             WHERE c.organization_id = s.id) a
    WHERE s.mask & (1::bigint << 28) <> 0)

-- What is granted, each once.
-- fragment: workspace_granted_ids
(SELECT g.workspace_id AS id FROM team_workspaces g WHERE g.team_id = ANY (r.team_ids) AND g.mask & 1 <> 0
 UNION
 SELECT w.id FROM team_projects g JOIN workspaces w ON w.project_id = g.project_id
 WHERE g.team_id = ANY (r.team_ids) AND g.mask & 1 <> 0)

-- fragment: workspace_gathered
{{workspace_granted_ids}} g, LATERAL (SELECT w.* FROM workspaces w WHERE w.id = g.id {{once}}) w

-- Subqueries that give a value, for the planner would turn EXISTS into a hash of all grants.
-- fragment: workspace_is_reached
CASE WHEN r.mask & 1 <> 0 THEN true
     ELSE (SELECT true FROM team_workspaces g WHERE g.workspace_id = w.id AND g.team_id = ANY (r.team_ids) AND g.mask & 1 <> 0 LIMIT 1)
       OR (SELECT true FROM team_projects g WHERE g.project_id = w.project_id AND g.team_id = ANY (r.team_ids) AND g.mask & 1 <> 0 LIMIT 1)
END

-- fragment: workspace_is_filtered
coalesce($5, $6, $7, $8, $9, $10, $11) IS NOT NULL

-- In a CASE, so that the planner takes half of the rows for matching: by its own rules it would expect
-- none, and rather sort the whole organization than walk it in order.
-- fragment: workspace_matches
CASE WHEN {{workspace_is_filtered}} THEN
    ($5::text IS NULL OR position(lower($5) IN lower(w.name)) > 0)
    AND ($6::text IS NULL OR w.name LIKE replace(replace(replace(replace($6, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'))
    AND (coalesce($7, $8, $11) IS NULL OR workspace_has_tags(w.id, w.project_id, $7, $8, $11::jsonb))
    AND ($9::text IS NULL OR w.project_id = ANY (string_to_array($9, ',')))
    AND ($10::text IS NULL OR EXISTS (SELECT FROM runs r WHERE r.id = w.current_run_id AND r.status = ANY (string_to_array($10, ','))))
ELSE true END

-- Kept counts tell the total unless there are filters, or grants that may overlap.
-- fragment: workspace_total
CASE WHEN NOT {{workspace_is_filtered}} AND r.mask & 1 <> 0 THEN r.everything
     WHEN NOT {{workspace_is_filtered}} AND r.by_project = 0 AND r.teams <= 1 THEN r.direct
     WHEN NOT {{workspace_is_filtered}} AND r.direct = 0 THEN r.by_project
     WHEN NOT {{workspace_is_filtered}} THEN (SELECT count(*) FROM {{workspace_granted_ids}} g)
     WHEN r.mask & 1 = 0 THEN (SELECT count(*) FROM {{workspace_gathered}} WHERE {{workspace_matches}})
     ELSE (SELECT count(*) FROM workspaces w WHERE w.organization_id = r.id AND {{workspace_matches}})
END

-- What `mask` of the organization does not have yet.
-- fragment: workspace_listed_mask
(SELECT bit_or(g.mask | {{force_delete}}) FROM (
    SELECT o.mask
    UNION ALL
    SELECT g.mask FROM team_projects g WHERE g.project_id = w.project_id AND g.team_id = ANY (p.team_ids)
    UNION ALL
    SELECT g.mask FROM team_workspaces g WHERE g.workspace_id = w.id AND g.team_id = ANY (p.team_ids)) g)

-- $3 limit, $4 offset, $5 search[name], $6 search[wildcard-name], $7 search[tags],
-- $8 search[exclude-tags], $9 filter[project][id], $10 filter[current-run][status], $11 filter[tagged].
-- name: workspace_list :many
-- sort: name = w.name
-- sort: latest-change-at = w.latest_change_at, w.id
-- sort: current-run.created-at = w.current_run_at, w.id
{{principal}}, {{organization_scope}}, {{workspace_reach}}
SELECT p.auth, r.mask AS scope, t.total, x.*
FROM p LEFT JOIN reach r ON true
LEFT JOIN LATERAL (SELECT {{workspace_total}} AS total {{once}}) t ON true
LEFT JOIN LATERAL (
    SELECT {{workspace_columns}}, {{workspace_listed_mask}} AS mask, w.place
    FROM (
        SELECT w.*, row_number() OVER () AS place FROM (
            SELECT w.* FROM workspaces w
            WHERE w.organization_id = r.id AND NOT r.gather AND {{workspace_matches}} AND {{workspace_is_reached}}
            ORDER BY /*sort*/ w.created_at, w.id
            LIMIT $3::bigint OFFSET $4::bigint) w
        UNION ALL
        SELECT w.*, row_number() OVER () AS place FROM (
            SELECT w.* FROM {{workspace_gathered}}
            WHERE r.gather AND {{workspace_matches}}
            ORDER BY /*sort*/ w.created_at, w.id
            LIMIT $3::bigint OFFSET $4::bigint) w) w
    JOIN reach o ON true JOIN projects pr ON pr.id = w.project_id
    ORDER BY w.place) x ON true;

-- $1 id, $2 organization, $3 document, $4 who.
-- Whether everybody may read its states, when nobody says so, is a setting of the site.
-- name: workspace_create :exec
INSERT INTO workspaces (id, organization_id, project_id, name, description, own_execution_mode,
    execution_mode, agent_pool_id, allow_destroy_plan, assessments_enabled, auto_apply,
    auto_apply_run_trigger, auto_destroy_at, auto_destroy_activity_duration,
    inherits_project_auto_destroy, file_triggers_enabled, trigger_prefixes, trigger_patterns,
    global_remote_state, project_remote_state, queue_all_runs, speculative_enabled,
    structured_run_output_enabled, terraform_version, working_directory, source, source_name,
    source_url, vcs_repo)
SELECT $1, $2, r.project_id, r.name, r.description, r.own_execution_mode,
    r.execution_mode, r.agent_pool_id, r.allow_destroy_plan, r.assessments_enabled, r.auto_apply,
    r.auto_apply_run_trigger, r.auto_destroy_at, r.auto_destroy_activity_duration,
    r.inherits_project_auto_destroy, r.file_triggers_enabled, r.trigger_prefixes, r.trigger_patterns,
    coalesce(r.global_remote_state, g.default_remote_state_access AND r.project_remote_state IS NOT TRUE),
    r.project_remote_state, r.queue_all_runs, r.speculative_enabled,
    r.structured_run_output_enabled, r.terraform_version, r.working_directory, 'tfe-api', r.source_name,
    r.source_url, r.vcs_repo
FROM jsonb_populate_record(NULL::workspaces, $3::jsonb) r, general_settings g
WHERE g.id = 'general' AND $4::text IS NOT NULL;

-- name: workspace_update :exec
UPDATE workspaces t SET updated_at = now(),
    (project_id, name, description, own_execution_mode, execution_mode, agent_pool_id,
     allow_destroy_plan, assessments_enabled, auto_apply, auto_apply_run_trigger, auto_destroy_at,
     auto_destroy_activity_duration, inherits_project_auto_destroy, file_triggers_enabled,
     trigger_prefixes, trigger_patterns, global_remote_state, project_remote_state, queue_all_runs,
     speculative_enabled, structured_run_output_enabled, terraform_version, working_directory, vcs_repo)
  = (SELECT r.project_id, r.name, r.description, r.own_execution_mode, r.execution_mode, r.agent_pool_id,
     r.allow_destroy_plan, r.assessments_enabled, r.auto_apply, r.auto_apply_run_trigger, r.auto_destroy_at,
     r.auto_destroy_activity_duration, r.inherits_project_auto_destroy, r.file_triggers_enabled,
     r.trigger_prefixes, r.trigger_patterns, r.global_remote_state, r.project_remote_state, r.queue_all_runs,
     r.speculative_enabled, r.structured_run_output_enabled, r.terraform_version, r.working_directory, r.vcs_repo
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- Tags that no workspace carries any more go with it.
-- name: workspace_delete :exec
WITH gone AS (DELETE FROM workspaces WHERE id = $1 AND $2::text IS NOT NULL RETURNING id)
DELETE FROM tags t WHERE t.id IN (SELECT tag_id FROM workspace_tags WHERE workspace_id = $1)
  AND NOT EXISTS (SELECT 1 FROM workspace_tags wt WHERE wt.tag_id = t.id AND wt.workspace_id <> $1);

-- Nothing happens when somebody holds the lock: the answer tells who.
-- name: workspace_lock :one
UPDATE workspaces SET locked_by = $2, locked_reason = $3, locked_at = now()
WHERE id = $1 AND locked_by IS NULL RETURNING id;

-- name: workspace_unlock :one
UPDATE workspaces SET locked_by = NULL, locked_reason = NULL, locked_at = NULL
WHERE id = $1 AND locked_by = $2 RETURNING id;

-- What the rules of locking look at, under the workspace's row lock.
-- name: workspace_lock_state :one
SELECT b.* FROM lock_begin($1) b;

-- name: workspace_set_ssh_key :exec
UPDATE workspaces w SET ssh_key_id = $2, updated_at = now() WHERE w.id = $1;

-- name: ssh_key_in_organization :one
SELECT id FROM ssh_keys WHERE id = $1 AND organization_id = $2;

-- What the caller may do with a project of an organization: $1 token, $2 project (NULL: the default
-- one), $3 organization.
-- name: project_access :one
{{principal}}
SELECT pr.id, pr.auto_destroy_activity_duration, {{project_mask}} AS mask
FROM p, projects pr
WHERE pr.organization_id = $3 AND CASE WHEN $2::text IS NULL THEN pr.is_default ELSE pr.id = $2 END;
