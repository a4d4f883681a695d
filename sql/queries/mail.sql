-- Mail: where it goes to, and what waits (today-admin.md 7.6).

-- The mail server, while mail is turned on.
-- name: mail_server :one
SELECT s.host, s.port, s.sender, s.auth_method, s.username, x.id AS secret_id, x.sealed_value
FROM smtp_settings s LEFT JOIN setting_secrets x ON x.id = 'smtp/password' WHERE s.enabled;

-- The people of notification configuration $1.
-- name: notification_recipients :one
SELECT notification_recipients(n) AS recipients FROM notification_configurations n WHERE n.id = $1;

-- The oldest mail that is due. Who cannot be reached now is tried again, later and later.
-- name: mail_claim :one
WITH due AS (
    SELECT m.position FROM mails m WHERE m.due_at <= now() ORDER BY m.due_at, m.position LIMIT 1 FOR UPDATE SKIP LOCKED),
claimed AS (
    UPDATE mails m SET due_at = now() + interval '1 minute' * 2 ^ least(m.attempts, 10), attempts = m.attempts + 1
    FROM due WHERE m.position = due.position RETURNING m.*)
SELECT c.position, c.attempts, c.kind, o.name AS organization, u.id AS user_id, coalesce(u.username, '') AS username,
       CASE c.kind WHEN 'invitation' THEN i.email WHEN 'confirmation' THEN u.unconfirmed_email ELSE u.email END AS recipient,
       CASE c.kind WHEN 'confirmation' THEN u.unconfirmed_email WHEN 'password' THEN coalesce(u.password_hash, '') END AS proof
FROM claimed c LEFT JOIN users u ON u.id = c.user_id
LEFT JOIN organization_memberships i ON i.id = c.membership_id LEFT JOIN organizations o ON o.id = i.organization_id;

-- name: mail_done :exec
DELETE FROM mails WHERE position = $1::bigint;

-- Whether mail is sent.
-- name: mail_is_on :one
SELECT s.enabled FROM smtp_settings s;

-- A new password for whoever has this name or address: only the mail says whether there is such a user.
-- name: mail_password :one
WITH found AS (
    SELECT u.id FROM users u WHERE lower(u.email) = lower($1)
    UNION SELECT u.id FROM users u WHERE lower(u.username) = lower($1))
SELECT count(mail_user(u.id, 'password')) AS done FROM found f JOIN users u ON u.id = f.id
WHERE NOT u.is_disabled AND NOT u.is_invited;

-- What a link in a mail is about: $1 user.
-- name: mailed_user :one
SELECT u.id, u.username, u.email, u.unconfirmed_email, coalesce(u.password_hash, '') AS password_hash
FROM users u WHERE u.id = $1 AND NOT u.is_disabled AND NOT u.is_invited;

-- $2 the address that was confirmed. No row: it is not the one that is wished for any more.
-- name: mailed_address_confirm :one
UPDATE users SET email = unconfirmed_email, unconfirmed_email = NULL, updated_at = now()
WHERE id = $1 AND unconfirmed_email = $2 RETURNING id;

-- $2 the new hash, $3 the one that the link was made for. Whoever is signed in is so no more.
-- name: mailed_password_set :one
WITH changed AS (
    UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 AND coalesce(password_hash, '') = $3 RETURNING id),
ended AS (DELETE FROM sessions WHERE user_id IN (SELECT id FROM changed))
SELECT id FROM changed;
