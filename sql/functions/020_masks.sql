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
        'policy-delegate', 'team-read', 'team-members', 'team-update', 'team-access', 'team-tokens',
        'org-tasks-read', 'org-create-workspace']
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

-- What a fixed level of access to a workspace shows and gives (12.2).
CREATE OR REPLACE FUNCTION workspace_levels() RETURNS TABLE (level text, runs text, variables text,
    state_versions text, sentinel_mocks text, workspace_locking boolean, run_tasks boolean)
LANGUAGE sql IMMUTABLE AS $$ VALUES
    ('read',  'read',  'read',  'read',  'none', false, false),
    ('plan',  'plan',  'read',  'read',  'none', false, false),
    ('write', 'apply', 'write', 'write', 'read', true,  false),
    ('admin', 'apply', 'write', 'write', 'read', true,  true)
$$;

-- The same of a project (12.3). 'custom' is what a custom grant begins with.
CREATE OR REPLACE FUNCTION project_levels() RETURNS TABLE (level text, project_access jsonb, workspace_access jsonb)
LANGUAGE sql IMMUTABLE AS $$
    SELECT l.level,
           jsonb_build_object('settings', settings, 'teams', teams, 'variable-sets', variable_sets),
           jsonb_build_object('runs', runs, 'sentinel-mocks', mocks, 'state-versions', states,
               'variables', variables, 'create', creates, 'locking', locking, 'delete', deletes,
               'move', moves, 'run-tasks', tasks, 'policy-overrides', false)
    FROM (VALUES
        ('read',     'read',   'none',   'read',  'read',  'none', 'read',  'read',  false, false, false, false, false),
        ('write',    'read',   'none',   'write', 'apply', 'read', 'write', 'write', false, true,  false, false, false),
        ('maintain', 'read',   'none',   'write', 'apply', 'read', 'write', 'write', true,  true,  true,  false, true),
        ('admin',    'delete', 'manage', 'write', 'apply', 'read', 'write', 'write', true,  true,  true,  true,  true),
        ('custom',   'read',   'none',   'none',  'read',  'none', 'none',  'none',  false, false, false, false, false)
    ) l(level, settings, teams, variable_sets, runs, mocks, states, variables, creates, locking, deletes, moves, tasks)
$$;

-- One row a value of a grant on a workspace or a project (12.2, 12.3) or an organization flag (12.4).
-- Rights on a workspace that open something of the organization carry that bit too: variables
-- anywhere open the organization's variable sets (O7), and so on.
CREATE OR REPLACE FUNCTION grant_table() RETURNS TABLE (kind text, name text, bits text)
LANGUAGE sql IMMUTABLE AS $$ VALUES
    -- What a fixed level gives beyond what it shows.
    ('workspace-level', 'read',  ''),
    ('workspace-level', 'plan',  ''),
    ('workspace-level', 'write', ''),
    ('workspace-level', 'admin', 'delete admin plan-json org-ssh-keys-read org-agent-pools-read'),
    ('workspace-level', 'custom', ''),
    ('project-level', 'read', ''),
    ('project-level', 'write', 'project-tags'),
    ('project-level', 'maintain', 'admin plan-json project-tags org-ssh-keys-read org-agent-pools-read'),
    ('project-level', 'admin', 'admin plan-json project-tags org-ssh-keys-read org-agent-pools-read'),
    ('project-level', 'custom', ''),

    ('runs', 'read',  'read'),
    ('runs', 'plan',  'read run-plan'),
    ('runs', 'apply', 'read run-plan run-apply'),
    ('variables', 'none',  ''),
    ('variables', 'read',  'vars-read org-varsets-read'),
    ('variables', 'write', 'vars-read vars-write org-varsets-read'),
    ('state-versions', 'none', ''),
    ('state-versions', 'read-outputs', 'state-outputs'),
    ('state-versions', 'read',  'state-outputs state-read'),
    ('state-versions', 'write', 'state-outputs state-read state-write'),
    ('sentinel-mocks', 'none', ''),
    ('sentinel-mocks', 'read', 'mocks-read'),
    ('locking', 'true', 'lock'),
    ('run-tasks', 'true', 'tasks org-tasks-read'),
    -- Counts when the team has delegate-policy-overrides.
    ('policy-overrides', 'true', 'policy-override'),

    ('settings', 'read', 'project-read'),
    ('settings', 'update', 'project-read project-update project-tags'),
    ('settings', 'delete', 'project-read project-update project-delete project-tags'),
    ('teams', 'none', ''),
    ('teams', 'read', 'project-teams-read'),
    ('teams', 'manage', 'project-teams-read project-teams'),
    ('variable-sets', 'none', ''),
    ('variable-sets', 'read', 'project-varsets-read'),
    ('variable-sets', 'write', 'project-varsets-read project-varsets'),
    ('create', 'true', 'project-create-workspace read org-create-workspace'),
    ('delete', 'true', 'delete'),
    ('move', 'true', 'move'),

    ('organization', 'read-workspaces', 'read vars-read state-outputs state-read org-varsets-read org-explorer'),
    ('organization', 'read-projects', 'read vars-read state-outputs state-read project-read project-varsets-read org-varsets-read org-explorer'),
    ('organization', 'manage-workspaces', 'read run-plan run-apply vars-read vars-write state-outputs state-read state-write mocks-read lock tasks delete admin plan-json consumers-replace project-varsets-read org-manage-workspaces org-create-workspace org-varsets org-varsets-read org-tasks-read org-tags org-explorer org-ssh-keys-read org-agent-pools-read'),
    ('organization', 'manage-projects', 'read run-plan run-apply vars-read vars-write state-outputs state-read state-write mocks-read lock tasks delete admin plan-json move consumers-replace project-read project-update project-delete project-teams-read project-teams project-varsets-read project-varsets project-create-workspace project-tags org-create-project org-manage-workspaces org-create-workspace org-varsets org-varsets-read org-tasks-read org-tags org-explorer org-ssh-keys-read org-agent-pools-read'),
    ('organization', 'manage-policies', 'read org-policies'),
    ('organization', 'manage-policy-overrides', 'read policy-override'),
    ('organization', 'delegate-policy-overrides', 'policy-delegate'),
    ('organization', 'manage-run-tasks', 'org-tasks org-tasks-read'),
    ('organization', 'manage-vcs-settings', 'org-vcs org-ssh-keys org-ssh-keys-read'),
    ('organization', 'manage-agent-pools', 'read org-agent-pools org-agent-pools-read'),
    ('organization', 'manage-providers', 'org-providers'),
    ('organization', 'manage-modules', 'org-modules'),
    ('organization', 'manage-membership', 'org-membership'),
    ('organization', 'manage-teams', 'org-membership org-teams'),
    ('organization', 'manage-organization-access', 'org-membership org-teams org-team-access'),
    ('organization', 'access-secret-teams', 'org-secret-teams'),

    -- 12.5 and 12.7: the organization token is a role of its own, independent of teams.
    ('token', 'organization', 'read vars-read vars-write state-outputs state-read lock tasks delete admin move consumers-replace project-read project-update project-delete project-teams-read project-teams project-varsets-read project-varsets project-create-workspace project-tags org-read org-team-member org-token org-audit org-create-project org-manage-workspaces org-create-workspace org-varsets org-varsets-read org-policies org-tasks org-tasks-read org-vcs org-agent-pools org-agent-pools-read org-tags org-reserved-tags org-explorer org-membership org-teams org-team-access org-secret-teams'),
    ('token', 'audit-trails', 'org-audit'),
    -- A run's token: what it finds in the organization; in its own workspace; where a state is shared.
    ('token', 'run', 'org-read'),
    -- A run task's token: the routes that take it look at the run as well.
    ('token', 'task', ''),
    ('run', 'task', 'read plan-json'),
    ('run', 'own-workspace', 'read state-outputs state-read state-write vars-read'),
    ('run', 'shared-state', 'read state-outputs state-read'),
    ('member', 'member', 'org-read'),
    ('member', 'team', 'org-read org-team-member')
$$;

DELETE FROM permission_grants;
INSERT INTO permission_grants (kind, name, mask)
    SELECT kind, name, permission_bits(bits) FROM grant_table();

-- The masks that no grant decides, as constants: every statement of the API needs them, and the
-- planner puts them in place of the calls.
DO $$
DECLARE
    cases text;
BEGIN
    SELECT string_agg(format('WHEN %L THEN %s::bigint', name, mask), ' ') INTO cases FROM permission_grants WHERE kind = 'token';
    EXECUTE format('CREATE OR REPLACE FUNCTION token_mask(kind text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
                   format('SELECT CASE kind %s END', cases));
    EXECUTE format('CREATE OR REPLACE FUNCTION member_mask() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
                   (SELECT format('SELECT %s::bigint', mask) FROM permission_grants WHERE kind = 'member' AND name = 'member'));
    EXECUTE format('CREATE OR REPLACE FUNCTION run_mask() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
                   (SELECT format('SELECT %s::bigint', mask) FROM permission_grants WHERE kind = 'run' AND name = 'own-workspace'));
    EXECUTE format('CREATE OR REPLACE FUNCTION task_mask() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
                   (SELECT format('SELECT %s::bigint', mask) FROM permission_grants WHERE kind = 'run' AND name = 'task'));
    EXECUTE format('CREATE OR REPLACE FUNCTION shared_state_mask() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
                   (SELECT format('SELECT %s::bigint', mask) FROM permission_grants WHERE kind = 'run' AND name = 'shared-state'));
END $$;

CREATE OR REPLACE FUNCTION grant_bits(of_kind text, of_name text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT mask FROM permission_grants WHERE kind = of_kind AND name = of_name), 0)
$$;

-- Everything but the audit trail, which only organization tokens read (O5), and the bits that are of
-- single teams.
CREATE OR REPLACE FUNCTION owners_mask() RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT ((1::bigint << cardinality(permission_names())) - 1)
         & ~permission_bits('org-audit team-read team-members team-update team-access team-tokens')
$$;

CREATE OR REPLACE FUNCTION team_mask(access jsonb, is_owners boolean) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN is_owners THEN owners_mask()
        ELSE grant_bits('member', 'team') | coalesce((
            SELECT bit_or(grant_bits('organization', key)) FROM jsonb_each(access)
            WHERE value = 'true'), 0)
        END
$$;

-- The flags that exist, by their values in given; anything else is dropped.
CREATE OR REPLACE FUNCTION organization_access_known(given jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(g.name, given -> g.name), '{}') FROM permission_grants g
    WHERE g.kind = 'organization' AND given -> g.name IN ('true', 'false')
$$;

-- All flags, as the API shows them: who manages also reads (today-access.md section 6), owners do all.
CREATE OR REPLACE FUNCTION organization_access_shown(stored jsonb, is_owners boolean) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(g.name, is_owners OR coalesce(stored -> g.name = 'true', false)
        OR (g.name = 'read-workspaces' AND stored @> '{"manage-workspaces": true}')
        OR (g.name = 'read-projects' AND stored @> '{"manage-projects": true}'))
    FROM permission_grants g WHERE g.kind = 'organization'
$$;

CREATE OR REPLACE FUNCTION team_delegates(team text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM teams WHERE id = team AND organization_access @> '{"delegate-policy-overrides": true}')
$$;

CREATE OR REPLACE FUNCTION team_workspace_mask(t team_workspaces) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT grant_bits('workspace-level', t.access)
         | grant_bits('runs', t.runs) | grant_bits('variables', t.variables)
         | grant_bits('state-versions', t.state_versions)
         | grant_bits('sentinel-mocks', t.sentinel_mocks)
         | grant_bits('locking', t.workspace_locking::text)
         | grant_bits('run-tasks', t.run_tasks::text)
         | CASE WHEN t.policy_overrides AND team_delegates(t.team_id)
                THEN grant_bits('policy-overrides', 'true') ELSE 0 END
$$;

CREATE OR REPLACE FUNCTION team_project_mask(t team_projects) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT grant_bits('project-level', t.access)
         | (SELECT coalesce(bit_or(grant_bits(key, value)), 0)
            FROM jsonb_each_text(t.project_access || t.workspace_access) WHERE key <> 'policy-overrides')
         | CASE WHEN t.workspace_access ->> 'policy-overrides' = 'true' AND team_delegates(t.team_id)
                THEN grant_bits('policy-overrides', 'true') ELSE 0 END
$$;

-- A grant keeps what it shows: a fixed level's values, or a custom one's with defaults.
CREATE OR REPLACE FUNCTION set_mask() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    level record;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'teams' THEN NEW.mask := team_mask(NEW.organization_access, NEW.is_owners);
        WHEN 'team_workspaces' THEN
            SELECT * INTO level FROM workspace_levels() l WHERE l.level = NEW.access;
            IF FOUND THEN
                NEW.runs := level.runs;
                NEW.variables := level.variables;
                NEW.state_versions := level.state_versions;
                NEW.sentinel_mocks := level.sentinel_mocks;
                NEW.workspace_locking := level.workspace_locking;
                NEW.run_tasks := level.run_tasks;
                NEW.policy_overrides := false;
            ELSE
                NEW.runs := coalesce(NEW.runs, 'read');
                NEW.variables := coalesce(NEW.variables, 'none');
                NEW.state_versions := coalesce(NEW.state_versions, 'none');
                NEW.sentinel_mocks := coalesce(NEW.sentinel_mocks, 'none');
                NEW.workspace_locking := coalesce(NEW.workspace_locking, false);
                NEW.run_tasks := coalesce(NEW.run_tasks, false);
                NEW.policy_overrides := coalesce(NEW.policy_overrides, false);
            END IF;
            NEW.mask := team_workspace_mask(NEW);
        WHEN 'team_projects' THEN
            SELECT * INTO STRICT level FROM project_levels() l WHERE l.level = NEW.access;
            IF NEW.access = 'custom' THEN
                NEW.project_access := level.project_access || jsonb_strip_nulls(coalesce(NEW.project_access, '{}'));
                NEW.workspace_access := level.workspace_access || jsonb_strip_nulls(coalesce(NEW.workspace_access, '{}'));
            ELSE
                NEW.project_access := level.project_access;
                NEW.workspace_access := level.workspace_access;
            END IF;
            NEW.mask := team_project_mask(NEW);
    END CASE;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER teams_mask BEFORE INSERT OR UPDATE ON teams
    FOR EACH ROW EXECUTE FUNCTION set_mask();
CREATE OR REPLACE TRIGGER team_workspaces_mask BEFORE INSERT OR UPDATE ON team_workspaces
    FOR EACH ROW EXECUTE FUNCTION set_mask();
CREATE OR REPLACE TRIGGER team_projects_mask BEFORE INSERT OR UPDATE ON team_projects
    FOR EACH ROW EXECUTE FUNCTION set_mask();

-- The delegation of policy overrides reaches grants that were made before it.
CREATE OR REPLACE FUNCTION refresh_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE team_workspaces SET mask = 0 WHERE team_id = NEW.id AND policy_overrides;
    UPDATE team_projects SET mask = 0
        WHERE team_id = NEW.id AND workspace_access ->> 'policy-overrides' = 'true';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER teams_delegation AFTER UPDATE OF organization_access ON teams
    FOR EACH ROW WHEN (OLD.organization_access -> 'delegate-policy-overrides'
                       IS DISTINCT FROM NEW.organization_access -> 'delegate-policy-overrides')
    EXECUTE FUNCTION refresh_delegation();

-- A change of the tables above reaches the grants that exist.
UPDATE teams SET mask = 0 WHERE mask IS DISTINCT FROM team_mask(organization_access, is_owners);
UPDATE team_workspaces t SET mask = 0 WHERE mask IS DISTINCT FROM team_workspace_mask(t);
UPDATE team_projects t SET mask = 0 WHERE mask IS DISTINCT FROM team_project_mask(t);
