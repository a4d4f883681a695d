/* Cuts a stream into chunks, compresses and seals each, and writes it into the caller's
 * transaction. A blob of one chunk, which is nearly every state, is one statement. */
#include "blob/blob.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/ids.h"
#include "base/log.h"
#include "blob/chunk.h"

/* A chunk must shrink by an eighth, or it is not worth opening it in two steps. */
#define WORTH_COMPRESSING(len) ((len) - (len) / 8)

/* Of the first buffer. */
#define FIRST_SIZE ((size_t)16 * 1024)

struct blob_writer {
    struct db *db;
    struct arena *arena;
    const struct keyring *keyring;
    struct crypto_digest *digest;
    const char *organization_id;
    enum db_status status;
    struct blob_info info;
    int chunk_count;
    bool created;           /* the row exists, with more chunks to come */
    bool is_noise;          /* a chunk did not shrink: a stream is of one kind */
    size_t len;             /* in plain, flag not counted */
    size_t plain_cap;       /* flag not counted */
    unsigned char *plain;   /* a flag byte and the chunk's bytes */
    unsigned char *other;   /* of the chunk before, which is being hashed */
    size_t sealed_cap;      /* plain bytes that the next two are made for */
    unsigned char *smaller; /* the same, compressed */
    unsigned char *sealed;
};

struct blob_writer *blob_writer_begin(struct db *db, struct arena *arena,
                                      const struct keyring *keyring, const char *organization_id)
{
    struct blob_writer *writer = arena_alloc(arena, sizeof(*writer));

    writer->db = db;
    writer->arena = arena;
    writer->keyring = keyring;
    writer->digest = crypto_digest_new(arena);
    writer->organization_id = arena_strdup(arena, organization_id);
    writer->info.id = ids_new(arena, "blob-");
    return writer;
}

/* Most blobs are much smaller than a chunk: memory that is not touched need not be cleared. */
static void make_room(struct blob_writer *writer, size_t more)
{
    size_t cap = writer->plain_cap == 0 ? FIRST_SIZE : writer->plain_cap;

    if (writer->len + more <= writer->plain_cap)
        return;
    while (cap < writer->len + more)
        cap *= 2;
    if (cap > CHUNK_SIZE)
        cap = CHUNK_SIZE;
    writer->plain = arena_resize(writer->arena, writer->plain,
                                 writer->plain == NULL ? 0 : 1 + writer->plain_cap, 1 + cap);
    writer->plain_cap = cap;
}

static void make_sealed(struct blob_writer *writer)
{
    if (writer->sealed_cap >= writer->len && writer->sealed != NULL)
        return;
    writer->sealed_cap = writer->plain_cap;
    writer->smaller = arena_alloc(writer->arena, 1 + writer->sealed_cap);
    writer->sealed =
        arena_alloc(writer->arena, crypto_sealed_size(writer->keyring, 1 + writer->sealed_cap));
}

static size_t seal_chunk(struct blob_writer *writer)
{
    char context[CHUNK_CONTEXT_SIZE];
    size_t size = 0;

    make_sealed(writer);
    if (!writer->is_noise)
        size = chunk_compress(writer->plain + 1, writer->len, writer->smaller + 1,
                              WORTH_COMPRESSING(writer->len));
    chunk_context(context, writer->info.id, writer->chunk_count);
    writer->is_noise = size == 0;
    if (writer->is_noise) {
        writer->plain[0] = CHUNK_PLAIN;
        return crypto_seal(writer->keyring, context, writer->plain, 1 + writer->len,
                           writer->sealed);
    }
    writer->smaller[0] = CHUNK_ZSTD;
    return crypto_seal(writer->keyring, context, writer->smaller, 1 + size, writer->sealed);
}

static enum db_status create(struct blob_writer *writer)
{
    writer->created = true;
    return db_query(writer->db, writer->arena, STATEMENT_BLOB_CREATE, NULL, writer->info.id,
                    writer->organization_id, keyring_current(writer->keyring));
}

/* The next chunk goes to the other buffer, for this one is still being hashed: that takes as long
 * as all the rest, so a large blob makes use of two processors. */
static void take_other(struct blob_writer *writer)
{
    unsigned char *next = writer->other;

    if (next == NULL)
        next = arena_alloc(writer->arena, 1 + writer->plain_cap);
    writer->other = writer->plain;
    writer->plain = next;
    writer->len = 0;
}

static enum db_status write_chunk(struct blob_writer *writer)
{
    char seq[16];
    struct db_param params[3] = {{.value = writer->info.id}, {.value = seq}, {.binary = true}};
    unsigned ticket;
    enum db_status status = writer->created ? DB_OK : create(writer);

    if (status != DB_OK)
        return status;
    snprintf(seq, sizeof(seq), "%d", writer->chunk_count);
    crypto_digest_fork(writer->digest, writer->plain + 1, writer->len);
    params[2].len = (int)seal_chunk(writer);
    params[2].value = (const char *)writer->sealed;
    /* It is written while the next chunk is received; whoever speaks next hears of a failure. */
    status = db_ahead(writer->db, STATEMENT_BLOB_CHUNK_CREATE, params, 3, false, &ticket);
    writer->chunk_count++;
    take_other(writer);
    return status;
}

enum db_status blob_writer_add(struct blob_writer *writer, const void *bytes, size_t len)
{
    const unsigned char *next = bytes;

    if (!db_in_transaction(writer->db) && writer->status == DB_OK) {
        log_error("blob %s: written outside a transaction", writer->info.id);
        writer->status = DB_FAILED;
    }
    if (writer->status != DB_OK)
        return writer->status;
    writer->info.size += (int64_t)len;
    while (len > 0 && writer->status == DB_OK) {
        size_t part = CHUNK_SIZE - writer->len;

        /* A full chunk waits for the next byte: it could be the only one. */
        if (part == 0) {
            writer->status = write_chunk(writer);
            continue;
        }
        if (part > len)
            part = len;
        make_room(writer, part);
        memcpy(writer->plain + 1 + writer->len, next, part);
        writer->len += part;
        next += part;
        len -= part;
    }
    return writer->status;
}

static enum db_status finish_whole(struct blob_writer *writer, const char *size)
{
    struct db_param params[7] = {{.value = writer->info.id},
                                 {.value = writer->organization_id},
                                 {.value = keyring_current(writer->keyring)},
                                 {.value = size},
                                 {.value = writer->info.sha256},
                                 {.value = writer->info.md5},
                                 {.binary = true}};

    crypto_digest_add(writer->digest, writer->plain + 1, writer->len);
    crypto_digest_end(writer->digest, writer->info.sha256, writer->info.md5);
    params[6].len = (int)seal_chunk(writer);
    params[6].value = (const char *)writer->sealed;
    return db_run(writer->db, writer->arena, STATEMENT_BLOB_CREATE_WHOLE, params, 7, NULL);
}

static enum db_status finish_chunks(struct blob_writer *writer, const char *size)
{
    char count[16];
    enum db_status status = DB_OK;

    if (writer->len > 0)
        status = write_chunk(writer);
    else if (!writer->created)
        status = create(writer);
    if (status != DB_OK)
        return status;
    crypto_digest_end(writer->digest, writer->info.sha256, writer->info.md5);
    snprintf(count, sizeof(count), "%d", writer->chunk_count);
    return db_query(writer->db, writer->arena, STATEMENT_BLOB_FINISH, NULL, writer->info.id, size,
                    writer->info.sha256, writer->info.md5, count);
}

enum db_status blob_writer_finish(struct blob_writer *writer, struct blob_info *out)
{
    char size[24];

    if (writer->status != DB_OK)
        return writer->status;
    snprintf(size, sizeof(size), "%lld", (long long)writer->info.size);
    writer->status = !writer->created && writer->len > 0 ? finish_whole(writer, size)
                                                         : finish_chunks(writer, size);
    *out = writer->info;
    return writer->status;
}
