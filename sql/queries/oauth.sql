-- OAuth clients and tokens (today-registry-vcs.md section 7). Who manages VCS settings (bit 39) sees
-- and changes them.

-- fragment: oauth_client_columns
c.id, c.organization_id, c.uuid::text AS uuid, c.name, c.service_provider, c.http_url, c.api_url, c.key, c.rsa_public_key,
c.organization_scoped, c.created_at, c.updated_at, o.name AS organization,
ARRAY(SELECT t.id FROM oauth_tokens t WHERE t.oauth_client_id = c.id ORDER BY t.created_at, t.id) AS oauth_token_ids,
ARRAY(SELECT l.project_id FROM oauth_client_projects l WHERE l.oauth_client_id = c.id ORDER BY l.project_id) AS project_ids

-- name: oauth_client_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{oauth_client_columns}}, {{organization_mask}} AS mask
    FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id
    WHERE c.id = $2) x ON x.mask & (1::bigint << 39) <> 0;

-- name: oauth_client_include :many
{{principal}}
SELECT {{oauth_client_columns}}, x.mask
FROM p, oauth_clients c JOIN organizations o ON o.id = c.organization_id, LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE c.id = ANY ($2::text[]) AND x.mask & (1::bigint << 39) <> 0;

-- name: oauth_client_load :one
{{principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.id AS scope_id, c.organization_id, c.service_provider, {{organization_mask}} AS scope
    FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id
    WHERE c.id = $2) x ON x.scope & (1::bigint << 39) <> 0;

-- name: oauth_client_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM oauth_clients c WHERE c.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{oauth_client_columns}} FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id
    WHERE c.organization_id = s.id ORDER BY c.created_at, c.id LIMIT $3 OFFSET $4) x ON true;

-- name: oauth_client_create :exec
INSERT INTO oauth_clients (id, organization_id, name, service_provider, http_url, api_url, key, sealed_secret,
    rsa_public_key, organization_scoped, created_by)
SELECT $1, $2, r.name, r.service_provider, r.http_url, r.api_url, r.key, r.sealed_secret, r.rsa_public_key,
    coalesce(r.organization_scoped, true), $4
FROM jsonb_populate_record(NULL::oauth_clients, $3::jsonb) r;

-- name: oauth_client_update :exec
UPDATE oauth_clients t SET (name, key, sealed_secret, rsa_public_key, organization_scoped, updated_at)
  = (SELECT r.name, r.key, r.sealed_secret, r.rsa_public_key, r.organization_scoped, now()
     FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: oauth_client_delete :exec
DELETE FROM oauth_clients WHERE id = $1 AND $2::text IS NOT NULL;

-- Whether $2 is an agent pool of the organization of $1 (a client that is being made names its organization).
-- name: oauth_client_agent_pool :one
SELECT a.id FROM agent_pools a
WHERE a.id = $2 AND a.organization_id = coalesce((SELECT c.organization_id FROM oauth_clients c WHERE c.id = $1), $1);

-- The ids among $3 that the caller does not see in the organization of client $2; $1 token.
-- name: oauth_client_unlinkable_project :many
{{principal}}
SELECT f.id, false AS visible FROM p, unnest($3::text[]) f(id) WHERE NOT EXISTS (
    SELECT 1 FROM oauth_clients c JOIN projects pr ON pr.id = f.id AND pr.organization_id = c.organization_id
    WHERE c.id = $2 AND {{project_mask}} & (1::bigint << 19) <> 0);

-- name: oauth_client_project_add :exec
INSERT INTO oauth_client_projects (oauth_client_id, project_id) SELECT $1, f.id FROM unnest($2::text[]) f(id)
ON CONFLICT ON CONSTRAINT oauth_client_projects_pkey DO NOTHING;

-- name: oauth_client_known_project_add :exec
{{principal}}
INSERT INTO oauth_client_projects (oauth_client_id, project_id)
SELECT c.id, pr.id FROM p, oauth_clients c JOIN organizations o ON o.id = c.organization_id
JOIN projects pr ON pr.id = ANY ($3::text[]) AND pr.organization_id = c.organization_id
WHERE c.id = $2 AND {{project_mask}} & (1::bigint << 19) <> 0;

-- name: oauth_client_project_remove :exec
DELETE FROM oauth_client_projects WHERE oauth_client_id = $1 AND project_id = ANY ($2::text[]);

-- name: oauth_client_project_prune :exec
DELETE FROM oauth_client_projects WHERE oauth_client_id = $1 AND project_id <> ALL ($2::text[]);

-- fragment: oauth_token_columns
t.id, t.oauth_client_id, c.organization_id, t.uid, t.service_provider_user, t.sealed_ssh_key IS NOT NULL AS has_ssh_key,
t.created_at

-- name: oauth_token_show :one
{{principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT {{oauth_token_columns}}, {{organization_mask}} AS mask
    FROM oauth_tokens t JOIN oauth_clients c ON c.id = t.oauth_client_id JOIN organizations o ON o.id = c.organization_id
    WHERE t.id = $2) x ON x.mask & (1::bigint << 39) <> 0;

-- name: oauth_token_include :many
{{principal}}
SELECT {{oauth_token_columns}}, x.mask
FROM p, oauth_tokens t JOIN oauth_clients c ON c.id = t.oauth_client_id JOIN organizations o ON o.id = c.organization_id,
    LATERAL (SELECT {{organization_mask}} AS mask) x
WHERE t.id = ANY ($2::text[]) AND x.mask & (1::bigint << 39) <> 0;

-- name: oauth_token_list :many
{{principal}}
SELECT p.auth, s.mask AS scope, (SELECT count(*) FROM oauth_tokens t WHERE t.oauth_client_id = s.id) AS total, x.*
FROM p LEFT JOIN LATERAL (
    SELECT c.id, {{organization_mask}} AS mask FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id
    WHERE c.id = $2) s ON s.mask & (1::bigint << 39) <> 0
LEFT JOIN LATERAL (
    SELECT {{oauth_token_columns}} FROM oauth_tokens t JOIN oauth_clients c ON c.id = t.oauth_client_id
    WHERE t.oauth_client_id = s.id ORDER BY t.created_at, t.id LIMIT $3 OFFSET $4) x ON true;

-- name: organization_oauth_token_list :many
{{principal}}, {{organization_scope}}
SELECT p.auth, s.mask AS scope, (
    SELECT count(*) FROM oauth_clients c JOIN oauth_tokens t ON t.oauth_client_id = c.id
    WHERE c.organization_id = s.id) AS total, x.*
FROM p LEFT JOIN scope s ON s.mask & (1::bigint << 28) <> 0
LEFT JOIN LATERAL (
    SELECT {{oauth_token_columns}} FROM oauth_clients c JOIN oauth_tokens t ON t.oauth_client_id = c.id
    WHERE c.organization_id = s.id ORDER BY t.created_at, t.id LIMIT $3 OFFSET $4) x ON true;

-- The token that a client's own string stands for: its first.
-- name: oauth_client_token :one
SELECT t.id FROM oauth_tokens t WHERE t.oauth_client_id = $1 ORDER BY t.created_at, t.id LIMIT 1 FOR UPDATE;

-- Also in place of the one that is there: an account that gives another token has another refresh token.
-- name: oauth_token_put :exec
INSERT INTO oauth_tokens (id, oauth_client_id, sealed_token) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT oauth_tokens_pkey DO UPDATE
SET sealed_token = EXCLUDED.sealed_token, sealed_refresh_token = NULL, expires_at = NULL, uid = NULL, service_provider_user = NULL;

-- name: oauth_token_update :exec
UPDATE oauth_tokens t SET sealed_ssh_key = (SELECT r.sealed_ssh_key FROM jsonb_populate_record(t, $2::jsonb) r)
WHERE t.id = $1 AND $3::text IS NOT NULL;

-- name: oauth_token_delete :exec
DELETE FROM oauth_tokens WHERE id = $1 AND $2::text IS NOT NULL;

-- $1 id, $2 sealed refresh token, $3 seconds that the token lives.
-- name: oauth_token_expires :exec
UPDATE oauth_tokens SET sealed_refresh_token = $2, expires_at = now() + make_interval(secs => $3::integer) WHERE id = $1;

-- What somebody who manages VCS settings connects in the browser: $2 the client's uuid.
-- name: page_oauth_client :one
{{session_principal}}
SELECT p.auth, x.mask AS scope, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.uuid::text AS uuid, c.service_provider, c.http_url, c.api_url, c.key, c.sealed_secret, o.name AS organization,
           {{organization_mask}} AS mask
    FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id
    WHERE c.uuid = uuid_or_null($2)) x ON x.mask & (1::bigint << 39) <> 0;

-- oauth_client_load for a session.
-- name: page_oauth_client_load :one
{{session_principal}}
SELECT p.auth, x.* FROM p LEFT JOIN LATERAL (
    SELECT c.id, c.id AS scope_id, c.organization_id, {{organization_mask}} AS scope
    FROM oauth_clients c JOIN organizations o ON o.id = c.organization_id
    WHERE c.id = $2) x ON x.scope & (1::bigint << 39) <> 0;
