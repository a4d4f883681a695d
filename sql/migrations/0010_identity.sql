-- What an organization allows of tokens, kept where a request can see it in passing (the triggers
-- are in sql/functions/030_token_limits.sql), and what the pages and the token lists look up.

ALTER TABLE organizations
    -- The age at which a user's token counts for nothing here; 0: from the start, NULL: never.
    ADD COLUMN user_token_limit interval;

ALTER TABLE tokens
    -- When the organization's policy ends this token, whatever expired_at says.
    ADD COLUMN capped_at timestamptz(3);
CREATE INDEX tokens_team_organization_idx ON tokens (organization_id) WHERE kind = 'team';

ALTER TABLE token_ttl_policies
    ADD CONSTRAINT token_ttl_policies_token_type_check
        CHECK (token_type IN ('organization', 'team', 'user', 'audit_trails', 'metrics')),
    ADD CONSTRAINT token_ttl_policies_max_ttl_check CHECK (max_ttl_ms > 0);

CREATE INDEX sessions_expires_idx ON sessions (expires_at);
CREATE INDEX oauth_codes_expires_idx ON oauth_codes (expires_at);
CREATE INDEX sign_in_attempts_window_idx ON sign_in_attempts (window_start);
