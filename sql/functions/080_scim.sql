-- What the identity provider's changes do to accounts and teams (docs/admin.md, SCIM).

-- Makes a user, or takes over the account that has the address. It returns the account's id.
CREATE OR REPLACE FUNCTION scim_user_make(new_id text, document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    given scim_users := jsonb_populate_record(NULL::scim_users, document);
    account users;
    was_here boolean;
BEGIN
    SELECT * INTO account FROM users u WHERE lower(u.email) = lower(document ->> 'email') FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO users (id, username, email) VALUES (new_id, free_username(given.user_name), document ->> 'email')
            RETURNING * INTO account;
    ELSIF account.is_invited THEN
        UPDATE users SET username = free_username(given.user_name), is_invited = false, updated_at = now()
            WHERE id = account.id;
    END IF;
    was_here := EXISTS (SELECT 1 FROM scim_users s WHERE s.user_id = account.id);
    INSERT INTO scim_users AS s (user_id, user_name, external_id, display_name, given_name, family_name, active)
        VALUES (account.id, given.user_name, given.external_id, given.display_name, given.given_name,
                given.family_name, given.active)
        ON CONFLICT ON CONSTRAINT scim_users_pkey DO UPDATE SET user_name = excluded.user_name,
            external_id = excluded.external_id, display_name = excluded.display_name,
            given_name = excluded.given_name, family_name = excluded.family_name, active = excluded.active,
            created_at = now(), updated_at = now(), deleted_at = NULL
        WHERE s.deleted_at IS NOT NULL;
    IF NOT FOUND THEN
        RAISE unique_violation USING CONSTRAINT = 'scim_users_email_key', MESSAGE = 'the address is taken';
    END IF;
    -- An account that an administrator has shut out stays shut out.
    IF was_here OR NOT given.active THEN
        PERFORM scim_user_enable(account.id, given.active);
    END IF;
    RETURN account.id;
END $$;

CREATE OR REPLACE FUNCTION scim_user_enable(account text, active boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET is_disabled = NOT active, updated_at = now() WHERE id = account;
    IF NOT active THEN
        DELETE FROM sessions WHERE user_id = account;
        DELETE FROM oauth_codes WHERE user_id = account;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION scim_user_change(account text, document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    before scim_users;
    now_is scim_users;
BEGIN
    SELECT * INTO before FROM scim_users s WHERE s.user_id = account AND s.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    now_is := jsonb_populate_record(before, document);
    UPDATE scim_users SET user_name = now_is.user_name, external_id = now_is.external_id,
        display_name = now_is.display_name, given_name = now_is.given_name, family_name = now_is.family_name,
        active = now_is.active, updated_at = now() WHERE user_id = account;
    UPDATE users SET email = document ->> 'email', updated_at = now()
        WHERE id = account AND email IS DISTINCT FROM document ->> 'email' AND document ->> 'email' IS NOT NULL;
    IF before.active <> now_is.active THEN
        PERFORM scim_user_enable(account, now_is.active);
    END IF;
    RETURN true;
END $$;

-- Makes the members of linked teams those of their groups, for one group or one team (NULL: all). Rows
-- are locked in the order of their teams. A row of the result for each team that has changed.
CREATE OR REPLACE FUNCTION scim_sync(of_group text, of_team text)
RETURNS TABLE (team text, organization text, added text[], removed text[]) LANGUAGE plpgsql AS $$
DECLARE
    link record;
BEGIN
    FOR link IN
        SELECT l.team_id, l.group_id, t.organization_id
        FROM team_scim_groups l JOIN teams t ON t.id = l.team_id
        WHERE NOT l.sync_paused AND (of_group IS NULL OR l.group_id = of_group) AND (of_team IS NULL OR l.team_id = of_team)
        ORDER BY l.team_id FOR UPDATE OF l
    LOOP
        INSERT INTO organization_memberships AS m (id, organization_id, user_id, email, status, is_scim_made)
            SELECT new_id('ou-'), link.organization_id, u.id, u.email, 'active', true
            FROM scim_group_members g JOIN users u ON u.id = g.user_id WHERE g.group_id = link.group_id
            ON CONFLICT ON CONSTRAINT organization_memberships_organization_user_key
            DO UPDATE SET status = 'active' WHERE m.status = 'invited';
        UPDATE team_members tm SET active = true FROM organization_memberships m, scim_group_members g
            WHERE g.group_id = link.group_id AND m.user_id = g.user_id AND m.organization_id = link.organization_id
              AND tm.membership_id = m.id AND NOT tm.active;
        WITH come AS (
            INSERT INTO team_members (team_id, organization_id, membership_id, user_id)
            SELECT link.team_id, m.organization_id, m.id, m.user_id
            FROM scim_group_members g JOIN organization_memberships m
                ON m.user_id = g.user_id AND m.organization_id = link.organization_id
            WHERE g.group_id = link.group_id
            ON CONFLICT ON CONSTRAINT team_members_pkey DO NOTHING RETURNING user_id),
        gone AS (
            DELETE FROM team_members tm WHERE tm.team_id = link.team_id AND NOT EXISTS (
                SELECT 1 FROM scim_group_members g WHERE g.group_id = link.group_id AND g.user_id = tm.user_id)
            RETURNING tm.user_id)
        SELECT ARRAY(SELECT user_id FROM come ORDER BY 1), ARRAY(SELECT user_id FROM gone ORDER BY 1)
            INTO added, removed;
        IF added <> '{}' OR removed <> '{}' THEN
            UPDATE team_scim_groups l SET updated_at = now() WHERE l.team_id = link.team_id;
            team := link.team_id;
            organization := link.organization_id;
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;

-- A membership that a group has made ends with the last team, however that one is left.
CREATE OR REPLACE FUNCTION scim_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM organization_memberships m USING (SELECT DISTINCT membership_id FROM gone) g
        WHERE m.id = g.membership_id AND m.is_scim_made
          AND NOT EXISTS (SELECT 1 FROM team_members tm WHERE tm.membership_id = m.id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER team_members_scim_leave AFTER DELETE ON team_members
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION scim_leave();

-- Site administrators by group; who was one before stays one without it.
CREATE OR REPLACE FUNCTION scim_sync_admins() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    admins text := (SELECT s.site_admin_group_scim_id FROM scim_settings s);
BEGIN
    WITH come AS (
        UPDATE users u SET is_site_admin = true, updated_at = now() FROM scim_group_members g
        WHERE g.group_id = admins AND u.id = g.user_id AND NOT u.is_site_admin RETURNING u.id)
    UPDATE scim_users s SET is_admin_by_group = true FROM come WHERE s.user_id = come.id;
    WITH gone AS (
        UPDATE scim_users s SET is_admin_by_group = false
        WHERE s.is_admin_by_group AND NOT EXISTS (
            SELECT 1 FROM scim_group_members g WHERE g.group_id = admins AND g.user_id = s.user_id)
        RETURNING s.user_id)
    UPDATE users u SET is_site_admin = false, updated_at = now() FROM gone WHERE u.id = gone.user_id;
END $$;
