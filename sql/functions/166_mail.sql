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
    INSERT INTO mails (membership_id) SELECT NEW.id FROM smtp_settings s WHERE s.enabled;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER organization_memberships_mail AFTER INSERT ON organization_memberships FOR EACH ROW
    WHEN (NEW.status = 'invited') EXECUTE FUNCTION mail_invitation();
