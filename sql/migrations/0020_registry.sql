-- The private registry: modules, providers and the keys that sign them (today-registry-vcs.md 1 to 5).
-- What is private has no namespace of its own: it is the organization's name, which may change. A
-- public entry only names something of the public registry.

-- The CLI writes the namespace of a provider in small letters, however the organization is spelt.
CREATE INDEX organizations_lower_name_idx ON organizations (lower(name));

CREATE TABLE registry_modules (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT registry_modules_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    registry_name   text NOT NULL DEFAULT 'private',
    namespace       text, -- of public ones
    name            text NOT NULL,
    provider        text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT registry_modules_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT registry_modules_namespace_check CHECK ((registry_name = 'public') = (namespace IS NOT NULL))
);
CREATE UNIQUE INDEX registry_modules_name_key
    ON registry_modules (organization_id, name, provider, registry_name, coalesce(namespace, ''));

CREATE TABLE registry_module_versions (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    module_id       text NOT NULL,
    version         text NOT NULL,
    sort_key        text COLLATE "C" NOT NULL, -- version_sort_key(version)
    status          text NOT NULL DEFAULT 'pending' CONSTRAINT registry_module_versions_status_check
                    CHECK (status IN ('pending', 'reg_ingress_failed', 'ok')),
    error           text,
    source          text NOT NULL DEFAULT 'tfe-api',
    commit_sha      text,
    summary         jsonb, -- what a list of versions says of it
    contents        jsonb, -- what its files declare, and their READMEs
    blob_id         text CONSTRAINT registry_module_versions_blob_fkey REFERENCES blobs
                    DEFERRABLE INITIALLY DEFERRED,
    deprecated      boolean NOT NULL DEFAULT false,
    deprecation_reason text,
    deprecation_link text,
    revoked         boolean NOT NULL DEFAULT false,
    revocation_message text,
    revocation_link text,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    published_at    timestamptz(3),
    downloaded_at   timestamptz(3), -- from then on its bytes stay as they are
    CONSTRAINT registry_module_versions_version_key UNIQUE (module_id, version),
    CONSTRAINT registry_module_versions_module_fkey FOREIGN KEY (organization_id, module_id)
        REFERENCES registry_modules (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT registry_module_versions_bytes_check
        CHECK ((status = 'ok') = (blob_id IS NOT NULL) AND (status = 'ok') = (contents IS NOT NULL)),
    CONSTRAINT registry_module_versions_revoked_check CHECK (deprecated OR NOT revoked)
);
CREATE INDEX registry_module_versions_order_idx ON registry_module_versions (module_id, sort_key);
CREATE INDEX registry_module_versions_blob_idx ON registry_module_versions (blob_id) WHERE blob_id IS NOT NULL;

-- A module that people may make workspaces of without writing code, and what they may choose.
CREATE TABLE no_code_modules (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    registry_module_id text NOT NULL,
    version_pin     text,
    enabled         boolean NOT NULL DEFAULT true,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    -- With the organization: else it would tell another one that the module is there.
    CONSTRAINT no_code_modules_registry_module_key UNIQUE (organization_id, registry_module_id),
    CONSTRAINT no_code_modules_registry_module_fkey FOREIGN KEY (organization_id, registry_module_id)
        REFERENCES registry_modules (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT no_code_modules_version_pin_fkey FOREIGN KEY (registry_module_id, version_pin)
        REFERENCES registry_module_versions (module_id, version) ON DELETE SET NULL (version_pin)
);
CREATE INDEX no_code_modules_registry_module_idx ON no_code_modules (registry_module_id);
CREATE TABLE no_code_variable_options (
    id              text PRIMARY KEY,
    no_code_module_id text NOT NULL CONSTRAINT no_code_variable_options_module_fkey
                    REFERENCES no_code_modules ON DELETE CASCADE,
    position        integer NOT NULL,
    variable_name   text NOT NULL,
    variable_type   text NOT NULL,
    options         text[] NOT NULL,
    CONSTRAINT no_code_variable_options_name_key UNIQUE (no_code_module_id, variable_name)
);

CREATE TABLE registry_providers (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT registry_providers_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    registry_name   text NOT NULL,
    namespace       text, -- of public ones
    name            text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT registry_providers_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT registry_providers_namespace_check CHECK ((registry_name = 'public') = (namespace IS NOT NULL))
);
-- Two that differ in case only would be one to the CLI.
CREATE UNIQUE INDEX registry_providers_name_key
    ON registry_providers (organization_id, lower(name), registry_name, lower(coalesce(namespace, '')));

CREATE TABLE registry_provider_versions (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    provider_id     text NOT NULL,
    version         text NOT NULL,
    sort_key        text COLLATE "C" NOT NULL,
    key_id          text NOT NULL,
    protocols       text[] NOT NULL DEFAULT '{5.0}',
    shasums_blob_id text CONSTRAINT registry_provider_versions_shasums_fkey REFERENCES blobs
                    DEFERRABLE INITIALLY DEFERRED,
    shasums_sig_blob_id text CONSTRAINT registry_provider_versions_shasums_sig_fkey REFERENCES blobs
                    DEFERRABLE INITIALLY DEFERRED,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT registry_provider_versions_organization_id_key UNIQUE (organization_id, id),
    CONSTRAINT registry_provider_versions_version_key UNIQUE (provider_id, version),
    CONSTRAINT registry_provider_versions_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES registry_providers (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX registry_provider_versions_order_idx ON registry_provider_versions (provider_id, sort_key);
CREATE INDEX registry_provider_versions_shasums_idx ON registry_provider_versions (shasums_blob_id)
    WHERE shasums_blob_id IS NOT NULL;
CREATE INDEX registry_provider_versions_shasums_sig_idx ON registry_provider_versions (shasums_sig_blob_id)
    WHERE shasums_sig_blob_id IS NOT NULL;

CREATE TABLE registry_provider_platforms (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    version_id      text NOT NULL,
    os              text NOT NULL,
    arch            text NOT NULL,
    filename        text NOT NULL,
    shasum          text NOT NULL, -- as announced; what is served is the sum of the bytes
    blob_id         text CONSTRAINT registry_provider_platforms_blob_fkey REFERENCES blobs
                    DEFERRABLE INITIALLY DEFERRED,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT registry_provider_platforms_platform_key UNIQUE (version_id, os, arch),
    CONSTRAINT registry_provider_platforms_version_fkey FOREIGN KEY (organization_id, version_id)
        REFERENCES registry_provider_versions (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX registry_provider_platforms_blob_idx ON registry_provider_platforms (blob_id)
    WHERE blob_id IS NOT NULL;

CREATE TABLE gpg_keys (
    id              text PRIMARY KEY, -- digits, which this type has instead of a prefix
    organization_id text NOT NULL CONSTRAINT gpg_keys_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    key_id          text NOT NULL,
    ascii_armor     text NOT NULL,
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    updated_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT gpg_keys_key_id_key UNIQUE (organization_id, key_id)
);

-- Bindings of modules and providers, beside those of workspaces and projects.
ALTER TABLE tag_bindings
    ADD COLUMN registry_module_id text,
    ADD COLUMN registry_provider_id text,
    DROP CONSTRAINT tag_bindings_owner_check,
    ADD CONSTRAINT tag_bindings_owner_check
        CHECK (num_nonnulls(workspace_id, project_id, registry_module_id, registry_provider_id) = 1),
    ADD CONSTRAINT tag_bindings_registry_module_key UNIQUE (registry_module_id, key),
    ADD CONSTRAINT tag_bindings_registry_provider_key UNIQUE (registry_provider_id, key),
    ADD CONSTRAINT tag_bindings_registry_module_fkey FOREIGN KEY (organization_id, registry_module_id)
        REFERENCES registry_modules (organization_id, id) ON DELETE CASCADE,
    ADD CONSTRAINT tag_bindings_registry_provider_fkey FOREIGN KEY (organization_id, registry_provider_id)
        REFERENCES registry_providers (organization_id, id) ON DELETE CASCADE;

-- A configuration to test a module with belongs to the module.
ALTER TABLE configuration_versions
    ALTER COLUMN workspace_id DROP NOT NULL,
    ADD COLUMN registry_module_id text,
    ADD CONSTRAINT configuration_versions_owner_check
        CHECK ((workspace_id IS NULL) <> (registry_module_id IS NULL)),
    ADD CONSTRAINT configuration_versions_registry_module_fkey FOREIGN KEY (organization_id, registry_module_id)
        REFERENCES registry_modules (organization_id, id) ON DELETE CASCADE;
CREATE INDEX configuration_versions_registry_module_idx ON configuration_versions (registry_module_id)
    WHERE registry_module_id IS NOT NULL;
