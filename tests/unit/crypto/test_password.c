/* Passwords. The memory is small to keep the test fast. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "unit/unit.h"

#define MEMORY 64

TEST(hash_is_argon2id_in_phc_form_with_the_asked_memory)
{
    struct arena *arena = arena_new();
    char *hash = crypto_password_hash(arena, "correct horse", MEMORY);
    CHECK(strncmp(hash, "$argon2id$v=19$m=64,t=2,p=1$", 28) == 0);
    arena_free(arena);
}

TEST(right_password_verifies_and_wrong_ones_do_not)
{
    struct arena *arena = arena_new();
    char *hash = crypto_password_hash(arena, "correct horse", MEMORY);
    CHECK(crypto_password_verify(hash, "correct horse"));
    CHECK(!crypto_password_verify(hash, "correct hors"));
    CHECK(!crypto_password_verify(hash, "correct horse "));
    CHECK(!crypto_password_verify(hash, ""));
    arena_free(arena);
}

TEST(same_password_hashes_differently)
{
    struct arena *arena = arena_new();
    CHECK(strcmp(crypto_password_hash(arena, "x", MEMORY),
                 crypto_password_hash(arena, "x", MEMORY)) != 0);
    arena_free(arena);
}

TEST(empty_and_long_passwords_work)
{
    struct arena *arena = arena_new();
    char *text = arena_alloc(arena, 5001);
    memset(text, 'p', 5000);
    CHECK(crypto_password_verify(crypto_password_hash(arena, "", MEMORY), ""));
    char *hash = crypto_password_hash(arena, text, MEMORY);
    CHECK(crypto_password_verify(hash, text));
    text[4999] = 'q';
    CHECK(!crypto_password_verify(hash, text));
    arena_free(arena);
}

TEST(broken_hashes_never_verify)
{
    static const char *const hashes[] = {
        "",
        "x",
        "$argon2id$",
        "$argon2id$v=19$m=64,t=2,p=1$",
        "$argon2id$v=19$m=64,t=2,p=1$AAAA$AAAA",
        "$2y$10$abcdefghijklmnopqrstuv",
        "plain",
    };
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
        CHECK(!crypto_password_verify(hashes[i], "plain"));
    char *endless = malloc(1000);
    memset(endless, 'a', 999);
    endless[999] = '\0';
    CHECK(!crypto_password_verify(endless, "plain"));
    free(endless);
}

TEST(waste_returns)
{
    crypto_password_waste(MEMORY, "whatever");
    crypto_password_waste(0, "less than the minimum is raised to it");
}

UNIT_MAIN
