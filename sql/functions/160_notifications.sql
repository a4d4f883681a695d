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

-- Times of payloads have whole seconds (today-runs.md 18.3).
CREATE OR REPLACE FUNCTION payload_time(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')
$$;

-- The enabled configurations of a workspace and of its project that have the trigger.
CREATE OR REPLACE FUNCTION notification_listeners(workspace text, trigger text)
RETURNS TABLE (id text, created_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT n.id, n.created_at FROM notification_configurations n
    WHERE n.workspace_id = $1 AND n.enabled AND $2 = ANY (n.triggers)
    UNION ALL
    SELECT n.id, n.created_at FROM workspaces w JOIN notification_configurations n ON n.project_id = w.project_id
    WHERE w.id = $1 AND n.enabled AND $2 = ANY (n.triggers)
$$;

-- Tells of the auto-destroy of a workspace: that it will come (run and problem are NULL), the run that it
-- was, or the problem that there is none (today-runs.md 18.4).
CREATE OR REPLACE FUNCTION notify_auto_destroy(workspace text, at timestamptz, run text, problem text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO notification_deliveries (notification_configuration_id, workspace_id, trigger, details)
    SELECT n.id, w.id, k.trigger, jsonb_build_object(
        'auto_destroy_at', payload_time($2), 'trigger_type', k.type,
        'run_created_at', payload_time(r.created_at), 'run_status', r.status, 'run_external_id', r.id,
        'run_create_error_message', $4, 'workspace_name', w.name, 'organization_name', o.name)
    FROM workspaces w JOIN organizations o ON o.id = w.organization_id LEFT JOIN runs r ON r.id = $3,
         LATERAL (SELECT CASE WHEN $3 IS NULL AND $4 IS NULL THEN 'workspace:auto_destroy_reminder'
                              ELSE 'workspace:auto_destroy_run_results' END AS trigger,
                         CASE WHEN $3 IS NULL AND $4 IS NULL THEN 'reminder' ELSE 'results' END AS type) k,
         LATERAL notification_listeners(w.id, k.trigger) n
    WHERE w.id = $1
    ORDER BY n.created_at, n.id
$$;

-- Called by the run machine in its transaction, after the run's event: one delivery for each enabled
-- configuration that has the trigger. Plan-only runs tell nobody (today-runs.md 18.1).
CREATE OR REPLACE FUNCTION notify_run(run_id text, trigger text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO notification_deliveries (notification_configuration_id, run_id, trigger, run_status, run_updated_by)
    SELECT n.id, r.id, $2, r.status,
           (SELECT e.actor_id FROM run_events e WHERE e.run_id = r.id ORDER BY e.position DESC LIMIT 1)
    FROM runs r, LATERAL notification_listeners(r.workspace_id, $2) n
    WHERE r.id = $1 AND NOT r.plan_only
    ORDER BY n.created_at, n.id;
    SELECT notify_auto_destroy(r.workspace_id, r.auto_destroy_at, r.id, NULL)
    FROM runs r WHERE r.id = $1 AND r.is_final AND r.auto_destroy_at IS NOT NULL;
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
        WHEN 'assessment:drifted' THEN 'Drift Detected'
        WHEN 'assessment:check_failure' THEN 'Checks Failed'
        WHEN 'assessment:failed' THEN 'Assessment Failed'
        WHEN 'workspace:auto_destroy_reminder' THEN 'Auto Destroy Reminder'
        WHEN 'workspace:auto_destroy_run_results' THEN 'Auto Destroy Results'
        WHEN 'change_request:created' THEN 'Change Request Created'
        ELSE trigger END
$$;
