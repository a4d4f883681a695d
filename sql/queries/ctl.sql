-- What terracectl asks.

-- name: ctl_user_add :one
INSERT INTO users (id, username, email, password_hash, is_site_admin)
VALUES ($1, $2, $3, $4, $5::boolean)
RETURNING id;

-- name: ctl_user_password :one
-- Signs the user out everywhere: a new password is often set because the old one is known.
WITH ended AS (
    DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE lower(username) = lower($1))
)
UPDATE users SET password_hash = $2, updated_at = now() WHERE lower(username) = lower($1)
RETURNING id;

-- name: ctl_organization_add :one
-- With its owners team, default project, and the owner's membership (today-access.md section 5).
WITH owner AS (
    SELECT id, email FROM users WHERE lower(username) = lower($3)
), ids AS (
    SELECT new_id('org-') AS organization_id, new_id('prj-') AS project_id,
           new_id('team-') AS team_id, new_id('ou-') AS membership_id
    FROM owner
), organization AS (
    INSERT INTO organizations (id, name, email, default_project_id)
    SELECT organization_id, $1, $2, project_id FROM ids
    RETURNING id
), project AS (
    INSERT INTO projects (id, organization_id, name, is_default)
    SELECT project_id, organization_id, 'Default Project', true FROM ids
), team AS (
    INSERT INTO teams (id, organization_id, name, is_owners)
    SELECT team_id, organization_id, 'owners', true FROM ids
), membership AS (
    INSERT INTO organization_memberships (id, organization_id, user_id, email, status)
    SELECT membership_id, organization_id, owner.id, owner.email, 'active' FROM ids, owner
), member AS (
    INSERT INTO team_members (team_id, organization_id, membership_id, user_id)
    SELECT team_id, organization_id, membership_id, owner.id FROM ids, owner
)
SELECT id FROM organization;

-- name: ctl_token_add :one
INSERT INTO tokens (id, kind, secret_hash, user_id, description, created_by, expired_at)
SELECT $1, 'user', $2, id, $4, id, $5::timestamptz
FROM users WHERE lower(username) = lower($3)
RETURNING id;

-- name: ctl_server_show :one
-- What `doctor` needs to know about the server and the role.
SELECT 'PostgreSQL ' || current_setting('server_version') AS version,
       current_setting('server_version_num')::integer >= 130000 AS is_supported,
       current_setting('server_encoding') = 'UTF8' AS is_utf8,
       current_setting('fsync') = 'on' AS is_durable,
       extract(epoch FROM clock_timestamp())::numeric(20, 3) AS epoch,
       current_user AS role,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS has_ddl,
       (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT LIKE 'schema\_%'
          AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                   AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
       ) AS forbidden_tables;
