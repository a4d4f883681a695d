/* Tables of pairs: see links.h. */
#include "api/links.h"

#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static bool linkable(struct context *context, const struct links_target *target, const char *owner,
                     const char *ids)
{
    struct rows *refused = NULL;
    if (!CONTEXT_QUERY(context, target->unlinkable, &refused, context->token_hash, owner, ids))
        return false;
    for (size_t i = 0; i < rows_count(refused); i++)
        if (!rows_bool(refused, i, "visible")) {
            request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
            return false;
        }
    if (rows_count(refused) > 0)
        request_fail(context, ERROR_INVALID_RELATIONSHIP,
                     arena_printf(context->arena, "/data/relationships/%s", target->relationship),
                     "%s %s: %s", patch_human(context->arena, target->relationship),
                     target->outside, rows_get(refused, 0, "id"));
    return !request_failed(context);
}

void links_replace(struct context *context, const struct patch *patch,
                   const struct links_target *target)
{
    const struct json_value *data =
        json_get(patch_relationship(patch, target->relationship), "data");
    if (request_failed(context) || !data || json_kind(data) == JSON_NULL)
        return;
    const char *pointer =
        arena_printf(context->arena, "/data/relationships/%s/data", target->relationship);
    const char *ids = identifiers_read(context, data, pointer, target->type);
    if (ids && linkable(context, target, patch->id, ids) &&
        CONTEXT_QUERY(context, target->prune, NULL, patch->id, ids))
        (void)CONTEXT_QUERY(context, target->add, NULL, patch->id, ids);
}

void links_add(struct context *context, const struct links_target *target)
{
    const char *owner = scope_get(context, "id");
    const char *ids = document_ids(context, target->type);
    if (ids && linkable(context, target, owner, ids) &&
        CONTEXT_QUERY(context, target->add, NULL, owner, ids))
        reply_no_content(context);
}

void links_remove(struct context *context, const struct links_target *target)
{
    const char *ids = document_ids(context, target->type);
    if (ids && CONTEXT_QUERY(context, target->remove, NULL, scope_get(context, "id"), ids))
        reply_no_content(context);
}
