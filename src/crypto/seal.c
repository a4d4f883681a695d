/* Sealing at rest: version, key id, nonce, XChaCha20-Poly1305. The header and the caller's context
 * are authenticated, so neither can be exchanged. A random nonce of 24 bytes never repeats. */
#include "crypto/crypto.h"

#include "base/arena.h"
#include "crypto/keyring.h"

#include <sodium.h>
#include <string.h>

#define VERSION 1
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define AD_BYTES 32

_Static_assert(KEYRING_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "derived keys have the size of the cipher's");

static size_t overhead(size_t id_len)
{
    return 2 + id_len + NONCE_BYTES + TAG_BYTES;
}

/* The header tells its own length, so header and context can't run into each other. */
static void associated_data(const unsigned char *header, size_t header_len, const char *context,
                            unsigned char ad[AD_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, AD_BYTES);
    crypto_generichash_update(&state, header, header_len);
    crypto_generichash_update(&state, (const unsigned char *)context, strlen(context));
    crypto_generichash_final(&state, ad, AD_BYTES);
}

size_t crypto_sealed_size(const struct keyring *keyring, size_t len)
{
    return len + overhead(strlen(keyring_current(keyring)));
}

size_t crypto_seal(const struct keyring *keyring, const char *context, const void *bytes,
                   size_t len, void *out)
{
    const struct keyring_key *key = &keyring->keys[keyring->count - 1];
    size_t id_len = strlen(key->id);
    unsigned char *header = out;
    header[0] = VERSION;
    header[1] = (unsigned char)id_len;
    memcpy(header + 2, key->id, id_len);
    unsigned char *nonce = header + 2 + id_len;
    randombytes_buf(nonce, NONCE_BYTES);

    unsigned char ad[AD_BYTES];
    unsigned long long box_len;
    associated_data(header, 2 + id_len, context, ad);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_BYTES, &box_len, bytes, len, ad,
                                               sizeof(ad), NULL, nonce, key->seal);
    return 2 + id_len + NONCE_BYTES + (size_t)box_len;
}

bool crypto_sealed_key(const void *sealed, size_t len, char out[32])
{
    const unsigned char *header = sealed;
    out[0] = '\0';
    if (len < 2 || header[0] != VERSION || len < overhead(header[1]) ||
        !keyring_valid_id((const char *)header + 2, header[1]))
        return false;
    memcpy(out, header + 2, header[1]);
    out[header[1]] = '\0';
    return true;
}

long crypto_open(const struct keyring *keyring, const char *context, const void *sealed, size_t len,
                 void *out)
{
    char id[KEYRING_ID_SIZE];
    if (!crypto_sealed_key(sealed, len, id))
        return -1;
    const struct keyring_key *key = keyring_find(keyring, id);
    if (key == NULL)
        return -1;
    const unsigned char *header = sealed;
    size_t header_len = 2 + (size_t)header[1];
    const unsigned char *nonce = header + header_len;
    const unsigned char *box = nonce + NONCE_BYTES;

    unsigned char ad[AD_BYTES];
    unsigned long long text_len;
    associated_data(header, header_len, context, ad);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, &text_len, NULL, box,
                                                   len - header_len - NONCE_BYTES, ad, sizeof(ad),
                                                   nonce, key->seal) != 0)
        return -1;
    return (long)text_len;
}

char *crypto_seal_text(struct arena *arena, const struct keyring *keyring, const char *context,
                       const char *text)
{
    size_t len = strlen(text);
    unsigned char *sealed = arena_alloc(arena, crypto_sealed_size(keyring, len));
    size_t sealed_len = crypto_seal(keyring, context, text, len, sealed);
    return crypto_base64_encode(arena, sealed, sealed_len);
}

char *crypto_open_text(struct arena *arena, const struct keyring *keyring, const char *context,
                       const char *sealed)
{
    size_t len;
    void *bytes = crypto_base64_decode(arena, sealed, strlen(sealed), &len);
    if (bytes == NULL)
        return NULL;
    char *text = arena_alloc(arena, len + 1);
    long text_len = crypto_open(keyring, context, bytes, len, text);
    if (text_len < 0)
        return NULL;
    text[text_len] = '\0';
    return text;
}
