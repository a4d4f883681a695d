-- Saved views of the explorer (today-workspaces.md 17). What they find is never kept.
CREATE TABLE explorer_views (
    id              text PRIMARY KEY,
    organization_id text NOT NULL CONSTRAINT explorer_views_organization_fkey REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL,
    query_type      text NOT NULL,
    query           jsonb NOT NULL, -- {type, filter: [{field, operator, value: [...]}], fields, sort}
    created_at      timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT explorer_views_name_key UNIQUE (organization_id, name)
);
