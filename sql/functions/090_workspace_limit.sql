-- The most workspaces that an organization may have, where a site administrator has set a limit. The
-- row of the organization is locked, so that two do not both take the last place.
CREATE OR REPLACE FUNCTION limit_workspaces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most integer := (SELECT o.workspace_limit FROM organizations o WHERE o.id = NEW.organization_id);
BEGIN
    IF most IS NOT NULL THEN
        PERFORM 1 FROM organizations o WHERE o.id = NEW.organization_id FOR UPDATE;
        IF (SELECT count(*) FROM workspaces w WHERE w.organization_id = NEW.organization_id) >= most THEN
            RAISE check_violation USING CONSTRAINT = 'workspaces_limit_check', MESSAGE = 'too many workspaces';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER workspaces_limit BEFORE INSERT ON workspaces
    FOR EACH ROW EXECUTE FUNCTION limit_workspaces();
