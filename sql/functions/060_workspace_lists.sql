-- Keeps workspaces.tag_names and var_ids. Everything is collected anew at each change, under the row's
-- lock and by a statement of its own, which sees what those who held the lock before have written.

CREATE OR REPLACE FUNCTION list_vars() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text[] := ARRAY(SELECT DISTINCT workspace_id FROM rows_changed WHERE workspace_id IS NOT NULL);
BEGIN
    IF changed = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM workspaces WHERE id = ANY (changed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE workspaces w
        SET var_ids = ARRAY(SELECT v.id FROM vars v WHERE v.workspace_id = w.id ORDER BY v.created_at, v.id)
        WHERE w.id = ANY (changed);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER vars_list_insert AFTER INSERT ON vars
    REFERENCING NEW TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_vars();
CREATE OR REPLACE TRIGGER vars_list_delete AFTER DELETE ON vars
    REFERENCING OLD TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_vars();

-- Flat tags in the order of adding, then the keys of bindings without a value.
CREATE OR REPLACE FUNCTION collect_tags(changed text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM workspaces WHERE id = ANY (changed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE workspaces w
        SET tag_names = ARRAY(SELECT t.name FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id
                              WHERE wt.workspace_id = w.id ORDER BY wt.position)
                     || ARRAY(SELECT b.key FROM tag_bindings b WHERE b.workspace_id = w.id AND b.value = ''
                              ORDER BY b.created_at, b.key)
        WHERE w.id = ANY (changed);
END $$;

CREATE OR REPLACE FUNCTION list_tags() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text[];
BEGIN
    IF TG_TABLE_NAME = 'tags' THEN
        changed := ARRAY(SELECT DISTINCT wt.workspace_id FROM rows_changed r JOIN workspace_tags wt ON wt.tag_id = r.id);
    ELSE
        changed := ARRAY(SELECT DISTINCT workspace_id FROM rows_changed WHERE workspace_id IS NOT NULL);
    END IF;
    IF changed <> '{}' THEN
        PERFORM collect_tags(changed);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tags_list_update AFTER UPDATE ON tags
    REFERENCING NEW TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_tags();
CREATE OR REPLACE TRIGGER workspace_tags_list_insert AFTER INSERT ON workspace_tags
    REFERENCING NEW TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_tags();
CREATE OR REPLACE TRIGGER workspace_tags_list_delete AFTER DELETE ON workspace_tags
    REFERENCING OLD TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_tags();
CREATE OR REPLACE TRIGGER tag_bindings_list_insert AFTER INSERT ON tag_bindings
    REFERENCING NEW TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_tags();
CREATE OR REPLACE TRIGGER tag_bindings_list_update AFTER UPDATE ON tag_bindings
    REFERENCING NEW TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_tags();
CREATE OR REPLACE TRIGGER tag_bindings_list_delete AFTER DELETE ON tag_bindings
    REFERENCING OLD TABLE AS rows_changed FOR EACH STATEMENT EXECUTE FUNCTION list_tags();
