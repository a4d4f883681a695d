-- Counts that a list would have to take anew each time: how many workspaces a project has, and how many
-- a team is granted one by one, by mask. Kept by the triggers of sql/functions/040_counts.sql.

CREATE TABLE project_workspace_counts (
    project_id      text CONSTRAINT project_workspace_counts_pkey PRIMARY KEY
                    CONSTRAINT project_workspace_counts_project_fkey REFERENCES projects ON DELETE CASCADE,
    organization_id text NOT NULL,
    workspaces      bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX project_workspace_counts_organization_idx ON project_workspace_counts (organization_id);
INSERT INTO project_workspace_counts (project_id, organization_id, workspaces)
    SELECT project_id, organization_id, count(*) FROM workspaces GROUP BY 1, 2;

CREATE TABLE team_grant_counts (
    team_id         text NOT NULL CONSTRAINT team_grant_counts_team_fkey REFERENCES teams ON DELETE CASCADE,
    mask            bigint NOT NULL,
    organization_id text NOT NULL,
    workspaces      bigint NOT NULL,
    CONSTRAINT team_grant_counts_pkey PRIMARY KEY (team_id, mask)
) WITH (fillfactor = 50);
INSERT INTO team_grant_counts (team_id, mask, organization_id, workspaces)
    SELECT team_id, mask, organization_id, count(*) FROM team_workspaces GROUP BY 1, 2, 3;

-- What a team is granted, without a look at the rows.
DROP INDEX IF EXISTS team_workspaces_mask_idx;
CREATE INDEX team_workspaces_team_idx ON team_workspaces (team_id, workspace_id) INCLUDE (mask);
