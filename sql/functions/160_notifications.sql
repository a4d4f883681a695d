-- The most notification configurations and run triggers of one workspace (today-runs.md 13.2, 18.1). The
-- workspace's row is locked, so that two do not both take the last place.
CREATE OR REPLACE FUNCTION limit_per_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken bigint;
BEGIN
    PERFORM 1 FROM workspaces w WHERE w.id = NEW.workspace_id FOR NO KEY UPDATE;
    EXECUTE format('SELECT count(*) FROM %I WHERE workspace_id = $1', TG_TABLE_NAME) INTO taken USING NEW.workspace_id;
    IF taken >= 20 THEN
        RAISE check_violation USING CONSTRAINT = TG_TABLE_NAME || '_limit_check', MESSAGE = 'too many';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER notification_configurations_limit BEFORE INSERT ON notification_configurations
    FOR EACH ROW WHEN (NEW.workspace_id IS NOT NULL) EXECUTE FUNCTION limit_per_workspace();
CREATE OR REPLACE TRIGGER run_triggers_limit BEFORE INSERT ON run_triggers
    FOR EACH ROW EXECUTE FUNCTION limit_per_workspace();
