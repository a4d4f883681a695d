/* What a runner prints, in sealed pieces as they come. Offsets count its bytes alone: STX and ETX
 * are the reader's business. */
#ifndef TERRACE_RUN_RUN_LOG_H
#define TERRACE_RUN_RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/db.h"

struct keyring;

/* Appends at offset, in the caller's transaction. What the log has already is skipped, so a piece
 * may come twice; after a gap nothing is added. *end is where the log ends then. */
enum db_status run_log_append(struct db *db, struct arena *arena, const struct keyring *keyring,
                              const char *phase_id, int64_t offset, const char *bytes, size_t len,
                              int64_t *end) __attribute__((warn_unused_result));

/* Adds the bytes from (inclusive) to (exclusive) to out. DB_FAILED when a piece does not open. */
enum db_status run_log_read(struct db *db, struct arena *arena, const struct keyring *keyring,
                            const char *phase_id, int64_t from, int64_t to, struct buf *out)
    __attribute__((warn_unused_result));

#endif
