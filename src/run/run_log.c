/* Logs of runs: see run_log.h. */
#include "run/run_log.h"

#include "base/arena.h"
#include "base/log.h"
#include "crypto/crypto.h"

/* Of one piece: small enough to be opened for a reader that wants only a part of it. */
#define PIECE ((size_t)64 * 1024)

static const char *number(struct arena *arena, int64_t value)
{
    return arena_printf(arena, "%lld", (long long)value);
}

/* A piece moved to another place does not open. */
static const char *place(struct arena *arena, const char *phase_id, int64_t start)
{
    return arena_printf(arena, "%s/%lld", phase_id, (long long)start);
}

static const char *seal(struct arena *arena, const struct keyring *keyring, const char *context,
                        const char *bytes, size_t len)
{
    char *sealed = arena_alloc(arena, crypto_sealed_size(keyring, len));
    return crypto_base64_encode(arena, sealed, crypto_seal(keyring, context, bytes, len, sealed));
}

enum db_status run_log_append(struct db *db, struct arena *arena, const struct keyring *keyring,
                              const char *phase_id, int64_t offset, const char *bytes, size_t len,
                              int64_t *end)
{
    struct rows *rows = NULL;
    enum db_status status = db_query(db, arena, STATEMENT_RUN_LOG_LOCK, &rows, phase_id);

    if (status != DB_OK)
        return status;
    *end = rows_int(rows, 0, "log_size");
    if (offset > *end || offset + (int64_t)len <= *end)
        return DB_OK;
    bytes += *end - offset;
    len -= (size_t)(*end - offset);
    while (len > 0 && status == DB_OK) {
        size_t size = len < PIECE ? len : PIECE;
        status = db_query(db, arena, STATEMENT_RUN_LOG_APPEND, NULL, phase_id, number(arena, *end),
                          number(arena, (int64_t)size),
                          seal(arena, keyring, place(arena, phase_id, *end), bytes, size));
        *end += (int64_t)size;
        bytes += size;
        len -= size;
    }
    if (status == DB_OK)
        status = db_query(db, arena, STATEMENT_RUN_LOG_GROWN, NULL, phase_id, number(arena, *end));
    return status;
}

static const char *open_piece(struct arena *arena, const struct keyring *keyring,
                              const char *context, const char *text, size_t text_len, int64_t size)
{
    size_t len;
    void *sealed = crypto_base64_decode(arena, text, text_len, &len);
    char *bytes = sealed ? arena_alloc(arena, len) : NULL;

    return bytes && crypto_open(keyring, context, sealed, len, bytes) == (long)size ? bytes : NULL;
}

enum db_status run_log_read(struct db *db, struct arena *arena, const struct keyring *keyring,
                            const char *phase_id, int64_t from, int64_t to, struct buf *out)
{
    struct rows *rows = NULL;

    while (from < to) {
        enum db_status status = db_query(db, arena, STATEMENT_RUN_LOG_READ, &rows, phase_id,
                                         number(arena, from), number(arena, to));
        if (status != DB_OK)
            return status;
        if (rows_count(rows) == 0)
            return DB_OK;
        int sealed = rows_column(rows, "sealed");
        for (size_t i = 0; i < rows_count(rows) && from < to; i++) {
            int64_t start = rows_int(rows, i, "start"), size = rows_int(rows, i, "size");
            const char *bytes =
                open_piece(arena, keyring, place(arena, phase_id, start),
                           rows_text(rows, i, sealed), rows_len(rows, i, sealed), size);
            if (!bytes) {
                log_error("a piece of the log of %s does not open", phase_id);
                return DB_FAILED;
            }
            int64_t stop = start + size < to ? start + size : to;
            buf_add(out, bytes + (from - start), (size_t)(stop - from));
            from = stop;
        }
    }
    return DB_OK;
}
