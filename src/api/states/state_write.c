/* A new state version: created with its bytes, created pending (the bytes come by signed URL), or
 * as a copy of an earlier one. The rules: today-workspaces.md 12.2, 12.7 and 23. */
#include "api/states/states.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "run/run.h"

struct bytes {
    const char *data; /* NULL: not given */
    size_t len;
};

struct new_state {
    int64_t serial;
    const char *md5;
    const char *lineage;
    bool force;
    const char *run;
    const char *repeats; /* the version that it rolls back to */
    struct bytes state;
    struct bytes json_state;
    const struct json_value *outputs;
};

static const struct json_value *attribute(const struct context *context, const char *name)
{
    const struct json_value *value = json_find(context->document, "data", "attributes", name, NULL);
    return value && json_kind(value) == JSON_NULL ? NULL : value;
}

static const char *text_attribute(struct context *context, const char *name)
{
    const struct json_value *value = attribute(context, name);
    if (value && json_kind(value) != JSON_STRING)
        patch_fail(context, name, "must be a string");
    return json_text(value);
}

static struct bytes base64_attribute(struct context *context, const char *name)
{
    const char *text = text_attribute(context, name);
    struct bytes out = {NULL, 0};
    if (!text || !*text)
        return out;
    out.data = crypto_base64_decode(context->arena, text, strlen(text), &out.len);
    if (!out.data)
        patch_fail(context, name, "must be base64");
    return out;
}

static bool is_md5(const char *text)
{
    size_t n = 0;
    while (isxdigit((unsigned char)text[n]))
        n++;
    return n == 32 && text[n] == '\0';
}

static void read_outputs(struct context *context, struct new_state *out)
{
    struct bytes text = base64_attribute(context, "json-state-outputs");
    const char *reason;
    if (!text.data)
        return;
    out->outputs = json_read(context->arena, text.data, text.len,
                             (int)context->service->config->json_depth, &reason);
    if (!out->outputs ||
        (json_kind(out->outputs) != JSON_OBJECT && json_kind(out->outputs) != JSON_NULL))
        patch_fail(context, "json-state-outputs", "must hold a JSON object");
}

/* Never answer `param is missing or the value is empty: state`: the CLI would take it as "this
 * server cannot do separate uploads". */
static void read_request(struct context *context, struct new_state *out)
{
    const struct json_value *serial = attribute(context, "serial");
    const struct json_value *force = attribute(context, "force");

    if (!serial)
        patch_fail(context, "serial", "can't be blank");
    else if (json_kind(serial) != JSON_INT || json_integer(serial) < 0)
        patch_fail(context, "serial", "must be a whole number, 0 or more");
    else
        out->serial = json_integer(serial);

    out->md5 = text_attribute(context, "md5");
    if (!out->md5 || !*out->md5)
        patch_fail(context, "md5", "can't be blank");
    else if (!is_md5(out->md5))
        patch_fail(context, "md5", "must be 32 hexadecimal digits");

    out->lineage = text_attribute(context, "lineage");
    if (out->lineage && !*out->lineage)
        out->lineage = NULL;
    if (force && json_kind(force) != JSON_BOOL)
        patch_fail(context, "force", "must be true or false");
    out->force = force && json_kind(force) == JSON_BOOL && json_boolean(force);
    /* What a run writes is its own, whatever it says. */
    out->run = context->principal.kind == PRINCIPAL_RUN
                   ? context->principal.run_id
                   : json_text(json_find(context->document, "data", "relationships", "run", "data",
                                         "id", NULL));
    out->state = base64_attribute(context, "state");
    out->json_state = base64_attribute(context, "json-state");
    read_outputs(context, out);
}

static bool holds_lock(struct context *context, const struct rows *begin)
{
    const char *by = rows_get(begin, 0, "locked_by");
    if (by && strcmp(by, principal_actor(&context->principal)) == 0)
        return true;
    if (!by)
        request_fail(
            context, ERROR_CONFLICT, NULL,
            "Workspace must be locked by the uploader of a state version; it is not locked");
    else if (strncmp(by, "run-", 4) == 0)
        request_fail(context, ERROR_CONFLICT, NULL, "Workspace is locked by Run %s", by);
    else if (rows_get(begin, 0, "team"))
        request_fail(context, ERROR_CONFLICT, NULL, "Workspace is locked by Team %s",
                     rows_get(begin, 0, "team"));
    else
        request_fail(context, ERROR_CONFLICT, NULL, "Workspace is locked by User %s",
                     rows_get(begin, 0, "username") ? rows_get(begin, 0, "username") : by);
    return false;
}

/* Compared with the current version only, never with what is inside the file. */
static void check_succession(struct context *context, const struct rows *begin,
                             const struct new_state *state)
{
    if (!rows_get(begin, 0, "current_id") || state->force)
        return;
    const char *lineage = rows_get(begin, 0, "lineage");
    int64_t serial = rows_int(begin, 0, "serial");

    if (state->lineage && lineage && strcmp(lineage, state->lineage) != 0)
        request_fail(context, ERROR_CONFLICT, "/data/attributes/lineage",
                     "The lineage %s differs from the lineage of the current state, %s",
                     state->lineage, lineage);
    else if (state->serial < serial)
        request_fail(context, ERROR_CONFLICT, "/data/attributes/serial",
                     "The serial %lld is lower than the serial of the current state, %lld",
                     (long long)state->serial, (long long)serial);
    else if (state->serial == serial && strcasecmp(rows_get(begin, 0, "md5"), state->md5) != 0)
        request_fail(context, ERROR_CONFLICT, "/data/attributes/serial",
                     "A state with serial %lld exists already, with different content",
                     (long long)serial);
}

/* The workspace row stays locked until the transaction ends. */
static const struct rows *begin_write(struct context *context)
{
    struct rows *begin = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_STATE_BEGIN, &begin, scope_get(context, "id")))
        return NULL;
    if (!begin) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return NULL;
    }
    return holds_lock(context, begin) ? begin : NULL;
}

static const char *lower_case(struct arena *arena, const char *text)
{
    char *lower = arena_strdup(arena, text);
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static bool store(struct context *context, const struct bytes *bytes, struct blob_info *out)
{
    struct blob_writer *writer =
        blob_writer_begin(context->service->db, context->arena, context->service->keyring,
                          scope_get(context, "organization_id"));
    return db_ok(context, blob_writer_add(writer, bytes->data, bytes->len)) &&
           db_ok(context, blob_writer_finish(writer, out));
}

/* A version whose bytes will come by its upload URL. */
static bool insert_pending(struct context *context, const char *id, const struct new_state *state)
{
    struct arena *arena = context->arena;
    struct blob_info json;

    if (!CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_CREATE, NULL, scope_get(context, "id"), id,
                       arena_printf(arena, "%lld", (long long)state->serial), state->lineage,
                       lower_case(arena, state->md5), principal_actor(&context->principal),
                       state->run))
        return false;
    if (json_kind(state->outputs) == JSON_OBJECT &&
        !CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_OUTPUT_CREATE, NULL, id,
                       state_outputs(context, state->outputs)))
        return false;
    return !state->json_state.data ||
           (store(context, &state->json_state, &json) &&
            CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_SET_JSON_BLOB, NULL, id, json.id));
}

/* Saved plans that know nothing of the new state are discarded (today-runs.md 6.4). */
static bool discard_saved_plans(struct context *context, const struct rows *begin)
{
    return !rows_bool(begin, 0, "has_saved_plans") ||
           db_ok(context, run_state_changed(context->service->db, context->arena,
                                            scope_get(context, "id"), context->principal.run_id));
}

/* A version whose bytes are in blob: one statement makes it, its outputs, and the workspace's part.
 */
static bool insert_final(struct context *context, const char *id, const struct new_state *state,
                         const struct blob_info *blob, const char *json_blob,
                         const struct state_facts *facts, const struct rows *begin)
{
    struct arena *arena = context->arena;

    return CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_STORE, NULL, scope_get(context, "id"), id,
                         arena_printf(arena, "%lld", (long long)state->serial), state->lineage,
                         lower_case(arena, state->md5), principal_actor(&context->principal),
                         state->run, state->repeats, blob->id, blob->sha256,
                         arena_printf(arena, "%lld", (long long)blob->size),
                         facts->summary->terraform_version, facts->format, facts->modules,
                         facts->providers, facts->resources, facts->resource_count,
                         facts->resources_digest, facts->outputs, json_blob) &&
           state_resources_merge(context, id, scope_get(context, "id"), facts,
                                 rows_get(begin, 0, "resources_digest")) &&
           discard_saved_plans(context, begin);
}

static bool create_final(struct context *context, const char *id, const struct new_state *state,
                         const struct rows *begin)
{
    struct state_scan *scan = state_scan_new(context->arena);
    struct state_facts facts;
    struct blob_info blob, json = {.id = NULL};
    const char *reason;

    (void)state_scan_feed(scan, state->state.data, state->state.len);
    const struct state_summary *summary = state_scan_end(scan, &reason);
    if (!summary) {
        patch_fail(context, "state", arena_printf(context->arena, "is no JSON object: %s", reason));
        return false;
    }
    if (!store(context, &state->state, &blob))
        return false;
    if (strcasecmp(blob.md5, state->md5) != 0) {
        patch_fail(context, "md5", "does not match the state");
        return false;
    }
    if (state->json_state.data && !store(context, &state->json_state, &json))
        return false;
    state_extract(context, summary, &facts);
    if (json_kind(state->outputs) == JSON_OBJECT)
        facts.outputs = state_outputs(context, state->outputs);
    return insert_final(context, id, state, &blob, json.id, &facts, begin);
}

void state_version_create(struct context *context)
{
    struct new_state state = {0};

    read_request(context, &state);
    if (request_failed(context))
        return;
    const struct rows *begin = begin_write(context);
    if (!begin)
        return;
    check_succession(context, begin, &state);
    if (request_failed(context))
        return;
    const char *id = ids_new(context->arena, "sv-");
    if (state.state.data ? create_final(context, id, &state, begin)
                         : insert_pending(context, id, &state))
        reply_with(context, 201, STATEMENT_STATE_VERSION_SHOW, id);
}

/* Reads the earlier version's bytes again: resources and outputs come from them, as at first. */
static const struct state_summary *scan_blob(struct context *context, const char *blob,
                                             struct blob_info *info)
{
    struct blob_reader *reader;
    struct state_scan *scan = state_scan_new(context->arena);
    const void *bytes;
    const char *reason;
    size_t len;

    if (!db_ok(context, blob_reader_open(context->service->db, context->arena,
                                         context->service->keyring, blob, &reader)))
        return NULL;
    *info = *blob_reader_info(reader);
    do {
        if (!db_ok(context, blob_reader_next(reader, &bytes, &len)))
            return NULL;
        (void)state_scan_feed(scan, bytes, len);
    } while (len > 0);
    blob_reader_close(reader);
    const struct state_summary *summary = state_scan_end(scan, &reason);
    if (!summary)
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The earlier state is no JSON object");
    return summary;
}

/* The bytes may have been deleted since the version was read: the next try sees it. */
static bool share(struct context *context, const char *blob)
{
    enum db_status status = blob_share(context->service->db, context->arena, blob);
    if (status == DB_NO_ROWS) {
        request_fail(context, ERROR_CONFLICT, NULL, "the state version has just been changed");
        context->transient = true;
        return false;
    }
    return db_ok(context, status);
}

void state_version_rollback(struct context *context)
{
    const char *earlier = json_text(json_find(context->document, "data", "relationships",
                                              "rollback-state-version", "data", "id", NULL));
    struct rows *rows = NULL;
    struct blob_info blob;

    if (!earlier) {
        request_fail(context, ERROR_INVALID_RELATIONSHIP,
                     "/data/relationships/rollback-state-version",
                     "Rollback state version can't be blank");
        return;
    }
    const struct rows *begin = begin_write(context);
    if (!begin || !CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_IN_WORKSPACE, &rows, earlier,
                                 scope_get(context, "id")))
        return;
    if (!rows) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (strcmp(rows_get(rows, 0, "status"), "finalized") != 0) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "State version %s has no data to roll back to", earlier);
        return;
    }
    const char *blob_id = rows_get(rows, 0, "blob_id");
    struct new_state state = {
        .serial = rows_int(rows, 0, "serial"),
        .md5 = rows_get(rows, 0, "md5"),
        .lineage = rows_get(rows, 0, "lineage"),
        .repeats = earlier,
    };
    const char *id = ids_new(context->arena, "sv-");
    if (!share(context, blob_id))
        return;
    const struct state_summary *summary = scan_blob(context, blob_id, &blob);
    const char *json = rows_get(rows, 0, "json_blob_id");
    if (!summary || (json && !share(context, json)))
        return;
    struct state_facts facts;
    state_extract(context, summary, &facts);
    if (insert_final(context, id, &state, &blob, json, &facts, begin))
        reply_with(context, 201, STATEMENT_STATE_VERSION_SHOW, id);
}
