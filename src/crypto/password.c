/* Passwords: Argon2id. The cost is two passes (OWASP's choice for 19 MiB); memory is the knob that
 * an administrator turns. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "base/log.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PASSES 2

static size_t memory_bytes(long memory_kib)
{
    size_t bytes = memory_kib > 0 ? (size_t)memory_kib * 1024 : 0;
    if (bytes < crypto_pwhash_argon2id_MEMLIMIT_MIN)
        bytes = crypto_pwhash_argon2id_MEMLIMIT_MIN;
    return bytes;
}

static void hash_password(const char *password, long memory_kib,
                          char out[crypto_pwhash_argon2id_STRBYTES])
{
    if (crypto_pwhash_argon2id_str(out, password, strlen(password), PASSES,
                                   memory_bytes(memory_kib)) != 0) {
        log_error("no memory for a password hash kib=%ld", memory_kib);
        abort();
    }
}

char *crypto_password_hash(struct arena *arena, const char *password, long memory_kib)
{
    char hash[crypto_pwhash_argon2id_STRBYTES];
    hash_password(password, memory_kib, hash);
    return arena_strdup(arena, hash);
}

bool crypto_password_verify(const char *hash, const char *password)
{
    /* libsodium declares the argument as an array of this size. */
    char padded[crypto_pwhash_argon2id_STRBYTES] = {0};
    size_t len = strlen(hash);
    if (len >= sizeof(padded))
        return false;
    memcpy(padded, hash, len);
    return crypto_pwhash_argon2id_str_verify(padded, password, strlen(password)) == 0;
}

void crypto_password_waste(long memory_kib, const char *password)
{
    char hash[crypto_pwhash_argon2id_STRBYTES];
    hash_password(password, memory_kib, hash);
    sodium_memzero(hash, sizeof(hash));
}
