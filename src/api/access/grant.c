/* Grants: see access.h. */
#include "api/access/access.h"

#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "jsonapi/resource.h"

static const char *related_id(struct context *context, const char *relationship)
{
    const char *id = json_text(
        json_find(context->document, "data", "relationships", relationship, "data", "id", NULL));
    if (id && *id)
        return id;
    request_fail(context, ERROR_INVALID_RELATIONSHIP,
                 arena_printf(context->arena, "/data/relationships/%s", relationship),
                 "%s can't be blank", patch_human(context->arena, relationship));
    return NULL;
}

void grant_create(struct context *context, const char *on, enum statement load,
                  permission_mask need)
{
    const char *team = related_id(context, "team");
    const char *thing = related_id(context, on);
    const char *params[] = {context->token_hash, team, thing};

    if (request_failed(context) || !context_enter(context, load, need, params, 3))
        return;
    if (rows_bool(context->rows, 0, "is_owners"))
        request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/team",
                     "Team must not be the owners team, which has every right already");
    else
        context_create(context);
}

const char *grant_level(const struct context *context, const struct patch *patch)
{
    const char *level = json_text(patch_attribute(patch, "access"));
    if (!level)
        level = json_text(patch_attribute(patch, "permission"));
    return level || patch->create ? level : scope_get(context, "access");
}

void grant_audit(struct context *context, const char *level)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(&w, "team", scope_get(context, "team_id"));
    json_member_string(&w, "permissions", level);
    json_object_end(&w);
    context->audit_meta = buf_str(&out);
}

void grant_check_custom(struct context *context, const char *level, const char *name)
{
    if (level && strcmp(level, "custom") != 0)
        patch_fail(context, name,
                   arena_printf(context->arena,
                                "is read-only when access level is '%s'; use the 'custom' access "
                                "level to set this attribute.",
                                level));
}
