/* Random identifiers and secrets. Identifiers are made from a pool that getrandom(2) fills for many
 * at once and that a forked process forgets, so that it can't repeat its parent's. Secrets come
 * straight from getrandom(2). */
#include "base/ids.h"

#include "base/arena.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void random_bytes(unsigned char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t got = getrandom(bytes, len, 0);
        if (got < 0 && errno != EINTR) {
            log_error("no randomness errno=%d", errno);
            abort();
        }
        if (got > 0) {
            bytes += got;
            len -= (size_t)got;
        }
    }
}

static unsigned char pool[256];
static size_t pool_left;

static void forget_pool(void)
{
    pool_left = 0;
}

static unsigned char pool_byte(void)
{
    static bool watched;

    if (pool_left == 0) {
        if (!watched && pthread_atfork(NULL, NULL, forget_pool) != 0) {
            log_error("out of memory");
            abort();
        }
        watched = true;
        random_bytes(pool, sizeof(pool));
        pool_left = sizeof(pool);
    }
    return pool[--pool_left];
}

/* Bytes past the largest multiple of the alphabet's size are thrown away: taking them modulo the
 * size would prefer its first characters. */
static unsigned usable(size_t size)
{
    return (unsigned)(256 - 256 % size);
}

static void random_text(char *out, size_t len, const char *alphabet, size_t size)
{
    unsigned char bytes[64];
    size_t done = 0;
    while (done < len) {
        /* A quarter more than needed usually saves the second system call. */
        size_t want = (len - done) + (len - done) / 4 + 2;
        if (want > sizeof(bytes))
            want = sizeof(bytes);
        random_bytes(bytes, want);
        for (size_t i = 0; i < want && done < len; i++)
            if (bytes[i] < usable(size))
                out[done++] = alphabet[bytes[i] % size];
    }
    explicit_bzero(bytes, sizeof(bytes));
    out[len] = '\0';
}

char *ids_new(struct arena *arena, const char *prefix)
{
    size_t prefix_len = strlen(prefix);
    char *id = arena_alloc(arena, prefix_len + IDS_TAIL + 1);
    memcpy(id, prefix, prefix_len);
    for (size_t i = 0; i < IDS_TAIL;) {
        unsigned char byte = pool_byte();
        if (byte < usable(sizeof(base58) - 1))
            id[prefix_len + i++] = base58[byte % (sizeof(base58) - 1)];
    }
    return id;
}

void ids_secret(char *out, size_t len)
{
    random_text(out, len, base62, sizeof(base62) - 1);
}
