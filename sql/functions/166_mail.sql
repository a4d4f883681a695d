-- Who gets mail.

-- The people of a notification configuration: members that it names, other addresses, and when a team's names
-- nobody, the team (today-runs.md 18.6).
CREATE OR REPLACE FUNCTION notification_recipients(n notification_configurations) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT lower(r.email)), '{}') FROM (
        SELECT u.email FROM users u JOIN organization_memberships m ON m.user_id = u.id
        WHERE m.organization_id = n.organization_id AND m.status = 'active' AND u.id = ANY (n.user_ids) AND NOT u.is_disabled
        UNION ALL
        SELECT unnest(n.email_addresses)
        UNION ALL
        SELECT u.email FROM team_members t JOIN users u ON u.id = t.user_id
        WHERE t.team_id = n.team_id AND t.active AND NOT u.is_disabled AND n.user_ids = '{}' AND n.email_addresses = '{}') r
$$;

-- Who is invited hears of it, where there is a mail server.
CREATE OR REPLACE FUNCTION mail_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mails (kind, membership_id) SELECT 'invitation', NEW.id FROM smtp_settings s WHERE s.enabled;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER organization_memberships_mail AFTER INSERT ON organization_memberships FOR EACH ROW
    WHEN (NEW.status = 'invited') EXECUTE FUNCTION mail_invitation();

-- A mail for user $1 to the address that is said when it is sent; at most one in two minutes.
CREATE OR REPLACE FUNCTION mail_user(id text, kind text) RETURNS void LANGUAGE sql AS $$
    WITH asked AS (
        UPDATE users u SET mailed_at = now() FROM smtp_settings s
        WHERE u.id = $1 AND s.enabled AND (u.mailed_at IS NULL OR u.mailed_at < now() - interval '2 minutes')
        RETURNING u.id)
    INSERT INTO mails (kind, user_id) SELECT $2, a.id FROM asked a
$$;

-- A new address is confirmed by who reads its mail. Another wish while the mail waits changes where it goes.
CREATE OR REPLACE FUNCTION mail_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM mails m WHERE m.user_id = NEW.id AND m.kind = 'confirmation') THEN
        PERFORM mail_user(NEW.id, 'confirmation');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER users_mail_confirmation AFTER UPDATE OF unconfirmed_email ON users FOR EACH ROW
    WHEN (NEW.unconfirmed_email IS NOT NULL AND NEW.unconfirmed_email IS DISTINCT FROM OLD.unconfirmed_email)
    EXECUTE FUNCTION mail_confirmation();
