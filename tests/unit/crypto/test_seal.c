/* Sealing: round trips, and that nothing about a sealed value can be changed. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "unit/crypto/keys.h"
#include "unit/unit.h"

static struct keyring *ring;

TEST(sealed_value_opens_again)
{
    unsigned char text[300], sealed[512], opened[512];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (unsigned char)i;
    for (size_t len = 0; len <= sizeof(text); len += 50) {
        size_t size = crypto_seal(ring, "sv-abc/17", text, len, sealed);
        CHECK_INT(size, crypto_sealed_size(ring, len));
        CHECK_INT(crypto_open(ring, "sv-abc/17", sealed, size, opened), (long)len);
        CHECK(memcmp(opened, text, len) == 0);
    }
}

TEST(another_context_does_not_open_it)
{
    unsigned char sealed[128], opened[128];
    size_t size = crypto_seal(ring, "var-abc", "x", 1, sealed);
    CHECK_INT(crypto_open(ring, "var-abd", sealed, size, opened), -1);
    CHECK_INT(crypto_open(ring, "", sealed, size, opened), -1);
    CHECK_INT(crypto_open(ring, "var-abc ", sealed, size, opened), -1);
}

TEST(every_changed_bit_is_noticed)
{
    unsigned char sealed[128], opened[128];
    size_t size = crypto_seal(ring, "c", "hello", 5, sealed);
    for (size_t bit = 0; bit < size * 8; bit++) {
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        CHECK_INT(crypto_open(ring, "c", sealed, size, opened), -1);
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    CHECK_INT(crypto_open(ring, "c", sealed, size, opened), 5);
}

TEST(every_shortened_value_is_refused)
{
    unsigned char sealed[128], opened[128];
    size_t size = crypto_seal(ring, "c", "hello", 5, sealed);
    for (size_t len = 0; len < size; len++) {
        unsigned char *exact = malloc(len); /* so that ASan sees a read past it */
        memcpy(exact, sealed, len);
        CHECK_INT(crypto_open(ring, "c", exact, len, opened), -1);
        free(exact);
    }
}

TEST(old_key_opens_after_rotation_and_an_unknown_one_does_not)
{
    unsigned char sealed[128], opened[128];
    struct keyring *rotated = keys_load("key-1 " KEY_A "\nkey-2 " KEY_B "\n");
    size_t size = crypto_seal(ring, "c", "hello", 5, sealed);
    CHECK_INT(crypto_open(rotated, "c", sealed, size, opened), 5);
    size = crypto_seal(rotated, "c", "hello", 5, sealed);
    CHECK_INT(crypto_open(ring, "c", sealed, size, opened), -1);
    keyring_free(rotated);
}

TEST(same_id_with_another_key_does_not_open)
{
    unsigned char sealed[128], opened[128];
    struct keyring *other = keys_load("key-1 " KEY_B "\n");
    size_t size = crypto_seal(other, "c", "hello", 5, sealed);
    CHECK_INT(crypto_open(ring, "c", sealed, size, opened), -1);
    keyring_free(other);
}

TEST(same_text_seals_differently)
{
    unsigned char a[128], b[128];
    size_t size = crypto_seal(ring, "c", "hello", 5, a);
    crypto_seal(ring, "c", "hello", 5, b);
    CHECK(memcmp(a, b, size) != 0);
}

TEST(key_id_is_readable_without_the_key)
{
    unsigned char sealed[128];
    char id[32];
    size_t size = crypto_seal(ring, "c", "hello", 5, sealed);
    CHECK(crypto_sealed_key(sealed, size, id));
    CHECK_STR(id, "key-1");
    CHECK_INT(sealed[0], 1);
    CHECK(!crypto_sealed_key("plain text that was never sealed, but is long enough", 52, id));
    CHECK_STR(id, "");
    CHECK(!crypto_sealed_key("", 0, id));
    CHECK(!crypto_sealed_key("\1\5key-1", 7, id));
}

TEST(text_form_goes_through_a_text_column)
{
    struct arena *arena = arena_new();
    char *sealed = crypto_seal_text(arena, ring, "var-1", "größe = 3");
    CHECK(strspn(sealed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
          strlen(sealed));
    CHECK_STR(crypto_open_text(arena, ring, "var-1", sealed), "größe = 3");
    CHECK_STR(crypto_open_text(arena, ring, "var-1", crypto_seal_text(arena, ring, "var-1", "")),
              "");
    CHECK(crypto_open_text(arena, ring, "var-2", sealed) == NULL);
    CHECK(crypto_open_text(arena, ring, "var-1", "") == NULL);
    CHECK(crypto_open_text(arena, ring, "var-1", "not base64!") == NULL);
    CHECK(crypto_open_text(arena, ring, "var-1", "AQVrZXktMQ==") == NULL);
    arena_free(arena);
}

/* The format and the derivation must never change: this value was sealed by the first version. */
TEST(value_of_the_first_version_still_opens)
{
    struct arena *arena = arena_new();
    CHECK_STR(crypto_open_text(
                  arena, ring, "var-golden",
                  "AQVrZXktMTwujlztDHltS5jKHcx8SD+BMlkmmFCICZQqXISZuYIFY9qunjcP+sF6BIYCQH8="),
              "golden");
    arena_free(arena);
}

int main(int argc, char **argv)
{
    crypto_init();
    ring = keys_load("key-1 " KEY_A "\n");
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    keyring_free(ring);
    return failed;
}
