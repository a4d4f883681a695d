-- SSH keys that go leave no trace in workspaces; agents; what is recorded of a change.

ALTER TABLE workspaces ADD CONSTRAINT workspaces_ssh_key_fkey FOREIGN KEY (organization_id, ssh_key_id)
    REFERENCES ssh_keys (organization_id, id) ON DELETE SET NULL (ssh_key_id);

CREATE INDEX ssh_keys_created_idx ON ssh_keys (organization_id, created_at, id);

-- Programs that run plans and applies; each has registered with a token of its pool.
CREATE TABLE agents (
    id              text PRIMARY KEY,
    organization_id text NOT NULL,
    agent_pool_id   text NOT NULL,
    name            text,
    ip_address      text,
    status          text NOT NULL DEFAULT 'idle' CONSTRAINT agents_status_check
                    CHECK (status IN ('idle', 'busy', 'unknown', 'exited', 'errored')),
    last_ping_at    timestamptz(3) NOT NULL DEFAULT now(),
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT agents_pool_fkey FOREIGN KEY (organization_id, agent_pool_id)
        REFERENCES agent_pools (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX agents_pool_idx ON agents (agent_pool_id, created_at, id);

-- The trail is read newest first and cut off by time.
CREATE INDEX audit_events_time_idx ON audit_events (organization_id, occurred_at, position);
CREATE INDEX audit_events_age_idx ON audit_events USING brin (occurred_at);

-- An organization without a row has the default: everything is recorded.
CREATE TABLE audit_configurations (
    organization_id text PRIMARY KEY CONSTRAINT audit_configurations_organization_fkey
                    REFERENCES organizations ON DELETE CASCADE,
    audit_trails_enabled boolean NOT NULL DEFAULT true,
    enabled_at      timestamptz(3),
    disabled_at     timestamptz(3),
    updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
