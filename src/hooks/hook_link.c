/* Links in mails: see hook_link.h. */
#include "hooks/hook_link.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"

#define HOUR 3600
#define DIGEST_KEPT 32

static const struct {
    const char *action, *page;
    int64_t seconds;
} links[] = {
    [HOOK_LINK_CONFIRM] = {"confirm-email", "/session/confirm/", 48 * HOUR},
    [HOOK_LINK_PASSWORD] = {"new-password", "/session/password/", HOUR},
};

static const char *digest_of(struct arena *arena, const char *proof)
{
    char *hash = arena_alloc(arena, CRYPTO_SHA256_HEX);

    crypto_sha256_hex(proof, strlen(proof), hash);
    hash[DIGEST_KEPT] = '\0';
    return hash;
}

const char *hook_link_path(struct arena *arena, const struct keyring *keyring, enum hook_link link,
                           const char *user_id, const char *proof, int64_t now)
{
    const char *id = arena_printf(arena, "%s/%s", user_id, digest_of(arena, proof));

    return arena_printf(
        arena, "%s%s", links[link].page,
        crypto_sign_url(arena, keyring, links[link].action, id, now + links[link].seconds));
}

bool hook_link_read(struct arena *arena, const struct keyring *keyring, enum hook_link link,
                    const char *token, int64_t now, const char **user_id, const char **digest)
{
    const char *id;

    if (crypto_verify_url(arena, keyring, links[link].action, token, now, &id) !=
        CRYPTO_SIGNATURE_GOOD)
        return false;
    const char *slash = strchr(id, '/');
    if (!slash)
        return false;
    *user_id = arena_strndup(arena, id, (size_t)(slash - id));
    *digest = slash + 1;
    return true;
}

bool hook_link_holds(struct arena *arena, const char *digest, const char *proof)
{
    return crypto_equal(digest, digest_of(arena, proof));
}
