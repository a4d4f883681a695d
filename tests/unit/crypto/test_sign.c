/* Signed URLs and MACs. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "unit/crypto/keys.h"
#include "unit/unit.h"

static struct keyring *ring;
static struct arena *arena;

static enum crypto_signature verify(const char *action, const char *token, int64_t now,
                                    const char **id)
{
    return crypto_verify_url(arena, ring, action, token, now, id);
}

TEST(good_until_it_expires)
{
    const char *id;
    char *token = crypto_sign_url(arena, ring, "state-upload", "sv-Abc123", 1000);
    CHECK(strncmp(token, "state-upload.sv-Abc123.1000.", 28) == 0);
    CHECK_INT(verify("state-upload", token, 0, &id), CRYPTO_SIGNATURE_GOOD);
    CHECK_STR(id, "sv-Abc123");
    CHECK_INT(verify("state-upload", token, 999, &id), CRYPTO_SIGNATURE_GOOD);
    CHECK_INT(verify("state-upload", token, 1000, &id), CRYPTO_SIGNATURE_EXPIRED);
    CHECK_STR(id, "sv-Abc123");
}

TEST(another_action_is_bad)
{
    const char *id = "x";
    char *token = crypto_sign_url(arena, ring, "read", "sv-1", 1000);
    CHECK_INT(verify("write", token, 0, &id), CRYPTO_SIGNATURE_BAD);
    CHECK(id == NULL);
    CHECK_INT(verify("rea", token, 0, &id), CRYPTO_SIGNATURE_BAD);
    CHECK_INT(verify("", token, 0, &id), CRYPTO_SIGNATURE_BAD);
}

TEST(every_changed_character_is_bad)
{
    const char *id;
    char *token = crypto_sign_url(arena, ring, "read", "sv-1", 1000);
    for (char *at = token; *at != '\0'; at++) {
        char kept = *at;
        *at = kept == 'A' ? 'B' : 'A';
        CHECK_INT(verify("read", token, 0, &id), CRYPTO_SIGNATURE_BAD);
        *at = '.';
        if (kept != '.')
            CHECK_INT(verify("read", token, 0, &id), CRYPTO_SIGNATURE_BAD);
        *at = kept;
    }
    CHECK_INT(verify("read", token, 0, &id), CRYPTO_SIGNATURE_GOOD);
}

TEST(every_prefix_and_other_junk_is_bad)
{
    const char *id;
    char *token = crypto_sign_url(arena, ring, "read", "sv-1", 1000);
    for (size_t len = 0; len < strlen(token); len++)
        CHECK_INT(verify("read", arena_strndup(arena, token, len), 0, &id), CRYPTO_SIGNATURE_BAD);
    CHECK_INT(verify("read", arena_printf(arena, "%s=", token), 0, &id), CRYPTO_SIGNATURE_BAD);
    CHECK_INT(verify("read", "", 0, &id), CRYPTO_SIGNATURE_BAD);
    CHECK_INT(verify("read", "....", 0, &id), CRYPTO_SIGNATURE_BAD);
    CHECK_INT(verify("read", "read.sv-1.1000.", 0, &id), CRYPTO_SIGNATURE_BAD);
}

TEST(token_is_one_path_segment_whatever_the_id)
{
    static const char odd[] = "my module/1.0.0?#%~\xc3\xa4\n";
    const char *id;
    char *token = crypto_sign_url(arena, ring, "re.ad", odd, 1000);
    CHECK_INT(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"),
              strlen(token));
    CHECK(strstr(token, "..") == NULL);
    CHECK_INT(verify("re.ad", token, 0, &id), CRYPTO_SIGNATURE_GOOD);
    CHECK_STR(id, odd);
    CHECK_INT(verify("re", token, 0, &id), CRYPTO_SIGNATURE_BAD);
}

TEST(fields_can_not_be_shifted_into_each_other)
{
    const char *id;
    char *token = crypto_sign_url(arena, ring, "a.b", "c", 1000);
    CHECK_INT(verify("a", token, 0, &id), CRYPTO_SIGNATURE_BAD);
    token = crypto_sign_url(arena, ring, "a", "b.9999999999", 1000);
    CHECK_INT(verify("a", token, 2000, &id), CRYPTO_SIGNATURE_EXPIRED);
    CHECK_STR(id, "b.9999999999");
}

TEST(the_same_thing_has_the_same_url)
{
    char *token = crypto_sign_url(arena, ring, "read", "sv-1", 1000);
    CHECK_STR(crypto_sign_url(arena, ring, "read", "sv-1", 1000), token);
    CHECK(strcmp(crypto_sign_url(arena, ring, "reed", "sv-1", 1000), token) != 0);
    CHECK(strcmp(crypto_sign_url(arena, ring, "read", "sv-2", 1000), token) != 0);
    CHECK(strcmp(crypto_sign_url(arena, ring, "read", "sv-1", 1001), token) != 0);
}

TEST(rotated_key_still_verifies_and_a_foreign_one_does_not)
{
    const char *id;
    char *token = crypto_sign_url(arena, ring, "read", "sv-1", 1000);
    struct keyring *rotated = keys_load("key-1 " KEY_A "\nkey-2 " KEY_B "\n");
    struct keyring *foreign = keys_load("key-1 " KEY_B "\n");
    CHECK_INT(crypto_verify_url(arena, rotated, "read", token, 0, &id), CRYPTO_SIGNATURE_GOOD);
    CHECK_INT(crypto_verify_url(arena, foreign, "read", token, 0, &id), CRYPTO_SIGNATURE_BAD);
    keyring_free(rotated);
    keyring_free(foreign);
}

TEST(mac_depends_on_purpose_text_and_key)
{
    struct keyring *other = keys_load("key-1 " KEY_B "\n");
    char *mac = crypto_mac_hex(arena, ring, "csrf", "session-1");
    CHECK_INT(strlen(mac), 64);
    CHECK_INT(strspn(mac, "0123456789abcdef"), 64);
    CHECK_STR(crypto_mac_hex(arena, ring, "csrf", "session-1"), mac);
    CHECK(strcmp(crypto_mac_hex(arena, ring, "csrf", "session-2"), mac) != 0);
    CHECK(strcmp(crypto_mac_hex(arena, ring, "login", "session-1"), mac) != 0);
    CHECK(strcmp(crypto_mac_hex(arena, ring, "csrfs", "ession-1"), mac) != 0);
    CHECK(strcmp(crypto_mac_hex(arena, other, "csrf", "session-1"), mac) != 0);
    keyring_free(other);
}

/* The derivation must never change. Made without this code: HMAC-SHA-256 under libsodium's KDF. */
TEST(golden_values)
{
    const char *id;
    CHECK_STR(crypto_sign_url(arena, ring, "read", "sv-golden", 4102444800),
              "read.sv-golden.4102444800.4oNQjQphGK5964T0Vv4jIZymz4_n9CAUFEySzijljic");
    CHECK_STR(crypto_sign_url(arena, ring, "re.ad", "a/b", 1000),
              "re~2Ead.a~2Fb.1000.QYUafd3RgDzURxuhBPxKfqGiGzbTwv8_oKacPwJWdWE");
    CHECK_INT(verify("state",
                     "state.sv-8tZabcdEFGH1234.1764020400."
                     "59tqJ-DfVml_zcQePbN5SsW5I7pWc5dIMbXjbehfhg4",
                     0, &id),
              CRYPTO_SIGNATURE_GOOD);
    CHECK_STR(id, "sv-8tZabcdEFGH1234");
    CHECK_STR(crypto_mac_hex(arena, ring, "csrf", "golden"),
              "1b2faac06e8bbbfb008f190d46101c7486ad60715ddc7331676a18c1f34c55f5");
}

/* RFC 4231, test cases 2 and 6 (a key that is longer than a block). */
TEST(hmac_sha512)
{
    char key[132];

    CHECK_STR(crypto_hmac_sha512_hex(arena, "Jefe", "what do ya want for nothing?"),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    memset(key, 0xaa, 131);
    key[131] = '\0';
    CHECK_STR(crypto_hmac_sha512_hex(arena, key,
                                     "Test Using Larger Than Block-Size Key - Hash Key First"),
              "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
              "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

/* Signed by our key, but not written by crypto_sign_url. */
TEST(a_signed_text_of_another_form_is_bad)
{
    const char *id;
    CHECK_INT(verify("read",
                     "read.sv-golden.4102444800.kDwkgJKL."
                     "83iAFIkijcwI-BI5DIR5_q9IDcimqwAsuYk0VZ9b6SA",
                     0, &id),
              CRYPTO_SIGNATURE_BAD);
}

int main(int argc, char **argv)
{
    crypto_init();
    arena = arena_new();
    ring = keys_load("key-1 " KEY_A "\n");
    int failed = unit_run(argc > 1 ? argv[1] : getenv("T"));
    keyring_free(ring);
    arena_free(arena);
    return failed;
}
