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
