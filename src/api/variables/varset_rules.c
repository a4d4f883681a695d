/* Rules of variable sets: an organization or a project owns one; a set of a project stays in it;
 * two global sets never hold the same variable. */
#include "api/variables/variables.h"

#include <string.h>

#include "api/links.h"
#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct links_target workspaces = {
    .relationship = "workspaces",
    .type = "workspaces",
    .unlinkable = STATEMENT_VARSET_UNLINKABLE_WORKSPACE,
    .add = STATEMENT_VARSET_WORKSPACE_ADD,
    .remove = STATEMENT_VARSET_WORKSPACE_REMOVE,
    .prune = STATEMENT_VARSET_WORKSPACE_PRUNE,
    .outside = "must be within the project that owns the variable set",
};
static const struct links_target projects = {
    .relationship = "projects",
    .type = "projects",
    .unlinkable = STATEMENT_VARSET_UNLINKABLE_PROJECT,
    .add = STATEMENT_VARSET_PROJECT_ADD,
    .remove = STATEMENT_VARSET_PROJECT_REMOVE,
    .prune = STATEMENT_VARSET_PROJECT_PRUNE,
    .outside = "must be the project that owns the variable set",
};

void varset_add_workspaces(struct context *context)
{
    links_add(context, &workspaces);
}

void varset_remove_workspaces(struct context *context)
{
    links_remove(context, &workspaces);
}

void varset_add_projects(struct context *context)
{
    links_add(context, &projects);
}

void varset_remove_projects(struct context *context)
{
    links_remove(context, &projects);
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
    links_replace(context, patch, &workspaces);
    links_replace(context, patch, &projects);
    if (!request_failed(context))
        add_variables(context, patch);
    if (!request_failed(context))
        varset_check_global(context, id);
}
