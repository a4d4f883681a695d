-- Site administration (today-admin.md): settings, tool versions, and what the identity provider keeps
-- here through SCIM 2.0. A table of settings has one row; a column is called as its attribute.

CREATE TABLE general_settings (
    id              text CONSTRAINT general_settings_pkey PRIMARY KEY
                    CONSTRAINT general_settings_id_check CHECK (id = 'general'),
    limit_user_organization_creation boolean NOT NULL DEFAULT false,
    api_rate_limiting_enabled boolean NOT NULL DEFAULT false,
    api_rate_limit  integer NOT NULL DEFAULT 30 CONSTRAINT general_settings_api_rate_limit_check CHECK (api_rate_limit > 0),
    send_passing_statuses_for_untriggered_speculative_plans boolean NOT NULL DEFAULT false,
    allow_speculative_plans_on_pull_requests_from_forks boolean NOT NULL DEFAULT false,
    default_remote_state_access boolean NOT NULL DEFAULT false,
    apply_timeout   text NOT NULL DEFAULT '24h',
    plan_timeout    text NOT NULL DEFAULT '2h'
);
INSERT INTO general_settings (id) VALUES ('general');

CREATE TABLE cost_estimation_settings (
    id              text CONSTRAINT cost_estimation_settings_pkey PRIMARY KEY
                    CONSTRAINT cost_estimation_settings_id_check CHECK (id = 'cost-estimation'),
    aws_access_key_id text,
    azure_client_id text,
    azure_subscription_id text,
    azure_tenant_id text
);
INSERT INTO cost_estimation_settings (id) VALUES ('cost-estimation');

CREATE TABLE customization_settings (
    id              text CONSTRAINT customization_settings_pkey PRIMARY KEY
                    CONSTRAINT customization_settings_id_check CHECK (id = 'customization'),
    support_email_address text NOT NULL DEFAULT '',
    login_help      text NOT NULL DEFAULT '',
    footer          text NOT NULL DEFAULT '',
    error           text NOT NULL DEFAULT '',
    new_user        text NOT NULL DEFAULT ''
);
INSERT INTO customization_settings (id) VALUES ('customization');

CREATE TABLE saml_settings (
    id              text CONSTRAINT saml_settings_pkey PRIMARY KEY
                    CONSTRAINT saml_settings_id_check CHECK (id = 'saml'),
    enabled         boolean NOT NULL DEFAULT false,
    debug           boolean NOT NULL DEFAULT false,
    authn_requests_signed boolean NOT NULL DEFAULT false,
    want_assertions_signed boolean NOT NULL DEFAULT false,
    team_management_enabled boolean NOT NULL DEFAULT false,
    old_idp_cert    text,
    idp_cert        text,
    slo_endpoint_url text,
    sso_endpoint_url text,
    attr_username   text NOT NULL DEFAULT 'Username',
    attr_groups     text NOT NULL DEFAULT 'MemberOf',
    attr_site_admin text NOT NULL DEFAULT 'SiteAdmin',
    site_admin_role text NOT NULL DEFAULT 'site-admins',
    sso_api_token_session_timeout integer NOT NULL DEFAULT 1209600,
    certificate     text,
    signature_signing_method text NOT NULL DEFAULT 'SHA256',
    signature_digest_method text NOT NULL DEFAULT 'SHA256',
    provider_type   text NOT NULL DEFAULT 'unknown'
);
INSERT INTO saml_settings (id) VALUES ('saml');

CREATE TABLE smtp_settings (
    id              text CONSTRAINT smtp_settings_pkey PRIMARY KEY
                    CONSTRAINT smtp_settings_id_check CHECK (id = 'smtp'),
    host            text,
    port            integer CONSTRAINT smtp_settings_port_check CHECK (port BETWEEN 1 AND 65535),
    sender          text,
    auth_method     text NOT NULL DEFAULT 'none', -- `auth` is the principal in every answer
    username        text
);
INSERT INTO smtp_settings (id) VALUES ('smtp');

CREATE TABLE twilio_settings (
    id              text CONSTRAINT twilio_settings_pkey PRIMARY KEY
                    CONSTRAINT twilio_settings_id_check CHECK (id = 'twilio'),
    account_sid     text,
    from_number     text
);
INSERT INTO twilio_settings (id) VALUES ('twilio');

-- The secrets among the settings, sealed with their id (`saml/private-key`) as context.
CREATE TABLE setting_secrets (
    id              text CONSTRAINT setting_secrets_pkey PRIMARY KEY,
    sealed_value    text NOT NULL
);

-- The public halves of signing keys, as JSON Web Keys; the private ones are secrets (`oidc/<id>`).
CREATE TABLE oidc_keys (
    id              text CONSTRAINT oidc_keys_pkey PRIMARY KEY,
    jwk             text NOT NULL,
    position        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT oidc_keys_position_key UNIQUE,
    created_at      timestamptz(3) NOT NULL DEFAULT now()
);

-- --- SCIM 2.0: users and groups as the identity provider names them

CREATE TABLE scim_groups (
    id              text CONSTRAINT scim_groups_pkey PRIMARY KEY,
    display_name    text NOT NULL,
    external_id     text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX scim_groups_display_name_key ON scim_groups (lower(display_name));
CREATE INDEX scim_groups_created_idx ON scim_groups (created_at, id);

CREATE TABLE scim_settings (
    id              text CONSTRAINT scim_settings_pkey PRIMARY KEY
                    CONSTRAINT scim_settings_id_check CHECK (id = 'scim'),
    enabled         boolean NOT NULL DEFAULT false,
    paused          boolean NOT NULL DEFAULT false,
    site_admin_group_scim_id text CONSTRAINT scim_settings_site_admin_group_fkey
                    REFERENCES scim_groups ON DELETE SET NULL
);
INSERT INTO scim_settings (id) VALUES ('scim');

-- The account of a user that the identity provider manages. One that it has deleted stays, so that the
-- account comes back with it.
CREATE TABLE scim_users (
    user_id         text CONSTRAINT scim_users_pkey PRIMARY KEY
                    CONSTRAINT scim_users_user_fkey REFERENCES users ON DELETE CASCADE,
    user_name       text NOT NULL,
    external_id     text,
    display_name    text,
    given_name      text,
    family_name     text,
    active          boolean NOT NULL DEFAULT true,
    is_admin_by_group boolean NOT NULL DEFAULT false, -- a site administrator through the group only
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at      timestamptz(3)
);
CREATE UNIQUE INDEX scim_users_user_name_key ON scim_users (lower(user_name)) WHERE deleted_at IS NULL;
CREATE INDEX scim_users_created_idx ON scim_users (created_at, user_id) WHERE deleted_at IS NULL;

CREATE TABLE scim_group_members (
    group_id        text NOT NULL CONSTRAINT scim_group_members_group_fkey
                    REFERENCES scim_groups ON DELETE CASCADE,
    user_id         text NOT NULL CONSTRAINT scim_group_members_user_fkey
                    REFERENCES scim_users ON DELETE CASCADE,
    CONSTRAINT scim_group_members_pkey PRIMARY KEY (group_id, user_id)
);
CREATE INDEX scim_group_members_user_idx ON scim_group_members (user_id);

-- A team whose members are those of a group.
CREATE TABLE team_scim_groups (
    team_id         text CONSTRAINT team_scim_groups_pkey PRIMARY KEY
                    CONSTRAINT team_scim_groups_team_fkey REFERENCES teams ON DELETE CASCADE,
    group_id        text NOT NULL CONSTRAINT team_scim_groups_group_fkey
                    REFERENCES scim_groups ON DELETE CASCADE,
    sync_paused     boolean NOT NULL DEFAULT false,
    updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX team_scim_groups_group_idx ON team_scim_groups (group_id);

-- A membership that a group has made ends with the last team in the organization.
ALTER TABLE organization_memberships ADD COLUMN is_scim_made boolean NOT NULL DEFAULT false;

ALTER TABLE tokens DROP CONSTRAINT tokens_kind_check, ADD CONSTRAINT tokens_kind_check
    CHECK (kind IN ('user', 'team', 'organization', 'audit-trails', 'agent', 'scim'));
CREATE INDEX tokens_scim_idx ON tokens (created_at, id) WHERE kind = 'scim';

-- --- Organizations, as the administrator sees them

ALTER TABLE organizations
    ADD COLUMN access_beta_tools boolean NOT NULL DEFAULT false,
    ADD COLUMN global_module_sharing boolean,
    ADD COLUMN global_provider_sharing boolean,
    ADD COLUMN is_disabled boolean NOT NULL DEFAULT false,
    ADD COLUMN apply_timeout text,
    ADD COLUMN plan_timeout text,
    ADD COLUMN terraform_worker_sudo_enabled boolean NOT NULL DEFAULT false,
    ADD COLUMN workspace_limit integer CONSTRAINT organizations_workspace_limit_check CHECK (workspace_limit >= 0);
CREATE INDEX organizations_created_idx ON organizations (created_at, id);
CREATE INDEX users_created_idx ON users (created_at, id);

CREATE TABLE organization_module_consumers (
    organization_id text NOT NULL CONSTRAINT organization_module_consumers_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    consumer_id     text NOT NULL CONSTRAINT organization_module_consumers_consumer_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    CONSTRAINT organization_module_consumers_pkey PRIMARY KEY (organization_id, consumer_id)
);
CREATE INDEX organization_module_consumers_consumer_idx ON organization_module_consumers (consumer_id);

-- Programs that workspaces and policy sets may name by version.
CREATE TABLE tool_versions (
    id              text CONSTRAINT tool_versions_pkey PRIMARY KEY,
    tool            text NOT NULL CONSTRAINT tool_versions_tool_check CHECK (tool IN ('terraform', 'opa', 'sentinel')),
    version         text NOT NULL,
    url             text NOT NULL DEFAULT '',
    sha             text NOT NULL DEFAULT '',
    archs           jsonb NOT NULL DEFAULT '[]',
    deprecated      boolean NOT NULL DEFAULT false,
    deprecated_reason text,
    official        boolean NOT NULL DEFAULT false,
    enabled         boolean NOT NULL DEFAULT true,
    beta            boolean NOT NULL DEFAULT false,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT tool_versions_version_key UNIQUE (tool, version)
);
CREATE INDEX tool_versions_created_idx ON tool_versions (tool, created_at, id);
CREATE INDEX workspaces_terraform_version_idx ON workspaces (terraform_version);
