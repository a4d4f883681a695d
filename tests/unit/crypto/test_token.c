/* API tokens and comparison. */
#include "crypto/crypto.h"

#include "unit/unit.h"

TEST(token_has_the_documented_form)
{
    char token[CRYPTO_TOKEN_SIZE];
    crypto_token_new(token);
    CHECK_INT(strlen(token), 90);
    CHECK_INT(strcspn(token, "."), 14);
    CHECK(strncmp(token + 14, ".atlasv1.", 9) == 0);
    CHECK(strchr(token + 23, '.') == NULL);
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.";
    CHECK_INT(strspn(token, letters), 90);
}

TEST(tokens_differ)
{
    char a[CRYPTO_TOKEN_SIZE], b[CRYPTO_TOKEN_SIZE];
    crypto_token_new(a);
    crypto_token_new(b);
    CHECK(strncmp(a, b, 14) != 0);
    CHECK(strcmp(a + 23, b + 23) != 0);
}

TEST(equal_compares_whole_strings)
{
    CHECK(crypto_equal("", ""));
    CHECK(crypto_equal("abc", "abc"));
    CHECK(!crypto_equal("abc", "abd"));
    CHECK(!crypto_equal("abc", "ab"));
    CHECK(!crypto_equal("", "a"));
}

TEST(init_may_be_called_twice)
{
    crypto_init();
    crypto_init();
}

UNIT_MAIN
