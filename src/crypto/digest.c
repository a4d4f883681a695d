/* Hashes in hex. MD5 is here because Terraform's protocol sends it beside each state; nothing
 * trusts it. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "base/log.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

#define MD5_BYTES 16

struct crypto_digest {
    crypto_hash_sha256_state sha256;
    EVP_MD_CTX *md5;
};

static void need(int good)
{
    if (!good) {
        log_error("libcrypto has no MD5");
        abort();
    }
}

void crypto_sha256_hex(const void *bytes, size_t len, char out[CRYPTO_SHA256_HEX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, bytes, len);
    sodium_bin2hex(out, CRYPTO_SHA256_HEX, hash, sizeof(hash));
}

void crypto_md5_hex(const void *bytes, size_t len, char out[CRYPTO_MD5_HEX])
{
    unsigned char hash[MD5_BYTES];
    need(EVP_Digest(bytes, len, hash, NULL, EVP_md5(), NULL));
    sodium_bin2hex(out, CRYPTO_MD5_HEX, hash, sizeof(hash));
}

static void free_md5(void *context)
{
    EVP_MD_CTX_free(context);
}

struct crypto_digest *crypto_digest_new(struct arena *arena)
{
    struct crypto_digest *digest = arena_alloc(arena, sizeof(*digest));
    crypto_hash_sha256_init(&digest->sha256);
    digest->md5 = EVP_MD_CTX_new();
    need(digest->md5 != NULL);
    arena_defer(arena, free_md5, digest->md5);
    need(EVP_DigestInit_ex(digest->md5, EVP_md5(), NULL));
    return digest;
}

void crypto_digest_add(struct crypto_digest *digest, const void *bytes, size_t len)
{
    crypto_hash_sha256_update(&digest->sha256, bytes, len);
    need(EVP_DigestUpdate(digest->md5, bytes, len));
}

void crypto_digest_end(struct crypto_digest *digest, char sha256[CRYPTO_SHA256_HEX],
                       char md5[CRYPTO_MD5_HEX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&digest->sha256, hash);
    sodium_bin2hex(sha256, CRYPTO_SHA256_HEX, hash, sizeof(hash));
    need(EVP_DigestFinal_ex(digest->md5, hash, NULL));
    sodium_bin2hex(md5, CRYPTO_MD5_HEX, hash, MD5_BYTES);
}
