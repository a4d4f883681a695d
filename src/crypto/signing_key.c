/* RSA keys whose public half others verify with (JWKS, RFC 7517): made and used here, sealed by the
 * caller. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "base/log.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BITS 2048

static void need(bool good)
{
    if (!good) {
        log_error("libcrypto can't make or use an RSA key");
        abort();
    }
}

/* A number of the public key, in base64url. */
static const char *number(struct arena *arena, const EVP_PKEY *key, const char *name)
{
    BIGNUM *value = NULL;

    need(EVP_PKEY_get_bn_param(key, name, &value) == 1);
    size_t len = (size_t)BN_num_bytes(value);
    unsigned char *bytes = arena_alloc(arena, len + 1);
    BN_bn2bin(value, bytes);
    BN_free(value);
    return crypto_base64url_encode(arena, bytes, len);
}

static char *private_text(struct arena *arena, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes;

    need(bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = arena_strndup(arena, bytes, (size_t)len);
    BIO_free(bio);
    return text;
}

char *crypto_signing_key_new(struct arena *arena, const char **id, const char **jwk)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    char hash[CRYPTO_SHA256_HEX];

    need(key != NULL);
    const char *n = number(arena, key, OSSL_PKEY_PARAM_RSA_N);
    const char *e = number(arena, key, OSSL_PKEY_PARAM_RSA_E);
    char *text = private_text(arena, key);
    EVP_PKEY_free(key);
    crypto_sha256_hex(n, strlen(n), hash);
    *id = arena_strndup(arena, hash, 32);
    *jwk = arena_printf(arena,
                        "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%s\","
                        "\"n\":\"%s\",\"e\":\"%s\"}",
                        *id, n, e);
    return text;
}

static EVP_PKEY *read_key(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    return key;
}

static unsigned char *sign(struct arena *arena, EVP_PKEY *key, const EVP_MD *digest,
                           const char *text, size_t *len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    *len = (size_t)EVP_PKEY_get_size(key);
    unsigned char *signature = arena_alloc(arena, *len);

    need(context && EVP_DigestSignInit(context, NULL, digest, NULL, key) == 1 &&
         EVP_DigestSign(context, signature, len, (const unsigned char *)text, strlen(text)) == 1);
    EVP_MD_CTX_free(context);
    return signature;
}

char *crypto_rsa_sign(struct arena *arena, const char *key, bool sha1, const char *text)
{
    EVP_PKEY *private_key = read_key(key);
    char *signature = NULL;

    if (private_key && EVP_PKEY_is_a(private_key, "RSA")) {
        size_t len;
        unsigned char *bytes =
            sign(arena, private_key, sha1 ? EVP_sha1() : EVP_sha256(), text, &len);
        signature = crypto_base64_encode(arena, bytes, len);
    }
    EVP_PKEY_free(private_key);
    return signature;
}

char *crypto_jwt(struct arena *arena, const char *key, const char *key_id, const char *claims)
{
    EVP_PKEY *private_key = read_key(key);

    if (!private_key)
        return NULL;
    const char *header =
        arena_printf(arena, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", key_id);
    const char *text =
        arena_printf(arena, "%s.%s", crypto_base64url_encode(arena, header, strlen(header)),
                     crypto_base64url_encode(arena, claims, strlen(claims)));
    size_t len;
    unsigned char *signature = sign(arena, private_key, EVP_sha256(), text, &len);
    char *token =
        arena_printf(arena, "%s.%s", text, crypto_base64url_encode(arena, signature, len));
    EVP_PKEY_free(private_key);
    return token;
}
