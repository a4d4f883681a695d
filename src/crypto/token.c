/* Start of the library, API tokens, and comparison of secrets. */
#include "crypto/crypto.h"

#include "base/ids.h"
#include "base/log.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_HEAD 14
#define TOKEN_MARK ".atlasv1."
#define TOKEN_TAIL 67

_Static_assert(TOKEN_HEAD + sizeof(TOKEN_MARK) - 1 + TOKEN_TAIL + 1 == CRYPTO_TOKEN_SIZE,
               "the parts of a token fill it");

void crypto_init(void)
{
    if (sodium_init() < 0) {
        log_error("libsodium can't start");
        abort();
    }
}

void crypto_token_new(char out[CRYPTO_TOKEN_SIZE])
{
    ids_secret(out, TOKEN_HEAD);
    memcpy(out + TOKEN_HEAD, TOKEN_MARK, sizeof(TOKEN_MARK) - 1);
    ids_secret(out + TOKEN_HEAD + sizeof(TOKEN_MARK) - 1, TOKEN_TAIL);
}

bool crypto_equal(const char *a, const char *b)
{
    size_t len = strlen(a);
    return len == strlen(b) && sodium_memcmp(a, b, len) == 0;
}
