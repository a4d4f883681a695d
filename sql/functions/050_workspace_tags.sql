-- The tag filters of a list of workspaces, apart from the statement, so that a list without them does
-- not pay for their plans.

-- search[tags], search[exclude-tags]: names separated by commas. filter[tagged]: [{key, value}], value
-- null for any. A workspace has its flat tags, its own bindings, and its project's bindings unless it
-- has the key itself.
CREATE OR REPLACE FUNCTION workspace_has_tags(workspace text, project text, tags text, no_tags text, tagged jsonb)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    names text[];
    bindings jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(b.key, b.value), '{}') INTO bindings FROM (
        SELECT b.key, b.value FROM tag_bindings b WHERE b.project_id = project
          AND NOT EXISTS (SELECT 1 FROM tag_bindings own WHERE own.workspace_id = workspace AND own.key = b.key)
        UNION ALL
        SELECT b.key, b.value FROM tag_bindings b WHERE b.workspace_id = workspace) b;
    names := ARRAY(SELECT t.name FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id WHERE wt.workspace_id = workspace)
          || ARRAY(SELECT jsonb_object_keys(bindings));
    RETURN NOT EXISTS (SELECT 1 FROM unnest(string_to_array(tags, ',')) f(name) WHERE f.name <> '' AND trim(f.name) <> ALL (names))
       AND NOT EXISTS (SELECT 1 FROM unnest(string_to_array(no_tags, ',')) f(name) WHERE trim(f.name) = ANY (names))
       AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(tagged) f(key text, value text)
                       WHERE NOT (bindings ? f.key AND (f.value IS NULL OR bindings ->> f.key = f.value)));
END $$;
