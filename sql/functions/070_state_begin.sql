-- What the rules of a state write look at. The row is locked first and read by a second statement: one
-- statement would wait for the lock, and then not see the state that the one before has just written.
CREATE OR REPLACE FUNCTION state_begin(workspace text) RETURNS TABLE (locked_by text, resources_digest text,
    current_id text, serial bigint, lineage text, md5 text, username text, team text)
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
    RETURN NEXT;
END $$;
