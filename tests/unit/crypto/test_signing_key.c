/* Signing keys: the public half verifies what the private one signs, and tells nothing of it. */
#include "crypto/crypto.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/arena.h"
#include "unit/unit.h"

static EVP_PKEY *read_key(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

TEST(a_key_is_rsa_of_2048_bits_and_its_public_half_is_published)
{
    struct arena *arena = arena_new();
    const char *id, *jwk;
    EVP_PKEY *key = read_key(crypto_signing_key_new(arena, &id, &jwk));
    size_t len;

    CHECK(key != NULL);
    CHECK_INT(EVP_PKEY_get_base_id(key), EVP_PKEY_RSA);
    CHECK_INT(EVP_PKEY_get_bits(key), 2048);
    CHECK_INT(strlen(id), 32);
    CHECK(strstr(jwk, id) != NULL);
    CHECK(strstr(jwk, "\"e\":\"AQAB\"") != NULL);
    const char *n = strstr(jwk, "\"n\":\"");
    CHECK(n != NULL);
    if (n) {
        BIGNUM *modulus = NULL, *published;
        char *text = arena_strndup(arena, n + 5, strcspn(n + 5, "\""));
        for (char *c = text; *c; c++)
            *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
        void *bytes = crypto_base64_decode(arena, text, strlen(text), &len);
        published = BN_bin2bn(bytes, (int)len, NULL);
        CHECK(EVP_PKEY_get_bn_param(key, "n", &modulus) == 1);
        CHECK_INT(BN_cmp(modulus, published), 0);
        BN_free(modulus);
        BN_free(published);
    }
    CHECK(strstr(jwk, "\"d\"") == NULL);
    EVP_PKEY_free(key);
    arena_free(arena);
}

TEST(a_token_is_signed)
{
    struct arena *arena = arena_new();
    const char *id, *jwk;
    const char *text = crypto_signing_key_new(arena, &id, &jwk);
    const char *token = crypto_jwt(arena, text, id, "{\"sub\":\"a\"}");
    EVP_PKEY *key = read_key(text);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len;

    const char *claims = strchr(token, '.');
    const char *signature = claims ? strchr(claims + 1, '.') : NULL;
    CHECK(signature != NULL);
    if (signature) {
        char *padded = arena_strdup(arena, signature + 1);
        for (char *c = padded; *c; c++)
            *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
        const unsigned char *bytes = crypto_base64_decode(arena, padded, strlen(padded), &len);
        CHECK(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1);
        CHECK(EVP_DigestVerify(context, bytes, len, (const unsigned char *)token,
                               (size_t)(signature - token)) == 1);
        CHECK_STR(arena_strndup(arena, claims + 1, (size_t)(signature - claims - 1)),
                  crypto_base64url_encode(arena, "{\"sub\":\"a\"}", 11));
    }
    CHECK_STR(crypto_jwt(arena, "no key", "k", "{}"), NULL);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    arena_free(arena);
}

TEST(no_two_keys_are_the_same)
{
    struct arena *arena = arena_new();
    const char *first, *second, *jwk;

    crypto_signing_key_new(arena, &first, &jwk);
    crypto_signing_key_new(arena, &second, &jwk);
    CHECK(strcmp(first, second) != 0);
    arena_free(arena);
}

UNIT_MAIN
