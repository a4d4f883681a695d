/* For test_ctl.py: writes and reads what only the server writes otherwise.
 *
 *     sealer blob ORGANIZATION < bytes     prints id, size, sha256, md5
 *     sealer seal CONTEXT TEXT             prints the sealed text
 *     sealer open CONTEXT SEALED           prints the plain text
 *     sealer password HASH PASSWORD        exit status 0 when it fits */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "blob/blob.h"

static struct config config;
static struct arena *arena;
static struct keyring *keyring;

static int write_blob(const char *organization)
{
    struct db *db = db_open(config.database, true);
    struct blob_writer *writer;
    struct blob_info info;
    char piece[65536];
    size_t len;

    if (db_begin(db) != DB_OK)
        return 1;
    writer = blob_writer_begin(db, arena, keyring, organization);
    while ((len = fread(piece, 1, sizeof(piece), stdin)) > 0)
        if (blob_writer_add(writer, piece, len) != DB_OK)
            return 1;
    if (blob_writer_finish(writer, &info) != DB_OK || db_commit(db) != DB_OK)
        return 1;
    printf("%s %lld %s %s\n", info.id, (long long)info.size, info.sha256, info.md5);
    db_close(db);
    return 0;
}

int main(int argc, char **argv)
{
    char error[512];
    const char *text;

    if (argc < 3)
        return 2;
    crypto_init();
    if (strcmp(argv[1], "password") == 0)
        return crypto_password_verify(argv[2], argv[3]) ? 0 : 1;
    arena = arena_new();
    if (!config_load(&config, error, sizeof(error)) ||
        (keyring = keyring_load(config.key_file, error, sizeof(error))) == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    if (strcmp(argv[1], "blob") == 0)
        return write_blob(argv[2]);
    text = strcmp(argv[1], "seal") == 0 ? crypto_seal_text(arena, keyring, argv[2], argv[3])
                                        : crypto_open_text(arena, keyring, argv[2], argv[3]);
    if (text == NULL)
        return 1;
    puts(text);
    return 0;
}
