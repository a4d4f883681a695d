-- Statements for the tests of src/db, in place of sql/queries.

-- name: text_show :one
SELECT $1::text AS value, $2::text AS other;

-- name: number_list :many
SELECT n AS number, 'row ' || n AS name, n % 2 = 0 AS even, nullif(n, 2) AS gap
FROM generate_series(1, $1::integer) n
ORDER BY n;

-- name: nothing_show :one
SELECT 1 AS one WHERE false;

-- name: two_show :one
SELECT n FROM generate_series(1, 2) n;

-- name: exec_show :exec
SELECT 1;

-- name: division_show :one
SELECT 10 / $1::integer AS result;

-- name: broken_show :one
SELECT * FROM no_such_table;

-- name: bytes_show :one
SELECT $1::bytea AS data;

-- name: bytes_length :one
SELECT length($1::bytea) AS length;

-- name: backend_show :one
SELECT pg_backend_pid() AS pid;

-- name: backend_end :one
SELECT pg_terminate_backend(pg_backend_pid()) AS done;

-- name: sleep_show :one
SELECT pg_sleep($1::float8) IS NULL AS slept;

-- name: setting_show :one
SELECT current_setting($1) AS value;

-- name: item_add :exec
INSERT INTO items (id, name) VALUES ($1, $2);

-- name: item_create :one
INSERT INTO items (id, name) VALUES ($1, $2) RETURNING id;

-- name: item_add_then_end :one
-- A write whose answer gets lost.
WITH added AS (INSERT INTO items (id, name) VALUES ($1, 'lost') RETURNING id)
SELECT pg_terminate_backend(pg_backend_pid()) AS done FROM added;

-- name: item_rename :exec
UPDATE items SET name = $1;

-- name: item_list :many
SELECT * FROM items ORDER BY id;

-- name: item_raise :one
SELECT item_raise($1) AS done;

-- name: item_sort :many
-- sort: name = name, id
-- sort: rank = rank nulls last, id
SELECT id FROM items ORDER BY
/*sort*/ id
LIMIT $1::integer;

-- name: array_show :one
SELECT $1::text[] AS list;

-- name: item_find :one :batch
SELECT i.name, i.id AS found FROM items i WHERE i.id = $1 AND i.name IS DISTINCT FROM $2;
