/* The key file. It is replaced whole (temporary file, fsync, rename), because a key that is lost
 * takes everything that it sealed with it. */
#include "crypto/keyring.h"

#include "base/ids.h"
#include "crypto/crypto.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_DIGITS (KEYRING_KEY_BYTES * 2)

/* 64 lines of at most 31 + 1 + 64 + 2 characters fit. */
#define FILE_LIMIT 8192

_Static_assert(KEYRING_KEY_BYTES == crypto_kdf_KEYBYTES, "the file's keys feed crypto_kdf");

__attribute__((format(printf, 4, 5))) static int fail(char *error, size_t size, const char *path,
                                                      const char *format, ...)
{
    char what[128];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    snprintf(error, size, "%s: %s", path, what);
    return -1;
}

static int fail_errno(char *error, size_t size, const char *path)
{
    return fail(error, size, path, "%s", strerror(errno));
}

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool keyring_valid_id(const char *id, size_t len)
{
    if (len == 0 || len >= KEYRING_ID_SIZE)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_id_char(id[i]))
            return false;
    return true;
}

const struct keyring_key *keyring_find(const struct keyring *keyring, const char *id)
{
    for (size_t i = 0; i < keyring->count; i++)
        if (strcmp(keyring->keys[i].id, id) == 0)
            return &keyring->keys[i];
    return NULL;
}

const char *keyring_current(const struct keyring *keyring)
{
    return keyring->keys[keyring->count - 1].id;
}

void keyring_free(struct keyring *keyring)
{
    sodium_free(keyring); /* wipes it */
}

static void derive(struct keyring_key *key, const unsigned char *master)
{
    crypto_kdf_derive_from_key(key->seal, sizeof(key->seal), 1, "terrseal", master);
    crypto_kdf_derive_from_key(key->sign, sizeof(key->sign), 1, "terrsign", master);
    crypto_kdf_derive_from_key(key->mac, sizeof(key->mac), 1, "terr_mac", master);
}

/* Adds the key of one line; NULL or what is wrong with it. */
static const char *add_key(struct keyring *keyring, const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);
    size_t id_len = space != NULL ? (size_t)(space - line) : 0;
    if (space == NULL || !keyring_valid_id(line, id_len))
        return "expected a key id of letters, digits, - and _";
    if (keyring->count == KEYRING_MAX)
        return "too many keys";

    struct keyring_key *key = &keyring->keys[keyring->count];
    memcpy(key->id, line, id_len);
    key->id[id_len] = '\0';
    if (keyring_find(keyring, key->id) != NULL)
        return "the key id is used twice";

    unsigned char master[KEYRING_KEY_BYTES];
    size_t got = 0;
    const char *hex = space + 1;
    size_t hex_len = len - id_len - 1;
    int bad = sodium_hex2bin(master, sizeof(master), hex, hex_len, NULL, &got, NULL);
    if (bad != 0 || hex_len != HEX_DIGITS || got != sizeof(master))
        return "expected a key of 64 hex digits";
    derive(key, master);
    sodium_memzero(master, sizeof(master));
    keyring->count++;
    return NULL;
}

static int parse(struct keyring *keyring, const char *text, size_t len, const char *path,
                 char *error, size_t error_size)
{
    int number = 0;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = newline != NULL ? (size_t)(newline - line) : (size_t)(end - line);
        number++;
        if (line_len > 0) {
            const char *reason = add_key(keyring, line, line_len);
            if (reason != NULL)
                return fail(error, error_size, path, "line %d: %s", number, reason);
        }
        line += line_len + 1;
    }
    return keyring->count > 0 ? 0 : fail(error, error_size, path, "the file holds no key");
}

/* Reads the open file into text (FILE_LIMIT bytes) and checks who else could. */
static int read_file(int fd, char *text, size_t *len, const char *path, char *error,
                     size_t error_size)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_errno(error, error_size, path);
    if (!S_ISREG(st.st_mode))
        return fail(error, error_size, path, "not a regular file");
    if ((st.st_mode & 077) != 0)
        return fail(error, error_size, path, "others may read it: run chmod 600 on it");
    *len = 0;
    while (*len < FILE_LIMIT) {
        ssize_t got = read(fd, text + *len, FILE_LIMIT - *len);
        if (got < 0 && errno != EINTR)
            return fail_errno(error, error_size, path);
        if (got == 0)
            return 0;
        if (got > 0)
            *len += (size_t)got;
    }
    return fail(error, error_size, path, "the file is too large");
}

static struct keyring *load_fd(int fd, char *text, size_t *len, const char *path, char *error,
                               size_t error_size)
{
    /* Guarded, locked into memory and left out of core dumps. */
    struct keyring *keyring = sodium_malloc(sizeof(*keyring));
    if (keyring == NULL) {
        fail_errno(error, error_size, path);
        return NULL;
    }
    sodium_memzero(keyring, sizeof(*keyring));
    if (read_file(fd, text, len, path, error, error_size) == 0 &&
        parse(keyring, text, *len, path, error, error_size) == 0)
        return keyring;
    keyring_free(keyring);
    return NULL;
}

struct keyring *keyring_load(const char *path, char *error, size_t error_size)
{
    char text[FILE_LIMIT];
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        fail_errno(error, error_size, path);
        return NULL;
    }
    struct keyring *keyring = load_fd(fd, text, &len, path, error, error_size);
    close(fd);
    sodium_memzero(text, sizeof(text));
    return keyring;
}

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            text += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

/* A name is only safe on disk once its folder is. */
static int sync_folder(const char *path)
{
    char copy[4096];
    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int bad = fsync(fd);
    close(fd);
    return bad;
}

/* Writes a temporary file beside path, and gives it the owner of the old file, if there is one: an
 * administrator rotates as root what the web server's user must read. */
static int write_temporary(char *temporary, const struct stat *old, const char *text, size_t len)
{
    int fd = mkstemp(temporary); /* mode 0600 */
    if (fd < 0)
        return -1;
    int bad = write_all(fd, text, len);
    if (bad == 0 && old != NULL && (old->st_uid != geteuid() || old->st_gid != getegid()))
        bad = fchown(fd, old->st_uid, old->st_gid);
    if (bad == 0)
        bad = fsync(fd);
    if (close(fd) != 0)
        bad = -1;
    if (bad != 0) {
        int saved = errno;
        unlink(temporary);
        errno = saved;
    }
    return bad;
}

static size_t new_key_line(char *line, size_t size)
{
    unsigned char key[KEYRING_KEY_BYTES];
    char hex[HEX_DIGITS + 1], id[9];
    randombytes_buf(key, sizeof(key));
    sodium_bin2hex(hex, sizeof(hex), key, sizeof(key));
    ids_secret(id, sizeof(id) - 1);
    int len = snprintf(line, size, "%s %s\n", id, hex);
    sodium_memzero(key, sizeof(key));
    sodium_memzero(hex, sizeof(hex));
    return (size_t)len;
}

static int replace(const char *path, const struct stat *old, const char *text, size_t len,
                   char *error, size_t error_size)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
        return fail(error, error_size, path, "the name is too long");
    if (write_temporary(temporary, old, text, len) != 0)
        return fail_errno(error, error_size, path);
    /* link, unlike rename, refuses to replace a file that another process just created. */
    int bad = old != NULL ? rename(temporary, path) : link(temporary, path);
    if (bad != 0)
        fail_errno(error, error_size, path);
    if (bad != 0 || old == NULL)
        unlink(temporary);
    if (bad == 0 && sync_folder(path) != 0)
        bad = fail_errno(error, error_size, path);
    return bad;
}

int keyring_create(const char *path, char *error, size_t error_size)
{
    char line[128];
    size_t len = new_key_line(line, sizeof(line));
    int bad = replace(path, NULL, line, len, error, error_size);
    sodium_memzero(line, sizeof(line));
    return bad;
}

/* Opens and locks the file that path names now: while one waits for the lock, another rotation may
 * have put a new file in its place. */
static int open_locked(const char *path, struct stat *st)
{
    for (;;) {
        struct stat named;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) != 0 || fstat(fd, st) != 0 || stat(path, &named) != 0) {
            int saved = errno;
            close(fd);
            errno = saved;
            return -1;
        }
        if (named.st_ino == st->st_ino && named.st_dev == st->st_dev)
            return fd;
        close(fd);
    }
}

int keyring_rotate(const char *path, char *error, size_t error_size)
{
    char text[FILE_LIMIT + 128];
    struct stat st;
    size_t len = 0;
    int fd = open_locked(path, &st);
    if (fd < 0)
        return fail_errno(error, error_size, path);
    int bad = -1;
    struct keyring *keyring = load_fd(fd, text, &len, path, error, error_size);
    if (keyring != NULL && keyring->count == KEYRING_MAX) {
        bad = fail(error, error_size, path, "the file holds %d keys already", KEYRING_MAX);
    } else if (keyring != NULL) {
        assert(len > 0); /* it holds a key */
        if (text[len - 1] != '\n')
            text[len++] = '\n';
        len += new_key_line(text + len, sizeof(text) - len);
        bad = replace(path, &st, text, len, error, error_size);
    }
    keyring_free(keyring);
    close(fd);
    sodium_memzero(text, sizeof(text));
    return bad;
}
