/* The Authorization header gives a hash or nothing, and the column `auth` a principal of a known
 * kind, whatever they hold. */
#include "fuzz/fuzz.h"

#include <strings.h>

#include "auth/principal.h"
#include "base/arena.h"
#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *text = arena_strndup(arena, (const char *)data, size);
    const char *hash = principal_token_hash(arena, text);
    struct principal principal;

    if (hash != NULL) {
        MUST(strncasecmp(text, "bearer ", 7) == 0);
        MUST(strlen(hash) == CRYPTO_SHA256_HEX - 1);
        MUST(strspn(hash, "0123456789abcdef") == CRYPTO_SHA256_HEX - 1);
        MUST(strpbrk(text + 7, "\t\r\n") == NULL);
    }
    principal_parse(arena, text, &principal);
    MUST(principal.kind <= PRINCIPAL_AUDIT || principal.kind == PRINCIPAL_NOBODY);
    MUST(principal_actor(&principal) != NULL && principal.token_id != NULL);
    MUST(principal.kind != PRINCIPAL_NOBODY || principal_actor(&principal)[0] == '\0');
    arena_free(arena);
    return 0;
}
