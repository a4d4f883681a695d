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
SELECT c.position, c.attempts, i.email AS recipient, o.name AS organization
FROM claimed c JOIN organization_memberships i ON i.id = c.membership_id JOIN organizations o ON o.id = i.organization_id;

-- name: mail_done :exec
DELETE FROM mails WHERE position = $1::bigint;
