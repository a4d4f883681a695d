/* Base64 (RFC 4648 section 10) and PKCE (RFC 7636 appendix B). */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "unit/unit.h"

static const char *const vectors[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

/* The text is copied to its exact size, so that ASan sees a read past its end. */
static char *decode(struct arena *arena, const char *text, size_t text_len, size_t *len)
{
    char *exact = malloc(text_len);
    memcpy(exact, text, text_len);
    char *bytes = crypto_base64_decode(arena, exact, text_len, len);
    free(exact);
    return bytes;
}

static bool decodes_to(const char *text, const char *expected)
{
    struct arena *arena = arena_new();
    size_t len = 99;
    char *bytes = decode(arena, text, strlen(text), &len);
    bool good = bytes != NULL && len == strlen(expected) && memcmp(bytes, expected, len) == 0;
    arena_free(arena);
    return good;
}

static bool refused(const char *text)
{
    struct arena *arena = arena_new();
    size_t len;
    bool bad = decode(arena, text, strlen(text), &len) == NULL;
    arena_free(arena);
    return bad;
}

TEST(rfc_vectors_both_ways)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const char *plain = vectors[i][0];
        CHECK_STR(crypto_base64_encode(arena, plain, strlen(plain)), vectors[i][1]);
        CHECK(decodes_to(vectors[i][1], plain));
    }
    arena_free(arena);
}

TEST(missing_padding_and_line_breaks_are_accepted)
{
    CHECK(decodes_to("Zg", "f"));
    CHECK(decodes_to("Zm8", "fo"));
    CHECK(decodes_to("Zm9v\r\nYmFy\n", "foobar"));
    CHECK(decodes_to("\nZ\nm\n8\n=\n", "fo"));
    CHECK(decodes_to("\r\n", ""));
}

TEST(everything_else_is_refused)
{
    static const char *const bad[] = {
        "Z",    "Zm9vZ", "Zg=",   "Zg===", "Zm8==", "Zm9v=", "=",    "====",    "Zg==Zg==",
        "Z=g=", "Zm 9v", "Zm9\t", "Zm-_",  "Zm9v!", "Zh==",  "Zm9=", "Zm\x80v",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!refused(bad[i]))
            CHECK_STR(bad[i], "refused");
    struct arena *arena = arena_new();
    size_t len;
    CHECK(decode(arena, "Zg\0=", 4, &len) == NULL);
    arena_free(arena);
}

TEST(every_length_and_byte_survives)
{
    struct arena *arena = arena_new();
    unsigned char bytes[512];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        size_t len;
        char *text = crypto_base64_encode(arena, bytes, n);
        char *back = decode(arena, text, strlen(text), &len);
        CHECK(back != NULL && len == n && memcmp(back, bytes, n) == 0);
    }
    arena_free(arena);
}

TEST(url_form_has_its_own_alphabet_and_no_padding)
{
    struct arena *arena = arena_new();
    CHECK_STR(crypto_base64url_encode(arena, "\xfb\xff\xfe", 3), "-__-");
    CHECK_STR(crypto_base64_encode(arena, "\xfb\xff\xfe", 3), "+//+");
    CHECK_STR(crypto_base64url_encode(arena, "f", 1), "Zg");
    CHECK_STR(crypto_base64url_encode(arena, "", 0), "");
    arena_free(arena);
}

TEST(pkce_example_of_the_rfc)
{
    struct arena *arena = arena_new();
    CHECK_STR(crypto_pkce_challenge(arena, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    arena_free(arena);
}

UNIT_MAIN
