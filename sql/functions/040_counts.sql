-- Keeps the counts of sql/migrations/0090_counts.sql. Whole statements at a time, so that a thousand
-- new rows cost one update; rows are locked in the order of their keys.

CREATE OR REPLACE FUNCTION count_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM team_grant_counts c JOIN (SELECT DISTINCT team_id, mask FROM gone) g USING (team_id, mask)
            ORDER BY team_id, mask FOR UPDATE OF c;
        UPDATE team_grant_counts c SET workspaces = c.workspaces - g.n
            FROM (SELECT team_id, mask, count(*) AS n FROM gone GROUP BY 1, 2) g
            WHERE c.team_id = g.team_id AND c.mask = g.mask;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO team_grant_counts (team_id, mask, organization_id, workspaces)
            SELECT team_id, mask, organization_id, count(*) FROM come GROUP BY 1, 2, 3 ORDER BY 1, 2
            ON CONFLICT ON CONSTRAINT team_grant_counts_pkey
            DO UPDATE SET workspaces = team_grant_counts.workspaces + excluded.workspaces;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER team_workspaces_count_insert AFTER INSERT ON team_workspaces
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_grants();
CREATE OR REPLACE TRIGGER team_workspaces_count_update AFTER UPDATE ON team_workspaces
    REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_grants();
CREATE OR REPLACE TRIGGER team_workspaces_count_delete AFTER DELETE ON team_workspaces
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_grants();

CREATE OR REPLACE FUNCTION count_workspaces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM 1 FROM project_workspace_counts c JOIN (SELECT DISTINCT project_id FROM gone) g USING (project_id)
            ORDER BY project_id FOR UPDATE OF c;
        UPDATE project_workspace_counts c SET workspaces = c.workspaces - g.n
            FROM (SELECT project_id, count(*) AS n FROM gone GROUP BY 1) g WHERE c.project_id = g.project_id;
    ELSE
        INSERT INTO project_workspace_counts (project_id, organization_id, workspaces)
            SELECT project_id, organization_id, count(*) FROM come GROUP BY 1, 2 ORDER BY 1
            ON CONFLICT ON CONSTRAINT project_workspace_counts_pkey
            DO UPDATE SET workspaces = project_workspace_counts.workspaces + excluded.workspaces;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER workspaces_count_insert AFTER INSERT ON workspaces
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_workspaces();
CREATE OR REPLACE TRIGGER workspaces_count_delete AFTER DELETE ON workspaces
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_workspaces();

-- A trigger of a column can't see the whole statement; moving is rare, and other updates cost nothing.
CREATE OR REPLACE FUNCTION count_moved_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE project_workspace_counts SET workspaces = workspaces - 1 WHERE project_id = OLD.project_id;
    INSERT INTO project_workspace_counts (project_id, organization_id, workspaces)
        VALUES (NEW.project_id, NEW.organization_id, 1)
        ON CONFLICT ON CONSTRAINT project_workspace_counts_pkey
        DO UPDATE SET workspaces = project_workspace_counts.workspaces + 1;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER workspaces_count_move AFTER UPDATE OF project_id ON workspaces
    FOR EACH ROW WHEN (OLD.project_id <> NEW.project_id) EXECUTE FUNCTION count_moved_workspace();

-- An organization takes its rows along one by one; thousands of updates of one count would each be
-- slower than the one before.
CREATE OR REPLACE FUNCTION forget_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM team_grant_counts c USING teams t WHERE t.organization_id = OLD.id AND c.team_id = t.id;
    DELETE FROM project_workspace_counts WHERE organization_id = OLD.id;
    RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER organizations_forget_counts BEFORE DELETE ON organizations
    FOR EACH ROW EXECUTE FUNCTION forget_counts();
