-- Tokens of users, teams and organizations, and how long they may live (today-access.md section 3).

-- fragment: token_columns
k.id, k.description, k.created_at, k.last_used_at, k.expired_at, k.team_id,
CASE WHEN k.created_by LIKE 'user-%' THEN 'users/' || k.created_by
     WHEN k.created_by LIKE 'team-%' THEN 'teams/' || k.created_by
     WHEN k.created_by LIKE 'org-%' THEN 'organizations/' || (SELECT c.name FROM organizations c WHERE c.id = k.created_by)
END AS created_by

-- What a create writes: an expiry that is not mentioned is two years away, or less where the
-- organization's policy says so; null means never (today-access.md 3.1). max_age is the policy's.
-- fragment: token_expiry
CASE WHEN $3::jsonb ? 'expired_at' THEN r.expired_at
     ELSE least(now() + interval '2 years', now() + max_age) END

-- Any token that the caller may see and revoke, by its id.
-- name: token_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{token_columns}}, rights.mask AS scope,
           coalesce(k.organization_id, a.organization_id, (SELECT t.organization_id FROM teams t WHERE t.id = k.team_id)) AS organization_id
    FROM tokens k LEFT JOIN agent_pools a ON a.id = k.agent_pool_id
    LEFT JOIN organizations o ON o.id = coalesce(k.organization_id, a.organization_id)
    CROSS JOIN LATERAL (SELECT {{organization_mask}} AS mask) rights
    WHERE k.id = $2 AND CASE k.kind
        WHEN 'user' THEN k.user_id = p.user_id
        WHEN 'team' THEN (SELECT {{team_mask}} FROM teams t WHERE t.id = k.team_id) & (1::bigint << 59) <> 0
        WHEN 'agent' THEN rights.mask & (1::bigint << 42) <> 0
        WHEN 'scim' THEN p.is_site_admin
        ELSE rights.mask & (1::bigint << 31) <> 0 END) x ON true;

-- What a create answers with: who may make a token may see it, even one that has just replaced the
-- token that asked for it.
-- name: token_reply :one
SELECT {{token_columns}} FROM tokens k WHERE k.id = $2 AND $1::text IS NOT NULL;

-- name: token_delete :exec
DELETE FROM tokens WHERE id = $1 AND $2::text IS NOT NULL;

-- name: user_token_list :many
{{principal}}
SELECT p.auth, CASE WHEN EXISTS (SELECT 1 FROM users u WHERE u.id = $2) THEN 0 END AS scope,
       (SELECT count(*) FROM tokens k WHERE k.kind = 'user' AND k.user_id = p.user_id AND k.user_id = $2) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT {{token_columns}} FROM tokens k
    WHERE k.kind = 'user' AND k.user_id = p.user_id AND k.user_id = $2
    ORDER BY k.created_at, k.id LIMIT $3 OFFSET $4) x ON true;

-- name: user_token_load :one
{{principal}}
SELECT p.auth, CASE WHEN p.user_id = $2 THEN 0 END AS scope, NULL AS id, p.user_id AS scope_id FROM p;

-- name: user_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, user_id, description, created_by, expired_at)
SELECT $1, 'user', r.secret_hash, $2, r.description, $4, {{token_expiry}}
FROM jsonb_populate_record(NULL::tokens, $3::jsonb) r, CAST(NULL AS interval) max_age;

-- The two tokens of an organization; $3 is the parameter `token`.
-- fragment: organization_token_kind
CASE $3::text WHEN 'audit-trails' THEN 'audit-trails' ELSE 'organization' END

-- name: organization_token_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT NULL AS id, o.id AS scope_id, {{organization_token_kind}} AS kind,
           now() + token_max_age(o.id, {{organization_token_kind}}) AS latest_expiry, {{organization_mask}} AS scope
    FROM organizations o WHERE o.name = $2) x ON x.scope & (1::bigint << 28) <> 0;

-- name: organization_token_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{token_columns}}, o.id AS organization_id, {{organization_mask}} AS scope
    FROM organizations o JOIN tokens k ON k.organization_id = o.id AND k.kind = {{organization_token_kind}}
         AND k.kind IN ('organization', 'audit-trails')
    WHERE o.name = $2) x ON x.scope & (1::bigint << 28) <> 0;

-- One of each kind: a new one takes the place of the old, which is nobody's from then on.
-- name: organization_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, organization_id, created_by, expired_at)
SELECT $1, r.kind, r.secret_hash, $2, $4, {{token_expiry}}
FROM jsonb_populate_record(NULL::tokens, $3::jsonb) r, token_max_age($2, r.kind) max_age
ON CONFLICT (organization_id, kind) WHERE kind IN ('organization', 'audit-trails') DO UPDATE
SET id = EXCLUDED.id, secret_hash = EXCLUDED.secret_hash, created_by = EXCLUDED.created_by,
    expired_at = EXCLUDED.expired_at, created_at = EXCLUDED.created_at, last_used_at = NULL;

-- Team t with what its mask needs; bit 59 is the right to its tokens.
-- fragment: team_with_rights
teams t JOIN organizations o ON o.id = t.organization_id
CROSS JOIN LATERAL (SELECT {{organization_mask}} AS mask) rights

-- name: team_token_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT NULL AS id, t.id AS scope_id, t.organization_id, now() + token_max_age(t.organization_id, 'team') AS latest_expiry,
           {{team_mask}} AS scope
    FROM {{team_with_rights}} WHERE t.id = $2) x ON x.scope & (1::bigint << 59) <> 0;

-- The one without a description.
-- name: team_token_show :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{token_columns}}, t.organization_id, {{team_mask}} AS scope
    FROM {{team_with_rights}}
    JOIN tokens k ON k.kind = 'team' AND k.team_id = t.id AND k.description IS NULL
    WHERE t.id = $2) x ON x.scope & (1::bigint << 59) <> 0;

-- fragment: team_max_age
(SELECT token_max_age(t.organization_id, 'team') FROM teams t WHERE t.id = $2) AS max_age

-- name: team_token_create :exec
INSERT INTO tokens (id, kind, secret_hash, team_id, description, created_by, expired_at)
SELECT $1, 'team', r.secret_hash, $2, r.description, $4, {{token_expiry}}
FROM jsonb_populate_record(NULL::tokens, $3::jsonb) r, (SELECT {{team_max_age}}) g;

-- name: team_token_replace :exec
INSERT INTO tokens (id, kind, secret_hash, team_id, created_by, expired_at)
SELECT $1, 'team', r.secret_hash, $2, $4, {{token_expiry}}
FROM jsonb_populate_record(NULL::tokens, $3::jsonb) r, (SELECT {{team_max_age}}) g
ON CONFLICT (team_id) WHERE kind = 'team' AND description IS NULL DO UPDATE
SET id = EXCLUDED.id, secret_hash = EXCLUDED.secret_hash, created_by = EXCLUDED.created_by,
    expired_at = EXCLUDED.expired_at, created_at = EXCLUDED.created_at, last_used_at = NULL;

-- The team tokens of an organization that the caller manages. $5 q, $6 filter[expiry_status].
-- name: team_token_list :many
-- sort: team-name = x.team_name, x.id
-- sort: created-by = x.creator, x.id
-- sort: expired-at = x.expired_at, x.id
-- sort: last-used-at = x.last_used_at, x.id
{{principal}}, {{organization_scope}},
found AS (
    SELECT k.*, t.name AS team_name, coalesce(u.username, c.name, k.created_by) AS creator
    FROM p, scope rights JOIN teams t ON t.organization_id = rights.id
    JOIN tokens k ON k.team_id = t.id AND k.kind = 'team'
    LEFT JOIN users u ON u.id = k.created_by LEFT JOIN teams c ON c.id = k.created_by
    WHERE {{team_mask}} & (1::bigint << 59) <> 0
      AND ($5::text IS NULL OR position(lower($5) IN lower(t.name)) > 0)
      AND ($6::text IS NULL OR EXISTS (
        SELECT 1 FROM unnest(string_to_array($6, ',')) f(status) WHERE CASE f.status
            WHEN 'active' THEN k.expired_at IS NULL OR k.expired_at > now()
            WHEN 'expired' THEN k.expired_at <= now()
            WHEN 'expiring_in_7_days' THEN k.expired_at > now() AND k.expired_at <= now() + interval '7 days'
            WHEN 'expiring_in_30_days' THEN k.expired_at > now() AND k.expired_at <= now() + interval '30 days'
            WHEN 'no_expiration' THEN k.expired_at IS NULL END)))
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM found) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{token_columns}} FROM (
        SELECT x.*, row_number() OVER (ORDER BY /*sort*/ x.expired_at, x.id
        ) AS place FROM found x) k
    WHERE s.id IS NOT NULL ORDER BY k.place LIMIT $3 OFFSET $4) x ON true;

-- Those of the tokens $3 that are no team tokens of organization $2 that the caller manages.
-- name: team_token_unknown :many
{{principal}}
SELECT f.id FROM p, unnest($3::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM {{team_with_rights}} JOIN tokens k ON k.team_id = t.id AND k.kind = 'team'
    WHERE k.id = f.id AND o.id = $2 AND {{team_mask}} & (1::bigint << 59) <> 0);

-- name: team_token_delete_many :exec
DELETE FROM tokens WHERE kind = 'team' AND id = ANY ($1::text[]);

-- fragment: token_ttl_policy_columns
t.id, t.token_type, t.max_ttl_ms, t.created_at, t.updated_at

-- name: token_ttl_policy_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM token_ttl_policies t WHERE t.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{token_ttl_policy_columns}} FROM token_ttl_policies t WHERE t.organization_id = s.id
    ORDER BY t.token_type LIMIT $3 OFFSET $4) x ON true;

-- $1 organization, $2 [{"token_type", "max_ttl_ms"}]; of a type that is named twice the last counts.
-- name: token_ttl_policy_set :exec
INSERT INTO token_ttl_policies (id, organization_id, token_type, max_ttl_ms)
SELECT DISTINCT ON (r.value ->> 'token_type') new_id('ttl-'), $1, r.value ->> 'token_type', (r.value ->> 'max_ttl_ms')::bigint
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY r(value, place)
ORDER BY r.value ->> 'token_type', r.place DESC
ON CONFLICT ON CONSTRAINT token_ttl_policies_type_key DO UPDATE
SET max_ttl_ms = EXCLUDED.max_ttl_ms, updated_at = now();

-- name: token_ttl_policy_reply :many
SELECT {{token_ttl_policy_columns}} FROM token_ttl_policies t
WHERE t.organization_id = $2 AND $1::text IS NOT NULL ORDER BY t.token_type;
