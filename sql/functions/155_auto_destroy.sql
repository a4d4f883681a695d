-- When a workspace destroys what it has made (today-workspaces.md 2.5).

-- "14d" or "36h".
CREATE OR REPLACE FUNCTION auto_destroy_interval(duration text) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE right(duration, 1) WHEN 'd' THEN interval '1 day' ELSE interval '1 hour' END
           * rtrim(duration, 'dh')::integer
$$;

-- The time after a state change that a run made, or nobody: what a destroy run leaves behind does not
-- have to be destroyed once more.
CREATE OR REPLACE FUNCTION auto_destroy_after_change(at timestamptz, duration text, run text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN duration IS NULL OR (SELECT r.is_destroy FROM runs r WHERE r.id = run) THEN at
           ELSE now() + auto_destroy_interval(duration) END
$$;

-- A workspace that moves to another project takes its duration, unless it has an override.
CREATE OR REPLACE FUNCTION inherit_auto_destroy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    duration text := (SELECT pr.auto_destroy_activity_duration FROM projects pr WHERE pr.id = NEW.project_id);
BEGIN
    IF duration IS DISTINCT FROM NEW.auto_destroy_activity_duration THEN
        NEW.auto_destroy_activity_duration := duration;
        NEW.auto_destroy_at := now() + auto_destroy_interval(duration);
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER workspaces_inherit_auto_destroy BEFORE UPDATE OF project_id ON workspaces FOR EACH ROW
    WHEN (NEW.project_id <> OLD.project_id AND NEW.inherits_project_auto_destroy)
    EXECUTE FUNCTION inherit_auto_destroy();
