-- Runs, their two phases, jobs for runners, logs, events, comments (DESIGN section 8, today-runs.md).
-- Which status follows which is in src/run/run_machine.c alone.

CREATE TABLE runs (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    position        bigint NOT NULL, -- in the workspace: the queue goes by it
    status          text NOT NULL DEFAULT 'pending',
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    is_final        boolean NOT NULL DEFAULT false, -- it never moves again
    reason          text,            -- why it errored, for people
    message         text NOT NULL,
    source          text NOT NULL DEFAULT 'tfe-api',
    trigger_reason  text NOT NULL DEFAULT 'manual',
    operation       text NOT NULL,   -- plan_and_apply, plan_only, save_plan, refresh_only, destroy, empty_apply
    plan_only       boolean NOT NULL DEFAULT false,
    save_plan       boolean NOT NULL DEFAULT false,
    is_destroy      boolean NOT NULL DEFAULT false,
    refresh         boolean NOT NULL DEFAULT true,
    refresh_only    boolean NOT NULL DEFAULT false,
    auto_apply      boolean NOT NULL DEFAULT false,
    may_auto_apply  boolean NOT NULL DEFAULT false, -- who made it may apply it
    allow_empty_apply boolean NOT NULL DEFAULT false,
    allow_config_generation boolean NOT NULL DEFAULT false,
    debugging_mode  boolean NOT NULL DEFAULT false,
    target_addrs    text[],
    replace_addrs   text[],
    policy_paths    text[],
    invoke_action_addrs text[],
    terraform_version text NOT NULL,
    variables       text NOT NULL DEFAULT '[]', -- JSON, as the client gave them
    sealed_variables text,           -- JSON, sealed: the workspace's variables as they were at the creation
    has_changes     boolean NOT NULL DEFAULT false,
    configuration_version_id text NOT NULL CONSTRAINT runs_configuration_version_fkey
                    REFERENCES configuration_versions,
    input_state_version_id text,
    triggering_run_id text,
    created_by      text NOT NULL,   -- id of a user or team
    confirmed_by    text,
    canceled_by     text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    canceled_at     timestamptz(3),
    force_cancel_available_at timestamptz(3),
    CONSTRAINT runs_position_key UNIQUE (workspace_id, position),
    CONSTRAINT runs_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX runs_organization_idx ON runs (organization_id, created_at DESC, id DESC);
CREATE INDEX runs_unfinished_idx ON runs (organization_id, created_at, id) WHERE NOT is_final;
CREATE INDEX runs_waiting_idx ON runs (workspace_id, position) WHERE NOT is_final;
CREATE INDEX runs_configuration_version_idx ON runs (configuration_version_id);

-- The run that holds or held the workspace last, since when; the newest; how many there were.
ALTER TABLE workspaces ADD COLUMN current_run_id text;
ALTER TABLE workspaces ADD COLUMN current_run_at timestamptz(3);
ALTER TABLE workspaces ADD COLUMN latest_run_id text;
ALTER TABLE workspaces ADD COLUMN run_count bigint NOT NULL DEFAULT 0;

-- The plan and the apply of a run: the same thing twice. Its id begins with plan- or apply-.
CREATE TABLE run_phases (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT run_phases_run_fkey REFERENCES runs ON DELETE CASCADE,
    organization_id text NOT NULL,
    kind            text NOT NULL CONSTRAINT run_phases_kind_check CHECK (kind IN ('plan', 'apply')),
    status          text NOT NULL DEFAULT 'pending',
    status_timestamps jsonb NOT NULL DEFAULT '{}',
    is_structured   boolean NOT NULL DEFAULT false, -- its log is JSON, a line each
    execution_mode  text, -- remote or agent, once it has begun
    agent_id        text,
    has_changes     boolean NOT NULL DEFAULT false,
    generated_configuration boolean NOT NULL DEFAULT false,
    resource_additions integer NOT NULL DEFAULT 0,
    resource_changes integer NOT NULL DEFAULT 0,
    resource_destructions integer NOT NULL DEFAULT 0,
    resource_imports integer NOT NULL DEFAULT 0,
    log_size        bigint NOT NULL DEFAULT 0,
    is_log_complete boolean NOT NULL DEFAULT false,
    CONSTRAINT run_phases_kind_key UNIQUE (run_id, kind)
);

-- What a runner printed, in pieces as they came; sealed under `<phase>/<start>`.
CREATE TABLE run_logs (
    phase_id        text NOT NULL CONSTRAINT run_logs_phase_fkey REFERENCES run_phases ON DELETE CASCADE,
    start           bigint NOT NULL,
    size            integer NOT NULL,
    sealed          text NOT NULL,
    CONSTRAINT run_logs_pkey PRIMARY KEY (phase_id, start)
);

-- What a runner made: plan, plan-json, plan-json-redacted, provider-schemas, errored-state.
CREATE TABLE run_files (
    phase_id        text NOT NULL CONSTRAINT run_files_phase_fkey REFERENCES run_phases ON DELETE CASCADE,
    name            text NOT NULL,
    blob_id         text NOT NULL CONSTRAINT run_files_blob_fkey REFERENCES blobs DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT run_files_pkey PRIMARY KEY (phase_id, name)
);
CREATE INDEX run_files_blob_idx ON run_files (blob_id);

-- Work for runners. A runner holds a lease, which it renews.
CREATE TABLE run_jobs (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT run_jobs_run_fkey REFERENCES runs ON DELETE CASCADE,
    phase_id        text NOT NULL CONSTRAINT run_jobs_phase_fkey REFERENCES run_phases ON DELETE CASCADE,
    kind            text NOT NULL,
    status          text NOT NULL DEFAULT 'queued'
                    CONSTRAINT run_jobs_status_check CHECK (status IN ('queued', 'claimed', 'done')),
    agent_pool_id   text,             -- NULL: runners of the site
    priority        integer NOT NULL, -- small first: applies, plans, speculative plans
    agent_id        text,
    is_interrupted  boolean NOT NULL DEFAULT false, -- the runner shall end the process
    lease_expires_at timestamptz(3),
    timeout_at      timestamptz(3),
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX run_jobs_queue_idx ON run_jobs (priority, created_at, id) WHERE status = 'queued';
CREATE INDEX run_jobs_claimed_idx ON run_jobs (lease_expires_at) WHERE status = 'claimed';
CREATE INDEX run_jobs_run_idx ON run_jobs (run_id);
CREATE INDEX run_jobs_phase_idx ON run_jobs (phase_id);

CREATE TABLE comments (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT comments_run_fkey REFERENCES runs ON DELETE CASCADE,
    body            text NOT NULL,
    created_by      text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX comments_run_idx ON comments (run_id, created_at, id);

CREATE TABLE run_events (
    id              text PRIMARY KEY,
    run_id          text NOT NULL CONSTRAINT run_events_run_fkey REFERENCES runs ON DELETE CASCADE,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    action          text NOT NULL,
    description     text,
    actor_id        text, -- id of a user or team; NULL: the system
    comment_id      text CONSTRAINT run_events_comment_fkey REFERENCES comments ON DELETE CASCADE,
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX run_events_run_idx ON run_events (run_id, position);
CREATE INDEX run_events_comment_idx ON run_events (comment_id) WHERE comment_id IS NOT NULL;

-- Whether who made a version may apply runs: a run that the upload starts may then apply itself.
ALTER TABLE configuration_versions ADD COLUMN may_auto_apply boolean NOT NULL DEFAULT false;

-- A run's own token lives as long as its job; a runner's token opens the runner protocol alone.
ALTER TABLE tokens ADD COLUMN run_id text CONSTRAINT tokens_run_fkey REFERENCES runs ON DELETE CASCADE;
ALTER TABLE tokens ADD COLUMN workspace_id text;
CREATE INDEX tokens_runner_idx ON tokens (kind) WHERE kind = 'runner';
CREATE INDEX tokens_run_idx ON tokens (run_id) WHERE run_id IS NOT NULL;
ALTER TABLE tokens DROP CONSTRAINT tokens_kind_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_kind_check
    CHECK (kind IN ('user', 'team', 'organization', 'audit-trails', 'agent', 'scim', 'run', 'runner'));

-- A runner of the site is an agent without pool and organization.
ALTER TABLE agents ALTER COLUMN organization_id DROP NOT NULL;
ALTER TABLE agents ALTER COLUMN agent_pool_id DROP NOT NULL;
ALTER TABLE agents ADD COLUMN token_id text;
