-- What src/db/migrate.c asks. The lock is taken before schema_migrations is known to exist.

-- name: schema_lock :one
-- Held until the end of the transaction; the number is arbitrary, but must never change.
SELECT pg_advisory_xact_lock(7311260417) IS NULL AS locked;

-- name: schema_exists :one
SELECT to_regclass('schema_migrations') IS NOT NULL AS found;

-- name: schema_migration_list :many
SELECT number, name, checksum FROM schema_migrations ORDER BY number;

-- name: schema_migration_add :exec
INSERT INTO schema_migrations (number, name, checksum) VALUES ($1::integer, $2, $3);

-- name: schema_grant :one
-- Everything a run-time role may do, in the schema that holds the tables (sql/functions/schema.sql).
SELECT schema_grant($1) IS NULL AS granted;
