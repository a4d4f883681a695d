-- Blobs: src/blob/blob.h.

-- name: blob_create :exec
-- The first of several statements; blob_finish has the last word.
INSERT INTO blobs (id, organization_id, key_id) VALUES ($1, $2, $3);

-- name: blob_chunk_create :exec
INSERT INTO blob_chunks (blob_id, seq, data) VALUES ($1, $2::integer, $3::bytea);

-- name: blob_finish :exec
UPDATE blobs SET size = $2::bigint, sha256 = $3, md5 = $4, chunk_count = $5::integer WHERE id = $1;

-- name: blob_create_whole :exec
-- A blob of one chunk.
WITH blob AS (
    INSERT INTO blobs (id, organization_id, key_id, size, sha256, md5, chunk_count)
    VALUES ($1, $2, $3, $4::bigint, $5, $6, 1)
    RETURNING id
)
INSERT INTO blob_chunks (blob_id, seq, data) SELECT id, 0, $7::bytea FROM blob;

-- name: blob_open :one
-- With its first chunk: most blobs have no other. Text casts, for the result is asked for in binary.
SELECT b.size::text AS size, b.sha256, b.md5, b.chunk_count::text AS chunk_count, c.data
FROM blobs b LEFT JOIN blob_chunks c ON c.blob_id = b.id AND c.seq = 0
WHERE b.id = $1;

-- name: blob_chunk_get :one
SELECT data FROM blob_chunks WHERE blob_id = $1 AND seq = $2::integer;

-- name: blob_share :one
-- Until the end of the transaction nobody can delete the blob.
SELECT id FROM blobs WHERE id = $1 FOR KEY SHARE;

-- name: blob_lock :one
SELECT id FROM blobs WHERE id = $1 FOR UPDATE;

-- name: blob_delete_unreferenced :exec
DELETE FROM blobs b
WHERE b.id = $1 AND NOT EXISTS (SELECT FROM blob_references r WHERE r.blob_id = b.id);

-- Looks at the first $1 blobs that may have lost their last reference. OFFSET 0 keeps the question about
-- each of them a question: as a join it would read every reference there is.
-- name: blob_collect :one
WITH due AS (
    SELECT g.blob_id FROM blob_garbage g ORDER BY g.noted_at LIMIT $1::integer FOR UPDATE SKIP LOCKED),
looked AS (
    DELETE FROM blob_garbage g USING due WHERE g.blob_id = due.blob_id RETURNING 1),
removed AS (
    DELETE FROM blobs b USING due
    WHERE b.id = due.blob_id AND NOT EXISTS (SELECT FROM blob_references r WHERE r.blob_id = b.id OFFSET 0)
    RETURNING 1)
SELECT (SELECT count(*) FROM looked) AS looked, (SELECT count(*) FROM removed) AS removed;
