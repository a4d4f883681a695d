/* Reads a blob chunk by chunk. Each chunk is a statement of its own, whose result is dropped before
 * the next one: memory does not grow with the blob. */
#include "blob/blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "blob/chunk.h"

struct blob_reader {
    struct db *db;
    struct arena *chunk_arena; /* holds the current chunk's result and buffers */
    const struct keyring *keyring;
    struct blob_info info;
    int chunk_count;
    int seq; /* of the next chunk */
    int64_t read;
    struct rows *rows; /* the next chunk, when it has been fetched already */
    unsigned ahead;    /* ticket of its statement, when that is under way */
    /* How asking for it ahead failed in a transaction, which then takes no other statement. */
    enum db_status ahead_status;
    enum db_status status;
    char error[160];
};

static void close_reader(void *object)
{
    blob_reader_close(object);
}

void blob_reader_close(struct blob_reader *reader)
{
    if (reader->chunk_arena != NULL)
        arena_free(reader->chunk_arena);
    reader->chunk_arena = NULL;
    reader->rows = NULL;
    if (reader->status == DB_OK)
        reader->status = DB_FAILED;
}

const struct blob_info *blob_reader_info(const struct blob_reader *reader)
{
    return &reader->info;
}

const char *blob_reader_error(const struct blob_reader *reader)
{
    return reader->error[0] == '\0' ? NULL : reader->error;
}

enum db_status blob_reader_open(struct db *db, struct arena *arena, const struct keyring *keyring,
                                const char *id, struct blob_reader **out)
{
    struct blob_reader *reader = arena_alloc(arena, sizeof(*reader));
    struct db_param param = {.value = id};
    enum db_status status;

    *out = NULL;
    reader->db = db;
    reader->keyring = keyring;
    reader->chunk_arena = arena_new();
    arena_defer(arena, close_reader, reader);
    status = db_run_binary(db, reader->chunk_arena, STATEMENT_BLOB_OPEN, &param, 1, &reader->rows);
    if (status != DB_OK)
        return status;
    reader->info.id = arena_strdup(arena, id);
    reader->info.size = rows_int(reader->rows, 0, "size");
    reader->chunk_count = (int)rows_int(reader->rows, 0, "chunk_count");
    snprintf(reader->info.sha256, sizeof(reader->info.sha256), "%s",
             rows_get(reader->rows, 0, "sha256"));
    snprintf(reader->info.md5, sizeof(reader->info.md5), "%s", rows_get(reader->rows, 0, "md5"));
    *out = reader;
    return DB_OK;
}

static enum db_status fail(struct blob_reader *reader, const char *reason)
{
    snprintf(reader->error, sizeof(reader->error), "chunk %d: %s", reader->seq, reason);
    log_error("blob %s: %s", reader->info.id, reader->error);
    return DB_FAILED;
}

static void chunk_params(const struct blob_reader *reader, struct db_param params[2], char seq[16])
{
    snprintf(seq, 16, "%d", reader->seq);
    params[0] = (struct db_param){.value = reader->info.id};
    params[1] = (struct db_param){.value = seq};
}

static enum db_status fetch(struct blob_reader *reader)
{
    char seq[16];
    struct db_param params[2];
    enum db_status status = DB_RETRY;

    if (reader->rows != NULL)
        return DB_OK;
    if (reader->ahead_status != DB_OK)
        return reader->ahead_status;
    arena_reset(reader->chunk_arena);
    chunk_params(reader, params, seq);
    if (db_ahead_is(reader->db, reader->ahead)) {
        status = db_ahead_take(reader->db, reader->chunk_arena, &reader->rows);
        if (status == DB_RETRY && db_in_transaction(reader->db))
            return status;
    }
    /* Somebody else has used the connection in between, or the plan was out of date. */
    if (status == DB_RETRY)
        status = db_run_binary(reader->db, reader->chunk_arena, STATEMENT_BLOB_CHUNK_GET, params, 2,
                               &reader->rows);
    return status == DB_NO_ROWS ? fail(reader, "it is missing") : status;
}

/* Asks for the next chunk while the caller is busy with this one. */
static void fetch_ahead(struct blob_reader *reader)
{
    char seq[16];
    struct db_param params[2];

    reader->ahead = 0;
    if (reader->seq == reader->chunk_count)
        return;
    chunk_params(reader, params, seq);
    enum db_status status =
        db_ahead(reader->db, STATEMENT_BLOB_CHUNK_GET, params, 2, true, &reader->ahead);
    if (status == DB_OK)
        return;
    reader->ahead = 0; /* outside a transaction fetch() tries again */
    if (db_in_transaction(reader->db))
        reader->ahead_status = status;
}

static enum db_status open_chunk(struct blob_reader *reader, const void **bytes, size_t *len)
{
    int column = rows_column(reader->rows, "data");
    const char *sealed = rows_text(reader->rows, 0, column);
    size_t sealed_len = rows_len(reader->rows, 0, column);
    char context[CHUNK_CONTEXT_SIZE];
    unsigned char *opened;
    unsigned char *plain;
    long opened_len;

    if (sealed == NULL)
        return fail(reader, "it is missing");
    chunk_context(context, reader->info.id, reader->seq);
    opened = arena_alloc(reader->chunk_arena, sealed_len);
    opened_len = crypto_open(reader->keyring, context, sealed, sealed_len, opened);
    if (opened_len < 1)
        return fail(reader, "it does not open: the key is missing, or the bytes were changed");
    if (opened[0] == CHUNK_PLAIN) {
        *bytes = opened + 1;
        *len = (size_t)opened_len - 1;
        return DB_OK;
    }
    plain = arena_alloc(reader->chunk_arena, CHUNK_SIZE);
    *len =
        opened[0] == CHUNK_ZSTD ? chunk_decompress(opened + 1, (size_t)opened_len - 1, plain) : 0;
    if (*len == 0)
        return fail(reader, "it does not decompress");
    *bytes = plain;
    return DB_OK;
}

enum db_status blob_reader_next(struct blob_reader *reader, const void **bytes, size_t *len)
{
    *bytes = NULL;
    *len = 0;
    if (reader->status != DB_OK)
        return reader->status;
    if (reader->seq == reader->chunk_count) {
        if (reader->read != reader->info.size)
            reader->status = fail(reader, "the bytes are fewer or more than the blob's size");
        return reader->status;
    }
    reader->status = fetch(reader);
    if (reader->status == DB_OK)
        reader->status = open_chunk(reader, bytes, len);
    reader->rows = NULL;
    reader->seq++;
    reader->read += (int64_t)*len;
    if (reader->status == DB_OK)
        fetch_ahead(reader);
    return reader->status;
}
