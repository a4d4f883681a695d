-- Blobs that may have lost their last reference: noted by triggers (sql/functions/800_blobs.sql) where
-- rows that refer to them are deleted. Looking through all blobs for them took longer the more there were.
CREATE TABLE blob_garbage (
    blob_id         text PRIMARY KEY,
    noted_at        timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX blob_garbage_noted_idx ON blob_garbage (noted_at);

-- What there is already. NOT IN hashes its list, whatever the session allows for joins.
INSERT INTO blob_garbage (blob_id)
SELECT b.id FROM blobs b WHERE b.id NOT IN (
    SELECT blob_id FROM state_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT json_blob_id FROM state_versions WHERE json_blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM configuration_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM registry_module_versions WHERE blob_id IS NOT NULL
    UNION ALL SELECT shasums_blob_id FROM registry_provider_versions WHERE shasums_blob_id IS NOT NULL
    UNION ALL SELECT shasums_sig_blob_id FROM registry_provider_versions WHERE shasums_sig_blob_id IS NOT NULL
    UNION ALL SELECT blob_id FROM registry_provider_platforms WHERE blob_id IS NOT NULL);

DROP INDEX blobs_created_idx;
