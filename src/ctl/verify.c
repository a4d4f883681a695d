/* Reads every state, configuration and file of the registry back: its bytes must have the hashes
 * that were stored with it, and each state version must name the hash of the one before. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "blob/blob.h"
#include "ctl/ctl.h"

struct verification {
    struct ctl *ctl;
    struct arena *arena; /* of one state version */
    size_t versions;
    size_t configurations;
    size_t registry_files;
    size_t blobs;
    size_t problems;
};

static void report(struct verification *v, const struct rows *rows, size_t row, const char *problem)
{
    v->problems++;
    printf("%s (%s, position %s): %s\n", rows_get(rows, row, "id"),
           rows_get(rows, row, "workspace_id"), rows_get(rows, row, "position"), problem);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Why a blob is not what it says; NULL when it is. *status tells about the database. */
static const char *read_blob(struct verification *v, const char *id, struct blob_info *found,
                             enum db_status *status)
{
    struct crypto_digest *digest = crypto_digest_new(v->arena);
    struct blob_reader *reader;
    const void *bytes;
    size_t len = 1;

    *status = blob_reader_open(v->ctl->db, v->arena, v->ctl->keyring, id, &reader);
    if (*status == DB_NO_ROWS) {
        *status = DB_OK;
        return "its bytes are gone";
    }
    while (*status == DB_OK && len > 0) {
        *status = blob_reader_next(reader, &bytes, &len);
        crypto_digest_add(digest, bytes, len);
        found->size += (int64_t)len;
    }
    if (*status == DB_OK) {
        v->blobs++;
        crypto_digest_end(digest, found->sha256, found->md5);
        return strcmp(found->sha256, blob_reader_info(reader)->sha256) == 0
                   ? NULL
                   : "its bytes do not have the hash of the blob";
    }
    if (reader == NULL || blob_reader_error(reader) == NULL)
        return NULL;
    *status = DB_OK;
    return blob_reader_error(reader);
}

static enum db_status check_bytes(struct verification *v, const struct rows *rows, size_t row)
{
    const char *id = rows_get(rows, row, "blob_id");
    struct blob_info found = {0};
    enum db_status status = DB_OK;
    const char *problem;

    if (id == NULL) {
        if (same(rows_get(rows, row, "status"), "finalized"))
            report(v, rows, row, "it is finalized but has no bytes");
        return DB_OK;
    }
    problem = read_blob(v, id, &found, &status);
    if (status != DB_OK)
        return status;
    if (problem == NULL && !same(found.sha256, rows_get(rows, row, "sha256")))
        problem = "its bytes do not have its sha256";
    if (problem == NULL && !same(found.md5, rows_get(rows, row, "md5")))
        problem = "its bytes do not have its md5";
    if (problem == NULL && found.size != rows_int(rows, row, "size"))
        problem = "its bytes do not have its size";
    if (problem != NULL)
        report(v, rows, row, problem);
    return DB_OK;
}

static enum db_status check_json(struct verification *v, const struct rows *rows, size_t row)
{
    const char *id = rows_get(rows, row, "json_blob_id");
    struct blob_info found = {0};
    enum db_status status = DB_OK;
    const char *problem = id == NULL ? NULL : read_blob(v, id, &found, &status);

    if (status == DB_OK && problem != NULL)
        report(v, rows, row, arena_printf(v->arena, "JSON form: %s", problem));
    return status;
}

static enum db_status check_version(struct verification *v, const struct rows *rows, size_t row)
{
    enum db_status status = check_bytes(v, rows, row);

    if (status == DB_OK)
        status = check_json(v, rows, row);
    if (rows_get(rows, row, "sha256") != NULL &&
        !same(rows_get(rows, row, "previous_sha256"), rows_get(rows, row, "predecessor_sha256")))
        report(v, rows, row, "it does not follow the version before it");
    v->versions++;
    arena_reset(v->arena);
    return status;
}

static enum db_status check_states(struct verification *v)
{
    struct arena *page = arena_new();
    const char *workspace = "";
    const char *position = "-1";
    struct rows *rows;
    enum db_status status;
    size_t count;

    do {
        status = db_query(v->ctl->db, page, STATEMENT_CTL_STATE_VERSION_LIST, &rows, workspace,
                          position);
        count = status == DB_OK ? rows_count(rows) : 0;
        for (size_t i = 0; status == DB_OK && i < count; i++)
            status = check_version(v, rows, i);
        if (count > 0) {
            workspace = arena_strdup(v->ctl->arena, rows_get(rows, count - 1, "workspace_id"));
            position = arena_strdup(v->ctl->arena, rows_get(rows, count - 1, "position"));
        }
        arena_reset(page);
    } while (status == DB_OK && count > 0);
    arena_free(page);
    return status;
}

static enum db_status check_file(struct verification *v, const struct rows *rows, size_t row)
{
    struct blob_info found = {0};
    enum db_status status = DB_OK;
    const char *problem = read_blob(v, rows_get(rows, row, "blob_id"), &found, &status);

    if (status == DB_OK && problem != NULL) {
        v->problems++;
        printf("%s (%s): %s\n", rows_get(rows, row, "id"), rows_get(rows, row, "owner"), problem);
    }
    arena_reset(v->arena);
    return status;
}

/* What has bytes and no history. */
static enum db_status check_files(struct verification *v, enum statement statement, size_t *total)
{
    struct arena *page = arena_new();
    const char *after = "";
    struct rows *rows;
    enum db_status status;
    size_t count;

    do {
        status = db_query(v->ctl->db, page, statement, &rows, after);
        count = status == DB_OK ? rows_count(rows) : 0;
        for (size_t i = 0; status == DB_OK && i < count; i++)
            status = check_file(v, rows, i);
        if (count > 0)
            after = arena_strdup(v->ctl->arena, rows_get(rows, count - 1, "id"));
        *total += count;
        arena_reset(page);
    } while (status == DB_OK && count > 0);
    arena_free(page);
    return status;
}

int ctl_verify(struct ctl *ctl, const struct ctl_args *args)
{
    struct verification v = {.ctl = ctl};
    struct rows *rows;
    enum db_status status;

    (void)args;
    if (!ctl_keyring(ctl) || !ctl_database(ctl))
        return 1;
    status = db_query_text(ctl->db, ctl->arena, STATEMENT_SESSION_UNLIMITED, &rows, NULL, 0);
    if (status == DB_OK) {
        v.arena = arena_new();
        status = check_states(&v);
        if (status == DB_OK)
            status = check_files(&v, STATEMENT_CTL_CONFIGURATION_VERSION_LIST, &v.configurations);
        if (status == DB_OK)
            status = check_files(&v, STATEMENT_CTL_REGISTRY_FILE_LIST, &v.registry_files);
        arena_free(v.arena);
    }
    if (status != DB_OK)
        return ctl_fail_db(ctl, status, "verify");
    printf("%zu state versions, %zu configuration versions, %zu files of the registry, %zu blobs "
           "read, "
           "%zu problems\n",
           v.versions, v.configurations, v.registry_files, v.blobs, v.problems);
    return v.problems == 0 ? 0 : 1;
}
