-- Every column that names a blob: what is not listed here may be deleted at any time. A table that
-- gets such a column adds its line here, an index on it, and a deferred foreign key.
CREATE OR REPLACE VIEW blob_references AS
    SELECT blob_id FROM state_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT json_blob_id FROM state_versions WHERE json_blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM configuration_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM registry_module_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT shasums_blob_id FROM registry_provider_versions WHERE shasums_blob_id IS NOT NULL
    UNION ALL SELECT shasums_sig_blob_id FROM registry_provider_versions WHERE shasums_sig_blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM registry_provider_platforms WHERE blob_id IS NOT NULL;
