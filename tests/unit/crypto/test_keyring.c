/* The key file: what is accepted, who may read it, creation and rotation. */
#include "crypto/crypto.h"

#include "unit/crypto/keys.h"
#include "unit/unit.h"

static void refused(const char *text, mode_t mode, const char *reason)
{
    struct keyring *keyring = keyring_load(keys_write(text, mode), keys_error, sizeof(keys_error));
    CHECK(keyring == NULL);
    CHECK(strncmp(keys_error, keys_path, strlen(keys_path)) == 0);
    if (strstr(keys_error, reason) == NULL)
        CHECK_STR(keys_error, reason);
    keyring_free(keyring);
}

TEST(last_key_is_current)
{
    struct keyring *keyring = keys_load("old " KEY_A "\nnew " KEY_B "\n");
    CHECK_STR(keyring_current(keyring), "new");
    keyring_free(keyring);
}

TEST(missing_last_newline_and_empty_lines_are_fine)
{
    struct keyring *keyring = keys_load("\nold " KEY_A "\n\nnew " KEY_B);
    CHECK_STR(keyring_current(keyring), "new");
    keyring_free(keyring);
}

TEST(file_that_others_can_read_is_refused)
{
    refused("k " KEY_A "\n", 0640, "others may read it");
    refused("k " KEY_A "\n", 0604, "others may read it");
    refused("k " KEY_A "\n", 0620, "others may read it");
}

TEST(broken_files_are_refused_with_the_line)
{
    refused("", 0600, "holds no key");
    refused("\n\n", 0600, "holds no key");
    refused("k\n", 0600, "line 1: expected a key id");
    refused(" " KEY_A "\n", 0600, "line 1: expected a key id");
    refused("k/1 " KEY_A "\n", 0600, "line 1: expected a key id");
    refused("k1 " KEY_A "\nk2 abc\n", 0600, "line 2: expected a key of 64");
    refused("k " KEY_A "00\n", 0600, "line 1: expected a key of 64");
    refused("k " KEY_A " \n", 0600, "line 1: expected a key of 64");
    refused("k 0g" KEY_A "\n", 0600, "line 1: expected a key of 64");
    refused("k " KEY_A "\nk " KEY_B "\n", 0600, "line 2: the key id is used twice");
    refused("abcdefghijklmnopqrstuvwxyz0123456 " KEY_A "\n", 0600, "line 1: expected a key id");
}

TEST(absent_file_and_folder_are_refused)
{
    CHECK(keyring_load("/nonexistent/keys", keys_error, sizeof(keys_error)) == NULL);
    CHECK_STR(keys_error, "/nonexistent/keys: No such file or directory");
    CHECK(keyring_load("/tmp", keys_error, sizeof(keys_error)) == NULL);
    CHECK_STR(keys_error, "/tmp: not a regular file");
}

TEST(create_makes_a_private_file_once)
{
    unlink(keys_write("", 0600));
    CHECK_INT(keyring_create(keys_path, keys_error, sizeof(keys_error)), 0);
    struct stat st;
    CHECK(stat(keys_path, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_nlink == 1);
    struct keyring *keyring = keyring_load(keys_path, keys_error, sizeof(keys_error));
    CHECK(keyring != NULL);
    CHECK_INT(keyring_create(keys_path, keys_error, sizeof(keys_error)), -1);
    CHECK(strstr(keys_error, "File exists") != NULL);
    struct keyring *again = keyring_load(keys_path, keys_error, sizeof(keys_error));
    CHECK_STR(keyring_current(again), keyring_current(keyring));
    keyring_free(keyring);
    keyring_free(again);
}

TEST(failed_create_leaves_nothing_behind)
{
    keys_write("k " KEY_A, 0600);
    CHECK_INT(keyring_create(keys_path, keys_error, sizeof(keys_error)), -1);
    unlink(keys_path);
    CHECK(rmdir(keys_folder) == 0);
    CHECK(mkdir(keys_folder, 0700) == 0);
    CHECK_INT(keyring_create("/nonexistent/keys", keys_error, sizeof(keys_error)), -1);
}

TEST(rotate_appends_a_key_and_keeps_the_old_ones)
{
    keys_write("old " KEY_A, 0600); /* no newline at its end */
    CHECK_INT(keyring_rotate(keys_path, keys_error, sizeof(keys_error)), 0);
    struct keyring *keyring = keyring_load(keys_path, keys_error, sizeof(keys_error));
    CHECK(keyring != NULL);
    CHECK(strcmp(keyring_current(keyring), "old") != 0);
    struct stat st;
    CHECK(stat(keys_path, &st) == 0 && (st.st_mode & 07777) == 0600);

    struct keyring *old = keys_load("old " KEY_A);
    char sealed[256], opened[256];
    size_t len = crypto_seal(old, "c", "text", 4, sealed);
    CHECK_INT(crypto_open(keyring, "c", sealed, len, opened), 4);
    keyring_free(keyring);
    keyring_free(old);
}

TEST(rotate_needs_a_good_file)
{
    unlink(keys_write("", 0600));
    CHECK_INT(keyring_rotate(keys_path, keys_error, sizeof(keys_error)), -1);
    keys_write("k zz\n", 0600);
    CHECK_INT(keyring_rotate(keys_path, keys_error, sizeof(keys_error)), -1);
}

TEST(file_holds_64_keys_at_most)
{
    keys_write("k " KEY_A "\n", 0600);
    for (int i = 1; i < 64; i++)
        CHECK_INT(keyring_rotate(keys_path, keys_error, sizeof(keys_error)), 0);
    CHECK_INT(keyring_rotate(keys_path, keys_error, sizeof(keys_error)), -1);
    CHECK(strstr(keys_error, "64 keys already") != NULL);
    struct keyring *keyring = keyring_load(keys_path, keys_error, sizeof(keys_error));
    CHECK(keyring != NULL);
    keyring_free(keyring);
}

int main(int argc, char **argv)
{
    crypto_init();
    return unit_run(argc > 1 ? argv[1] : getenv("T"));
}
