/* Key rotation: a new sealing key at the end of the key file, then every sealed value under it.
 *
 * Resealing may be stopped and started again at any time: a batch is one transaction, and a value
 * that is under the current key already is not listed. A value that somebody changes meanwhile is
 * left alone and met again in the next round. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "blob/blob.h"
#include "ctl/ctl.h"

/* Where sealed values live. A new sealed column gets a row here and its two statements. */
static const struct place {
    const char *name;
    enum statement list;   /* (after key, current key id) -> key, context, version, value */
    enum statement update; /* (key, new value, version) */
    bool is_binary;        /* bytea; else text in base64 */
} places[] = {
    {"blobs", STATEMENT_CTL_BLOB_CHUNK_SEALED, STATEMENT_CTL_BLOB_CHUNK_RESEAL, true},
    {"variables", STATEMENT_CTL_VAR_SEALED, STATEMENT_CTL_VAR_RESEAL, false},
    {"SSH keys", STATEMENT_CTL_SSH_KEY_SEALED, STATEMENT_CTL_SSH_KEY_RESEAL, false},
    {"state outputs", STATEMENT_CTL_STATE_VERSION_OUTPUT_SEALED,
     STATEMENT_CTL_STATE_VERSION_OUTPUT_RESEAL, false},
    {"variables of runs", STATEMENT_CTL_RUN_VARIABLES_SEALED, STATEMENT_CTL_RUN_VARIABLES_RESEAL,
     false},
    {"variables of query runs", STATEMENT_CTL_QUERY_RUN_VARIABLES_SEALED,
     STATEMENT_CTL_QUERY_RUN_VARIABLES_RESEAL, false},
    {"logs of runs", STATEMENT_CTL_RUN_LOG_SEALED, STATEMENT_CTL_RUN_LOG_RESEAL, false},
    {"notification tokens", STATEMENT_CTL_NOTIFICATION_SEALED, STATEMENT_CTL_NOTIFICATION_RESEAL,
     false},
    {"run task keys", STATEMENT_CTL_RUN_TASK_SEALED, STATEMENT_CTL_RUN_TASK_RESEAL, false},
    {"settings", STATEMENT_CTL_SETTING_SECRET_SEALED, STATEMENT_CTL_SETTING_SECRET_RESEAL, false},
    {"policy set parameters", STATEMENT_CTL_POLICY_SET_PARAMETER_SEALED,
     STATEMENT_CTL_POLICY_SET_PARAMETER_RESEAL, false},
    {"frozen policy parameters", STATEMENT_CTL_RUN_POLICY_PARAMETER_SEALED,
     STATEMENT_CTL_RUN_POLICY_PARAMETER_RESEAL, false},
    {"policy checks", STATEMENT_CTL_POLICY_CHECK_DETAILS_SEALED,
     STATEMENT_CTL_POLICY_CHECK_DETAILS_RESEAL, false},
    {"policy check logs", STATEMENT_CTL_POLICY_CHECK_LOG_SEALED,
     STATEMENT_CTL_POLICY_CHECK_LOG_RESEAL, false},
    {"policy outcomes", STATEMENT_CTL_POLICY_OUTCOME_SEALED, STATEMENT_CTL_POLICY_OUTCOME_RESEAL,
     false},
};

#define MAX_ROUNDS 5

struct tally {
    size_t resealed;
    size_t changed; /* by somebody else, between reading and writing */
    size_t failed;  /* do not open */
};

/* The same bytes under the current key; *len is their length before and after. NULL: they do not
 * open. */
static char *reseal_bytes(const struct ctl *ctl, struct arena *arena, const char *context,
                          const void *sealed, size_t *len)
{
    void *plain = arena_alloc(arena, *len + 1);
    long plain_len = crypto_open(ctl->keyring, context, sealed, *len, plain);
    char *out;

    if (plain_len < 0)
        return NULL;
    out = arena_alloc(arena, crypto_sealed_size(ctl->keyring, (size_t)plain_len));
    *len = crypto_seal(ctl->keyring, context, plain, (size_t)plain_len, out);
    return out;
}

static bool reseal_value(const struct ctl *ctl, struct arena *arena, const struct place *place,
                         const struct rows *rows, size_t row, struct db_param *out)
{
    int column = rows_column(rows, "value");
    const char *context = rows_get(rows, row, "context");
    const char *value = rows_text(rows, row, column);
    size_t len = rows_len(rows, row, column);

    if (!place->is_binary)
        value = crypto_base64_decode(arena, value, len, &len);
    if (value)
        value = reseal_bytes(ctl, arena, context, value, &len);
    if (!value)
        return false;
    out->value = place->is_binary ? value : crypto_base64_encode(arena, value, len);
    out->len = (int)len;
    out->binary = place->is_binary;
    return true;
}

static enum db_status reseal_row(struct ctl *ctl, struct arena *arena, const struct place *place,
                                 const struct rows *rows, size_t row, struct tally *tally)
{
    struct db_param params[3] = {{.value = rows_get(rows, row, "key")},
                                 {.value = NULL},
                                 {.value = rows_get(rows, row, "version")}};
    struct rows *written;
    enum db_status status;

    if (!reseal_value(ctl, arena, place, rows, row, &params[1])) {
        tally->failed++;
        ctl_fail("%s: %s does not open: its key is missing, or it was changed", place->name,
                 params[0].value);
        return DB_OK;
    }
    status = db_run(ctl->db, arena, place->update, params, 3, &written);
    if (status == DB_OK && rows_count(written) == 1)
        tally->resealed++;
    else if (status == DB_OK)
        tally->changed++;
    return status;
}

/* One transaction. The cursor becomes the last key, or stays when nothing is left. */
static enum db_status reseal_batch(struct ctl *ctl, struct arena *arena, const struct place *place,
                                   const char **cursor, size_t *count, struct tally *tally)
{
    struct db_param params[2] = {{.value = *cursor}, {.value = keyring_current(ctl->keyring)}};
    struct rows *rows;
    enum db_status status = db_begin(ctl->db);

    *count = 0;
    if (status != DB_OK)
        return status;
    status = place->is_binary ? db_run_binary(ctl->db, arena, place->list, params, 2, &rows)
                              : db_run(ctl->db, arena, place->list, params, 2, &rows);
    for (size_t i = 0; status == DB_OK && i < rows_count(rows); i++)
        status = reseal_row(ctl, arena, place, rows, i, tally);
    if (status != DB_OK) {
        db_rollback(ctl->db);
        return status;
    }
    *count = rows_count(rows);
    if (*count > 0)
        *cursor = arena_strdup(ctl->arena, rows_get(rows, *count - 1, "key"));
    return db_commit(ctl->db);
}

static enum db_status reseal_round(struct ctl *ctl, const struct place *place, struct tally *tally)
{
    struct arena *arena = arena_new();
    const char *cursor = "";
    enum db_status status = DB_OK;
    size_t count = 1;
    unsigned attempts = 0;

    while (status == DB_OK && count > 0) {
        struct tally before = *tally;

        status = reseal_batch(ctl, arena, place, &cursor, &count, tally);
        if (status == DB_RETRY && attempts++ < MAX_ROUNDS) {
            *tally = before;
            status = DB_OK;
            count = 1;
        }
        arena_reset(arena);
    }
    arena_free(arena);
    return status;
}

/* 0, or 1 when something could not be resealed. */
static int reseal_place(struct ctl *ctl, const struct place *place)
{
    struct tally tally = {0};

    for (int round = 0; round < MAX_ROUNDS; round++) {
        enum db_status status;

        tally.changed = 0;
        tally.failed = 0;
        status = reseal_round(ctl, place, &tally);
        if (status != DB_OK)
            return ctl_fail_db(ctl, status, place->name);
        if (tally.changed == 0)
            break;
    }
    printf("%s: %zu resealed\n", place->name, tally.resealed);
    if (tally.changed > 0)
        return ctl_fail("%s: %zu kept changing: run `terracectl key reseal` again", place->name,
                        tally.changed);
    return tally.failed > 0;
}

static int reseal(struct ctl *ctl)
{
    struct rows *rows;
    enum db_status status;
    int failed = 0;

    if (!ctl_database(ctl))
        return 1;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        failed |= reseal_place(ctl, &places[i]);
    status = db_query(ctl->db, ctl->arena, STATEMENT_CTL_BLOB_KEY_UPDATE, &rows,
                      keyring_current(ctl->keyring));
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, "blobs");
    if (!failed)
        printf("everything is sealed under key %s; keep the older keys for the backups\n",
               keyring_current(ctl->keyring));
    return failed;
}

int ctl_key_reseal(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return ctl_keyring(ctl) ? reseal(ctl) : 1;
}

int ctl_key_rotate(struct ctl *ctl, const struct ctl_args *args)
{
    char error[512];

    if (keyring_rotate(ctl->config.key_file, error, sizeof(error)) != 0)
        return ctl_fail("%s", error);
    if (!ctl_keyring(ctl))
        return 1;
    printf("key %s added to %s: copy the file to every server and to its backup\n",
           keyring_current(ctl->keyring), ctl->config.key_file);
    if (args->options[0] == NULL)
        return reseal(ctl);
    puts("next: reload every server, then run `terracectl key reseal`");
    return 0;
}
