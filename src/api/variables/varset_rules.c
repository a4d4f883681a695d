/* Rules of variable sets: an organization or a project owns one; a set of a project stays in it;
 * two global sets never hold the same variable. */
#include "api/variables/variables.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/engine.h"
#include "jsonapi/patch.h"

/* What a set can be applied to. */
struct target {
    const char *relationship; /* also the type */
    enum statement unlinkable, add, remove, prune;
};

static const struct target workspaces = {
    "workspaces",
    STATEMENT_VARSET_UNLINKABLE_WORKSPACE,
    STATEMENT_VARSET_WORKSPACE_ADD,
    STATEMENT_VARSET_WORKSPACE_REMOVE,
    STATEMENT_VARSET_WORKSPACE_PRUNE,
};
static const struct target projects = {
    "projects",
    STATEMENT_VARSET_UNLINKABLE_PROJECT,
    STATEMENT_VARSET_PROJECT_ADD,
    STATEMENT_VARSET_PROJECT_REMOVE,
    STATEMENT_VARSET_PROJECT_PRUNE,
};

static bool linkable(struct context *context, const struct target *target, const char *varset,
                     const char *ids)
{
    struct rows *refused = NULL;
    if (!CONTEXT_QUERY(context, target->unlinkable, &refused, context->token_hash, varset, ids))
        return false;
    for (size_t i = 0; i < rows_count(refused); i++)
        if (!rows_bool(refused, i, "visible")) {
            request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
            return false;
        }
    if (rows_count(refused) > 0)
        request_fail(context, ERROR_INVALID_RELATIONSHIP,
                     arena_printf(context->arena, "/data/relationships/%s", target->relationship),
                     "%s must be within the project that owns the variable set: %s",
                     patch_human(context->arena, target->relationship), rows_get(refused, 0, "id"));
    return !request_failed(context);
}

static void add(struct context *context, const struct target *target)
{
    const char *varset = scope_get(context, "id");
    const char *ids = document_ids(context, target->relationship);
    if (ids && linkable(context, target, varset, ids) &&
        CONTEXT_QUERY(context, target->add, NULL, varset, ids))
        reply_no_content(context);
}

static void remove_some(struct context *context, const struct target *target)
{
    const char *ids = document_ids(context, target->relationship);
    if (ids && CONTEXT_QUERY(context, target->remove, NULL, scope_get(context, "id"), ids))
        reply_no_content(context);
}

void varset_add_workspaces(struct context *context)
{
    add(context, &workspaces);
}

void varset_remove_workspaces(struct context *context)
{
    remove_some(context, &workspaces);
}

void varset_add_projects(struct context *context)
{
    add(context, &projects);
}

void varset_remove_projects(struct context *context)
{
    remove_some(context, &projects);
}

/* A list in the document replaces what the set was applied to; without one nothing changes. */
static void replace(struct context *context, const struct patch *patch, const struct target *target)
{
    const struct json_value *data =
        json_get(patch_relationship(patch, target->relationship), "data");
    if (request_failed(context) || !data || json_kind(data) == JSON_NULL)
        return;
    const char *pointer =
        arena_printf(context->arena, "/data/relationships/%s/data", target->relationship);
    const char *ids = identifiers_read(context, data, pointer, target->relationship);
    if (ids && linkable(context, target, patch->id, ids) &&
        CONTEXT_QUERY(context, target->prune, NULL, patch->id, ids))
        (void)CONTEXT_QUERY(context, target->add, NULL, patch->id, ids);
}

/* `vars` brings whole variables, which are added to those that are there. */
static void add_variables(struct context *context, const struct patch *patch)
{
    const struct json_value *data = json_get(patch_relationship(patch, "vars"), "data");

    for (size_t i = 0; json_kind(data) == JSON_ARRAY && i < json_length(data); i++) {
        const struct json_value *item = json_at(data, i);
        const char *pointer = arena_printf(context->arena, "/data/relationships/vars/data/%zu", i);
        struct patch variable;
        if (!json_get(item, "attributes")) /* an identifier of one that is there */
            continue;
        if (!patch_read_object(context, &variable_resource, item, pointer, NULL, true, &variable) ||
            !CONTEXT_QUERY(context, STATEMENT_VARSET_VAR_CREATE, NULL, variable.id, patch->id,
                           buf_str(&variable.text), principal_actor(&context->principal)))
            return;
    }
}

void varset_check_global(struct context *context, const char *varset)
{
    struct rows *rows = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_VARSET_GLOBAL_LOCK, &rows, varset) || !rows)
        return;
    if (CONTEXT_QUERY(context, STATEMENT_VARSET_GLOBAL_CONFLICT, &rows, varset) && rows)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
                     "Key %s is already held by the global variable set %s",
                     rows_get(rows, 0, "key"), rows_get(rows, 0, "name"));
}

/* The organization in the path unless the document names one of its projects. */
static void write_parent(struct context *context, struct patch *patch)
{
    const struct json_value *parent = json_get(patch_relationship(patch, "parent"), "data");
    const char *type = json_text(json_get(parent, "type"));
    const char *id = json_text(json_get(parent, "id"));
    permission_mask mask = context->scope, need = PERMISSION_MASK(ORG_VARSETS);
    struct rows *rows = NULL;

    if (type && strcmp(type, "projects") == 0) {
        if (!CONTEXT_QUERY(context, STATEMENT_PROJECT_ACCESS, &rows, context->token_hash,
                           id ? id : "", scope_get(context, "id")))
            return;
        mask = rows ? (permission_mask)rows_int(rows, 0, "mask") : 0;
        need = PERMISSION_MASK(PROJECT_VARSETS);
        patch_string(patch, "project_id", id ? id : "");
    } else if (id && *id && strcmp(id, scope_get(context, "name")) != 0 &&
               strcmp(id, scope_get(context, "id")) != 0) {
        mask = 0;
    }
    if ((mask & need) != need)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

void varset_before_write(struct context *context, struct patch *patch)
{
    if (patch->create && !request_failed(context))
        write_parent(context, patch);
}

void varset_after_write(struct context *context, struct patch *patch, const char *id)
{
    replace(context, patch, &workspaces);
    replace(context, patch, &projects);
    if (!request_failed(context))
        add_variables(context, patch);
    if (!request_failed(context))
        varset_check_global(context, id);
}
