/* Variables in the form of 2017, where the document or the query names the workspace, and the batch
 * update of today. */
#include "api/variables/variables.h"

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define BATCH_MAX 100 /* each is a row that is locked until the last one is checked */

static const char *either(const char *a, const char *b)
{
    return a && *a ? a : b;
}

/* `filter` beside `data`, or in the query; the organization was a `username` first. */
static const char *named_workspace(struct context *context, const char **organization)
{
    const struct json_value *filter = json_get(context->document, "filter");
    const struct json_value *owner = json_get(filter, "organization");
    const struct http_request *request = context->request;

    *organization =
        either(json_text(json_get(owner, "name")), json_text(json_get(owner, "username")));
    if (!*organization)
        *organization = either(http_query(request, "filter[organization][name]"),
                               http_query(request, "filter[organization][username]"));
    return either(json_text(json_find(filter, "workspace", "name", NULL)),
                  http_query(request, "filter[workspace][name]"));
}

void variable_create_anywhere(struct context *context)
{
    const char *id = json_text(
        json_find(context->document, "data", "relationships", "workspace", "data", "id", NULL));
    const char *organization;
    const char *name = named_workspace(context, &organization);
    bool found;

    if (id && *id) {
        const char *params[] = {context->token_hash, id};
        found = context_enter(context, STATEMENT_WORKSPACE_LOAD, PERMISSION_MASK(VARS_WRITE),
                              params, 2);
    } else if (name && *name && organization && *organization) {
        const char *params[] = {context->token_hash, organization, name};
        found = context_enter(context, STATEMENT_WORKSPACE_LOAD_NAMED, PERMISSION_MASK(VARS_WRITE),
                              params, 3);
    } else {
        request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/workspace",
                     "Workspace can't be blank");
        return;
    }
    if (found)
        context_create(context);
}

static void update_one(struct context *context, const struct json_value *item, size_t index)
{
    struct patch patch;
    const char *id = json_text(json_get(item, "id"));
    const char *pointer = arena_printf(context->arena, "/data/%zu", index);

    if (patch_read_object(context, &variable_resource, item, pointer, id, false, &patch))
        (void)CONTEXT_QUERY(context, STATEMENT_VAR_UPDATE, NULL, id, buf_str(&patch.text),
                            principal_actor(&context->principal));
}

void variable_update_many(struct context *context)
{
    const char *ids = document_ids(context, "vars");
    const struct json_value *items = json_get(context->document, "data");
    struct rows *unknown = NULL;

    if (!ids)
        return;
    if (json_length(items) > BATCH_MAX) {
        request_fail(context, ERROR_BAD_REQUEST, "/data",
                     "At most %d variables can be updated at once", BATCH_MAX);
        return;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_WORKSPACE_VAR_UNKNOWN, &unknown, scope_get(context, "id"),
                       ids))
        return;
    if (rows_count(unknown) > 0) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    for (size_t i = 0; i < json_length(items) && !request_failed(context); i++)
        update_one(context, json_at(items, i), i);
    reply_no_content(context);
}
