/* Signed URLs and MACs. A URL's signature is checked before any field is looked at, so everything
 * after that was written by a server of this installation. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/keyring.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* 32 bytes in base64url without padding, and a NUL. */
#define SIGNATURE_SIZE 44

_Static_assert(KEYRING_KEY_BYTES == crypto_auth_hmacsha256_KEYBYTES,
               "derived keys have the size of the HMAC's");

static void signature(const struct keyring_key *key, const char *text, size_t len,
                      char out[SIGNATURE_SIZE])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256(mac, (const unsigned char *)text, len, key->sign);
    sodium_bin2base64(out, SIGNATURE_SIZE, mac, sizeof(mac),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (is_plain(*text))
            buf_addc(out, *text);
        else
            buf_printf(out, "~%02X", (unsigned char)*text);
    }
}

char *crypto_sign_url(struct arena *arena, const struct keyring *keyring, const char *action,
                      const char *id, int64_t expires_at)
{
    struct buf token;
    char mac[SIGNATURE_SIZE];
    buf_init(&token, arena);
    put_escaped(&token, action);
    buf_addc(&token, '.');
    put_escaped(&token, id);
    buf_printf(&token, ".%lld", (long long)expires_at);
    signature(&keyring->keys[keyring->count - 1], token.data, token.len, mac);
    buf_addc(&token, '.');
    buf_adds(&token, mac);
    return token.data;
}

static bool signed_by_any(const struct keyring *keyring, const char *text, size_t len,
                          const char *given)
{
    for (size_t i = keyring->count; i-- > 0;) {
        char mac[SIGNATURE_SIZE];
        signature(&keyring->keys[i], text, len, mac);
        if (crypto_equal(mac, given))
            return true;
    }
    return false;
}

static int hex_value(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* Undoes put_escaped; the text is our own, so it is well-formed. */
static char *unescaped(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_alloc(arena, len + 1);
    char *to = out;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '~' && i + 2 < len) {
            *to++ = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            *to++ = text[i];
        }
    }
    *to = '\0';
    return out;
}

enum crypto_signature crypto_verify_url(struct arena *arena, const struct keyring *keyring,
                                        const char *action, const char *token, int64_t now,
                                        const char **id)
{
    *id = NULL;
    const char *mac = strrchr(token, '.');
    if (mac == NULL || !signed_by_any(keyring, token, (size_t)(mac - token), mac + 1))
        return CRYPTO_SIGNATURE_BAD;

    const char *first = strchr(token, '.');
    const char *second = first < mac ? strchr(first + 1, '.') : NULL;
    if (second == NULL || second >= mac ||
        memchr(second + 1, '.', (size_t)(mac - second - 1)) != NULL)
        return CRYPTO_SIGNATURE_BAD;
    if (strcmp(unescaped(arena, token, (size_t)(first - token)), action) != 0)
        return CRYPTO_SIGNATURE_BAD;
    *id = unescaped(arena, first + 1, (size_t)(second - first - 1));
    return strtoll(second + 1, NULL, 10) > now ? CRYPTO_SIGNATURE_GOOD : CRYPTO_SIGNATURE_EXPIRED;
}

char *crypto_mac_hex(struct arena *arena, const struct keyring *keyring, const char *purpose,
                     const char *text)
{
    unsigned char key[crypto_auth_hmacsha256_KEYBYTES];
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    const struct keyring_key *current = &keyring->keys[keyring->count - 1];
    crypto_generichash(key, sizeof(key), (const unsigned char *)purpose, strlen(purpose),
                       current->mac, sizeof(current->mac));
    crypto_auth_hmacsha256(mac, (const unsigned char *)text, strlen(text), key);
    sodium_memzero(key, sizeof(key));
    char *hex = arena_alloc(arena, sizeof(mac) * 2 + 1);
    return sodium_bin2hex(hex, sizeof(mac) * 2 + 1, mac, sizeof(mac));
}

char *crypto_hmac_sha256_hex(struct arena *arena, const char *key, const void *bytes, size_t len)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key, strlen(key));
    crypto_auth_hmacsha256_update(&state, bytes, len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    char *hex = arena_alloc(arena, sizeof(mac) * 2 + 1);
    return sodium_bin2hex(hex, sizeof(mac) * 2 + 1, mac, sizeof(mac));
}

char *crypto_hmac_sha512_hex(struct arena *arena, const char *key, const char *text)
{
    unsigned char mac[crypto_auth_hmacsha512_BYTES];
    crypto_auth_hmacsha512_state state;

    crypto_auth_hmacsha512_init(&state, (const unsigned char *)key, strlen(key));
    crypto_auth_hmacsha512_update(&state, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha512_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    char *hex = arena_alloc(arena, sizeof(mac) * 2 + 1);
    return sodium_bin2hex(hex, sizeof(mac) * 2 + 1, mac, sizeof(mac));
}
