-- Invitations of people who have no account yet, and what the members of a team reach.

-- The placeholder of an invited address has no name until its owner signs up.
ALTER TABLE users ALTER COLUMN username DROP NOT NULL;
ALTER TABLE users ADD CONSTRAINT users_username_check CHECK (username IS NOT NULL OR is_invited);

CREATE INDEX organization_memberships_created_idx ON organization_memberships (organization_id, created_at, id);

-- All grants of a team, for the rights in the organization that come with them.
CREATE INDEX team_workspaces_mask_idx ON team_workspaces (team_id) INCLUDE (mask);
