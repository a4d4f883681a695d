-- How long the bytes of old states and configurations are kept (today-workspaces.md section 8): a policy of
-- an organization, or of one workspace, which goes before it.
CREATE TABLE data_retention_policies (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT data_retention_policies_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    workspace_id    text, -- NULL: the organization's
    kind            text NOT NULL CONSTRAINT data_retention_policies_kind_check
                    CHECK (kind IN ('delete-olders', 'dont-deletes')),
    delete_older_than_n_days integer,
    checked_at      timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT data_retention_policies_days_check CHECK ((kind = 'delete-olders') = (delete_older_than_n_days IS NOT NULL)),
    CONSTRAINT data_retention_policies_owner_key UNIQUE NULLS NOT DISTINCT (organization_id, workspace_id),
    CONSTRAINT data_retention_policies_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX data_retention_policies_checked_idx ON data_retention_policies (checked_at) WHERE kind = 'delete-olders';

-- Its own policy as whoever shows it says so (type/id): every show of a workspace would ask for it.
ALTER TABLE workspaces ADD COLUMN data_retention_policy text;
ALTER TABLE organizations ADD COLUMN data_retention_policy text;

-- Since when a policy has the bytes deleted, and since when somebody has them back in spite of it.
ALTER TABLE state_versions
    ADD COLUMN retention_deleted_at timestamptz,
    ADD COLUMN retention_kept_at timestamptz;
ALTER TABLE configuration_versions ADD COLUMN retention_deleted_at timestamptz;
CREATE INDEX state_versions_retention_idx ON state_versions (retention_deleted_at) WHERE retention_deleted_at IS NOT NULL;
CREATE INDEX configuration_versions_retention_idx ON configuration_versions (retention_deleted_at)
    WHERE retention_deleted_at IS NOT NULL;
