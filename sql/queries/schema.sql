-- The session, and what src/db/migrate.c asks.

-- name: session_begin :one
-- Sent once after connecting. Time zone and date style decide how times are printed; the limits free
-- a row that a lost or stuck worker has locked. Every statement is written so that one plan suits all
-- its parameters: it looks up rows by key and walks indexes, whatever the statistics say of a young
-- database; planning anew (3 ms) or compiling (JIT) would cost more than any of them.
SELECT set_config('TimeZone', 'UTC', false),
       set_config('DateStyle', 'ISO, YMD', false),
       set_config('standard_conforming_strings', 'on', false),
       set_config('client_min_messages', 'warning', false),
       set_config('statement_timeout', '30s', false),
       set_config('idle_in_transaction_session_timeout', '60s', false),
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('jit', 'off', false),
       set_config('enable_seqscan', 'off', false),
       set_config('enable_bitmapscan', 'off', false),
       set_config('enable_hashjoin', 'off', false),
       set_config('enable_mergejoin', 'off', false);

-- name: session_unlimited :one
-- A migration or a verification of everything takes as long as it takes.
SELECT set_config('statement_timeout', '0', false),
       set_config('idle_in_transaction_session_timeout', '0', false);

-- name: schema_lock :one
-- Held until the end of the transaction; the number is arbitrary, but must never change. It is taken
-- before schema_migrations is known to exist.
SELECT pg_advisory_xact_lock(7311260417) IS NULL AS locked;

-- name: schema_exists :one
SELECT to_regclass('schema_migrations') IS NOT NULL AS found;

-- name: schema_migration_list :many
SELECT number, name, checksum FROM schema_migrations ORDER BY number;

-- name: schema_migration_add :exec
INSERT INTO schema_migrations (number, name, checksum) VALUES ($1::integer, $2, $3);

-- name: schema_function_list :many
SELECT name, checksum FROM schema_functions ORDER BY name;

-- name: schema_function_forget :exec
DELETE FROM schema_functions;

-- name: schema_function_add :exec
INSERT INTO schema_functions (name, checksum) VALUES ($1, $2);

-- name: schema_grant :one
-- Everything a run-time role may do, in the schema that holds the tables (sql/functions/900_schema.sql).
SELECT schema_grant($1) IS NULL AS granted;
