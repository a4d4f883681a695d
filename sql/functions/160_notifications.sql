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

-- Called by the run machine in its transaction, after the run's event: one delivery for each enabled
-- configuration that has the trigger. Plan-only runs tell nobody (today-runs.md 18.1).
CREATE OR REPLACE FUNCTION notify_run(run_id text, trigger text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO notification_deliveries (notification_configuration_id, run_id, trigger, run_status, run_updated_by)
    SELECT n.id, r.id, $2, r.status,
           (SELECT e.actor_id FROM run_events e WHERE e.run_id = r.id ORDER BY e.position DESC LIMIT 1)
    FROM runs r JOIN workspaces w ON w.id = r.workspace_id,
         LATERAL (SELECT n.id, n.created_at FROM notification_configurations n
                  WHERE n.workspace_id = w.id AND n.enabled AND $2 = ANY (n.triggers)
                  UNION ALL
                  SELECT n.id, n.created_at FROM notification_configurations n
                  WHERE n.project_id = w.project_id AND n.enabled AND $2 = ANY (n.triggers)) n
    WHERE r.id = $1 AND NOT r.plan_only
    ORDER BY n.created_at, n.id
$$;

-- What a notification says (today-runs.md 18.2).
CREATE OR REPLACE FUNCTION notification_message(trigger text, status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE trigger
        WHEN 'run:created' THEN 'Run Created'
        WHEN 'run:planning' THEN 'Run Planning'
        WHEN 'run:needs_attention' THEN CASE
            WHEN status = 'policy_override' OR status LIKE '%\_awaiting\_decision' THEN 'Run Needs a Decision - Policy Override'
            ELSE 'Run Planned - Needs Confirmation' END
        WHEN 'run:applying' THEN 'Run Applying'
        WHEN 'run:completed' THEN CASE status WHEN 'applied' THEN 'Run Applied' ELSE 'Run Planned and Finished' END
        WHEN 'run:errored' THEN CASE status WHEN 'canceled' THEN 'Run Canceled' WHEN 'discarded' THEN 'Run Discarded'
            ELSE 'Run Errored' END
        WHEN 'change_request:created' THEN 'Change Request Created'
        ELSE trigger END
$$;
