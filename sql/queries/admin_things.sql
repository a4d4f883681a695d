-- Organizations, users and workspaces of the whole site (today-admin.md sections 3, 5 and 6).

-- fragment: admin_organization_columns
o.name AS id, o.name, o.id AS external_id, o.email, o.is_disabled, o.access_beta_tools, o.global_module_sharing,
o.global_provider_sharing, o.apply_timeout, o.plan_timeout, o.terraform_worker_sudo_enabled, o.workspace_limit,
ARRAY(SELECT tm.user_id FROM teams t JOIN team_members tm ON tm.team_id = t.id
      WHERE t.organization_id = o.id AND t.is_owners AND tm.active ORDER BY tm.created_at, tm.user_id) AS owner_ids

-- $4 q.
-- fragment: admin_organization_wanted
($4::text IS NULL OR position(lower($4) IN lower(o.name)) > 0 OR position(lower($4) IN lower(o.email)) > 0)

-- name: admin_organization_list :many
{{principal}}
SELECT p.auth, {{site_scope}}, (SELECT count(*) FROM organizations o WHERE {{admin_organization_wanted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{admin_organization_columns}} FROM organizations o
    WHERE p.is_site_admin AND {{admin_organization_wanted}}
    ORDER BY o.created_at, o.id LIMIT $2 OFFSET $3) x ON true;

-- name: admin_organization_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{admin_organization_columns}}, 0 AS scope FROM organizations o WHERE o.name = $2) x ON p.is_site_admin;

-- name: admin_organization_reply :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{admin_organization_columns}}, 0 AS scope FROM organizations o WHERE o.id = $2) x ON p.is_site_admin;

-- name: admin_organization_include :many
{{principal}}
SELECT {{admin_organization_columns}} FROM p JOIN organizations o ON p.is_site_admin WHERE o.name = ANY ($2::text[]);

-- name: admin_organization_update :exec
UPDATE organizations t SET (access_beta_tools, global_module_sharing, global_provider_sharing, is_disabled,
    apply_timeout, plan_timeout, terraform_worker_sudo_enabled, workspace_limit)
  = (SELECT r.access_beta_tools, r.global_module_sharing, r.global_provider_sharing, r.is_disabled,
     r.apply_timeout, r.plan_timeout, r.terraform_worker_sudo_enabled, r.workspace_limit
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: organization_unknown :many
SELECT f.name FROM unnest($1::text[]) f(name) WHERE NOT EXISTS (SELECT 1 FROM organizations o WHERE o.name = f.name);

-- name: module_consumer_list :many
{{principal}}
SELECT p.auth, s.scope, (
    SELECT count(*) FROM organization_module_consumers c WHERE c.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (SELECT o.id, 0 AS scope FROM organizations o WHERE o.name = $2) s ON p.is_site_admin
LEFT JOIN LATERAL (
    SELECT {{admin_organization_columns}} FROM organization_module_consumers c JOIN organizations o ON o.id = c.consumer_id
    WHERE c.organization_id = s.id ORDER BY o.name LIMIT $3 OFFSET $4) x ON true;

-- name: module_consumer_set :exec
WITH gone AS (
    DELETE FROM organization_module_consumers c USING organizations o
    WHERE c.organization_id = $1 AND o.id = c.consumer_id AND o.name <> ALL ($2::text[]))
INSERT INTO organization_module_consumers (organization_id, consumer_id)
SELECT $1, o.id FROM organizations o WHERE o.name = ANY ($2::text[])
ON CONFLICT ON CONSTRAINT organization_module_consumers_pkey DO NOTHING;

-- fragment: admin_user_columns
u.id, u.username, u.email, u.is_site_admin, u.is_disabled, u.is_service_account, {{scim_account_columns}},
ARRAY(SELECT o.name FROM organization_memberships m JOIN organizations o ON o.id = m.organization_id
      WHERE m.user_id = u.id AND m.status = 'active' ORDER BY m.created_at, o.name) AS organization_names

-- $4 q, $5 filter[admin], $6 filter[suspended].
-- fragment: admin_user_wanted
($4::text IS NULL OR position(lower($4) IN lower(u.email)) > 0 OR position(lower($4) IN lower(u.username)) > 0)
AND ($5::text IS NULL OR u.is_site_admin = ($5 = 'true')) AND ($6::text IS NULL OR u.is_disabled = ($6 = 'true'))

-- name: admin_user_list :many
{{principal}}
SELECT p.auth, {{site_scope}}, (SELECT count(*) FROM users u WHERE {{admin_user_wanted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{admin_user_columns}} FROM users u WHERE p.is_site_admin AND {{admin_user_wanted}}
    ORDER BY u.created_at, u.id LIMIT $2 OFFSET $3) x ON true;

-- name: admin_user_include :many
{{principal}}
SELECT {{admin_user_columns}} FROM p JOIN users u ON p.is_site_admin WHERE u.id = ANY ($2::text[]);

-- What the rules look at: deactivated by the identity provider; the only owner of an organization.
-- name: admin_user_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT u.id, 0 AS scope,
           EXISTS (SELECT 1 FROM scim_users s WHERE s.user_id = u.id AND s.deleted_at IS NULL AND NOT s.active) AS is_deactivated,
           (SELECT o.name FROM team_members tm JOIN teams t ON t.id = tm.team_id JOIN organizations o ON o.id = t.organization_id
            WHERE tm.user_id = u.id AND tm.active AND t.is_owners AND NOT EXISTS (
                SELECT 1 FROM team_members other WHERE other.team_id = t.id AND other.active AND other.user_id <> u.id)
            ORDER BY o.name LIMIT 1) AS last_owner_of
    FROM users u WHERE u.id = $2) x ON p.is_site_admin;

-- name: admin_user_reply :one
{{principal}}
SELECT p.auth, {{site_scope}}, {{admin_user_columns}} FROM p JOIN users u ON u.id = $2;

-- name: admin_user_suspend :exec
WITH ended AS (DELETE FROM sessions WHERE user_id = $1 AND $2::boolean)
UPDATE users SET is_disabled = $2::boolean, updated_at = now() WHERE id = $1;

-- Whom an administrator has made one stays one without the identity provider's group.
-- name: admin_user_set_admin :exec
WITH by_hand AS (UPDATE scim_users SET is_admin_by_group = false WHERE user_id = $1)
UPDATE users SET is_site_admin = $2::boolean, updated_at = now() WHERE id = $1;

-- name: admin_user_delete :exec
DELETE FROM users WHERE id = $1;

-- fragment: admin_workspace_columns
w.id, w.organization_id, w.name, w.locked_by IS NOT NULL AS locked, o.name AS organization, w.current_run_id,
CASE WHEN w.vcs_repo IS NOT NULL THEN jsonb_build_object('identifier', w.vcs_repo ->> 'identifier') END AS vcs_repo

-- $4 q, $5 filter[current_run][status].
-- fragment: admin_workspace_wanted
($4::text IS NULL OR position(lower($4) IN lower(w.name)) > 0) 
AND ($5::text IS NULL OR EXISTS (SELECT FROM runs r WHERE r.id = w.current_run_id AND r.status = ANY (string_to_array($5, ','))))

-- name: admin_workspace_list :many
-- sort: name = w.name, w.id
-- sort: current-run.created-at = w.current_run_at, w.id
{{principal}}
SELECT p.auth, {{site_scope}}, (SELECT count(*) FROM workspaces w WHERE {{admin_workspace_wanted}}) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{admin_workspace_columns}} FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE p.is_site_admin AND {{admin_workspace_wanted}}
    ORDER BY /*sort*/ w.name, w.id
    LIMIT $2 OFFSET $3) x ON true;

-- name: admin_workspace_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{admin_workspace_columns}}, 0 AS scope FROM workspaces w JOIN organizations o ON o.id = w.organization_id
    WHERE w.id = $2) x ON p.is_site_admin;

-- name: admin_workspace_include :many
{{principal}}
SELECT {{admin_workspace_columns}} FROM p, workspaces w JOIN organizations o ON o.id = w.organization_id
WHERE w.id = ANY ($2::text[]) AND p.is_site_admin;

-- fragment: admin_run_columns
r.id, r.organization_id, r.workspace_id, r.created_at, r.has_changes, r.status, r.status_timestamps

-- $4 q, $5 filter[status], $6 filter[from], $7 filter[to].
-- fragment: admin_run_wanted
($4::text IS NULL OR r.id = $4 OR position(lower($4) IN lower(w.name)) > 0 OR position(lower($4) IN lower(o.name)) > 0)
AND ($5::text IS NULL OR r.status = ANY (string_to_array(replace($5, ' ', ''), ',')))
AND ($6::text IS NULL OR r.created_at >= $6::timestamptz) AND ($7::text IS NULL OR r.created_at <= $7::timestamptz)

-- Newest first.
-- name: admin_run_list :many
{{principal}},
found AS MATERIALIZED (
    SELECT r.id, r.created_at FROM p JOIN runs r ON p.is_site_admin AND r.operation <> 'assessment' JOIN workspaces w ON w.id = r.workspace_id
        JOIN organizations o ON o.id = r.organization_id
    WHERE {{admin_run_wanted}})
SELECT p.auth, {{site_scope}}, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{admin_run_columns}} FROM (SELECT f.* FROM found f ORDER BY f.created_at DESC, f.id DESC LIMIT $2 OFFSET $3) f
    JOIN runs r ON r.id = f.id ORDER BY r.created_at DESC, r.id DESC) x ON true;

-- name: admin_run_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT r.id, r.organization_id, 0 AS scope FROM runs r WHERE r.id = $2) x ON p.is_site_admin;

-- name: admin_run_include :many
{{principal}}
SELECT {{admin_run_columns}} FROM p JOIN runs r ON p.is_site_admin WHERE r.id = ANY ($2::text[]);
