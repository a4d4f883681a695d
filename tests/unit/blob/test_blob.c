/* blob.h: bytes come back as they were, whatever their size; what was touched does not open. */
#include <sys/wait.h>

#include "pg.h"

#include "base/arena.h"
#include "blob/blob.h"
#include "blob/chunk.h"

#define KEY_FILE "test_blob.keys"

static struct db *db;
static struct arena *arena;
static struct keyring *keyring;

static void prepare(void)
{
    char error[512];

    if (db_migrate(pg_dsn(), "terrace_run", error, sizeof(error)) != 0) {
        fprintf(stderr, "%s\n", error);
        exit(99);
    }
    crypto_init();
    unlink(KEY_FILE);
    if (keyring_create(KEY_FILE, error, sizeof(error)) != 0 ||
        (keyring = keyring_load(KEY_FILE, error, sizeof(error))) == NULL) {
        fprintf(stderr, "%s\n", error);
        exit(99);
    }
}

static void fixture_open(void)
{
    pg_sql("TRUNCATE organizations CASCADE");
    pg_sql("INSERT INTO organizations (id, name, email) VALUES ('org-a', 'a', 'a@example.com')");
    db = db_open(pg_run_dsn(), true);
    arena = arena_new();
}

static void fixture_close(void)
{
    db_close(db);
    arena_free(arena);
}

enum kind { TEXT, NOISE };

static void fill(unsigned char *out, size_t len, enum kind kind, uint32_t seed)
{
    static const char json[] =
        "{\"mode\":\"managed\",\"type\":\"aws_instance\",\"name\":\"web\"},\n";

    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        out[i] = kind == NOISE ? (unsigned char)(seed >> 24)
                               : (unsigned char)json[i % (sizeof(json) - 1)];
    }
}

/* Writes len bytes in pieces of step. */
static const char *write_blob(const unsigned char *bytes, size_t len, size_t step)
{
    struct blob_info info;
    struct blob_writer *writer;
    char sha256[CRYPTO_SHA256_HEX];
    char md5[CRYPTO_MD5_HEX];

    CHECK_INT(db_begin(db), DB_OK);
    writer = blob_writer_begin(db, arena, keyring, "org-a");
    for (size_t at = 0; at < len; at += step)
        CHECK_INT(blob_writer_add(writer, bytes + at, len - at < step ? len - at : step), DB_OK);
    CHECK_INT(blob_writer_finish(writer, &info), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    crypto_sha256_hex(bytes, len, sha256);
    crypto_md5_hex(bytes, len, md5);
    CHECK_INT(info.size, len);
    CHECK_STR(info.sha256, sha256);
    CHECK_STR(info.md5, md5);
    return info.id;
}

/* Reads everything; false when it does not equal bytes. */
static bool blob_is(const char *id, const unsigned char *bytes, size_t len)
{
    struct blob_reader *reader;
    const void *part;
    size_t part_len;
    size_t at = 0;

    if (blob_reader_open(db, arena, keyring, id, &reader) != DB_OK ||
        blob_reader_info(reader)->size != (int64_t)len)
        return false;
    do {
        if (blob_reader_next(reader, &part, &part_len) != DB_OK || at + part_len > len ||
            (part_len > 0 && memcmp(bytes + at, part, part_len) != 0))
            return false;
        at += part_len;
    } while (part_len > 0);
    blob_reader_close(reader);
    return at == len;
}

/* What the last read of a blob says. */
static enum db_status read_all(const char *id, const char **error)
{
    struct blob_reader *reader;
    const void *part;
    size_t len = 1;
    enum db_status status = blob_reader_open(db, arena, keyring, id, &reader);

    *error = NULL;
    while (status == DB_OK && len > 0)
        status = blob_reader_next(reader, &part, &len);
    if (reader != NULL)
        *error = blob_reader_error(reader);
    return status;
}

/* VmHWM, for ru_maxrss remembers what ran before exec. */
static long peak_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long peak = -1;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        sscanf(line, "VmHWM: %ld", &peak);
    if (status != NULL)
        fclose(status);
    return peak;
}

/* First, for the peak never sinks again. */
TEST(memory_does_not_grow_with_the_blob)
{
    unsigned char piece[65536];
    struct blob_writer *writer;
    struct blob_reader *reader;
    struct blob_info info;
    const void *part;
    size_t len = 1;
    int64_t total = 0;
    long before = peak_kib();

    fixture_open();
    CHECK_INT(db_begin(db), DB_OK);
    writer = blob_writer_begin(db, arena, keyring, "org-a");
    for (int i = 0; i < 1024; i++) {
        fill(piece, sizeof(piece), NOISE, (uint32_t)i);
        CHECK_INT(blob_writer_add(writer, piece, sizeof(piece)), DB_OK);
    }
    CHECK_INT(blob_writer_finish(writer, &info), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    CHECK_INT(blob_reader_open(db, arena, keyring, info.id, &reader), DB_OK);
    while (len > 0 && blob_reader_next(reader, &part, &len) == DB_OK)
        total += (int64_t)len;
    CHECK_INT(total, 64 * 1024 * 1024);
#ifndef ARENA_DEBUG
    CHECK(peak_kib() - before < 8192);
#endif
    printf("# peak memory grew by %ld KiB for 64 MiB\n", peak_kib() - before);
    fixture_close();
}

TEST(any_size_comes_back)
{
    static const size_t sizes[] = {
        0, 1, 100, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 3 * CHUNK_SIZE + 77};
    unsigned char *bytes = malloc(4 * CHUNK_SIZE);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int kind = TEXT; kind <= NOISE; kind++) {
            const char *id;

            fixture_open();
            fill(bytes, sizes[i], (enum kind)kind, 7);
            id = write_blob(bytes, sizes[i], 100000);
            CHECK(blob_is(id, bytes, sizes[i]));
            fixture_close();
        }
    free(bytes);
}

TEST(pieces_of_any_size)
{
    static const size_t steps[] = {1023, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE};
    size_t len = 2 * CHUNK_SIZE + 5;
    unsigned char *bytes = malloc(len);

    fixture_open();
    fill(bytes, len, TEXT, 1);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        CHECK(blob_is(write_blob(bytes, len, steps[i]), bytes, len));
    fixture_close();
    free(bytes);
}

TEST(a_small_blob_is_one_statement_each_way)
{
    unsigned char bytes[3000];
    const char *id;

    fixture_open();
    fill(bytes, sizeof(bytes), TEXT, 1);
    id = write_blob(bytes, sizeof(bytes), 1000);
    CHECK_INT(db_count(db), 1);
    db_count_reset(db);
    CHECK(blob_is(id, bytes, sizeof(bytes)));
    CHECK_INT(db_count(db), 1);
    fixture_close();
}

TEST(text_shrinks_and_noise_stays)
{
    unsigned char *bytes = malloc(CHUNK_SIZE);

    fixture_open();
    fill(bytes, CHUNK_SIZE, TEXT, 1);
    write_blob(bytes, CHUNK_SIZE, CHUNK_SIZE);
    CHECK(strtol(pg_sql("SELECT length(data) FROM blob_chunks"), NULL, 10) < (long)CHUNK_SIZE / 10);
    fixture_close();
    fixture_open();
    fill(bytes, CHUNK_SIZE, NOISE, 1);
    write_blob(bytes, CHUNK_SIZE, CHUNK_SIZE);
    CHECK(strtol(pg_sql("SELECT length(data) FROM blob_chunks"), NULL, 10) <
          (long)CHUNK_SIZE + 200);
    fixture_close();
    free(bytes);
}

TEST(the_database_holds_no_plain_bytes)
{
    static const unsigned char secret[] = "{\"password\": \"correct horse battery staple\"}";

    fixture_open();
    write_blob(secret, sizeof(secret), sizeof(secret));
    CHECK_STR(pg_sql("SELECT position('battery'::bytea in data) FROM blob_chunks"), "0");
    CHECK_STR(pg_sql("SELECT key_id FROM blobs"), keyring_current(keyring));
    fixture_close();
}

TEST(rollback_leaves_nothing)
{
    unsigned char *bytes = calloc(1, 2 * CHUNK_SIZE);
    struct blob_writer *writer;

    fixture_open();
    CHECK_INT(db_begin(db), DB_OK);
    writer = blob_writer_begin(db, arena, keyring, "org-a");
    fill(bytes, 2 * CHUNK_SIZE, NOISE, 1);
    CHECK_INT(blob_writer_add(writer, bytes, 2 * CHUNK_SIZE), DB_OK);
    db_rollback(db);
    CHECK_STR(pg_sql("SELECT count(*) FROM blob_chunks"), "0");
    fixture_close();
    free(bytes);
}

TEST(writing_needs_a_transaction)
{
    struct blob_writer *writer;
    struct blob_info info;

    fixture_open();
    writer = blob_writer_begin(db, arena, keyring, "org-a");
    CHECK_INT(blob_writer_add(writer, "a", 1), DB_FAILED);
    CHECK_INT(blob_writer_finish(writer, &info), DB_FAILED);
    fixture_close();
}

TEST(a_failed_writer_stays_failed)
{
    struct blob_writer *writer;
    struct blob_info info;

    fixture_open();
    CHECK_INT(db_begin(db), DB_OK);
    writer = blob_writer_begin(db, arena, keyring, "org-nowhere");
    CHECK_INT(blob_writer_add(writer, "a", 1), DB_OK);
    CHECK_INT(blob_writer_finish(writer, &info), DB_CONSTRAINT);
    CHECK_STR(db_failure(db)->constraint, "blobs_organization_fkey");
    CHECK_INT(blob_writer_add(writer, "a", 1), DB_CONSTRAINT);
    CHECK_INT(blob_writer_finish(writer, &info), DB_CONSTRAINT);
    db_rollback(db);
    fixture_close();
}

TEST(a_missing_blob_has_no_rows)
{
    struct blob_reader *reader;

    fixture_open();
    CHECK_INT(blob_reader_open(db, arena, keyring, "blob-nope", &reader), DB_NO_ROWS);
    CHECK(reader == NULL);
    fixture_close();
}

TEST(touched_blobs_do_not_open)
{
    static const struct {
        const char *sql;
        const char *error;
    } cases[] = {
        {"UPDATE blob_chunks SET data = set_byte(data, length(data) - 1, get_byte(data, "
         "length(data) - 1) # 1)"
         " WHERE seq = 1",
         "chunk 1: it does not open: the key is missing, or the bytes were changed"},
        {"DELETE FROM blob_chunks WHERE seq = 2", "chunk 2: it is missing"},
        {"DELETE FROM blob_chunks WHERE seq = 0", "chunk 0: it is missing"},
        {"UPDATE blob_chunks SET seq = 3 - seq WHERE seq = 3 OR seq = 0",
         "chunk 0: it does not open: the key is missing, or the bytes were changed"},
        {"UPDATE blobs SET chunk_count = 2",
         "chunk 2: the bytes are fewer or more than the blob's size"},
        {"UPDATE blobs SET size = size + 1",
         "chunk 4: the bytes are fewer or more than the blob's size"},
    };
    size_t len = 3 * CHUNK_SIZE + 5;
    unsigned char *bytes = malloc(len);

    fill(bytes, len, NOISE, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *error;
        const char *id;

        fixture_open();
        id = write_blob(bytes, len, len);
        pg_sql("ALTER TABLE blob_chunks DROP CONSTRAINT blob_chunks_pkey");
        pg_sql(cases[i].sql);
        CHECK_INT(read_all(id, &error), DB_FAILED);
        CHECK_STR(error, cases[i].error);
        pg_sql("TRUNCATE blobs CASCADE");
        pg_sql(
            "ALTER TABLE blob_chunks ADD CONSTRAINT blob_chunks_pkey PRIMARY KEY (blob_id, seq)");
        fixture_close();
    }
    free(bytes);
}

/* Two state versions of one workspace, by position. */
static void add_state_version(const char *id, const char *blob_id, int position)
{
    char sql[1000];

    pg_sql("INSERT INTO projects (id, organization_id, name) VALUES ('prj-a', 'org-a', 'p')"
           " ON CONFLICT DO NOTHING");
    pg_sql("INSERT INTO workspaces (id, organization_id, project_id, name, terraform_version)"
           " VALUES ('ws-a', 'org-a', 'prj-a', 'w', '1.0.0') ON CONFLICT DO NOTHING");
    snprintf(sql, sizeof(sql),
             "INSERT INTO state_versions (id, organization_id, workspace_id, position, serial, md5,"
             " status, blob_id) VALUES ('%s', 'org-a', 'ws-a', %d, 1, '', 'finalized', '%s')",
             id, position, blob_id);
    pg_sql(sql);
}

TEST(a_blob_lives_as_long_as_a_reference)
{
    const char *id;

    fixture_open();
    id = write_blob((const unsigned char *)"state", 5, 5);
    add_state_version("sv-1", id, 1);
    add_state_version("sv-2", id, 2);
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(blob_share(db, arena, id), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);

    pg_sql("DELETE FROM state_versions WHERE id = 'sv-1'");
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(blob_release(db, arena, id), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    CHECK(blob_is(id, (const unsigned char *)"state", 5));

    pg_sql("DELETE FROM state_versions WHERE id = 'sv-2'");
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(blob_release(db, arena, id), DB_OK);
    CHECK_INT(db_commit(db), DB_OK);
    CHECK_STR(pg_sql("SELECT count(*) FROM blob_chunks"), "0");
    CHECK_INT(db_begin(db), DB_OK);
    CHECK_INT(blob_share(db, arena, id), DB_NO_ROWS);
    CHECK_INT(blob_release(db, arena, id), DB_OK);
    db_rollback(db);
    fixture_close();
}

TEST(release_waits_for_a_reference_that_is_being_added)
{
    struct db *other = db_open(pg_run_dsn(), true);
    const char *id;
    pid_t child;
    int status;

    fixture_open();
    id = write_blob((const unsigned char *)"state", 5, 5);
    CHECK_INT(db_begin(other), DB_OK);
    CHECK_INT(blob_share(other, arena, id), DB_OK);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        /* A connection of its own: nothing refers to the blob yet. */
        struct db *mine = db_open(pg_run_dsn(), true);
        bool good = db_begin(mine) == DB_OK && blob_release(mine, arena, id) == DB_OK &&
                    db_commit(mine) == DB_OK;

        _exit(good ? 0 : 1);
    }
    usleep(300000);
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    add_state_version("sv-1", id, 1);
    CHECK_INT(db_commit(other), DB_OK);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    CHECK(blob_is(id, (const unsigned char *)"state", 5));
    db_close(other);
    fixture_close();
}

TEST(a_referenced_blob_can_not_be_deleted)
{
    const char *id;
    PGconn *conn = PQconnectdb(pg_super_dsn());
    PGresult *result;

    fixture_open();
    id = write_blob((const unsigned char *)"state", 5, 5);
    add_state_version("sv-1", id, 1);
    result = PQexec(conn, "DELETE FROM blobs");
    CHECK_STR(PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME), "state_versions_blob_fkey");
    PQclear(result);
    PQfinish(conn);
    CHECK(blob_is(id, (const unsigned char *)"state", 5));
    fixture_close();
}

TEST(an_organization_takes_its_blobs_along)
{
    fixture_open();
    add_state_version("sv-1", write_blob((const unsigned char *)"state", 5, 5), 1);
    pg_sql("DELETE FROM workspaces");
    pg_sql("DELETE FROM organizations");
    CHECK_STR(pg_sql("SELECT count(*) FROM blob_chunks"), "0");
    fixture_close();
}

TEST(collect_takes_what_a_cascade_has_left)
{
    size_t removed;
    const char *kept;
    bool more;

    fixture_open();
    kept = write_blob((const unsigned char *)"kept", 4, 4);
    add_state_version("sv-1", kept, 1);
    add_state_version("sv-2", kept, 2);
    add_state_version("sv-3", write_blob((const unsigned char *)"lost", 4, 4), 3);
    add_state_version("sv-4", write_blob((const unsigned char *)"lost", 4, 4), 4);
    CHECK_INT(blob_collect(db, arena, 100, &removed, &more), DB_OK);
    CHECK_INT(removed, 0);
    CHECK(!more);
    pg_sql("DELETE FROM state_versions WHERE id <> 'sv-1'");
    CHECK_INT(blob_collect(db, arena, 2, &removed, &more), DB_OK);
    CHECK(more);
    size_t first = removed;
    CHECK_INT(blob_collect(db, arena, 2, &removed, &more), DB_OK);
    CHECK(!more);
    CHECK_INT(first + removed, 2);
    CHECK_STR(pg_sql("SELECT count(*) FROM blob_garbage"), "0");
    CHECK(blob_is(kept, (const unsigned char *)"kept", 4));
    fixture_close();
}

PG_MAIN(prepare)
