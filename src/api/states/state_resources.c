/* The resources of a workspace: one row an instance, kept from state to state by address
 * (today-workspaces.md section 14). */
#include "api/states/states.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* Rows of one insert: keeps a statement's parameter small whatever the state holds. */
#define BATCH 1000

static void add_text(struct crypto_digest *digest, const char *text)
{
    /* The NUL counts: it keeps two texts apart. */
    crypto_digest_add(digest, text ? text : "", (text ? strlen(text) : 0) + 1);
}

const char *state_resources_digest(struct arena *arena, const struct state_summary *summary)
{
    struct crypto_digest *digest = crypto_digest_new(arena);
    char *sha256 = arena_alloc(arena, CRYPTO_SHA256_HEX);
    char md5[CRYPTO_MD5_HEX];

    for (size_t i = 0; i < summary->resource_count; i++) {
        const struct state_resource *r = &summary->resources[i];
        if (!state_is_managed(r))
            continue;
        add_text(digest, r->module);
        add_text(digest, r->type);
        add_text(digest, r->name);
        add_text(digest, r->provider);
        for (size_t k = 0; k < r->index_key_count; k++)
            add_text(digest, r->index_keys[k]);
        crypto_digest_add(digest, "\n", 1);
    }
    crypto_digest_end(digest, sha256, md5);
    return sha256;
}

/* `index` is JSON text: 0 or "a"; the wire wants a string in any case. */
static void write_resource(struct arena *arena, struct json_writer *w,
                           const struct state_resource *r, const char *module, const char *provider,
                           const char *index)
{
    bool root = strcmp(module, "root") == 0 && !r->module;
    json_object_begin(w);
    json_member_string(w, "address",
                       arena_printf(arena, "%s%s%s.%s%s%s%s", root ? "" : module, root ? "" : ".",
                                    r->type, r->name, index ? "[" : "", index ? index : "",
                                    index ? "]" : ""));
    json_member_string(w, "name", r->name);
    json_member_string(w, "module", module);
    json_member_string(w, "provider", provider);
    json_member_string(w, "provider_type", r->type);
    if (index && index[0] == '"')
        json_member_raw(w, "name_index", index);
    else
        json_member_string(w, "name_index", index);
    json_object_end(w);
}

struct batch {
    struct arena *arena; /* of this batch only: emptied after each insert */
    struct buf json;
    struct json_writer w;
    size_t count;
};

static void batch_begin(struct batch *batch)
{
    arena_reset(batch->arena);
    buf_init(&batch->json, batch->arena);
    json_writer_init(&batch->w, &batch->json);
    json_array_begin(&batch->w);
    batch->count = 0;
}

static bool batch_flush(struct context *context, struct batch *batch, const char *id,
                        const char *workspace)
{
    bool good = true;
    json_array_end(&batch->w);
    if (batch->count)
        good = CONTEXT_QUERY(context, STATEMENT_WORKSPACE_RESOURCE_MERGE, NULL, workspace, id,
                             buf_str(&batch->json));
    batch_begin(batch);
    return good;
}

static bool merge_resource(struct context *context, struct batch *batch, const char *id,
                           const char *workspace, const struct state_resource *r)
{
    const char *module = state_short_module(context->arena, r->module);
    const char *provider = state_short_provider(context->arena, r->provider);
    for (size_t i = 0; i < r->index_key_count; i++) {
        write_resource(batch->arena, &batch->w, r, module, provider, r->index_keys[i]);
        if (++batch->count == BATCH && !batch_flush(context, batch, id, workspace))
            return false;
    }
    return true;
}

static void free_arena(void *arena)
{
    arena_free(arena);
}

bool state_resources_merge(struct context *context, const char *id, const char *workspace,
                           const struct state_facts *facts, const char *known_digest)
{
    const struct state_summary *summary = facts->summary;
    struct batch batch = {.arena = NULL};

    if (known_digest && strcmp(known_digest, facts->resources_digest) == 0)
        return true;
    batch.arena = arena_new();
    arena_defer(context->arena, free_arena, batch.arena);
    batch_begin(&batch);
    for (size_t i = 0; i < summary->resource_count; i++)
        if (state_is_managed(&summary->resources[i]) &&
            !merge_resource(context, &batch, id, workspace, &summary->resources[i]))
            return false;
    return batch_flush(context, &batch, id, workspace) &&
           CONTEXT_QUERY(context, STATEMENT_WORKSPACE_RESOURCE_PRUNE, NULL, workspace, id);
}
