-- Identity, organizations, teams and their grants, projects, workspaces, variables, states.
--
-- Habits: ids are text with a type prefix; a column is called as its attribute on the wire, with
-- underscores; every tenant table carries organization_id, and composite foreign keys keep a row
-- and its parent in one organization; every constraint has a name, which the resource tables map
-- to a message. mask columns are filled by triggers (sql/functions/020_masks.sql).

-- What a level, a custom value or a flag gives, as bits: filled by sql/functions/020_masks.sql.
CREATE TABLE permission_grants (
    kind            text NOT NULL,
    name            text NOT NULL,
    mask            bigint NOT NULL,
    CONSTRAINT permission_grants_pkey PRIMARY KEY (kind, name)
);

CREATE TABLE users (
    id              text PRIMARY KEY,
    username        text NOT NULL,
    email           text NOT NULL,
    unconfirmed_email text,
    password_hash   text,
    is_site_admin   boolean NOT NULL DEFAULT false,
    is_disabled     boolean NOT NULL DEFAULT false,
    is_invited      boolean NOT NULL DEFAULT false, -- a placeholder made by an invitation
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE organizations (
    id                              text PRIMARY KEY,
    name                            text NOT NULL CONSTRAINT organizations_name_key UNIQUE,
    email                           text NOT NULL,
    created_at                      timestamptz(3) NOT NULL DEFAULT now(),
    session_timeout                 integer,
    session_remember                integer,
    collaborator_auth_policy        text NOT NULL DEFAULT 'password',
    cost_estimation_enabled         boolean NOT NULL DEFAULT false,
    send_passing_statuses_for_untriggered_speculative_plans boolean NOT NULL DEFAULT false,
    aggregated_commit_status_enabled boolean NOT NULL DEFAULT true,
    speculative_plan_management_enabled boolean NOT NULL DEFAULT true,
    assessments_enforced            boolean NOT NULL DEFAULT false,
    allow_force_delete_workspaces   boolean NOT NULL DEFAULT false,
    default_execution_mode          text NOT NULL DEFAULT 'remote',
    default_agent_pool_id           text,
    default_project_id              text,
    owners_team_saml_role_id        text,
    user_tokens_enabled             boolean NOT NULL DEFAULT true,
    max_ttl_enabled                 boolean NOT NULL DEFAULT false,
    fair_run_queuing_enabled        boolean NOT NULL DEFAULT true,
    stacks_enabled                  boolean NOT NULL DEFAULT false
);

CREATE TABLE organization_memberships (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT organization_memberships_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    user_id         text NOT NULL CONSTRAINT organization_memberships_user_fkey
                    REFERENCES users ON DELETE CASCADE,
    email           text NOT NULL, -- the address that was invited
    status          text NOT NULL DEFAULT 'active'
                    CONSTRAINT organization_memberships_status_check CHECK (status IN ('invited', 'active')),
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT organization_memberships_organization_user_key UNIQUE (organization_id, user_id)
);
CREATE INDEX organization_memberships_user_idx ON organization_memberships (user_id);

CREATE TABLE teams (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT teams_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    is_owners       boolean NOT NULL DEFAULT false,
    visibility      text NOT NULL DEFAULT 'secret'
                    CONSTRAINT teams_visibility_check CHECK (visibility IN ('secret', 'organization')),
    sso_team_id     text,
    allow_member_token_management boolean NOT NULL DEFAULT true,
    organization_access jsonb NOT NULL DEFAULT '{}',
    mask            bigint NOT NULL DEFAULT 0,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT teams_name_key UNIQUE (organization_id, name),
    CONSTRAINT teams_organization_id_key UNIQUE (organization_id, id)
);
CREATE UNIQUE INDEX teams_owners_key ON teams (organization_id) WHERE is_owners;

-- One row a member. user_id repeats the membership's, so that a token finds its teams in one step;
-- active is false while the invitation is open.
CREATE TABLE team_members (
    team_id         text NOT NULL,
    organization_id text NOT NULL,
    membership_id   text NOT NULL CONSTRAINT team_members_membership_fkey
                    REFERENCES organization_memberships ON DELETE CASCADE,
    user_id         text NOT NULL,
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT team_members_pkey PRIMARY KEY (team_id, membership_id),
    CONSTRAINT team_members_team_fkey FOREIGN KEY (organization_id, team_id)
        REFERENCES teams (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX team_members_user_idx ON team_members (user_id) INCLUDE (team_id) WHERE active;
CREATE INDEX team_members_membership_idx ON team_members (membership_id);

-- Every kind of token. Only the SHA-256 of the secret is kept.
CREATE TABLE tokens (
    id              text PRIMARY KEY,
    kind            text NOT NULL CONSTRAINT tokens_kind_check
                    CHECK (kind IN ('user', 'team', 'organization', 'audit-trails', 'agent')),
    secret_hash     text NOT NULL CONSTRAINT tokens_secret_hash_key UNIQUE,
    user_id         text CONSTRAINT tokens_user_fkey REFERENCES users ON DELETE CASCADE,
    team_id         text CONSTRAINT tokens_team_fkey REFERENCES teams ON DELETE CASCADE,
    organization_id text CONSTRAINT tokens_organization_fkey REFERENCES organizations ON DELETE CASCADE,
    agent_pool_id   text,
    description     text,
    created_by      text, -- id of the user, team or organization that made it
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    expired_at      timestamptz(3),
    last_used_at    timestamptz(3)
);
CREATE INDEX tokens_user_idx ON tokens (user_id) WHERE kind = 'user';
CREATE UNIQUE INDEX tokens_team_legacy_key ON tokens (team_id) WHERE kind = 'team' AND description IS NULL;
CREATE UNIQUE INDEX tokens_team_description_key ON tokens (team_id, description) WHERE kind = 'team';
CREATE UNIQUE INDEX tokens_organization_key ON tokens (organization_id, kind)
    WHERE kind IN ('organization', 'audit-trails');
CREATE INDEX tokens_agent_pool_idx ON tokens (agent_pool_id) WHERE kind = 'agent';

CREATE TABLE token_ttl_policies (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT token_ttl_policies_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    token_type      text NOT NULL,
    max_ttl_ms      bigint NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT token_ttl_policies_type_key UNIQUE (organization_id, token_type)
);

-- Signed-in browsers, OAuth codes of `login`, and the throttle of the sign-in page.
CREATE TABLE sessions (
    secret_hash     text PRIMARY KEY,
    user_id         text NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users ON DELETE CASCADE,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    expires_at      timestamptz(3) NOT NULL
);
CREATE INDEX sessions_user_idx ON sessions (user_id);
CREATE TABLE oauth_codes (
    code_hash       text PRIMARY KEY,
    user_id         text NOT NULL CONSTRAINT oauth_codes_user_fkey REFERENCES users ON DELETE CASCADE,
    client_id       text NOT NULL,
    redirect_uri    text NOT NULL,
    code_challenge  text NOT NULL,
    expires_at      timestamptz(3) NOT NULL
);
CREATE TABLE sign_in_attempts (
    subject         text PRIMARY KEY, -- "user:<lower name>" or "addr:<address>"
    failures        integer NOT NULL,
    window_start    timestamptz(3) NOT NULL
);

CREATE TABLE agent_pools (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT agent_pools_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    organization_scoped boolean NOT NULL DEFAULT true,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT agent_pools_name_key UNIQUE (organization_id, name),
    CONSTRAINT agent_pools_organization_id_key UNIQUE (organization_id, id)
);
ALTER TABLE tokens ADD CONSTRAINT tokens_agent_pool_fkey
    FOREIGN KEY (agent_pool_id) REFERENCES agent_pools ON DELETE CASCADE;
ALTER TABLE organizations ADD CONSTRAINT organizations_default_agent_pool_fkey
    FOREIGN KEY (id, default_agent_pool_id) REFERENCES agent_pools (organization_id, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE projects (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT projects_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    description     text,
    is_default      boolean NOT NULL DEFAULT false,
    auto_destroy_activity_duration text,
    own_execution_mode boolean NOT NULL DEFAULT false, -- setting-overwrites, both keys
    execution_mode  text,                              -- its own value when own_execution_mode
    agent_pool_id   text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT projects_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT projects_agent_pool_fkey FOREIGN KEY (organization_id, agent_pool_id)
        REFERENCES agent_pools (organization_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX projects_name_key ON projects (organization_id, lower(name));
CREATE UNIQUE INDEX projects_default_key ON projects (organization_id) WHERE is_default;

CREATE TABLE ssh_keys (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT ssh_keys_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    sealed_value    text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT ssh_keys_organization_id_key UNIQUE (organization_id, id)
);

CREATE TABLE workspaces (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT workspaces_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    project_id      text NOT NULL,
    name            text COLLATE "C" NOT NULL,
    description     text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    latest_change_at timestamptz(3) NOT NULL DEFAULT now(),
    own_execution_mode boolean NOT NULL DEFAULT false,
    execution_mode  text,
    agent_pool_id   text,
    allow_destroy_plan boolean NOT NULL DEFAULT true,
    assessments_enabled boolean NOT NULL DEFAULT false,
    auto_apply      boolean NOT NULL DEFAULT false,
    auto_apply_run_trigger boolean NOT NULL DEFAULT false,
    auto_destroy_at timestamptz(3),
    auto_destroy_activity_duration text,
    inherits_project_auto_destroy boolean NOT NULL DEFAULT true,
    file_triggers_enabled boolean NOT NULL DEFAULT true,
    trigger_prefixes text[] NOT NULL DEFAULT '{}',
    trigger_patterns text[] NOT NULL DEFAULT '{}',
    global_remote_state boolean NOT NULL DEFAULT false,
    project_remote_state boolean NOT NULL DEFAULT false,
    queue_all_runs  boolean NOT NULL DEFAULT false,
    speculative_enabled boolean NOT NULL DEFAULT true,
    structured_run_output_enabled boolean NOT NULL DEFAULT true,
    terraform_version text NOT NULL,
    working_directory text,
    source          text NOT NULL DEFAULT 'tfe-api',
    source_name     text,
    source_url      text,
    vcs_repo        jsonb,
    ssh_key_id      text,
    locked_by       text,            -- id of the user, team or run that holds the lock
    locked_reason   text,
    locked_at       timestamptz(3),
    current_state_version_id text,
    state_count     bigint NOT NULL DEFAULT 0, -- position of the newest state version
    resource_count  integer NOT NULL DEFAULT 0,
    CONSTRAINT workspaces_name_key UNIQUE (organization_id, name),
    CONSTRAINT workspaces_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT workspaces_project_fkey FOREIGN KEY (organization_id, project_id)
        REFERENCES projects (organization_id, id),
    CONSTRAINT workspaces_agent_pool_fkey FOREIGN KEY (organization_id, agent_pool_id)
        REFERENCES agent_pools (organization_id, id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT workspaces_remote_state_check CHECK (NOT (global_remote_state AND project_remote_state))
);
-- Lists go by creation (today-workspaces.md 2.7: arbitrary but stable, first created first).
CREATE INDEX workspaces_created_idx ON workspaces (organization_id, created_at, id);
CREATE INDEX workspaces_project_idx ON workspaces (project_id, created_at, id);
CREATE INDEX workspaces_ssh_key_idx ON workspaces (ssh_key_id) WHERE ssh_key_id IS NOT NULL;
CREATE INDEX workspaces_agent_pool_idx ON workspaces (agent_pool_id) WHERE agent_pool_id IS NOT NULL;

CREATE TABLE team_workspaces (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    team_id         text NOT NULL,
    workspace_id    text NOT NULL,
    access          text NOT NULL,
    runs            text NOT NULL,
    variables       text NOT NULL,
    state_versions  text NOT NULL,
    sentinel_mocks  text NOT NULL,
    workspace_locking boolean NOT NULL,
    run_tasks       boolean NOT NULL,
    policy_overrides boolean NOT NULL DEFAULT false,
    mask            bigint NOT NULL DEFAULT 0,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT team_workspaces_team_workspace_key UNIQUE (team_id, workspace_id),
    CONSTRAINT team_workspaces_team_fkey FOREIGN KEY (organization_id, team_id)
        REFERENCES teams (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT team_workspaces_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX team_workspaces_workspace_idx ON team_workspaces (workspace_id, team_id) INCLUDE (mask);

CREATE TABLE team_projects (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    team_id         text NOT NULL,
    project_id      text NOT NULL,
    access          text NOT NULL,
    project_access  jsonb NOT NULL,
    workspace_access jsonb NOT NULL,
    mask            bigint NOT NULL DEFAULT 0,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT team_projects_team_project_key UNIQUE (team_id, project_id),
    CONSTRAINT team_projects_team_fkey FOREIGN KEY (organization_id, team_id)
        REFERENCES teams (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT team_projects_project_fkey FOREIGN KEY (organization_id, project_id)
        REFERENCES projects (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX team_projects_project_idx ON team_projects (project_id, team_id) INCLUDE (mask);

CREATE TABLE agent_pool_workspaces (
    agent_pool_id   text NOT NULL CONSTRAINT agent_pool_workspaces_pool_fkey
                    REFERENCES agent_pools ON DELETE CASCADE,
    workspace_id    text NOT NULL CONSTRAINT agent_pool_workspaces_workspace_fkey
                    REFERENCES workspaces ON DELETE CASCADE,
    excluded        boolean NOT NULL DEFAULT false,
    CONSTRAINT agent_pool_workspaces_pkey PRIMARY KEY (agent_pool_id, workspace_id, excluded)
);
CREATE TABLE agent_pool_projects (
    agent_pool_id   text NOT NULL CONSTRAINT agent_pool_projects_pool_fkey
                    REFERENCES agent_pools ON DELETE CASCADE,
    project_id      text NOT NULL CONSTRAINT agent_pool_projects_project_fkey
                    REFERENCES projects ON DELETE CASCADE,
    CONSTRAINT agent_pool_projects_pkey PRIMARY KEY (agent_pool_id, project_id)
);

CREATE TABLE remote_state_consumers (
    workspace_id    text NOT NULL,
    consumer_id     text NOT NULL,
    organization_id text NOT NULL,
    CONSTRAINT remote_state_consumers_pkey PRIMARY KEY (workspace_id, consumer_id),
    CONSTRAINT remote_state_consumers_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT remote_state_consumers_consumer_fkey FOREIGN KEY (organization_id, consumer_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX remote_state_consumers_consumer_idx ON remote_state_consumers (consumer_id);

-- Flat tags live as long as a workspace carries them.
CREATE TABLE tags (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT tags_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT tags_name_key UNIQUE (organization_id, name)
);
CREATE TABLE workspace_tags (
    workspace_id    text NOT NULL CONSTRAINT workspace_tags_workspace_fkey
                    REFERENCES workspaces ON DELETE CASCADE,
    tag_id          text NOT NULL CONSTRAINT workspace_tags_tag_fkey REFERENCES tags ON DELETE CASCADE,
    position        bigint GENERATED ALWAYS AS IDENTITY, -- order of adding
    CONSTRAINT workspace_tags_pkey PRIMARY KEY (workspace_id, tag_id)
);
CREATE INDEX workspace_tags_tag_idx ON workspace_tags (tag_id);

-- Key/value bindings of a workspace or a project.
CREATE TABLE tag_bindings (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text,
    project_id      text,
    key             text NOT NULL,
    value           text NOT NULL DEFAULT '',
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT tag_bindings_owner_check CHECK ((workspace_id IS NULL) <> (project_id IS NULL)),
    CONSTRAINT tag_bindings_workspace_key UNIQUE (workspace_id, key),
    CONSTRAINT tag_bindings_project_key UNIQUE (project_id, key),
    CONSTRAINT tag_bindings_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT tag_bindings_project_fkey FOREIGN KEY (organization_id, project_id)
        REFERENCES projects (organization_id, id) ON DELETE CASCADE
);
CREATE TABLE reserved_tag_keys (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT reserved_tag_keys_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    key             text NOT NULL,
    disable_overrides boolean NOT NULL DEFAULT false,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT reserved_tag_keys_key_key UNIQUE (organization_id, key)
);

CREATE TABLE varsets (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT varsets_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    project_id      text, -- the owning project; NULL: the organization owns it
    name            text NOT NULL,
    description     text NOT NULL DEFAULT '',
    global          boolean NOT NULL DEFAULT false,
    priority        boolean NOT NULL DEFAULT false,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT varsets_project_fkey FOREIGN KEY (organization_id, project_id)
        REFERENCES projects (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT varsets_global_check CHECK (NOT (global AND project_id IS NOT NULL))
);
CREATE UNIQUE INDEX varsets_name_key ON varsets (organization_id, coalesce(project_id, ''), name);
CREATE TABLE varset_workspaces (
    varset_id       text NOT NULL CONSTRAINT varset_workspaces_varset_fkey
                    REFERENCES varsets ON DELETE CASCADE,
    workspace_id    text NOT NULL CONSTRAINT varset_workspaces_workspace_fkey
                    REFERENCES workspaces ON DELETE CASCADE,
    CONSTRAINT varset_workspaces_pkey PRIMARY KEY (varset_id, workspace_id)
);
CREATE INDEX varset_workspaces_workspace_idx ON varset_workspaces (workspace_id);
CREATE TABLE varset_projects (
    varset_id       text NOT NULL CONSTRAINT varset_projects_varset_fkey
                    REFERENCES varsets ON DELETE CASCADE,
    project_id      text NOT NULL CONSTRAINT varset_projects_project_fkey
                    REFERENCES projects ON DELETE CASCADE,
    CONSTRAINT varset_projects_pkey PRIMARY KEY (varset_id, project_id)
);
CREATE INDEX varset_projects_project_idx ON varset_projects (project_id);

-- Variables of workspaces and of variable sets.
CREATE TABLE vars (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text,
    varset_id       text CONSTRAINT vars_varset_fkey REFERENCES varsets ON DELETE CASCADE,
    key             text NOT NULL,
    value           text NOT NULL DEFAULT '', -- '' when sensitive
    sealed_value    text,                     -- set when sensitive
    description     text,
    category        text NOT NULL,
    hcl             boolean NOT NULL DEFAULT false,
    sensitive       boolean NOT NULL DEFAULT false,
    version_id      text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT vars_owner_check CHECK ((workspace_id IS NULL) <> (varset_id IS NULL)),
    CONSTRAINT vars_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT vars_workspace_key UNIQUE (workspace_id, category, key),
    CONSTRAINT vars_varset_key UNIQUE (varset_id, category, key)
);

-- States. The chain: previous_sha256 is the sha256 of the version with the next lower position.
CREATE TABLE state_versions (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    workspace_id    text NOT NULL,
    position        bigint NOT NULL,
    serial          bigint NOT NULL,
    lineage         text,
    md5             text NOT NULL,
    sha256          text,
    previous_sha256 text,
    size            bigint,
    status          text NOT NULL CONSTRAINT state_versions_status_check CHECK (status IN
                    ('pending', 'finalized', 'discarded', 'backing_data_soft_deleted',
                     'backing_data_permanently_deleted')),
    blob_id         text,
    json_blob_id    text,
    terraform_version text,
    state_version   integer,
    resources_processed boolean NOT NULL DEFAULT false,
    modules         text, -- JSON
    providers       text, -- JSON
    resources       text, -- JSON
    created_by      text, -- id of a user or team
    run_id          text,
    rollback_state_version_id text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT state_versions_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT state_versions_position_key UNIQUE (workspace_id, position)
);
CREATE INDEX state_versions_pending_idx ON state_versions (workspace_id) WHERE status = 'pending';
CREATE INDEX state_versions_blob_idx ON state_versions (blob_id);

CREATE TABLE state_version_outputs (
    id              text PRIMARY KEY,
    state_version_id text NOT NULL CONSTRAINT state_version_outputs_state_version_fkey
                    REFERENCES state_versions ON DELETE CASCADE,
    position        integer NOT NULL,
    name            text NOT NULL,
    sensitive       boolean NOT NULL,
    type            text NOT NULL,
    detailed_type   text,  -- JSON
    value           text,  -- JSON; NULL when sensitive
    sealed_value    text,  -- JSON, sealed, when sensitive
    CONSTRAINT state_version_outputs_position_key UNIQUE (state_version_id, position)
);

CREATE TABLE workspace_resources (
    id              text PRIMARY KEY,
    workspace_id    text NOT NULL CONSTRAINT workspace_resources_workspace_fkey
                    REFERENCES workspaces ON DELETE CASCADE,
    address         text NOT NULL,
    name            text NOT NULL,
    module          text NOT NULL,
    provider        text NOT NULL,
    provider_type   text NOT NULL,
    name_index      text,
    seen_in         text NOT NULL, -- id of the newest state version that has it
    modified_by_state_version_id text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT workspace_resources_address_key UNIQUE (workspace_id, address)
);

-- Who did what (today-access.md 11.4). Kept as long as the administrator likes.
CREATE TABLE audit_events (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    occurred_at     timestamptz(3) NOT NULL DEFAULT now(),
    accessor_id     text NOT NULL,
    description     text NOT NULL,
    auth_type       text NOT NULL,
    request_id      text NOT NULL,
    remote_addr     text,
    resource_id     text NOT NULL,
    resource_type   text NOT NULL,
    action          text NOT NULL,
    meta            jsonb
);
CREATE INDEX audit_events_organization_idx ON audit_events (organization_id, position);
