/* Signed URLs: no bytes verify but those that were signed, and every id that is signed verifies. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "crypto/crypto.h"

#include <sys/stat.h>
#include <unistd.h>

static struct keyring *ring;

static void start(void)
{
    char path[] = "/tmp/terrace-fuzz-XXXXXX", error[256];
    static const char key[] =
        "k ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff\n";
    int fd = mkstemp(path);
    MUST(fd >= 0 && write(fd, key, strlen(key)) == (ssize_t)strlen(key));
    close(fd);
    crypto_init();
    ring = keyring_load(path, error, sizeof(error));
    unlink(path);
    MUST(ring != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (ring == NULL)
        start();
    struct arena *arena = arena_new();
    char *text = arena_strndup(arena, (const char *)data, size);
    const char *id = text;
    MUST(crypto_verify_url(arena, ring, "read", text, 0, &id) == CRYPTO_SIGNATURE_BAD);
    MUST(id == NULL);

    char *token = crypto_sign_url(arena, ring, "read", text, 10);
    MUST(crypto_verify_url(arena, ring, "read", token, 9, &id) == CRYPTO_SIGNATURE_GOOD);
    MUST(strcmp(id, text) == 0);
    MUST(crypto_verify_url(arena, ring, "read", token, 10, &id) == CRYPTO_SIGNATURE_EXPIRED);
    MUST(crypto_verify_url(arena, ring, "write", token, 9, &id) == CRYPTO_SIGNATURE_BAD);
    token[size % strlen(token)] ^= 1;
    MUST(crypto_verify_url(arena, ring, "read", token, 9, &id) == CRYPTO_SIGNATURE_BAD);

    /* Sealed values come from the database, which an attacker may hold. */
    char *sealed = crypto_seal_text(arena, ring, "c", text);
    MUST(strcmp(crypto_open_text(arena, ring, "c", sealed), text) == 0);
    char *out = arena_alloc(arena, size);
    MUST(crypto_open(ring, "c", data, size, out) == -1);
    arena_free(arena);
    return 0;
}
