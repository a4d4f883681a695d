/* Hashes in hex. MD5 is here because Terraform's protocol sends it beside each state; nothing
 * trusts it. Streams are hashed by libcrypto, which uses the processor's own instructions for
 * SHA-256 where there are some and is five times as fast as libsodium then. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "base/log.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>

#define MD5_BYTES 16
#define SHA1_BYTES 20

struct crypto_digest {
    EVP_MD_CTX *sha256;
    EVP_MD_CTX *md5;
    const void *bytes; /* what the thread hashes, while there is one */
    size_t len;
    bool has_thread;
    pthread_t thread;
};

static void need(int good)
{
    if (!good) {
        log_error("libcrypto has no SHA-256, no SHA-1 or no MD5");
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

void crypto_sha1_hex(const void *bytes, size_t len, char out[CRYPTO_SHA1_HEX])
{
    unsigned char hash[SHA1_BYTES];
    need(EVP_Digest(bytes, len, hash, NULL, EVP_sha1(), NULL));
    sodium_bin2hex(out, CRYPTO_SHA1_HEX, hash, sizeof(hash));
}

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static EVP_MD_CTX *new_context(struct arena *arena, const EVP_MD *algorithm)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    need(context != NULL);
    arena_defer(arena, free_context, context);
    need(EVP_DigestInit_ex(context, algorithm, NULL));
    return context;
}

static void join(void *object)
{
    struct crypto_digest *digest = object;

    if (digest->has_thread)
        pthread_join(digest->thread, NULL);
    digest->has_thread = false;
}

struct crypto_digest *crypto_digest_new(struct arena *arena)
{
    struct crypto_digest *digest = arena_alloc(arena, sizeof(*digest));

    digest->sha256 = new_context(arena, EVP_sha256());
    digest->md5 = new_context(arena, EVP_md5());
    arena_defer(arena, join, digest);
    return digest;
}

static void update(struct crypto_digest *digest, const void *bytes, size_t len)
{
    need(EVP_DigestUpdate(digest->sha256, bytes, len));
    need(EVP_DigestUpdate(digest->md5, bytes, len));
}

static void *run_thread(void *object)
{
    struct crypto_digest *digest = object;

    update(digest, digest->bytes, digest->len);
    return NULL;
}

void crypto_digest_add(struct crypto_digest *digest, const void *bytes, size_t len)
{
    join(digest);
    update(digest, bytes, len);
}

void crypto_digest_fork(struct crypto_digest *digest, const void *bytes, size_t len)
{
    sigset_t all, before;

    join(digest);
    digest->bytes = bytes;
    digest->len = len;
    /* Signals are for the thread that serves: it may be waiting for one. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    digest->has_thread = pthread_create(&digest->thread, NULL, run_thread, digest) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!digest->has_thread)
        update(digest, bytes, len);
}

void crypto_digest_end(struct crypto_digest *digest, char sha256[CRYPTO_SHA256_HEX],
                       char md5[CRYPTO_MD5_HEX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    join(digest);
    need(EVP_DigestFinal_ex(digest->sha256, hash, NULL));
    sodium_bin2hex(sha256, CRYPTO_SHA256_HEX, hash, sizeof(hash));
    need(EVP_DigestFinal_ex(digest->md5, hash, NULL));
    sodium_bin2hex(md5, CRYPTO_MD5_HEX, hash, MD5_BYTES);
}
