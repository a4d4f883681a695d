-- Query runs: `terraform query` in a workspace, beside its runs (today-runs.md 24.1).
CREATE TABLE query_runs (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    status          text NOT NULL DEFAULT 'queued' CONSTRAINT query_runs_status_check
                    CHECK (status IN ('pending', 'queued', 'running', 'finished', 'errored', 'canceled')),
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    is_final        boolean NOT NULL DEFAULT false,
    reason          text,            -- why it errored, for people
    source          text NOT NULL DEFAULT 'tfe-api',
    terraform_version text NOT NULL,
    generate_config_out boolean NOT NULL DEFAULT true,
    variables       text NOT NULL DEFAULT '[]', -- JSON, as the client gave them
    sealed_variables text,           -- JSON, sealed: the workspace's variables as they were at the creation
    configuration_version_id text NOT NULL CONSTRAINT query_runs_configuration_version_fkey
                    REFERENCES configuration_versions,
    created_by      text NOT NULL,   -- id of a user or team
    canceled_by     text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    canceled_at     timestamptz(3),
    force_cancel_available_at timestamptz(3),
    CONSTRAINT query_runs_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX query_runs_workspace_idx ON query_runs (workspace_id, created_at DESC, id DESC);
CREATE INDEX query_runs_configuration_version_idx ON query_runs (configuration_version_id);

-- A query run is one phase, of the same id: its log and its job are kept like a plan's.
ALTER TABLE run_phases ALTER COLUMN run_id DROP NOT NULL,
    ADD COLUMN query_run_id text CONSTRAINT run_phases_query_run_fkey REFERENCES query_runs ON DELETE CASCADE,
    DROP CONSTRAINT run_phases_kind_check,
    ADD CONSTRAINT run_phases_kind_check CHECK (kind IN ('plan', 'apply', 'query')),
    ADD CONSTRAINT run_phases_parent_check CHECK (num_nonnulls(run_id, query_run_id) = 1),
    ADD CONSTRAINT run_phases_query_run_key UNIQUE (query_run_id);
ALTER TABLE run_jobs ALTER COLUMN run_id DROP NOT NULL,
    ADD CONSTRAINT run_jobs_parent_check CHECK ((run_id IS NULL) = (kind = 'query'));

-- The token of its job.
ALTER TABLE tokens ADD COLUMN query_run_id text CONSTRAINT tokens_query_run_fkey REFERENCES query_runs ON DELETE CASCADE;
CREATE INDEX tokens_query_run_idx ON tokens (query_run_id) WHERE query_run_id IS NOT NULL;
