/* Random identifiers and secrets. Randomness comes straight from getrandom(2) and is never cached,
 * so a forked worker can't repeat its parent's identifiers. */
#include "base/ids.h"

#include "base/arena.h"
#include "base/log.h"

#include <errno.h>
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

/* Bytes past the largest multiple of the alphabet's size are thrown away: taking them modulo the
 * size would prefer its first characters. */
static void random_text(char *out, size_t len, const char *alphabet, size_t size)
{
    size_t limit = 256 - 256 % size;
    unsigned char pool[64];
    size_t done = 0;
    while (done < len) {
        /* A quarter more than needed usually saves the second system call. */
        size_t want = (len - done) + (len - done) / 4 + 2;
        if (want > sizeof(pool))
            want = sizeof(pool);
        random_bytes(pool, want);
        for (size_t i = 0; i < want && done < len; i++)
            if (pool[i] < limit)
                out[done++] = alphabet[pool[i] % size];
    }
    explicit_bzero(pool, sizeof(pool));
    out[len] = '\0';
}

char *ids_new(struct arena *arena, const char *prefix)
{
    size_t prefix_len = strlen(prefix);
    char *id = arena_alloc(arena, prefix_len + IDS_TAIL + 1);
    memcpy(id, prefix, prefix_len);
    random_text(id + prefix_len, IDS_TAIL, base58, sizeof(base58) - 1);
    return id;
}

void ids_secret(char *out, size_t len)
{
    random_text(out, len, base62, sizeof(base62) - 1);
}
