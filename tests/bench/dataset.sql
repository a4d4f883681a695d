-- The database that is measured: psql variables orgs, small, large, other, versions say how big.
--
-- Organization 1 has :small workspaces, organization 2 has :large, the others :other each. Every
-- workspace is granted to three teams of its organization; a user reaches it through one or two of
-- them. bench_* tables tell the driver what it may ask for; the server never looks at them.
-- Runs as a superuser without triggers: what triggers would fill is written out here.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET work_mem = '256MB';

CREATE FUNCTION pg_temp.short_id(prefix text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT prefix || '-' || substr(md5(prefix || n::text), 1, 16) $$;
CREATE FUNCTION pg_temp.secret(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT lpad(n::text, 14, 'b') || '.atlasv1.' || rpad(md5(n::text) || md5('x' || n::text), 67, 'z') $$;

CREATE TABLE bench_orgs AS
    SELECT o, pg_temp.short_id('org', o) AS id, 'bench-' || lpad(o::text, 3, '0') AS name,
           CASE o WHEN 1 THEN :small WHEN 2 THEN :large ELSE :other END AS size
    FROM generate_series(1, :orgs) o;
INSERT INTO organizations (id, name, email, default_project_id)
    SELECT id, name, name || '@example.com', pg_temp.short_id('prj', o * 100) FROM bench_orgs;

-- Project 0 is the default one.
INSERT INTO projects (id, organization_id, name, is_default)
    SELECT pg_temp.short_id('prj', o * 100 + n), id, CASE n WHEN 0 THEN 'Default Project' ELSE 'project ' || n END, n = 0
    FROM bench_orgs, generate_series(0, 9) n;

-- Team 0 is owners; 1 to 3 have grants.
INSERT INTO teams (id, organization_id, name, is_owners, mask)
    SELECT pg_temp.short_id('team', o * 10 + n), id, CASE n WHEN 0 THEN 'owners' ELSE 'team-' || n END, n = 0,
           team_mask('{}', n = 0)
    FROM bench_orgs, generate_series(0, 3) n;

-- 97 users an organization, of whom the last is an owner; user k is in team 1 + k % 3, each fifth
-- also in the next one.
CREATE TABLE bench_users AS
    SELECT o * 1000 + k AS n, o, k, pg_temp.short_id('user', o * 1000 + k) AS id FROM bench_orgs, generate_series(1, 97) k;
INSERT INTO users (id, username, email)
    SELECT id, 'bench-' || n, 'bench-' || n || '@example.com' FROM bench_users;
INSERT INTO organization_memberships (id, organization_id, user_id, email)
    SELECT pg_temp.short_id('ou', n), pg_temp.short_id('org', o), id, 'bench-' || n || '@example.com' FROM bench_users;
INSERT INTO team_members (team_id, organization_id, membership_id, user_id)
    SELECT pg_temp.short_id('team', o * 10 + CASE WHEN k = 97 THEN 0 ELSE 1 + k % 3 END), pg_temp.short_id('org', o),
           pg_temp.short_id('ou', n), id FROM bench_users
    UNION ALL
    SELECT pg_temp.short_id('team', o * 10 + 1 + (k + 1) % 3), pg_temp.short_id('org', o),
           pg_temp.short_id('ou', n), id FROM bench_users WHERE k % 5 = 0;

CREATE TABLE bench_tokens AS
    SELECT n, o, k, pg_temp.secret(n) AS secret, encode(sha256(pg_temp.secret(n)::bytea), 'hex') AS hash
    FROM (SELECT n, o, k FROM bench_users
          UNION ALL SELECT 900000 + o * 10 + k, o, -k FROM bench_orgs, generate_series(1, 3) k) t;
-- k > 0 is a user's, -1 and -2 are those of teams 1 and 2, -3 the organization's.
INSERT INTO tokens (id, kind, secret_hash, user_id, team_id, organization_id, last_used_at)
    SELECT pg_temp.short_id('at', n), CASE WHEN k > 0 THEN 'user' WHEN k = -3 THEN 'organization' ELSE 'team' END, hash,
           CASE WHEN k > 0 THEN pg_temp.short_id('user', n) END,
           CASE WHEN k IN (-1, -2) THEN pg_temp.short_id('team', o * 10 - k) END,
           CASE WHEN k = -3 THEN pg_temp.short_id('org', o) END, now() - interval '1 day'
    FROM bench_tokens;

CREATE TABLE bench_workspaces AS
    SELECT row_number() OVER (ORDER BY o, i) AS n, o, i FROM bench_orgs, LATERAL generate_series(1, size) i;
ALTER TABLE bench_workspaces ADD id text, ADD PRIMARY KEY (n);
UPDATE bench_workspaces SET id = pg_temp.short_id('ws', n);
INSERT INTO workspaces (id, organization_id, project_id, name, description, created_at, updated_at, latest_change_at,
        terraform_version, working_directory, auto_apply, vcs_repo, tag_names, var_ids)
    SELECT id, pg_temp.short_id('org', o), pg_temp.short_id('prj', o * 100 + i % 10), 'workspace-' || lpad(i::text, 5, '0'),
           'Network and clusters of region ' || i % 17, t, t, t, '1.9.' || i % 8,
           CASE WHEN i % 3 = 0 THEN 'environments/production' END, i % 2 = 0,
           CASE WHEN i % 4 = 0 THEN jsonb_build_object('identifier', 'example/repository-' || i, 'branch', 'main',
               'ingress-submodules', false, 'display-identifier', 'example/repository-' || i) END,
           ARRAY['tag-' || i % 20, 'tag-' || (i + 7) % 20],
           ARRAY[pg_temp.short_id('var', n * 10 + 1), pg_temp.short_id('var', n * 10 + 2)]
    FROM bench_workspaces, LATERAL (SELECT timestamptz '2024-01-01' + n * interval '5 minutes' AS t) t
    ORDER BY md5(id); -- not in the order of any index
INSERT INTO team_workspaces (id, organization_id, team_id, workspace_id, access, runs, variables, state_versions,
        sentinel_mocks, workspace_locking, run_tasks, mask)
    SELECT pg_temp.short_id('tws', n * 10 + t), pg_temp.short_id('org', o), pg_temp.short_id('team', o * 10 + t), bench_workspaces.id, a.access,
           a.runs, a.variables, a.state_versions, a.sentinel_mocks, a.workspace_locking, a.run_tasks, a.mask
    FROM bench_workspaces, (SELECT v.t, g.access, g.runs, g.variables, g.state_versions, g.sentinel_mocks,
                                   g.workspace_locking, g.run_tasks, team_workspace_mask(g) AS mask
                            FROM (VALUES (1, 'read'), (2, 'write'), (3, 'plan')) v(t, level) JOIN workspace_levels() l USING (level),
                            LATERAL jsonb_populate_record(NULL::team_workspaces, to_jsonb(l) || jsonb_build_object('access', level)) g) a
    ORDER BY md5(bench_workspaces.id || t);
INSERT INTO team_grant_counts (team_id, mask, organization_id, workspaces)
    SELECT team_id, mask, organization_id, count(*) FROM team_workspaces GROUP BY 1, 2, 3;
INSERT INTO project_workspace_counts (project_id, organization_id, workspaces)
    SELECT project_id, organization_id, count(*) FROM workspaces GROUP BY 1, 2;

INSERT INTO tags (id, organization_id, name)
    SELECT pg_temp.short_id('tag', o * 100 + n), id, 'tag-' || n FROM bench_orgs, generate_series(0, 19) n;
INSERT INTO workspace_tags (workspace_id, tag_id)
    SELECT id, pg_temp.short_id('tag', o * 100 + (i + t * 7) % 20) FROM bench_workspaces, generate_series(0, 1) t;
INSERT INTO tag_bindings (id, organization_id, workspace_id, key, value)
    SELECT pg_temp.short_id('tb', n), pg_temp.short_id('org', o), id, 'environment', 'stage-' || i % 5 FROM bench_workspaces WHERE i % 2 = 0;
INSERT INTO vars (id, organization_id, workspace_id, key, value, category, version_id)
    SELECT pg_temp.short_id('var', n * 10 + v), pg_temp.short_id('org', o), id, 'variable_' || v, 'value ' || n, 'terraform', md5(n::text)
    FROM bench_workspaces, generate_series(1, 2) v;

-- :versions states on each workspace of organization 1. Their bytes can't be opened: nobody asks.
CREATE TABLE bench_states AS
    SELECT w.n * 1000 + v AS n, w.n AS workspace, w.id AS workspace_id, v FROM bench_workspaces w, generate_series(1, :versions) v WHERE w.o = 1;
INSERT INTO blobs (id, organization_id, size, sha256, md5, key_id, chunk_count, created_at)
    SELECT pg_temp.short_id('blob', n), pg_temp.short_id('org', 1), 1024, encode(sha256(n::text::bytea), 'hex'), md5(n::text), 'bench', 1,
           now() - interval '1 year' FROM bench_states;
INSERT INTO blob_chunks (blob_id, seq, data)
    SELECT pg_temp.short_id('blob', n), 0, decode(repeat(md5(n::text), 32), 'hex') FROM bench_states;
INSERT INTO state_versions (id, organization_id, workspace_id, position, serial, lineage, md5, sha256, size, status,
        blob_id, terraform_version, state_version, resources_processed, modules, providers, resources, created_by, created_at)
    SELECT pg_temp.short_id('sv', n), pg_temp.short_id('org', 1), workspace_id, v, v, md5(workspace_id), md5(n::text),
           encode(sha256(n::text::bytea), 'hex'), 1024, 'finalized', pg_temp.short_id('blob', n), '1.9.5', 4, true, '{"root":{"aws-instance":8}}',
           '{"provider[\"registry.terraform.io/hashicorp/aws\"]":{"aws-instance":8}}',
           '[{"name":"web","type":"aws_instance","count":8,"module":"root","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]"}]',
           pg_temp.short_id('user', 1002), now() - interval '1 year' + n * interval '1 second' FROM bench_states;
INSERT INTO state_version_outputs (id, state_version_id, position, name, sensitive, type, detailed_type, value)
    SELECT pg_temp.short_id('wsout', n * 10 + k), pg_temp.short_id('sv', n), k, 'output_' || k, false, 'string', '"string"', '"10.0.0.' || k || '"'
    FROM bench_states, generate_series(0, 3) k;
INSERT INTO workspace_resources (id, workspace_id, address, name, module, provider, provider_type, name_index, seen_in,
        modified_by_state_version_id)
    SELECT pg_temp.short_id('wsr', w.n * 100 + k), w.id, 'aws_instance.web[' || k || ']', 'web', 'root', 'hashicorp/aws', 'aws_instance', k::text,
           pg_temp.short_id('sv', w.n * 1000 + :versions), pg_temp.short_id('sv', w.n * 1000 + :versions)
    FROM bench_workspaces w, generate_series(0, 7) k WHERE w.o = 1;
UPDATE workspaces w SET current_state_version_id = pg_temp.short_id('sv', b.n * 1000 + :versions), state_count = :versions, resource_count = 8,
    output_ids = ARRAY(SELECT pg_temp.short_id('wsout', (b.n * 1000 + :versions) * 10 + k) FROM generate_series(0, 3) k)
    FROM bench_workspaces b WHERE b.id = w.id AND b.o = 1;

-- What is asked for: a token of a team member and a workspace that it sees.
CREATE TABLE bench_pairs AS
    SELECT row_number() OVER () - 1 AS n, t.secret, t.hash, w.id AS workspace
    FROM (SELECT *, (1 + 95 * random())::integer AS k FROM bench_workspaces ORDER BY random() LIMIT 20000) w
    JOIN bench_tokens t ON t.o = w.o AND t.k = w.k;
ALTER TABLE bench_pairs ADD PRIMARY KEY (n);
RESET session_replication_role;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'bench\_%' LOOP
        EXECUTE format('ALTER TABLE %I OWNER TO terrace_owner', name);
        EXECUTE format('GRANT SELECT ON %I TO terrace', name);
    END LOOP;
END $$;
VACUUM ANALYZE;
CHECKPOINT;
