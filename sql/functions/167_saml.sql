-- What a sign-in by SAML does to accounts and teams (docs/admin.md, SAML).

-- SAML is in force once the identity provider's address and certificate are there: settings that can
-- sign nobody in take nothing away from anybody either.
CREATE OR REPLACE FUNCTION saml_weigh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.in_force := NEW.enabled AND coalesce(NEW.sso_endpoint_url, '') <> ''
        AND coalesce(NEW.idp_cert, '') LIKE '%-----BEGIN CERTIFICATE-----%';
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER saml_settings_weighed BEFORE UPDATE ON saml_settings
    FOR EACH ROW EXECUTE FUNCTION saml_weigh();
UPDATE saml_settings SET enabled = enabled;

-- User tokens count between sign-ins by SAML only: from the moment on that SAML is in force for those
-- who have to sign in by it, until it is not any more.
CREATE OR REPLACE FUNCTION saml_switched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET saml_expires_at = CASE WHEN NEW.in_force THEN now() END
    WHERE CASE WHEN NEW.in_force THEN saml_expires_at IS NULL AND NOT is_site_admin AND NOT is_service_account
               ELSE saml_expires_at IS NOT NULL END;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER saml_settings_switched AFTER UPDATE ON saml_settings
    FOR EACH ROW WHEN (OLD.in_force <> NEW.in_force) EXECUTE FUNCTION saml_switched();

-- The teams that these names mean: by name or SSO team ID, the owners by the organization's own role.
CREATE OR REPLACE FUNCTION saml_teams(names text[]) RETURNS SETOF teams LANGUAGE sql STABLE AS $$
    SELECT t.* FROM teams t JOIN organizations o ON o.id = t.organization_id
    WHERE CASE WHEN t.is_owners THEN o.owners_team_saml_role_id = ANY (names)
               ELSE t.name = ANY (names) OR t.sso_team_id = ANY (names) END
$$;

-- Whom the mapping may take out: the owners team only where it has a role, and never its last member.
CREATE OR REPLACE FUNCTION saml_may_leave(of_team text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT t.is_owners OR o.owners_team_saml_role_id IS NOT NULL
        AND (SELECT count(*) FROM team_members tm WHERE tm.team_id = t.id AND tm.active) > 1
    FROM teams t JOIN organizations o ON o.id = t.organization_id WHERE t.id = of_team
$$;

-- Makes the teams of the user those that are named. A row for each team that has changed.
CREATE OR REPLACE FUNCTION saml_sync_teams(account text, names text[])
RETURNS TABLE (team text, organization text, added boolean) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO organization_memberships AS m (id, organization_id, user_id, email, status, is_scim_made)
        SELECT new_id('ou-'), t.organization_id, u.id, u.email, 'active', true
        FROM (SELECT DISTINCT s.organization_id FROM saml_teams(names) s) t, users u WHERE u.id = account
        ON CONFLICT ON CONSTRAINT organization_memberships_organization_user_key
        DO UPDATE SET status = 'active' WHERE m.status = 'invited';
    UPDATE team_members tm SET active = true FROM organization_memberships m
        WHERE m.user_id = account AND m.status = 'active' AND tm.membership_id = m.id AND NOT tm.active;
    RETURN QUERY
        WITH come AS (
            INSERT INTO team_members AS tm (team_id, organization_id, membership_id, user_id)
            SELECT t.id, t.organization_id, m.id, account
            FROM saml_teams(names) t JOIN organization_memberships m
                ON m.user_id = account AND m.organization_id = t.organization_id
            ORDER BY t.id
            ON CONFLICT ON CONSTRAINT team_members_pkey DO NOTHING RETURNING tm.team_id, tm.organization_id)
        SELECT c.team_id, c.organization_id, true FROM come c;
    RETURN QUERY
        WITH gone AS (
            DELETE FROM team_members tm
            WHERE tm.user_id = account AND saml_may_leave(tm.team_id)
              AND NOT EXISTS (SELECT 1 FROM saml_teams(names) t WHERE t.id = tm.team_id)
            RETURNING tm.team_id, tm.organization_id)
        SELECT g.team_id, g.organization_id, false FROM gone g;
END $$;

-- The account of who has signed in, brought up to date; NULL where there is none. given is what the
-- answer says: email, username, groups, site_admin, service_account; null what it does not say.
CREATE OR REPLACE FUNCTION saml_account(new_id text, given jsonb, settings saml_settings) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    account users;
    named text := given ->> 'username';
    teams_managed boolean := settings.team_management_enabled;
BEGIN
    SELECT * INTO account FROM users u WHERE lower(u.email) = lower(given ->> 'email') FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO users (id, username, email) VALUES (new_id, free_username(given ->> 'email'), given ->> 'email')
            RETURNING * INTO account;
    ELSIF account.is_invited THEN
        account.username := free_username(given ->> 'email');
    END IF;
    IF named ~ '^[A-Za-z0-9_-]{1,90}$' AND NOT EXISTS (
            SELECT 1 FROM users u WHERE lower(u.username) = lower(named) AND u.id <> account.id) THEN
        account.username := named;
    END IF;
    UPDATE users u SET username = account.username, is_invited = false, updated_at = now(),
        is_site_admin = coalesce((given ->> 'site_admin')::boolean,
            CASE WHEN teams_managed AND jsonb_typeof(given -> 'groups') = 'array'
                 THEN given -> 'groups' ? settings.site_admin_role END, account.is_site_admin),
        is_service_account = coalesce((given ->> 'service_account')::boolean, account.is_service_account)
        WHERE u.id = account.id;
    RETURN account.id;
END $$;

-- Signs in. problem: late (nobody has asked, or long ago), used, unknown, disabled; else user_id.
CREATE OR REPLACE FUNCTION saml_sign_in(new_id text, given jsonb,
    OUT user_id text, OUT return_to text, OUT problem text, OUT changes jsonb) LANGUAGE plpgsql AS $$
DECLARE
    settings saml_settings;
    scim boolean := (SELECT enabled FROM scim_settings);
BEGIN
    SELECT * INTO STRICT settings FROM saml_settings;
    DELETE FROM saml_assertions WHERE expires_at <= now();
    IF given ->> 'request' IS NOT NULL THEN
        DELETE FROM saml_requests r WHERE r.id = given ->> 'request' AND r.expires_at > now() RETURNING r.return_to INTO return_to;
        IF NOT FOUND THEN problem := 'late'; RETURN; END IF;
    END IF;
    INSERT INTO saml_assertions (id, expires_at)
        VALUES (given ->> 'assertion', to_timestamp((given ->> 'expires')::bigint) + interval '10 minutes')
        ON CONFLICT ON CONSTRAINT saml_assertions_pkey DO NOTHING;
    IF NOT FOUND THEN problem := 'used'; RETURN; END IF;
    -- Where the provider manages people by SCIM, only those whom it has brought are let in, as they are.
    IF scim THEN
        user_id := (SELECT u.id FROM users u JOIN scim_users s ON s.user_id = u.id
                    WHERE lower(u.email) = lower(given ->> 'email') AND s.deleted_at IS NULL AND s.active);
    ELSE
        user_id := saml_account(new_id, given, settings);
    END IF;
    IF user_id IS NULL THEN problem := 'unknown'; RETURN; END IF;
    IF (SELECT u.is_disabled FROM users u WHERE u.id = user_id) THEN problem := 'disabled'; RETURN; END IF;
    UPDATE users u SET saml_expires_at = CASE WHEN NOT u.is_service_account
        THEN now() + make_interval(secs => settings.sso_api_token_session_timeout) END WHERE u.id = user_id;
    IF settings.team_management_enabled AND NOT scim THEN
        changes := (SELECT jsonb_agg(to_jsonb(s)) FROM saml_sync_teams(user_id, ARRAY(
            SELECT jsonb_array_elements_text(coalesce(nullif(given -> 'groups', 'null'), '[]')))) s);
    END IF;
END $$;
