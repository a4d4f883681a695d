/* Inside src/crypto only: what a loaded key is made of. The key of the file itself is forgotten
 * after loading; each use has a key of its own derived from it. */
#ifndef TERRACE_CRYPTO_KEYRING_H
#define TERRACE_CRYPTO_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#define KEYRING_ID_SIZE 32
#define KEYRING_KEY_BYTES 32

/* One key a year for a lifetime. */
#define KEYRING_MAX 64

struct keyring_key {
    char id[KEYRING_ID_SIZE];
    unsigned char seal[KEYRING_KEY_BYTES];
    unsigned char sign[KEYRING_KEY_BYTES];
    unsigned char mac[KEYRING_KEY_BYTES];
};

struct keyring {
    size_t count;
    struct keyring_key keys[KEYRING_MAX]; /* in file order: the last one is current */
};

/* 1 to 31 letters, digits, - or _. */
bool keyring_valid_id(const char *id, size_t len);
const struct keyring_key *keyring_find(const struct keyring *keyring, const char *id);

#endif
