-- What the pages ask: sessions, the throttle of signing in, codes of `login`, a user's own tokens.

-- name: session_show :one
SELECT u.id, u.username FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.secret_hash = $1 AND s.expires_at > now() AND NOT u.is_disabled;

-- Signing in accepts the user's invitations. $1 secret, $2 user, $3 seconds.
-- name: session_create :exec
WITH gone AS (DELETE FROM sessions WHERE expires_at <= now()), {{membership_accept}}
INSERT INTO sessions (secret_hash, user_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3::integer));

-- name: session_delete :exec
DELETE FROM sessions WHERE secret_hash = $1;

-- Who signs in by name or address; a name that looks like another's address does not win. is_elsewhere:
-- this person signs in by SAML.
-- name: sign_in_user :one
SELECT u.id, u.password_hash, s.in_force AND NOT u.is_site_admin AS is_elsewhere, u.is_by_saml FROM saml_settings s, (
    SELECT u.id, u.password_hash, u.is_site_admin, u.saml_expires_at IS NOT NULL AS is_by_saml, 1 AS place FROM users u
    WHERE lower(u.username) = lower($1) AND NOT u.is_disabled
    UNION ALL
    SELECT u.id, u.password_hash, u.is_site_admin, u.saml_expires_at IS NOT NULL, 2 FROM users u
    WHERE lower(u.email) = lower($1) AND NOT u.is_disabled) u
ORDER BY u.place LIMIT 1;

-- A site administrator has signed in without SAML: where that is broken, tokens count again, to mend it.
-- name: sign_in_without_saml :exec
UPDATE users SET saml_expires_at = NULL WHERE id = $1;

-- Counts an attempt on both subjects, in one order so that two never wait for each other; $2 may be NULL.
-- name: sign_in_count :many
INSERT INTO sign_in_attempts AS a (subject, failures, window_start)
SELECT s, 1, now() FROM unnest(ARRAY[$1, $2]) s WHERE s IS NOT NULL ORDER BY s
ON CONFLICT (subject) DO UPDATE SET
    failures = CASE WHEN a.window_start < now() - interval '15 minutes' THEN 1 ELSE a.failures + 1 END,
    window_start = CASE WHEN a.window_start < now() - interval '15 minutes' THEN now() ELSE a.window_start END
RETURNING subject, failures;

-- The attempt was none: $1 user, $2 network.
-- name: sign_in_forget :exec
WITH gone AS (DELETE FROM sign_in_attempts
    WHERE subject = $1 OR (window_start < now() - interval '1 day' AND subject <> $2))
UPDATE sign_in_attempts SET failures = greatest(failures - 1, 0) WHERE subject = $2;

-- name: oauth_code_create :exec
WITH gone AS (DELETE FROM oauth_codes WHERE expires_at <= now())
INSERT INTO oauth_codes (code_hash, user_id, client_id, redirect_uri, code_challenge, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + interval '5 minutes');

-- name: oauth_code_take :one
DELETE FROM oauth_codes c USING users u WHERE c.code_hash = $1 AND u.id = c.user_id
RETURNING c.user_id, c.client_id, c.redirect_uri, c.code_challenge,
          c.expires_at > now() AND NOT u.is_disabled AS is_fresh;

-- name: page_token_list :many
SELECT k.id, k.description, k.created_at, k.last_used_at, k.expired_at, k.expired_at <= now() AS is_expired
FROM tokens k WHERE k.kind = 'user' AND k.user_id = $1 ORDER BY k.created_at DESC, k.id;

-- name: user_token_revoke :exec
DELETE FROM tokens WHERE id = $1 AND kind = 'user' AND user_id = $2;

-- name: page_organization_list :many
SELECT o.name, m.status = 'invited' AS is_invited
FROM organization_memberships m JOIN organizations o ON o.id = m.organization_id
WHERE m.user_id = $1 ORDER BY is_invited, o.name;

-- User $2 accepts the invitation of organization $1: for who was invited while signed in.
-- name: invitation_accept :exec
WITH accepted AS (
    UPDATE organization_memberships m SET status = 'active' FROM organizations o
    WHERE o.id = m.organization_id AND o.name = $1 AND m.user_id = $2 AND m.status = 'invited' RETURNING m.id)
UPDATE team_members SET active = true WHERE membership_id IN (SELECT id FROM accepted);
