-- Where bytes live: states, configuration slugs, logs, plans. A blob is written once and never
-- changed. Its bytes are sealed in chunks (src/blob/blob.h), so that a dump shows nothing.
CREATE TABLE blobs (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT blobs_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    size            bigint NOT NULL DEFAULT 0,   -- of the plain bytes, as the two hashes
    sha256          text NOT NULL DEFAULT '',
    md5             text NOT NULL DEFAULT '',
    key_id          text NOT NULL,               -- the oldest key that any chunk may need
    chunk_count     integer NOT NULL DEFAULT 0,
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX blobs_organization_idx ON blobs (organization_id);
CREATE INDEX blobs_created_idx ON blobs (created_at);

CREATE TABLE blob_chunks (
    blob_id         text NOT NULL CONSTRAINT blob_chunks_blob_fkey REFERENCES blobs ON DELETE CASCADE,
    seq             integer NOT NULL,
    data            bytea NOT NULL,
    CONSTRAINT blob_chunks_pkey PRIMARY KEY (blob_id, seq)
);
-- What is sealed does not shrink: PostgreSQL need not try.
ALTER TABLE blob_chunks ALTER COLUMN data SET STORAGE EXTERNAL;

-- Deferred, for an organization is deleted with all that it has in one statement, in any order.
ALTER TABLE state_versions
    ADD CONSTRAINT state_versions_blob_fkey FOREIGN KEY (blob_id) REFERENCES blobs
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT state_versions_json_blob_fkey FOREIGN KEY (json_blob_id) REFERENCES blobs
        DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX state_versions_json_blob_idx ON state_versions (json_blob_id)
    WHERE json_blob_id IS NOT NULL;
