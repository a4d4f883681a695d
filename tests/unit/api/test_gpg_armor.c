/* Armored public keys: the id of a real one, and what is refused. */
#include "api/registry/gpg_armor.h"

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "unit/unit.h"

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define END "-----END PGP PUBLIC KEY BLOCK-----\n"

/* Made for this test with GnuPG. */
static const char armor[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                            "\n"
                            "mDMEawYf8xYJKwYBBAHaRw8BAQdAxOg6KGg3TKmAXJ9C0l0l9TNHlJMGplUjGUXp\n"
                            "tDm2eMG0E0VkIDxlZEBleGFtcGxlLmNvbT6IkAQTFggAOBYhBEPmbrTF1FI7gtWn\n"
                            "9s0/YXo/CP1CBQJrBh/zAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEM0/\n"
                            "YXo/CP1CIK4BAM9K4Cn/C5n61Ai8iD6F2EveDp196KLCur7tblkEAk51AP49Vbwx\n"
                            "4z8k7lnhS+sIb3dyQx4Z4Nr0LJGBuA321nkrAw==\n"
                            "=lKva\n"
                            "-----END PGP PUBLIC KEY BLOCK-----\n";
static const char armor_id[] = "CD3F617A3F08FD42";

static struct arena *arena;
static char id[GPG_ARMOR_KEY_ID_SIZE];

static const char *read_key(const char *text)
{
    arena = arena_new();
    const char *problem = gpg_armor_key_id(arena, text, id);
    arena_free(arena);
    return problem;
}

static const char *with_headers(void)
{
    static char text[1024];
    snprintf(text, sizeof text, "\r\n" BEGIN "Version: 1\nComment: none\n\n%s",
             armor + strlen(BEGIN) + 1);
    return text;
}

TEST(a_key)
{
    CHECK_STR(read_key(armor), NULL);
    CHECK_STR(id, armor_id);
    CHECK_STR(read_key(with_headers()), NULL);
    CHECK_STR(id, armor_id);
}

/* A version 4 key of six bytes, as this packet header says its length. */
static const char *packet_problem(const unsigned char *header, size_t header_len, char version)
{
    struct buf bytes, text;

    arena = arena_new();
    buf_init(&bytes, arena);
    buf_init(&text, arena);
    buf_add(&bytes, header, header_len);
    buf_addc(&bytes, version);
    buf_add(&bytes, "\0\0\0\0\1", 5);
    buf_printf(&text, BEGIN "\n%s\n=abcd\n" END,
               crypto_base64_encode(arena, bytes.data, bytes.len));
    const char *problem = gpg_armor_key_id(arena, buf_str(&text), id);
    arena_free(arena);
    return problem;
}
#define PACKET(version, ...)                                                                       \
    packet_problem((const unsigned char[]){__VA_ARGS__},                                           \
                   sizeof((const unsigned char[]){__VA_ARGS__}), version)

TEST(packet_headers)
{
    CHECK_STR(PACKET(4, 0xC6, 6), NULL);
    CHECK_STR(PACKET(4, 0xC6, 255, 0, 0, 0, 6), NULL);
    CHECK_STR(PACKET(4, 0x98, 6), NULL);
    CHECK_STR(PACKET(4, 0x99, 0, 6), NULL);
    CHECK_STR(PACKET(4, 0x9A, 0, 0, 0, 6), NULL);
    /* too long, partial, endless, a signature, a secret key, no packet, version 3 */
    CHECK(PACKET(4, 0xC6, 7) != NULL);
    CHECK(PACKET(4, 0xC6, 255, 255, 255, 255, 255) != NULL);
    CHECK(PACKET(4, 0xC6, 225) != NULL);
    CHECK(PACKET(4, 0x9B) != NULL);
    CHECK(PACKET(4, 0xC2, 6) != NULL);
    CHECK(PACKET(4, 0xC5, 6) != NULL);
    CHECK(PACKET(4, 0x18, 6) != NULL);
    CHECK(PACKET(3, 0xC6, 6) != NULL);
}

TEST(no_keys)
{
    static const char *const texts[] = {
        "",
        "key",
        BEGIN,
        BEGIN "\n",
        BEGIN "\n" END,
        BEGIN END,
        BEGIN "\n%%%\n=x\n" END,
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxjM=\n" END,
        BEGIN "a: b" END,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CHECK(read_key(texts[i]) != NULL);
}

UNIT_MAIN
