-- The resources that workspace_resources was last made from, hashed: a state that has the same ones,
-- which is nearly every next state, leaves the table alone.
ALTER TABLE workspaces ADD COLUMN resources_digest text;

-- Each state changes the row of its workspace. Room for the new version in the same page saves an entry
-- in each index.
ALTER TABLE workspaces SET (fillfactor = 80);
