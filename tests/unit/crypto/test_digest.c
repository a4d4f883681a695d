/* Hashes against published values (FIPS 180-4 examples, RFC 1321). */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "unit/unit.h"

#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"

TEST(sha256_of_known_texts)
{
    char hex[CRYPTO_SHA256_HEX];
    crypto_sha256_hex("abc", 3, hex);
    CHECK_STR(hex, SHA_ABC);
    crypto_sha256_hex("", 0, hex);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sha1_of_known_texts)
{
    char hex[CRYPTO_SHA1_HEX];
    crypto_sha1_hex("abc", 3, hex);
    CHECK_STR(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    crypto_sha1_hex("", 0, hex);
    CHECK_STR(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST(md5_of_known_texts)
{
    char hex[CRYPTO_MD5_HEX];
    crypto_md5_hex("abc", 3, hex);
    CHECK_STR(hex, MD5_ABC);
    crypto_md5_hex("", 0, hex);
    CHECK_STR(hex, "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(stream_gives_both_hashes_however_it_is_cut)
{
    struct arena *arena = arena_new();
    for (int cut = 0; cut <= 3; cut++) {
        char sha256[CRYPTO_SHA256_HEX], md5[CRYPTO_MD5_HEX];
        struct crypto_digest *digest = crypto_digest_new(arena);
        crypto_digest_add(digest, "abc", (size_t)cut);
        crypto_digest_add(digest, &"abc"[cut], (size_t)(3 - cut));
        crypto_digest_end(digest, sha256, md5);
        CHECK_STR(sha256, SHA_ABC);
        CHECK_STR(md5, MD5_ABC);
    }
    arena_free(arena);
}

TEST(thread_hashes_what_it_is_given_and_in_order)
{
    struct arena *arena = arena_new();
    struct crypto_digest *digest = crypto_digest_new(arena);
    char sha256[CRYPTO_SHA256_HEX], md5[CRYPTO_MD5_HEX];

    crypto_digest_fork(digest, "a", 1);
    crypto_digest_fork(digest, "b", 1);
    crypto_digest_add(digest, "c", 1);
    crypto_digest_fork(digest, "", 0);
    crypto_digest_end(digest, sha256, md5);
    CHECK_STR(sha256, SHA_ABC);
    CHECK_STR(md5, MD5_ABC);
    arena_free(arena);
}

TEST(stream_that_is_never_ended_leaks_nothing)
{
    struct arena *arena = arena_new();
    size_t len = 4 << 20;
    char *bytes = arena_alloc(arena, len);
    crypto_digest_add(crypto_digest_new(arena), "abc", 3);
    crypto_digest_fork(crypto_digest_new(arena), bytes, len);
    arena_free(arena);
}

UNIT_MAIN
