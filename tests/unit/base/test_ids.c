/* Identifiers and secrets: form, alphabet, and that no character is preferred. */
#include "base/ids.h"

#include "base/arena.h"
#include "unit/unit.h"

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

TEST(id_is_prefix_and_16_base58_characters)
{
    struct arena *arena = arena_new();
    for (int i = 0; i < 1000; i++) {
        char *id = ids_new(arena, "ws-");
        CHECK_INT(strlen(id), 19);
        CHECK(strncmp(id, "ws-", 3) == 0);
        CHECK_INT(strspn(id + 3, base58), 16);
    }
    CHECK_INT(strlen(ids_new(arena, "")), IDS_TAIL);
    arena_free(arena);
}

TEST(secret_has_the_asked_length)
{
    char secret[301];
    for (size_t len = 0; len <= 300; len++) {
        memset(secret, '!', sizeof(secret));
        ids_secret(secret, len);
        CHECK_INT(strlen(secret), len);
        CHECK_INT(strspn(secret, base62), len);
    }
}

TEST(ids_do_not_repeat)
{
    struct arena *arena = arena_new();
    enum { COUNT = 1000 };
    char *ids[COUNT];
    for (int i = 0; i < COUNT; i++) {
        ids[i] = ids_new(arena, "x-");
        for (int k = 0; k < i; k++)
            if (strcmp(ids[i], ids[k]) == 0)
                CHECK(!"repeated");
    }
    arena_free(arena);
}

/* 62,000 draws: each character 1000 times, give or take 8 standard deviations. A plain modulo would
 * give the first eight 1211 times. */
TEST(characters_are_drawn_evenly)
{
    static char secret[62001];
    int counts[128] = {0};
    ids_secret(secret, 62000);
    for (size_t i = 0; i < 62000; i++)
        counts[(int)secret[i]]++;
    for (const char *c = base62; *c != '\0'; c++)
        CHECK(counts[(int)*c] > 750 && counts[(int)*c] < 1250);
}

TEST(eight_first_characters_are_not_preferred)
{
    static char secret[62001];
    int first = 0;
    for (int round = 0; round < 10; round++) {
        ids_secret(secret, 62000);
        for (size_t i = 0; i < 62000; i++)
            first += memchr(base62, secret[i], 8) != NULL;
    }
    /* Expected 80,000 of 620,000 with a deviation of 264; a modulo would give 96,875. */
    CHECK(first > 77000 && first < 83000);
}

UNIT_MAIN
