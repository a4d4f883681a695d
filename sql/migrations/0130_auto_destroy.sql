-- Workspaces that destroy what they have made when their time has come (today-workspaces.md 2.5).

-- Whose time comes next.
CREATE INDEX workspaces_auto_destroy_idx ON workspaces (auto_destroy_at) WHERE auto_destroy_at IS NOT NULL;

-- What the workspace had asked for when this run was made for it; NULL for all other runs.
ALTER TABLE runs ADD COLUMN auto_destroy_at timestamptz(3);

-- The latest reminder: for which time, and how many hours before it.
CREATE TABLE auto_destroy_reminders (
    workspace_id    text PRIMARY KEY CONSTRAINT auto_destroy_reminders_workspace_fkey
                    REFERENCES workspaces ON DELETE CASCADE,
    auto_destroy_at timestamptz(3) NOT NULL,
    hours           integer NOT NULL
);

-- A notification tells of a run, of a change request, or of a workspace: then it has details (today-runs.md 18.4).
ALTER TABLE notification_deliveries
    ADD COLUMN workspace_id text CONSTRAINT notification_deliveries_workspace_fkey REFERENCES workspaces ON DELETE CASCADE,
    ADD COLUMN details jsonb,
    DROP CONSTRAINT notification_deliveries_subject_check,
    ADD CONSTRAINT notification_deliveries_subject_check CHECK (num_nonnulls(run_id, change_request_id, workspace_id) = 1),
    ADD CONSTRAINT notification_deliveries_details_check CHECK ((workspace_id IS NULL) = (details IS NULL));
CREATE INDEX notification_deliveries_workspace_idx ON notification_deliveries (workspace_id) WHERE workspace_id IS NOT NULL;
