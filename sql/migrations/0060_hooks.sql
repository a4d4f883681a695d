-- What leaves the server on its own: notification configurations, run tasks; and run triggers.

-- Of a workspace, a team or a project: exactly one.
CREATE TABLE notification_configurations (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text,
    team_id         text,
    project_id      text,
    name            text NOT NULL,
    enabled         boolean NOT NULL DEFAULT false,
    destination_type text NOT NULL CONSTRAINT notification_configurations_destination_type_check
                    CHECK (destination_type IN ('generic', 'slack', 'microsoft-teams', 'email')),
    url             text,
    sealed_token    text,
    triggers        text[] NOT NULL DEFAULT '{}',
    email_addresses text[] NOT NULL DEFAULT '{}',
    user_ids        text[] NOT NULL DEFAULT '{}', -- recipients, as long as they are members
    delivery_responses jsonb NOT NULL DEFAULT '[]', -- the latest answer, or nothing yet
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT notification_configurations_subscribable_check
        CHECK (num_nonnulls(workspace_id, team_id, project_id) = 1),
    CONSTRAINT notification_configurations_url_check CHECK (url IS NOT NULL OR destination_type = 'email'),
    CONSTRAINT notification_configurations_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_configurations_team_fkey FOREIGN KEY (organization_id, team_id)
        REFERENCES teams (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_configurations_project_fkey FOREIGN KEY (organization_id, project_id)
        REFERENCES projects (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX notification_configurations_workspace_idx ON notification_configurations (workspace_id, created_at, id)
    WHERE workspace_id IS NOT NULL;
CREATE INDEX notification_configurations_team_idx ON notification_configurations (team_id, created_at, id)
    WHERE team_id IS NOT NULL;
CREATE INDEX notification_configurations_project_idx ON notification_configurations (project_id, created_at, id)
    WHERE project_id IS NOT NULL;

-- Run tasks of an organization, and the workspaces that they are attached to.
CREATE TABLE run_tasks (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT run_tasks_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    url             text NOT NULL,
    description     text,
    enabled         boolean NOT NULL DEFAULT true,
    sealed_hmac_key text,
    global_enabled  boolean NOT NULL DEFAULT false, -- in every workspace
    global_stages   text[] NOT NULL DEFAULT '{post_plan}',
    global_enforcement_level text NOT NULL DEFAULT 'advisory',
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT run_tasks_name_key UNIQUE (organization_id, name),
    CONSTRAINT run_tasks_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT run_tasks_enforcement_check CHECK (global_enforcement_level IN ('advisory', 'mandatory'))
);
CREATE INDEX run_tasks_created_idx ON run_tasks (organization_id, created_at, id);
CREATE INDEX run_tasks_global_idx ON run_tasks (organization_id) WHERE global_enabled;

CREATE TABLE workspace_tasks (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    task_id         text NOT NULL,
    enforcement_level text NOT NULL CONSTRAINT workspace_tasks_enforcement_check
                    CHECK (enforcement_level IN ('advisory', 'mandatory')),
    stages          text[] NOT NULL DEFAULT '{post_plan}',
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT workspace_tasks_task_key UNIQUE (workspace_id, task_id),
    CONSTRAINT workspace_tasks_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT workspace_tasks_task_fkey FOREIGN KEY (organization_id, task_id)
        REFERENCES run_tasks (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX workspace_tasks_workspace_idx ON workspace_tasks (workspace_id, created_at, id);
CREATE INDEX workspace_tasks_task_idx ON workspace_tasks (task_id, created_at, id);

-- An applied run of the source makes a run in the workspace.
CREATE TABLE run_triggers (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    sourceable_id   text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT run_triggers_sourceable_key UNIQUE (workspace_id, sourceable_id),
    CONSTRAINT run_triggers_itself_check CHECK (workspace_id <> sourceable_id),
    CONSTRAINT run_triggers_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT run_triggers_sourceable_fkey FOREIGN KEY (organization_id, sourceable_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_triggers_workspace_idx ON run_triggers (workspace_id, created_at, id);
CREATE INDEX run_triggers_sourceable_idx ON run_triggers (sourceable_id, created_at, id);
