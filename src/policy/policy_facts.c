/* See policy_facts.h. Values of variables stay out of it: a policy sees their names. */
#include "policy/policy_facts.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "blob/blob.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

/* A larger plan is one that policies cannot look at: they fail then. */
#define PLAN_MAX ((int64_t)96 * 1024 * 1024)

static enum db_status read_plan(struct db *db, struct arena *arena, const struct keyring *keyring,
                                const char *blob, struct policy_facts *out)
{
    struct blob_reader *reader;
    const void *bytes;
    size_t len;
    struct buf text;
    enum db_status status = blob_reader_open(db, arena, keyring, blob, &reader);

    if (status == DB_NO_ROWS)
        return DB_OK;
    if (status != DB_OK)
        return status;
    if (blob_reader_info(reader)->size > PLAN_MAX) {
        log_warn("plan blob=%s is too large for policies", blob);
        return DB_OK;
    }
    buf_init(&text, arena);
    for (;;) {
        status = blob_reader_next(reader, &bytes, &len);
        if (status != DB_OK && blob_reader_error(reader)) {
            log_error("plan blob=%s: %s", blob, blob_reader_error(reader));
            return DB_OK;
        }
        if (status != DB_OK || len == 0)
            break;
        buf_add(&text, bytes, len);
    }
    out->plan = buf_str(&text);
    out->plan_len = text.len;
    return status;
}

/* {name: {category, sensitive}} of a list of variables. */
static void add_variables(struct arena *arena, struct json_writer *w, const char *json)
{
    const char *reason;
    const struct json_value *list = json ? json_read(arena, json, strlen(json), 8, &reason) : NULL;

    for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_length(list); i++) {
        const struct json_value *item = json_at(list, i), *flag = json_get(item, "sensitive");
        const char *key = json_text(json_get(item, "key"));
        const char *category = json_text(json_get(item, "category"));
        if (!key)
            continue;
        json_key(w, key);
        json_object_begin(w);
        json_member_string(w, "category",
                           category && strcmp(category, "env") == 0 ? "environment" : "input");
        json_member_bool(w, "sensitive",
                         flag && json_kind(flag) == JSON_BOOL && json_boolean(flag));
        json_object_end(w);
    }
}

static const char *run_facts(struct arena *arena, const struct keyring *keyring, const char *run_id,
                             const struct rows *rows, const char *column)
{
    const char *sealed = rows_get(rows, 0, "sealed_variables");
    struct buf text;
    struct json_writer w;

    buf_init(&text, arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    add_variables(arena, &w, sealed ? crypto_open_text(arena, keyring, run_id, sealed) : NULL);
    add_variables(arena, &w, rows_get(rows, 0, "variables"));
    json_object_end(&w);
    const char *variables = buf_str(&text);
    const char *facts = rows_get(rows, 0, column);
    /* {"variables": ..., what the statement gave} */
    return arena_printf(arena, "{\"variables\":%s,%s", variables, facts + 1);
}

enum db_status policy_facts_load(struct db *db, struct arena *arena, const struct keyring *keyring,
                                 const char *run_id, bool plan, struct policy_facts *out)
{
    struct rows *rows = NULL;
    enum db_status status = db_query(db, arena, STATEMENT_POLICY_RUN_FACTS, &rows, run_id);

    *out = (struct policy_facts){.run = "{}", .opa_run = "{}"};
    if (status != DB_OK)
        return status;
    out->run = run_facts(arena, keyring, run_id, rows, "facts");
    out->opa_run = run_facts(arena, keyring, run_id, rows, "opa_facts");
    const char *blob = rows_get(rows, 0, "plan_blob_id");
    return blob && plan ? read_plan(db, arena, keyring, blob, out) : DB_OK;
}
