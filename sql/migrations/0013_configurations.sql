-- Configuration versions: what clients upload to be planned (today-runs.md section 11).
CREATE TABLE configuration_versions (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT configuration_versions_status_check
                    CHECK (status IN ('pending', 'fetching', 'uploaded', 'archived', 'errored',
                     'backing_data_soft_deleted', 'backing_data_permanently_deleted')),
    source          text NOT NULL DEFAULT 'tfe-api',
    auto_queue_runs boolean NOT NULL DEFAULT true,
    speculative     boolean NOT NULL DEFAULT false,
    provisional     boolean NOT NULL DEFAULT false,
    error           text,
    error_message   text,
    blob_id         text CONSTRAINT configuration_versions_blob_fkey REFERENCES blobs
                    DEFERRABLE INITIALLY DEFERRED,
    created_by      text NOT NULL, -- id of a user or team; a run that the upload starts is theirs
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    uploaded_at     timestamptz(3),
    errored_at      timestamptz(3),
    archived_at     timestamptz(3),
    soft_deleted_at timestamptz(3),
    restored_at     timestamptz(3),
    permanently_deleted_at timestamptz(3),
    CONSTRAINT configuration_versions_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT configuration_versions_bytes_check
        CHECK ((blob_id IS NOT NULL) = (status IN ('uploaded', 'backing_data_soft_deleted')))
);
CREATE INDEX configuration_versions_workspace_idx
    ON configuration_versions (workspace_id, created_at DESC, id DESC);
CREATE INDEX configuration_versions_blob_idx ON configuration_versions (blob_id)
    WHERE blob_id IS NOT NULL;

-- The commit that a version was made from; only a version of a repository has one.
CREATE TABLE ingress_attributes (
    id              text PRIMARY KEY,
    configuration_version_id text NOT NULL CONSTRAINT ingress_attributes_configuration_version_key UNIQUE
                    CONSTRAINT ingress_attributes_configuration_version_fkey
                    REFERENCES configuration_versions ON DELETE CASCADE,
    branch          text,
    clone_url       text,
    commit_message  text,
    commit_sha      text,
    commit_url      text,
    compare_url     text,
    identifier      text,
    is_pull_request boolean NOT NULL DEFAULT false,
    on_default_branch boolean NOT NULL DEFAULT false,
    pull_request_number integer,
    pull_request_url text,
    pull_request_title text,
    pull_request_body text,
    tag             text,
    sender_username text,
    sender_avatar_url text,
    sender_html_url text
);

-- The newest version that is neither provisional nor speculative; a provisional one once it is applied.
ALTER TABLE workspaces ADD COLUMN current_configuration_version_id text;
CREATE INDEX workspaces_current_configuration_version_idx ON workspaces (current_configuration_version_id)
    WHERE current_configuration_version_id IS NOT NULL;
