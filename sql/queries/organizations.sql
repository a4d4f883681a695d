-- Organizations, entitlement sets, capacity.

-- fragment: organization_columns
o.name AS id, o.name, o.id AS external_id, o.email, o.created_at, o.session_timeout,
o.session_remember, o.collaborator_auth_policy, o.cost_estimation_enabled,
o.send_passing_statuses_for_untriggered_speculative_plans, o.aggregated_commit_status_enabled,
o.speculative_plan_management_enabled, o.assessments_enforced, o.allow_force_delete_workspaces,
o.default_execution_mode, o.default_agent_pool_id, o.default_project_id, o.owners_team_saml_role_id,
(SELECT s.in_force FROM saml_settings s) AS saml_enabled,
o.user_tokens_enabled, o.max_ttl_enabled, o.fair_run_queuing_enabled, o.stacks_enabled,
o.id AS entitlement_set_id,
o.data_retention_policy,
(SELECT s.id FROM subscriptions s WHERE s.organization_id = o.id) AS subscription_id

-- name: organization_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{organization_columns}}, {{organization_mask}} AS mask
    FROM organizations o WHERE o.name = $2) x ON x.mask & (1::bigint << 28) <> 0;

-- As organization_show, with the internal id that writes need.
-- name: organization_update_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.id AS scope_id, o.name, o.default_execution_mode, o.default_agent_pool_id,
           {{organization_mask}} AS scope
    FROM organizations o WHERE o.name = $2) x ON x.scope & (1::bigint << 28) <> 0;

-- name: organization_show_id :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{organization_columns}}, {{organization_mask}} AS mask
    FROM organizations o WHERE o.id = $2) x ON x.mask & (1::bigint << 28) <> 0;

-- Organizations that the caller belongs to. $4 q, $5 q[email], $6 q[name].
-- name: organization_list :many
{{principal}},
mine AS (
    SELECT o.*, {{organization_mask}} AS mask
    FROM p, LATERAL {{own_organizations}} JOIN organizations o ON o.id = belongs.id
    WHERE {{tokens_accepted}}
      AND ($4::text IS NULL OR position(lower($4) IN lower(o.name || ' ' || o.email)) > 0)
      AND ($4::text IS NOT NULL OR $5::text IS NULL OR position(lower($5) IN lower(o.email)) > 0)
      AND ($4::text IS NOT NULL OR $6::text IS NULL OR position(lower($6) IN lower(o.name)) > 0))
SELECT p.auth, 0 AS scope, (SELECT count(*) FROM mine) AS total, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{organization_columns}}, o.mask FROM mine o
    ORDER BY o.created_at, o.id LIMIT $2 OFFSET $3) x ON true;

-- name: organization_include :many
{{principal}}
SELECT {{organization_columns}}, x.mask FROM p, organizations o, LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE o.name = ANY ($2::text[]) AND x.mask & (1::bigint << 28) <> 0;

-- The site may leave the making of organizations to its administrators.
-- fragment: may_create_organization
(p.is_site_admin OR NOT (SELECT g.limit_user_organization_creation FROM general_settings g WHERE g.id = 'general'))

-- name: organization_create_load :one
{{principal}}
SELECT p.auth, CASE WHEN {{may_create_organization}} THEN 0 END AS scope, NULL AS id FROM p;

-- $1 id, $2 unused, $3 the document, $4 the user.
-- name: organization_create :exec
WITH new AS (
    INSERT INTO organizations (id, name, email, session_timeout, session_remember,
        collaborator_auth_policy, cost_estimation_enabled,
        send_passing_statuses_for_untriggered_speculative_plans, aggregated_commit_status_enabled,
        speculative_plan_management_enabled, assessments_enforced, allow_force_delete_workspaces,
        default_execution_mode, default_agent_pool_id, owners_team_saml_role_id, user_tokens_enabled,
        max_ttl_enabled, stacks_enabled, default_project_id)
    SELECT $1, r.name, r.email, r.session_timeout, r.session_remember,
        r.collaborator_auth_policy, r.cost_estimation_enabled,
        r.send_passing_statuses_for_untriggered_speculative_plans, r.aggregated_commit_status_enabled,
        r.speculative_plan_management_enabled, r.assessments_enforced, r.allow_force_delete_workspaces,
        r.default_execution_mode, r.default_agent_pool_id, r.owners_team_saml_role_id,
        r.user_tokens_enabled, r.max_ttl_enabled, r.stacks_enabled, new_id('prj-')
    FROM jsonb_populate_record(NULL::organizations, $3::jsonb) r WHERE $2::text IS NULL
    RETURNING id, default_project_id),
project AS (
    INSERT INTO projects (id, organization_id, name, is_default)
    SELECT default_project_id, id, 'Default Project', true FROM new),
owners AS (
    INSERT INTO teams (id, organization_id, name, is_owners, visibility)
    SELECT new_id('team-'), id, 'owners', true, 'secret' FROM new RETURNING id, organization_id),
member AS (
    INSERT INTO organization_memberships (id, organization_id, user_id, email)
    SELECT new_id('ou-'), new.id, u.id, u.email FROM new, users u WHERE u.id = $4
    RETURNING id, organization_id, user_id)
INSERT INTO team_members (team_id, organization_id, membership_id, user_id)
SELECT owners.id, owners.organization_id, member.id, member.user_id FROM owners, member;

-- name: organization_update :exec
UPDATE organizations t SET
    (name, email, session_timeout, session_remember, collaborator_auth_policy,
     cost_estimation_enabled, send_passing_statuses_for_untriggered_speculative_plans,
     aggregated_commit_status_enabled, speculative_plan_management_enabled, assessments_enforced,
     allow_force_delete_workspaces, default_execution_mode, default_agent_pool_id,
     owners_team_saml_role_id, user_tokens_enabled, max_ttl_enabled, stacks_enabled)
  = (SELECT r.name, r.email, r.session_timeout, r.session_remember, r.collaborator_auth_policy,
     r.cost_estimation_enabled, r.send_passing_statuses_for_untriggered_speculative_plans,
     r.aggregated_commit_status_enabled, r.speculative_plan_management_enabled, r.assessments_enforced,
     r.allow_force_delete_workspaces, r.default_execution_mode, r.default_agent_pool_id,
     r.owners_team_saml_role_id, r.user_tokens_enabled, r.max_ttl_enabled, r.stacks_enabled
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- Workspaces first: their project and agent pool must not go before them.
-- name: organization_delete :exec
WITH gone AS (DELETE FROM workspaces WHERE organization_id = $1 AND $2::text IS NOT NULL)
DELETE FROM organizations WHERE id = $1;

-- Whether somebody could execute a run of organization o.
-- fragment: operations
(EXISTS (SELECT FROM tokens t WHERE t.kind = 'runner' AND (t.expired_at IS NULL OR t.expired_at > now()))
 OR EXISTS (SELECT FROM agent_pools a JOIN tokens t ON t.agent_pool_id = a.id AND t.kind = 'agent' WHERE a.organization_id = o.id))

-- What depends on the organization's plan.
-- fragment: entitlements
is_entitled_to_global_tasks(o.id) AS global_run_tasks

-- name: entitlement_set_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.name AS organization, {{operations}} AS operations, {{entitlements}},
        {{organization_mask}} AS scope
    FROM organizations o WHERE o.name = $2) x ON x.scope & (1::bigint << 28) <> 0;

-- name: entitlement_set_include :many
{{principal}}
SELECT o.id, o.name AS organization, {{operations}} AS operations, {{entitlements}} FROM p, organizations o
WHERE o.id = ANY ($2::text[]) AND {{organization_mask}} & (1::bigint << 28) <> 0;

-- name: capacity_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.name AS id, (SELECT count(*) FROM runs r WHERE r.organization_id = o.id AND NOT r.is_final AND r.operation <> 'assessment' AND r.status = 'pending') AS pending,
        (SELECT count(*) FROM runs r WHERE r.organization_id = o.id AND NOT r.is_final AND r.operation <> 'assessment' AND r.status <> 'pending') AS running,
        {{organization_mask}} AS scope
    FROM organizations o WHERE o.name = $2) x ON x.scope & (1::bigint << 28) <> 0;
