/* See policy_sources.h. An archive is read once; of it only the files are kept that the manifest
 * names. */
#include "policy/policy_sources.h"

#include <string.h>

#include "archive/slug.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "blob/blob.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"

#define MANIFEST_DEPTH 64
/* As the upload was checked, and then some. */
/* Of all files of an OPA set together. */
#define REGO_MAX ((int64_t)8 * 1024 * 1024)
#define ARCHIVE_MAX ((int64_t)1024 * 1024 * 1024)

struct loader {
    struct db *db;
    struct arena *arena;
    const struct keyring *keyring;
    const struct rows *rows;
    size_t row;
    const struct json_value *manifest;
    struct blob_reader *reader;
    enum db_status status;
    bool opa;
    struct policy_file *files;
    size_t file_count, file_cap;
    int64_t rego_size;
    struct sentinel_data *params; /* of the set */
    size_t param_count;
};

/* --- Parameters --- */

/* What parses as JSON is that value, else it is the text (today-governance.md section 4). */
static struct sentinel_data param_of(struct arena *arena, const char *key, const char *value)
{
    const char *reason;
    struct buf json;

    if (json_read(arena, value, strlen(value), MANIFEST_DEPTH, &reason))
        return (struct sentinel_data){key, value, strlen(value)};
    buf_init(&json, arena);
    buf_addc(&json, '"');
    for (const char *c = value; *c; c++)
        if (*c == '"' || *c == '\\')
            buf_printf(&json, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            buf_printf(&json, "\\u%04x", (unsigned)*c);
        else
            buf_addc(&json, *c);
    buf_addc(&json, '"');
    return (struct sentinel_data){key, buf_str(&json), json.len};
}

static enum db_status load_params(struct loader *l, const char **problem)
{
    struct rows *rows = NULL;
    enum db_status status = db_query(l->db, l->arena, STATEMENT_RUN_POLICY_PARAMETER_LIST, &rows,
                                     rows_get(l->rows, l->row, "id"));

    if (status != DB_OK)
        return status;
    l->params = arena_alloc(l->arena, rows_count(rows) * sizeof *l->params);
    for (size_t i = 0; i < rows_count(rows); i++) {
        const char *value = rows_get(rows, i, "value");
        const char *sealed = rows_get(rows, i, "sealed_value");
        if (sealed)
            value =
                crypto_open_text(l->arena, l->keyring, rows_get(rows, i, "parameter_id"), sealed);
        if (!value) {
            log_error("policy set parameter %s does not open: is its key in the key file?",
                      rows_get(rows, i, "parameter_id"));
            *problem = "a parameter of the policy set does not open";
            return DB_OK;
        }
        l->params[l->param_count++] = param_of(l->arena, rows_get(rows, i, "key"), value);
    }
    return DB_OK;
}

static size_t member_count(const struct json_value *object)
{
    size_t count = 0;
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;

    while (json_next(object, &cursor, &key, &value))
        count++;
    return count;
}

static void add_members(struct arena *arena, const struct json_value *object,
                        struct sentinel_data *params, size_t *count)
{
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;

    while (json_next(object, &cursor, &key, &value)) {
        struct buf text;
        buf_init(&text, arena);
        json_print(&text, value);
        params[(*count)++] = (struct sentinel_data){key, buf_str(&text), text.len};
    }
}

/* The first of a name counts: what the server was given, the policy's own, the file's. */
static void give_params(struct loader *l, const struct json_value *own, struct policy_source *out)
{
    const struct json_value *of_file = json_get(l->manifest, "params");
    size_t count = l->param_count;
    struct sentinel_data *params =
        arena_alloc(l->arena, (count + member_count(own) + member_count(of_file)) * sizeof *params);

    if (count)
        memcpy(params, l->params, count * sizeof *params);
    add_members(l->arena, own, params, &count);
    add_members(l->arena, of_file, params, &count);
    out->params = params;
    out->param_count = count;
}

/* --- Single policies --- */

static void add_file(struct loader *l, const char *path)
{
    if (l->file_count == l->file_cap) {
        size_t cap = l->file_cap ? l->file_cap * 2 : 16;
        l->files = arena_resize(l->arena, l->files, l->file_cap * sizeof *l->files,
                                cap * sizeof *l->files);
        l->file_cap = cap;
    }
    l->files[l->file_count++] = (struct policy_file){arena_strdup(l->arena, path), NULL, 0};
}

static enum db_status read_blob(struct loader *l, const char *blob, struct policy_source *out)
{
    const void *bytes;
    size_t len;
    struct buf text;
    enum db_status status = blob_reader_open(l->db, l->arena, l->keyring, blob, &l->reader);

    buf_init(&text, l->arena);
    while (status == DB_OK) {
        status = blob_reader_next(l->reader, &bytes, &len);
        if (status != DB_OK || len == 0)
            break;
        buf_add(&text, bytes, len);
    }
    if (status == DB_NO_ROWS || (status != DB_OK && blob_reader_error(l->reader))) {
        out->problem = "the policy's bytes cannot be read";
        return DB_OK;
    }
    out->text = buf_str(&text);
    out->len = text.len;
    return status;
}

static enum db_status load_single(struct loader *l, struct policy_sources *out)
{
    struct rows *rows = NULL;
    enum db_status status = db_query(l->db, l->arena, STATEMENT_RUN_POLICY_LIST, &rows,
                                     rows_get(l->rows, l->row, "id"));

    if (status != DB_OK)
        return status;
    out->policies = arena_alloc(l->arena, rows_count(rows) * sizeof *out->policies);
    out->policy_count = rows_count(rows);
    for (size_t i = 0; i < out->policy_count && status == DB_OK; i++) {
        struct policy_source *p = &out->policies[i];
        const char *blob = rows_get(rows, i, "blob_id");
        *p = (struct policy_source){.name = rows_get(rows, i, "name"),
                                    .description = rows_get(rows, i, "description"),
                                    .level = rows_get(rows, i, "enforcement_level"),
                                    .query = rows_get(rows, i, "query")};
        p->file = arena_printf(l->arena, "./%s.sentinel", p->name);
        give_params(l, NULL, p);
        if (blob)
            status = read_blob(l, blob, p);
        else
            p->problem = "nothing has been uploaded for the policy";
        if (l->opa && p->text) {
            add_file(l, arena_printf(l->arena, "%s.rego", p->name));
            l->files[l->file_count - 1].text = p->text;
            l->files[l->file_count - 1].len = p->len;
        }
    }
    return status;
}

/* --- Versions --- */

static ssize_t next_piece(void *object, const void **bytes)
{
    struct loader *l = object;
    size_t len;

    l->status = blob_reader_next(l->reader, bytes, &len);
    return l->status == DB_OK ? (ssize_t)len : -1;
}

static struct policy_file *find_file(struct loader *l, const char *path)
{
    for (size_t i = 0; i < l->file_count; i++)
        if (strcmp(l->files[i].path, path) == 0)
            return &l->files[i];
    return NULL;
}

static bool is_rego(const struct loader *l, const char *path)
{
    const char *base = json_text(json_get(l->manifest, "base"));
    size_t len = strlen(path);

    return len > 5 && strcmp(path + len - 5, ".rego") == 0 &&
           strncmp(path, base ? base : "", base ? strlen(base) : 0) == 0;
}

static bool wants(void *object, const char *path, int64_t size)
{
    struct loader *l = object;

    if (!l->opa)
        return find_file(l, path) != NULL;
    if (!is_rego(l, path))
        return false;
    l->rego_size += size > SLUG_MAX_CONTENT ? REGO_MAX : size;
    if (l->rego_size < REGO_MAX && !find_file(l, path))
        add_file(l, path);
    return l->rego_size < REGO_MAX;
}

static void take(void *object, const char *path, const char *bytes, size_t len)
{
    struct loader *l = object;
    struct policy_file *file = find_file(l, path);

    file->text = arena_strndup(l->arena, bytes, len);
    file->len = len;
}

static void want_sources(struct loader *l, const char *list)
{
    const struct json_value *items = json_get(l->manifest, list);

    for (size_t i = 0; items && i < json_length(items); i++) {
        const char *path = json_text(json_get(json_at(items, i), "source"));
        if (!path || find_file(l, path))
            continue;
        add_file(l, path);
    }
}

static enum db_status read_archive(struct loader *l, const char **problem)
{
    struct slug_reader reader = {wants, take, l};
    struct slug slug = {0};
    enum db_status status = blob_reader_open(l->db, l->arena, l->keyring,
                                             rows_get(l->rows, l->row, "blob_id"), &l->reader);

    if (status == DB_NO_ROWS) {
        *problem = "the archive of the policy set is gone";
        return DB_OK;
    }
    if (status != DB_OK)
        return status;
    if (!l->opa) {
        want_sources(l, "policies");
        want_sources(l, "modules");
        want_sources(l, "statics");
    }
    enum slug_verdict verdict = slug_read(l->arena, next_piece, l, ARCHIVE_MAX, &reader, &slug);
    if (verdict == SLUG_GOOD && l->rego_size >= REGO_MAX)
        *problem = "the policies of the set are too large together";
    if (verdict == SLUG_GOOD)
        return DB_OK;
    *problem = "the archive of the policy set cannot be read";
    return verdict == SLUG_CUT_OFF && !blob_reader_error(l->reader) ? l->status : DB_OK;
}

static void add_sources(struct loader *l, struct policy_sources *out)
{
    const struct json_value *modules = json_get(l->manifest, "modules");
    const struct json_value *statics = json_get(l->manifest, "statics");
    size_t module_count = modules ? json_length(modules) : 0;
    size_t static_count = statics ? json_length(statics) : 0;

    out->modules = arena_alloc(l->arena, module_count * sizeof *out->modules);
    out->statics = arena_alloc(l->arena, static_count * sizeof *out->statics);
    for (size_t i = 0; i < module_count; i++) {
        const struct json_value *item = json_at(modules, i);
        const char *path = json_text(json_get(item, "source"));
        const struct policy_file *file = path ? find_file(l, path) : NULL;
        if (file && file->text)
            out->modules[out->module_count++] = (struct sentinel_source){
                json_text(json_get(item, "name")), arena_printf(l->arena, "./%s", path), file->text,
                file->len};
    }
    for (size_t i = 0; i < static_count; i++) {
        const struct json_value *item = json_at(statics, i);
        const char *path = json_text(json_get(item, "source"));
        const struct policy_file *file = path ? find_file(l, path) : NULL;
        if (file && file->text)
            out->statics[out->static_count++] =
                (struct sentinel_data){json_text(json_get(item, "name")), file->text, file->len};
    }
}

static enum db_status load_version(struct loader *l, struct policy_sources *out)
{
    const char *text = rows_get(l->rows, l->row, "manifest"), *reason;

    if (!text) {
        out->problem = "the policy set has no version that is ready";
        return DB_OK;
    }
    l->manifest = json_read(l->arena, text, strlen(text), MANIFEST_DEPTH, &reason);
    const struct json_value *list = json_get(l->manifest, "policies");
    enum db_status status = read_archive(l, &out->problem);
    if (status != DB_OK || out->problem)
        return status;
    add_sources(l, out);
    size_t count = list ? json_length(list) : 0;
    out->policies = arena_alloc(l->arena, count * sizeof *out->policies);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *item = json_at(list, i);
        const char *path = json_text(json_get(item, "source"));
        const struct policy_file *file = path ? find_file(l, path) : NULL;
        struct policy_source *p = &out->policies[out->policy_count++];
        *p = (struct policy_source){.name = json_text(json_get(item, "name")),
                                    .description = json_text(json_get(item, "description")),
                                    .level = json_text(json_get(item, "enforcement_level")),
                                    .query = json_text(json_get(item, "query"))};
        p->file = arena_printf(l->arena, "./%s", path ? path : "");
        give_params(l, json_get(item, "params"), p);
        if (path && (!file || !file->text))
            p->problem = "the policy's file is missing from the archive";
        else if (file) {
            p->text = file->text;
            p->len = file->len;
        }
    }
    return DB_OK;
}

enum db_status policy_sources_load(struct db *db, struct arena *arena,
                                   const struct keyring *keyring, const struct rows *rows,
                                   size_t row, bool opa, struct policy_sources *out)
{
    struct loader l = {
        .db = db, .arena = arena, .keyring = keyring, .rows = rows, .row = row, .opa = opa};

    *out = (struct policy_sources){0};
    enum db_status status = load_params(&l, &out->problem);
    if (status != DB_OK || out->problem)
        return status;
    status = rows_bool(rows, row, "is_versioned") ? load_version(&l, out) : load_single(&l, out);
    out->files = l.files;
    out->file_count = l.file_count;
    return status;
}
