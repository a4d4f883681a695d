-- From a level, a flag or a custom grant to permission bits: today-access.md sections 12.2 to 12.5.
-- A mask is stored with each grant (triggers below), so that a request only needs bit_or().

-- The bits, in the order of src/auth/permission.h (a test compares the two lists).
CREATE OR REPLACE FUNCTION permission_names() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY['read', 'run-plan', 'run-apply', 'vars-read', 'vars-write', 'state-outputs',
        'state-read', 'state-write', 'mocks-read', 'lock', 'tasks', 'policy-override', 'delete',
        'admin', 'move', 'force-delete', 'consumers-replace', 'backing-data', 'plan-json',
        'project-read', 'project-update', 'project-delete', 'project-teams-read', 'project-teams',
        'project-varsets-read', 'project-varsets', 'project-create-workspace', 'project-tags',
        'org-read', 'org-team-member', 'org-update', 'org-token', 'org-audit', 'org-create-project',
        'org-manage-workspaces', 'org-varsets', 'org-varsets-read', 'org-policies', 'org-tasks',
        'org-vcs', 'org-ssh-keys', 'org-ssh-keys-read', 'org-agent-pools', 'org-agent-pools-read',
        'org-modules', 'org-providers', 'org-tags', 'org-reserved-tags', 'org-explorer',
        'org-membership', 'org-teams', 'org-team-access', 'org-secret-teams', 'org-owner',
        'policy-delegate']
$$;

-- permission_bits('read vars-read') is the mask of the named bits. An unknown name is an error.
CREATE OR REPLACE FUNCTION permission_bits(names text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    one text;
    result bigint := 0;
BEGIN
    FOREACH one IN ARRAY regexp_split_to_array(trim(names), '\s+') LOOP
        CONTINUE WHEN one = '';
        IF array_position(permission_names(), one) IS NULL THEN
            RAISE EXCEPTION 'unknown permission %', one;
        END IF;
        result := result | (1::bigint << (array_position(permission_names(), one) - 1));
    END LOOP;
    RETURN result;
END $$;

-- The names in a mask, for people (terracectl explain).
CREATE OR REPLACE FUNCTION permission_list(mask bigint) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(n ORDER BY i), '{}') FROM unnest(permission_names()) WITH ORDINALITY u(n, i)
    WHERE mask & (1::bigint << (i - 1)::int) <> 0
$$;

-- One row a grant of a fixed level (12.2, 12.3), a custom value, or an organization flag (12.4).
CREATE OR REPLACE FUNCTION grant_table() RETURNS TABLE (kind text, name text, bits text)
LANGUAGE sql IMMUTABLE AS $$ VALUES
    ('workspace', 'read',  'read vars-read state-outputs state-read'),
    ('workspace', 'plan',  'read run-plan vars-read state-outputs state-read'),
    ('workspace', 'write', 'read run-plan run-apply vars-read vars-write state-outputs state-read state-write mocks-read lock'),
    ('workspace', 'admin', 'read run-plan run-apply vars-read vars-write state-outputs state-read state-write mocks-read lock tasks delete admin plan-json org-ssh-keys-read org-agent-pools-read'),

    ('runs', 'read',  'read'),
    ('runs', 'plan',  'read run-plan'),
    ('runs', 'apply', 'read run-plan run-apply'),
    ('variables', 'none',  ''),
    ('variables', 'read',  'vars-read'),
    ('variables', 'write', 'vars-read vars-write'),
    ('state-versions', 'none', ''),
    ('state-versions', 'read-outputs', 'state-outputs'),
    ('state-versions', 'read',  'state-outputs state-read'),
    ('state-versions', 'write', 'state-outputs state-read state-write'),
    ('sentinel-mocks', 'none', ''),
    ('sentinel-mocks', 'read', 'mocks-read'),
    ('workspace-locking', 'true', 'lock'),
    ('run-tasks', 'true', 'tasks'),
    ('policy-overrides', 'true', 'policy-override'),

    ('project-settings', 'read', 'project-read'),
    ('project-settings', 'update', 'project-read project-update project-tags'),
    ('project-settings', 'delete', 'project-read project-update project-delete project-tags'),
    ('project-teams', 'none', ''),
    ('project-teams', 'read', 'project-teams-read'),
    ('project-teams', 'manage', 'project-teams-read project-teams'),
    ('project-variable-sets', 'none', ''),
    ('project-variable-sets', 'read', 'project-varsets-read'),
    ('project-variable-sets', 'write', 'project-varsets-read project-varsets'),
    ('project-create', 'true', 'project-create-workspace read'),
    ('project-locking', 'true', 'lock'),
    ('project-delete', 'true', 'delete'),
    ('project-move', 'true', 'move'),
    ('project-run-tasks', 'true', 'tasks'),
    -- What a fixed project level gives beyond its expanded keys.
    ('project-level', 'read', ''),
    ('project-level', 'write', 'project-tags'),
    ('project-level', 'maintain', 'admin plan-json project-tags org-ssh-keys-read org-agent-pools-read'),
    ('project-level', 'admin', 'admin plan-json project-tags org-ssh-keys-read org-agent-pools-read'),
    ('project-level', 'custom', ''),

    ('organization', 'read-workspaces', 'read vars-read state-outputs state-read org-varsets-read org-explorer'),
    ('organization', 'read-projects', 'read vars-read state-outputs state-read project-read org-varsets-read org-explorer'),
    ('organization', 'manage-workspaces', 'read run-plan run-apply vars-read vars-write state-outputs state-read state-write mocks-read lock tasks delete admin plan-json consumers-replace org-manage-workspaces org-varsets org-varsets-read org-tags org-explorer org-ssh-keys-read org-agent-pools-read'),
    ('organization', 'manage-projects', 'read run-plan run-apply vars-read vars-write state-outputs state-read state-write mocks-read lock tasks delete admin plan-json move consumers-replace project-read project-update project-delete project-teams-read project-teams project-varsets-read project-varsets project-create-workspace project-tags org-create-project org-manage-workspaces org-varsets org-varsets-read org-tags org-explorer org-ssh-keys-read org-agent-pools-read'),
    ('organization', 'manage-policies', 'read org-policies'),
    ('organization', 'manage-policy-overrides', 'read policy-override'),
    ('organization', 'delegate-policy-overrides', 'policy-delegate'),
    ('organization', 'manage-run-tasks', 'org-tasks'),
    ('organization', 'manage-vcs-settings', 'org-vcs org-ssh-keys org-ssh-keys-read'),
    ('organization', 'manage-agent-pools', 'read org-agent-pools org-agent-pools-read'),
    ('organization', 'manage-providers', 'org-providers'),
    ('organization', 'manage-modules', 'org-modules'),
    ('organization', 'manage-membership', 'org-membership'),
    ('organization', 'manage-teams', 'org-membership org-teams'),
    ('organization', 'manage-organization-access', 'org-membership org-teams org-team-access'),
    ('organization', 'access-secret-teams', 'org-secret-teams'),

    -- 12.5 and 12.7: the organization token is a role of its own, independent of teams.
    ('token', 'organization', 'read vars-read vars-write state-outputs state-read lock tasks delete admin move consumers-replace project-read project-update project-delete project-teams-read project-teams project-varsets-read project-varsets project-create-workspace project-tags org-read org-team-member org-token org-audit org-create-project org-manage-workspaces org-varsets org-varsets-read org-policies org-tasks org-vcs org-agent-pools org-agent-pools-read org-tags org-reserved-tags org-explorer org-membership org-teams org-team-access org-secret-teams'),
    ('token', 'audit-trails', 'org-audit'),
    ('member', 'member', 'org-read'),
    ('member', 'team', 'org-read org-team-member')
$$;

DELETE FROM permission_grants;
INSERT INTO permission_grants (kind, name, mask)
    SELECT kind, name, permission_bits(bits) FROM grant_table();

CREATE OR REPLACE FUNCTION grant_bits(of_kind text, of_name text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT mask FROM permission_grants WHERE kind = of_kind AND name = of_name), 0)
$$;

-- Everything but the audit trail, which only organization tokens read (O5).
CREATE OR REPLACE FUNCTION owners_mask() RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT ((1::bigint << cardinality(permission_names())) - 1) & ~permission_bits('org-audit')
$$;

CREATE OR REPLACE FUNCTION team_mask(access jsonb, is_owners boolean) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN is_owners THEN owners_mask()
        ELSE grant_bits('member', 'team') | coalesce((
            SELECT bit_or(grant_bits('organization', key)) FROM jsonb_each(access)
            WHERE value = 'true'), 0)
        END
$$;

CREATE OR REPLACE FUNCTION team_workspace_mask(t team_workspaces) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN t.access <> 'custom' THEN grant_bits('workspace', t.access)
        ELSE grant_bits('runs', t.runs) | grant_bits('variables', t.variables)
           | grant_bits('state-versions', t.state_versions)
           | grant_bits('sentinel-mocks', t.sentinel_mocks)
           | grant_bits('workspace-locking', t.workspace_locking::text)
           | grant_bits('run-tasks', t.run_tasks::text)
           | grant_bits('policy-overrides', t.policy_overrides::text)
        END
$$;

CREATE OR REPLACE FUNCTION team_project_mask(t team_projects) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT grant_bits('project-level', t.access) | grant_bits('project-settings', 'read')
         | grant_bits('project-settings', t.project_access ->> 'settings')
         | grant_bits('project-teams', t.project_access ->> 'teams')
         | grant_bits('project-variable-sets', t.project_access ->> 'variable-sets')
         | grant_bits('runs', t.workspace_access ->> 'runs')
         | grant_bits('variables', t.workspace_access ->> 'variables')
         | grant_bits('state-versions', t.workspace_access ->> 'state-versions')
         | grant_bits('sentinel-mocks', t.workspace_access ->> 'sentinel-mocks')
         | grant_bits('project-create', t.workspace_access ->> 'create')
         | grant_bits('project-locking', t.workspace_access ->> 'locking')
         | grant_bits('project-delete', t.workspace_access ->> 'delete')
         | grant_bits('project-move', t.workspace_access ->> 'move')
         | grant_bits('project-run-tasks', t.workspace_access ->> 'run-tasks')
         | grant_bits('policy-overrides', t.workspace_access ->> 'policy-overrides')
$$;

CREATE OR REPLACE FUNCTION set_mask() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'teams' THEN NEW.mask := team_mask(NEW.organization_access, NEW.is_owners);
        WHEN 'team_workspaces' THEN NEW.mask := team_workspace_mask(NEW);
        WHEN 'team_projects' THEN NEW.mask := team_project_mask(NEW);
    END CASE;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER teams_mask BEFORE INSERT OR UPDATE ON teams
    FOR EACH ROW EXECUTE FUNCTION set_mask();
CREATE OR REPLACE TRIGGER team_workspaces_mask BEFORE INSERT OR UPDATE ON team_workspaces
    FOR EACH ROW EXECUTE FUNCTION set_mask();
CREATE OR REPLACE TRIGGER team_projects_mask BEFORE INSERT OR UPDATE ON team_projects
    FOR EACH ROW EXECUTE FUNCTION set_mask();

-- A change of the tables above reaches the grants that exist.
UPDATE teams SET mask = 0 WHERE mask IS DISTINCT FROM team_mask(organization_access, is_owners);
UPDATE team_workspaces t SET mask = 0 WHERE mask IS DISTINCT FROM team_workspace_mask(t);
UPDATE team_projects t SET mask = 0 WHERE mask IS DISTINCT FROM team_project_mask(t);
