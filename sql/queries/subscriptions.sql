-- Feature sets and subscriptions (today-access.md 11.5).


-- name: admin_organization_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT o.id, o.id AS scope_id, o.name, 0 AS scope FROM organizations o WHERE o.name = $2) x ON p.is_site_admin;

-- fragment: feature_set_columns
f.id, f.identifier, f.name, f.description, f.default_runs_ceiling, f.is_free_tier, f.is_current

-- name: feature_set_list :many
{{principal}}
SELECT p.auth, 0 AS scope, (SELECT count(*) FROM feature_sets f
    WHERE $4::text IS NULL OR position(lower($4) IN lower(f.name)) > 0) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{feature_set_columns}} FROM feature_sets f
    WHERE $4::text IS NULL OR position(lower($4) IN lower(f.name)) > 0
    ORDER BY f.position LIMIT $2 OFFSET $3) x ON true;

-- name: admin_feature_set_list :many
{{principal}}
SELECT p.auth, CASE WHEN p.is_site_admin THEN 0 END AS scope, (SELECT count(*) FROM feature_sets f
    WHERE $4::text IS NULL OR position(lower($4) IN lower(f.name)) > 0) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{feature_set_columns}} FROM feature_sets f
    WHERE $4::text IS NULL OR position(lower($4) IN lower(f.name)) > 0
    ORDER BY f.position LIMIT $2 OFFSET $3) x ON true;

-- name: organization_feature_set_list :many
{{principal}}
SELECT p.auth, s.scope, (SELECT count(*) FROM feature_sets) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{organization_mask}} AS scope FROM organizations o WHERE o.name = $2
    ) s ON s.scope & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{feature_set_columns}} FROM feature_sets f WHERE s.scope IS NOT NULL
    ORDER BY f.position LIMIT $3 OFFSET $4) x ON true;

-- name: feature_set_include :many
{{principal}}
SELECT {{feature_set_columns}} FROM p, feature_sets f WHERE f.id = ANY ($2::text[]);

-- fragment: subscription_columns
s.id, s.feature_set_id, s.runs_ceiling, s.agents_ceiling, s.contract_start_at, s.contract_user_limit,
s.contract_apply_limit, s.contract_managed_resources_limit, s.end_at, s.created_at AS start_at,
s.end_at IS NULL OR s.end_at > now() AS is_active, o.name AS organization

-- name: subscription_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{subscription_columns}}, CASE WHEN p.is_site_admin THEN (1::bigint << 53) ELSE 0 END | {{organization_mask}} AS scope
    FROM subscriptions s JOIN organizations o ON o.id = s.organization_id WHERE s.id = $2) x
    ON x.scope & (1::bigint << 53) <> 0;

-- name: organization_subscription_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{subscription_columns}}, {{organization_mask}} AS scope
    FROM subscriptions s JOIN organizations o ON o.id = s.organization_id
    WHERE o.name = $2) x ON x.scope & (1::bigint << 28) <> 0;

-- name: subscription_include :many
{{principal}}
SELECT {{subscription_columns}} FROM p, subscriptions s JOIN organizations o ON o.id = s.organization_id
WHERE s.id = ANY ($2::text[]) AND {{organization_mask}} & (1::bigint << 28) <> 0;

-- One subscription an organization: a new one takes the place of the old.
-- name: subscription_create :exec
INSERT INTO subscriptions (id, organization_id, feature_set_id, runs_ceiling, agents_ceiling, contract_start_at,
    contract_user_limit, contract_apply_limit, contract_managed_resources_limit, end_at)
SELECT $1, $2, r.feature_set_id, r.runs_ceiling, r.agents_ceiling, r.contract_start_at,
    r.contract_user_limit, r.contract_apply_limit, r.contract_managed_resources_limit, r.end_at
FROM jsonb_populate_record(NULL::subscriptions, $3::jsonb) r WHERE $4::text IS NOT NULL
ON CONFLICT ON CONSTRAINT subscriptions_organization_key DO UPDATE SET (id, feature_set_id, runs_ceiling,
    agents_ceiling, contract_start_at, contract_user_limit, contract_apply_limit,
    contract_managed_resources_limit, end_at)
  = (excluded.id, excluded.feature_set_id, excluded.runs_ceiling,
    excluded.agents_ceiling, excluded.contract_start_at, excluded.contract_user_limit, excluded.contract_apply_limit,
    excluded.contract_managed_resources_limit, excluded.end_at);
