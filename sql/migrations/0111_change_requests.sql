-- What somebody wants done to workspaces (today-workspaces.md 18): one row a workspace, many made at once.
CREATE TABLE change_requests (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    bulk_action_id  text NOT NULL, -- of those made together
    subject         text NOT NULL,
    message         text NOT NULL,
    created_by      text NOT NULL, -- id of a user, team or organization
    archived_by     text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    archived_at     timestamptz(3),
    CONSTRAINT change_requests_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX change_requests_workspace_idx ON change_requests (workspace_id, created_at, id);

-- A notification is about a run, or about a change request.
ALTER TABLE notification_deliveries ALTER COLUMN run_id DROP NOT NULL, ALTER COLUMN run_status DROP NOT NULL,
    ADD COLUMN change_request_id text CONSTRAINT notification_deliveries_change_request_fkey
        REFERENCES change_requests ON DELETE CASCADE,
    ADD CONSTRAINT notification_deliveries_subject_check CHECK (num_nonnulls(run_id, change_request_id) = 1);
CREATE INDEX notification_deliveries_change_request_idx ON notification_deliveries (change_request_id)
    WHERE change_request_id IS NOT NULL;
