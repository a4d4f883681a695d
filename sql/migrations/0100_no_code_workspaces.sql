-- Workspaces that were made of a no-code module (today-registry-vcs.md section 4): whose they are, and
-- which version of the module their resources came from last. The namespace is the organization's name,
-- which may change, so that it is not kept.
ALTER TABLE workspaces
    ADD COLUMN no_code_module_id text CONSTRAINT workspaces_no_code_module_fkey REFERENCES no_code_modules ON DELETE SET NULL,
    ADD COLUMN source_module text; -- name/provider/version
CREATE INDEX workspaces_no_code_module_idx ON workspaces (no_code_module_id) WHERE no_code_module_id IS NOT NULL;

-- The version of a module that a configuration was written for; NULL for what somebody has uploaded.
ALTER TABLE configuration_versions ADD COLUMN source_module text;
