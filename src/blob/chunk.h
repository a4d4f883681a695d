/* Private to src/blob: what a chunk looks like in its row. */
#ifndef TERRACE_BLOB_CHUNK_H
#define TERRACE_BLOB_CHUNK_H

#include <stddef.h>

#include "crypto/crypto.h"

/* Plain bytes a chunk. Measured with states of 256 MiB: 128 KiB is a quarter slower, 1 MiB gains
 * nothing and doubles the memory. */
#define CHUNK_SIZE ((size_t)512 * 1024)

/* In front of the plain or compressed bytes, inside the seal. */
#define CHUNK_PLAIN 0
#define CHUNK_ZSTD 2

/* Compresses len bytes into room; the compressed length, 0 when they do not fit. */
size_t chunk_compress(const void *bytes, size_t len, void *out, size_t room);
/* The plain length, at most CHUNK_SIZE; 0 when the bytes are damaged. */
size_t chunk_decompress(const void *bytes, size_t len, void *out);

/* "<blob id>/<seq>" */
#define CHUNK_CONTEXT_SIZE 64
void chunk_context(char out[CHUNK_CONTEXT_SIZE], const char *blob_id, int seq);

#endif
