-- Every column that names a blob: what is not listed here may be deleted at any time. A table that
-- gets such a column adds its line here, its trigger below, an index on it, and a deferred foreign key.
CREATE OR REPLACE VIEW blob_references AS
    SELECT blob_id FROM state_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT json_blob_id FROM state_versions WHERE json_blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM configuration_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM registry_module_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT shasums_blob_id FROM registry_provider_versions WHERE shasums_blob_id IS NOT NULL
    UNION ALL SELECT shasums_sig_blob_id FROM registry_provider_versions WHERE shasums_sig_blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM registry_provider_platforms WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM run_files
    UNION ALL SELECT blob_id FROM policies WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM policy_set_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM run_policy_sets WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM run_policies WHERE blob_id IS NOT NULL;

-- Notes the blobs of deleted rows; the arguments are the columns that name them.
CREATE OR REPLACE FUNCTION note_garbage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        EXECUTE format('INSERT INTO blob_garbage (blob_id) SELECT DISTINCT %1$I FROM gone WHERE %1$I IS NOT NULL '
                       'ORDER BY 1 ON CONFLICT DO NOTHING', name);
    END LOOP;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER state_versions_garbage AFTER DELETE ON state_versions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id', 'json_blob_id');
CREATE OR REPLACE TRIGGER configuration_versions_garbage AFTER DELETE ON configuration_versions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER registry_module_versions_garbage AFTER DELETE ON registry_module_versions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER registry_provider_versions_garbage AFTER DELETE ON registry_provider_versions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION note_garbage('shasums_blob_id', 'shasums_sig_blob_id');
CREATE OR REPLACE TRIGGER registry_provider_platforms_garbage AFTER DELETE ON registry_provider_platforms
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER run_files_garbage AFTER DELETE ON run_files
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER policies_garbage AFTER DELETE ON policies
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER policy_set_versions_garbage AFTER DELETE ON policy_set_versions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER run_policy_sets_garbage AFTER DELETE ON run_policy_sets
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
CREATE OR REPLACE TRIGGER run_policies_garbage AFTER DELETE ON run_policies
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_garbage('blob_id');
