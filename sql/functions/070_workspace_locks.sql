-- The row of a workspace is locked first, and what depends on it is read by a second statement: one
-- statement would wait for the lock, and then not see what the one before has just written.

-- What the rules of a state write look at.
DROP FUNCTION IF EXISTS state_begin(text);
CREATE OR REPLACE FUNCTION state_begin(workspace text) RETURNS TABLE (locked_by text, resources_digest text,
    current_id text, serial bigint, lineage text, md5 text, username text, team text, has_saved_plans boolean)
LANGUAGE plpgsql AS $$
DECLARE
    current_state text;
BEGIN
    SELECT w.locked_by, w.resources_digest, w.current_state_version_id
        INTO locked_by, resources_digest, current_state FROM workspaces w WHERE w.id = workspace FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT s.id, s.serial, s.lineage, s.md5 INTO current_id, serial, lineage, md5
        FROM state_versions s WHERE s.id = current_state;
    username := (SELECT u.username FROM users u WHERE u.id = locked_by);
    team := (SELECT t.name FROM teams t WHERE t.id = locked_by);
    has_saved_plans := EXISTS (SELECT FROM runs r WHERE r.workspace_id = workspace AND NOT r.is_final AND r.save_plan);
    RETURN NEXT;
END $$;

-- What the rules of locking look at (today-workspaces.md section 3).
CREATE OR REPLACE FUNCTION lock_begin(workspace text) RETURNS TABLE (locked_by text, resource_count integer,
    username text, team text, pending boolean)
LANGUAGE plpgsql AS $$
DECLARE
    newest bigint;
BEGIN
    SELECT w.locked_by, w.resource_count, w.state_count INTO locked_by, resource_count, newest
        FROM workspaces w WHERE w.id = workspace FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    username := (SELECT u.username FROM users u WHERE u.id = locked_by);
    team := (SELECT t.name FROM teams t WHERE t.id = locked_by);
    pending := EXISTS (SELECT 1 FROM state_versions s
                       WHERE s.workspace_id = workspace AND s.status = 'pending' AND s.position = newest);
    RETURN NEXT;
END $$;
