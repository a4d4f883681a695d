-- Signing in by SAML 2.0: what src/api/pages/saml.c asks.

-- name: saml_load :one
SELECT s.* FROM saml_settings s;

-- Anybody may begin: what nobody came back for does not stay. $1 id, $2 where to go afterwards.
-- name: saml_request_create :exec
WITH gone AS (DELETE FROM saml_requests WHERE expires_at <= now())
INSERT INTO saml_requests (id, return_to, expires_at) VALUES ($1, $2, now() + interval '15 minutes');

-- $1 id of a new account, $2 what the answer says.
-- name: saml_sign_in :one
SELECT s.user_id, s.return_to, s.problem, s.changes FROM saml_sign_in($1, $2::jsonb) s;

-- $2 of the changes that a sign-in has made of teams, as events of the audit trail: $1 who, $3 request, $4 address.
-- name: saml_audit :exec
INSERT INTO audit_events (id, organization_id, accessor_id, description, auth_type, request_id, remote_addr,
    resource_id, resource_type, action, meta)
SELECT gen_random_uuid()::text, c.organization, $1, u.username, 'Client', $3, $4, c.team, 'team',
       CASE WHEN c.added THEN 'add_member' ELSE 'remove_member' END, jsonb_build_object('users', ARRAY[$1])
FROM jsonb_to_recordset($2::jsonb) c(team text, organization text, added boolean), users u
WHERE u.id = $1 AND NOT EXISTS (
    SELECT 1 FROM audit_configurations a WHERE a.organization_id = c.organization AND NOT a.audit_trails_enabled);
