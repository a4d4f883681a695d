/* Bytes of any size: states, configuration slugs, logs, plans. They live in PostgreSQL, in sealed
 * chunks, within the caller's transaction; nobody above knows where.
 *
 * A blob never changes. Its id may stand in any number of rows (a state rollback just repeats it);
 * it lives as long as the view blob_references shows one. */
#ifndef TERRACE_BLOB_BLOB_H
#define TERRACE_BLOB_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "db/db.h"

struct arena;
struct blob_writer;
struct blob_reader;

struct blob_info {
    const char *id;
    int64_t size;
    char sha256[CRYPTO_SHA256_HEX];
    char md5[CRYPTO_MD5_HEX];
};

/* --- Writing: begin, add pieces of any size, finish. Memory is the same for any blob (about 3 MiB)
 * and comes from the arena. After a failure, or to give up, the caller rolls back. --- */
struct blob_writer *blob_writer_begin(struct db *db, struct arena *arena,
                                      const struct keyring *keyring, const char *organization_id)
    __attribute__((returns_nonnull));
/* Once it has failed it fails again, without doing anything. */
enum db_status blob_writer_add(struct blob_writer *writer, const void *bytes, size_t len)
    __attribute__((warn_unused_result));
enum db_status blob_writer_finish(struct blob_writer *writer, struct blob_info *out)
    __attribute__((warn_unused_result));

/* --- Reading: open, then pull chunks until one has len 0. Inside or outside a transaction. A blob
 * that does not open (missing key, touched bytes) is DB_FAILED; so is one that is deleted
 * meanwhile. DB_NO_ROWS from open: there is no such blob. --- */
enum db_status blob_reader_open(struct db *db, struct arena *arena, const struct keyring *keyring,
                                const char *id, struct blob_reader **out)
    __attribute__((warn_unused_result));
const struct blob_info *blob_reader_info(const struct blob_reader *reader);
/* *bytes is valid until the next call. */
enum db_status blob_reader_next(struct blob_reader *reader, const void **bytes, size_t *len)
    __attribute__((warn_unused_result));
/* Why reading failed, for people; NULL when the database says it. */
const char *blob_reader_error(const struct blob_reader *reader);
/* Gives the memory back early; else the arena does. */
void blob_reader_close(struct blob_reader *reader);

/* --- References --- */
/* Before writing a second reference, inside its transaction: nobody deletes the blob until the end
 * of it. DB_NO_ROWS when it is gone. */
enum db_status blob_share(struct db *db, struct arena *arena, const char *id)
    __attribute__((warn_unused_result));
/* After removing a reference, inside the same transaction: deletes the blob if that was the last.
 */
enum db_status blob_release(struct db *db, struct arena *arena, const char *id)
    __attribute__((warn_unused_result));
/* Deletes what cascades have left behind: looks at up to limit blobs, removes *removed of them;
 * *more tells whether there may be others. */
enum db_status blob_collect(struct db *db, struct arena *arena, int limit, size_t *removed,
                            bool *more) __attribute__((warn_unused_result));

#endif
