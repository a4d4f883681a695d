-- NULL for a text that is no UUID: paths hold anything.
CREATE OR REPLACE FUNCTION uuid_or_null(value text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN value ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN value::uuid END
$$;

-- Whether PostgreSQL takes it as a regular expression.
CREATE OR REPLACE FUNCTION is_regex(pattern text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM '' ~ pattern;
    RETURN true;
EXCEPTION WHEN invalid_regular_expression THEN
    RETURN false;
END $$;

-- A workspace whose connection goes (with its token, or by its own wish) shows none.
CREATE OR REPLACE FUNCTION vcs_connection_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE workspaces SET vcs_repo = NULL WHERE id = OLD.workspace_id AND vcs_repo IS NOT NULL;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER vcs_connections_gone AFTER DELETE ON vcs_connections
    FOR EACH ROW EXECUTE FUNCTION vcs_connection_gone();

-- What a commit is told of a run (today-registry-vcs.md 8.3): the plan's outcome counts, the apply's is
-- not reported. NULL: there is nothing new to say.
CREATE OR REPLACE FUNCTION vcs_state(status text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN status IN ('errored', 'canceled', 'policy_soft_failed') THEN 'failure'
        WHEN status IN ('planned', 'post_plan_completed', 'cost_estimated', 'policy_checked', 'planned_and_finished',
            'planned_and_saved', 'confirmed', 'discarded', 'applied') THEN 'success'
        WHEN status IN ('pre_apply_running', 'pre_apply_awaiting_decision', 'pre_apply_completed', 'queuing_apply', 'apply_queued',
            'applying', 'post_apply_running', 'post_apply_completed') THEN NULL
        ELSE 'pending' END
$$;

-- A run of a commit tells its provider how it stands. An apply that fails is not told: what was asked
-- about is the plan.
CREATE OR REPLACE FUNCTION vcs_run_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF vcs_state(NEW.status) IS NULL OR NEW.status_timestamps ? 'applying-at' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND vcs_state(NEW.status) IS NOT DISTINCT FROM vcs_state(OLD.status) THEN
        RETURN NULL;
    END IF;
    INSERT INTO vcs_jobs (kind, connection_id, run_id)
    SELECT 'status', c.id, NEW.id
    FROM ingress_attributes i JOIN vcs_connections c ON c.workspace_id = NEW.workspace_id AND c.identifier = i.identifier
    WHERE i.configuration_version_id = NEW.configuration_version_id AND i.commit_sha IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM vcs_jobs j WHERE j.run_id = NEW.id AND j.kind = 'status' AND j.attempts = 0);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER runs_vcs_created AFTER INSERT ON runs FOR EACH ROW EXECUTE FUNCTION vcs_run_moved();
CREATE OR REPLACE TRIGGER runs_vcs_moved AFTER UPDATE OF status ON runs
    FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION vcs_run_moved();
