-- Connections to VCS providers (today-registry-vcs.md section 7). A client says where a provider is, a
-- token opens it for the account that gave it; workspaces refer to tokens.
CREATE TABLE oauth_clients (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT oauth_clients_organization_fkey REFERENCES organizations ON DELETE CASCADE,
    uuid            uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT oauth_clients_uuid_key UNIQUE, -- in the callback's URL
    name            text,
    service_provider text NOT NULL,
    http_url        text NOT NULL,
    api_url         text NOT NULL,
    key             text,
    sealed_secret   text, -- sealed under the id
    rsa_public_key  text,
    organization_scoped boolean NOT NULL DEFAULT true,
    created_by      text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX oauth_clients_organization_idx ON oauth_clients (organization_id, created_at, id);

CREATE TABLE oauth_client_projects (
    oauth_client_id text NOT NULL CONSTRAINT oauth_client_projects_client_fkey REFERENCES oauth_clients ON DELETE CASCADE,
    project_id      text NOT NULL CONSTRAINT oauth_client_projects_project_fkey REFERENCES projects ON DELETE CASCADE,
    CONSTRAINT oauth_client_projects_pkey PRIMARY KEY (oauth_client_id, project_id)
);
CREATE INDEX oauth_client_projects_project_idx ON oauth_client_projects (project_id);

CREATE TABLE oauth_tokens (
    id              text PRIMARY KEY,
    oauth_client_id text NOT NULL CONSTRAINT oauth_tokens_client_fkey REFERENCES oauth_clients ON DELETE CASCADE,
    uid             text,          -- of the account at the provider, once it is known
    service_provider_user text,
    sealed_token    text NOT NULL, -- sealed under the id
    sealed_refresh_token text,     -- sealed under id/refresh
    expires_at      timestamptz(3),
    sealed_ssh_key  text,          -- sealed under id/ssh
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX oauth_tokens_client_idx ON oauth_tokens (oauth_client_id, created_at, id);
