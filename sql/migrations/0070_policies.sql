-- Policies and the sets that apply them (today-governance.md sections 1 to 4).

CREATE TABLE policies (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT policies_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    description     text,
    kind            text NOT NULL CONSTRAINT policies_kind_check CHECK (kind IN ('sentinel', 'opa')),
    query           text,
    enforcement_level text NOT NULL,
    blob_id         text CONSTRAINT policies_blob_fkey REFERENCES blobs DEFERRABLE INITIALLY DEFERRED,
    uploaded_at     timestamptz(3),
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT policies_name_key UNIQUE (organization_id, name),
    CONSTRAINT policies_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT policies_query_check CHECK ((kind = 'opa') = (query IS NOT NULL)),
    CONSTRAINT policies_level_check CHECK (enforcement_level = 'advisory'
        OR kind = 'sentinel' AND enforcement_level IN ('hard-mandatory', 'soft-mandatory')
        OR kind = 'opa' AND enforcement_level = 'mandatory'),
    CONSTRAINT policies_bytes_check CHECK ((blob_id IS NULL) = (uploaded_at IS NULL))
);
CREATE INDEX policies_created_idx ON policies (organization_id, created_at, id);
CREATE INDEX policies_blob_idx ON policies (blob_id) WHERE blob_id IS NOT NULL;

CREATE TABLE policy_sets (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT policy_sets_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    description     text NOT NULL DEFAULT '',
    kind            text NOT NULL CONSTRAINT policy_sets_kind_check CHECK (kind IN ('sentinel', 'opa')),
    global          boolean NOT NULL DEFAULT false,
    overridable     boolean, -- NULL where it means nothing: legacy checks have levels instead
    agent_enabled   boolean NOT NULL DEFAULT false,
    policy_tool_version text, -- NULL for legacy checks
    policies_path   text,
    policy_update_patterns text[] NOT NULL DEFAULT '{}',
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT policy_sets_name_key UNIQUE (organization_id, name),
    CONSTRAINT policy_sets_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT policy_sets_agent_check CHECK (kind = 'sentinel' OR NOT agent_enabled)
);
CREATE INDEX policy_sets_created_idx ON policy_sets (organization_id, created_at, id);

-- What a set holds and what it reaches. Both ends belong to one organization.
CREATE TABLE policy_set_policies (
    policy_set_id   text NOT NULL,
    policy_id       text NOT NULL,
    organization_id text NOT NULL,
    CONSTRAINT policy_set_policies_pkey PRIMARY KEY (policy_set_id, policy_id),
    CONSTRAINT policy_set_policies_set_fkey FOREIGN KEY (organization_id, policy_set_id)
        REFERENCES policy_sets (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT policy_set_policies_policy_fkey FOREIGN KEY (organization_id, policy_id)
        REFERENCES policies (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX policy_set_policies_policy_idx ON policy_set_policies (policy_id);
CREATE TABLE policy_set_workspaces (
    policy_set_id   text NOT NULL,
    workspace_id    text NOT NULL,
    organization_id text NOT NULL,
    excluded        boolean NOT NULL,
    CONSTRAINT policy_set_workspaces_pkey PRIMARY KEY (policy_set_id, workspace_id, excluded),
    CONSTRAINT policy_set_workspaces_set_fkey FOREIGN KEY (organization_id, policy_set_id)
        REFERENCES policy_sets (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT policy_set_workspaces_workspace_fkey FOREIGN KEY (organization_id, workspace_id)
        REFERENCES workspaces (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX policy_set_workspaces_workspace_idx ON policy_set_workspaces (workspace_id);
CREATE TABLE policy_set_projects (
    policy_set_id   text NOT NULL,
    project_id      text NOT NULL,
    organization_id text NOT NULL,
    excluded        boolean NOT NULL,
    CONSTRAINT policy_set_projects_pkey PRIMARY KEY (policy_set_id, project_id, excluded),
    CONSTRAINT policy_set_projects_set_fkey FOREIGN KEY (organization_id, policy_set_id)
        REFERENCES policy_sets (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT policy_set_projects_project_fkey FOREIGN KEY (organization_id, project_id)
        REFERENCES projects (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX policy_set_projects_project_idx ON policy_set_projects (project_id);
-- Workspaces by their tag bindings; value NULL: any.
CREATE TABLE policy_set_tag_selectors (
    policy_set_id   text NOT NULL CONSTRAINT policy_set_tag_selectors_set_fkey
                    REFERENCES policy_sets ON DELETE CASCADE,
    tag_key         text NOT NULL,
    tag_value       text,
    is_exclude      boolean NOT NULL,
    CONSTRAINT policy_set_tag_selectors_key UNIQUE NULLS NOT DISTINCT (policy_set_id, tag_key, tag_value, is_exclude)
);

CREATE TABLE policy_set_parameters (
    id              text PRIMARY KEY,
    policy_set_id   text NOT NULL CONSTRAINT policy_set_parameters_set_fkey
                    REFERENCES policy_sets ON DELETE CASCADE,
    key             text NOT NULL,
    value           text NOT NULL DEFAULT '', -- '' when sensitive
    sealed_value    text,                     -- set when sensitive
    sensitive       boolean NOT NULL DEFAULT false,
    version_id      text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT policy_set_parameters_key UNIQUE (policy_set_id, key),
    CONSTRAINT policy_set_parameters_sealed_check CHECK (sensitive = (sealed_value IS NOT NULL))
);

CREATE TABLE policy_set_versions (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    policy_set_id   text NOT NULL,
    source          text NOT NULL DEFAULT 'tfe-api',
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT policy_set_versions_status_check
                    CHECK (status IN ('pending', 'ready', 'errored')),
    error           text,
    commit_sha      text,
    commit_url      text,
    identifier      text,
    manifest        jsonb, -- what its configuration file says (src/api/policies/policy_manifest.h)
    blob_id         text CONSTRAINT policy_set_versions_blob_fkey REFERENCES blobs DEFERRABLE INITIALLY DEFERRED,
    created_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    ready_at        timestamptz(3),
    errored_at      timestamptz(3),
    CONSTRAINT policy_set_versions_set_fkey FOREIGN KEY (organization_id, policy_set_id)
        REFERENCES policy_sets (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT policy_set_versions_bytes_check
        CHECK ((status = 'ready') = (blob_id IS NOT NULL) AND (status = 'ready') = (manifest IS NOT NULL))
);
CREATE INDEX policy_set_versions_created_idx ON policy_set_versions (policy_set_id, created_at, id);
CREATE INDEX policy_set_versions_ready_idx ON policy_set_versions (policy_set_id, created_at, id) WHERE status = 'ready';
CREATE INDEX policy_set_versions_blob_idx ON policy_set_versions (blob_id) WHERE blob_id IS NOT NULL;
