-- What is connected to a repository (today-registry-vcs.md section 8). The connection's id is in the URL
-- that the provider calls; workspaces.vcs_repo is what is shown of it.
CREATE TABLE vcs_connections (
    id              uuid PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL CONSTRAINT vcs_connections_workspace_key UNIQUE,
    oauth_token_id  text NOT NULL CONSTRAINT vcs_connections_token_fkey REFERENCES oauth_tokens ON DELETE CASCADE,
    identifier      text NOT NULL,
    branch          text NOT NULL DEFAULT '', -- empty: the default branch of the repository
    tags_regex      text,
    sealed_secret   text NOT NULL,            -- of the webhook, sealed under the id
    created_by      text NOT NULL,            -- in whose name runs are made
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT vcs_connections_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX vcs_connections_token_idx ON vcs_connections (oauth_token_id);

-- What terrace-worker does about a connection: `webhook` registers one, `fetch` gets the bytes of a
-- configuration version, `event` looks at what a webhook brought, `status` tells how a run stands.
CREATE TABLE vcs_jobs (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL CONSTRAINT vcs_jobs_kind_check CHECK (kind IN ('webhook', 'fetch', 'event', 'status')),
    connection_id   uuid NOT NULL CONSTRAINT vcs_jobs_connection_fkey REFERENCES vcs_connections ON DELETE CASCADE,
    configuration_version_id text CONSTRAINT vcs_jobs_configuration_version_fkey REFERENCES configuration_versions ON DELETE CASCADE,
    run_id          text CONSTRAINT vcs_jobs_run_fkey REFERENCES runs ON DELETE CASCADE,
    event           jsonb,
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz(3) NOT NULL DEFAULT now(),
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX vcs_jobs_due_idx ON vcs_jobs (due_at, position);
CREATE INDEX vcs_jobs_connection_idx ON vcs_jobs (connection_id, position);
CREATE INDEX vcs_jobs_configuration_version_idx ON vcs_jobs (configuration_version_id) WHERE configuration_version_id IS NOT NULL;
CREATE INDEX vcs_jobs_run_idx ON vcs_jobs (run_id) WHERE run_id IS NOT NULL;

-- What happened with a provider, for people (8.6). Kept for ten days.
CREATE TABLE vcs_events (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT vcs_events_organization_fkey REFERENCES organizations ON DELETE CASCADE,
    oauth_client_id text CONSTRAINT vcs_events_client_fkey REFERENCES oauth_clients ON DELETE CASCADE,
    oauth_token_id  text,
    level           text NOT NULL CONSTRAINT vcs_events_level_check CHECK (level IN ('info', 'error')),
    message         text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX vcs_events_organization_idx ON vcs_events (organization_id, created_at DESC, id DESC);
CREATE INDEX vcs_events_client_idx ON vcs_events (oauth_client_id) WHERE oauth_client_id IS NOT NULL;
CREATE INDEX vcs_events_created_idx ON vcs_events (created_at);

-- How the last told status of a run's commit was: pending, success or failure.
ALTER TABLE ingress_attributes ADD COLUMN told_state text;
CREATE INDEX ingress_attributes_commit_idx ON ingress_attributes (commit_sha);
