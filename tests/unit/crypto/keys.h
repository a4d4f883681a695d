/* Key files for the tests of src/crypto: known keys in a folder of this process that is removed at
 * exit. */
#ifndef TERRACE_TESTS_CRYPTO_KEYS_H
#define TERRACE_TESTS_CRYPTO_KEYS_H

#include "crypto/crypto.h"
#include "unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"

static char keys_folder[64];
static char keys_path[80];
static char keys_error[512];

static inline void keys_remove(void)
{
    unlink(keys_path);
    rmdir(keys_folder);
}

static inline const char *keys_write(const char *text, mode_t mode)
{
    if (keys_folder[0] == '\0') {
        snprintf(keys_folder, sizeof(keys_folder), "/tmp/terrace-keys-XXXXXX");
        if (mkdtemp(keys_folder) == NULL)
            abort();
        snprintf(keys_path, sizeof(keys_path), "%s/keys", keys_folder);
        atexit(keys_remove);
    }
    unlink(keys_path);
    int fd = open(keys_path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode) != 0)
        abort();
    close(fd);
    return keys_path;
}

static inline struct keyring *keys_load(const char *text)
{
    struct keyring *keyring = keyring_load(keys_write(text, 0600), keys_error, sizeof(keys_error));
    if (keyring == NULL) {
        fprintf(stderr, "%s\n", keys_error);
        abort();
    }
    return keyring;
}

#endif
