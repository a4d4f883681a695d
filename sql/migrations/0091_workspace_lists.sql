-- What every workspace shows of other tables, kept in its row by the triggers of
-- sql/functions/060_workspace_lists.sql (outputs: by the statement that makes a state current): a
-- workspace is read a thousand times for each change of its variables, and collecting the lists was
-- half of what reading one costs.
ALTER TABLE workspaces
    ADD COLUMN tag_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN var_ids text[] NOT NULL DEFAULT '{}',
    ADD COLUMN output_ids text[] NOT NULL DEFAULT '{}';
UPDATE workspaces w SET
    tag_names = ARRAY(SELECT t.name FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id
                      WHERE wt.workspace_id = w.id ORDER BY wt.position)
             || ARRAY(SELECT b.key FROM tag_bindings b WHERE b.workspace_id = w.id AND b.value = ''
                      ORDER BY b.created_at, b.key),
    var_ids = ARRAY(SELECT v.id FROM vars v WHERE v.workspace_id = w.id ORDER BY v.created_at, v.id),
    output_ids = ARRAY(SELECT s.id FROM state_version_outputs s
                       WHERE s.state_version_id = w.current_state_version_id ORDER BY s.position);
