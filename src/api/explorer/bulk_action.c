/* One action on many workspaces, which are named or found by a query of the explorer: change
 * requests are the only kind (today-workspaces.md 18). All are made at once, or none. */
#include "api/explorer/explorer.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define MAX_SUBJECT 255
#define MAX_MESSAGE (64 * 1024)

struct action {
    const char *id, *organization_id;
    const char *type, *subject, *message;
    const char *created_by; /* the account that acts for the caller */
};

static const char *text_of(struct context *context, const struct json_value *inputs,
                           const char *name, size_t max)
{
    const char *text = json_text(json_get(inputs, name));
    const char *pointer = arena_printf(context->arena, "/data/action_inputs/%s", name);

    if (!text || !text[strspn(text, " \t\r\n")])
        request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer, "%s can't be blank",
                     patch_human(context->arena, name));
    else if (strlen(text) > max)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer,
                     "%s is too long (maximum is %zu characters)",
                     patch_human(context->arena, name), max);
    return text;
}

/* A text[] of workspaces; NULL: refused. */
static const char *named_workspaces(struct context *context, const struct json_value *list)
{
    const char *const pointer = "/data/target_ids";
    size_t count = json_kind(list) == JSON_ARRAY ? json_length(list) : 0;
    const char **ids = arena_alloc(context->arena, (count + 1) * sizeof *ids);
    struct rows *unknown = NULL;

    for (size_t i = 0; i < count; i++)
        ids[i] = json_text(json_at(list, i));
    for (size_t i = 0; i < count; i++)
        if (!ids[i])
            count = 0;
    if (count == 0) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer,
                     "Target ids must be an array of the ids of workspaces");
        return NULL;
    }
    const char *array = db_array(context->arena, ids, count);
    if (!CONTEXT_QUERY(context, STATEMENT_CHANGE_REQUEST_UNKNOWN_WORKSPACE, &unknown,
                       scope_get(context, "id"), array))
        return NULL;
    if (rows_count(unknown) == 0)
        return array;
    request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer,
                 "Target ids must be workspaces of the organization: %s",
                 rows_get(unknown, 0, "id"));
    return NULL;
}

static const char *found_workspaces(struct context *context, const struct json_value *json)
{
    struct explorer_query query;
    struct rows *found = NULL;

    if (!explorer_read_document(context, explorer_view_find("workspaces"), json, "/data/query",
                                &query) ||
        !CONTEXT_QUERY(context, query.view->statement, &found, scope_get(context, "id"), NULL, "0",
                       explorer_query_filters(context->arena, &query), "[]"))
        return NULL;
    size_t count = 0;
    const char **ids = arena_alloc(context->arena, (rows_count(found) + 1) * sizeof *ids);
    for (size_t i = 0; i < rows_count(found); i++)
        if (rows_get(found, i, "id"))
            ids[count++] = rows_get(found, i, "id");
    return db_array(context->arena, ids, count);
}

static bool is_given(const struct json_value *value)
{
    return value && json_kind(value) != JSON_NULL;
}

static const char *read_workspaces(struct context *context, const struct json_value *object)
{
    const struct json_value *ids = json_get(object, "target_ids");
    const struct json_value *query = json_get(object, "query");

    if (is_given(ids) != is_given(query))
        return is_given(ids) ? named_workspaces(context, ids) : found_workspaces(context, query);
    request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/target_ids",
                 "There must be either target ids or a query");
    return NULL;
}

static bool read_action(struct context *context, const struct json_value *object,
                        struct action *action)
{
    const struct json_value *inputs = json_get(object, "action_inputs");

    action->type = json_text(json_get(object, "action_type"));
    if (!action->type || !patch_is_choice("change_request|change_requests", action->type))
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/action_type",
                     "Action type must be change_requests");
    action->subject = text_of(context, inputs, "subject", MAX_SUBJECT);
    action->message = text_of(context, inputs, "message", MAX_MESSAGE);
    return !request_failed(context);
}

static void send(struct context *context)
{
    const struct action *action = context->outside_result;
    struct json_writer w;

    json_writer_init(&w, &context->request->body);
    json_object_begin(&w);
    json_key(&w, "data");
    json_object_begin(&w);
    json_member_string(&w, "id", action->id);
    json_member_string(&w, "type", "explorer_bulk_actions");
    json_key(&w, "attributes");
    json_object_begin(&w);
    json_member_string(&w, "organization_id", action->organization_id);
    json_member_string(&w, "action_type", action->type);
    json_key(&w, "action_inputs");
    json_object_begin(&w);
    json_member_string(&w, "subject", action->subject);
    json_member_string(&w, "message", action->message);
    json_object_end(&w);
    json_key(&w, "created_by");
    json_object_begin(&w);
    json_member_string(&w, "id", action->created_by);
    json_member_string(&w, "type", "users");
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    context->request->status = 201;
    http_header(context->request, "Content-Type", "application/vnd.api+json; charset=utf-8");
}

static void create(struct context *context)
{
    const struct json_value *data = json_get(context->document, "data");
    const struct json_value *inner = json_get(data, "attributes");
    struct action *action = arena_alloc(context->arena, sizeof *action);
    struct rows *made = NULL;

    if (inner && json_kind(inner) == JSON_OBJECT)
        data = inner;
    if (!context->created_id)
        context->created_id = ids_new(context->arena, "eba-");
    *action = (struct action){context->created_id, .organization_id = scope_get(context, "id")};
    if (!read_action(context, data, action))
        return;
    const char *workspaces = read_workspaces(context, data);
    if (!workspaces ||
        !CONTEXT_QUERY(context, STATEMENT_CHANGE_REQUEST_CREATE, &made, action->organization_id,
                       workspaces, action->id, action->subject, action->message,
                       principal_actor(&context->principal)))
        return;
    action->created_by = rows_get(made, 0, "created_by");
    /* The event names what was made, not what it says. */
    context->audit_meta = rows_get(made, 0, "audit_meta");
    context->reply.id = action->id;
    context->outside_result = action;
    context->reply.send = send;
}

static const struct route routes[] = {
    {{HTTP_POST, "/api/v2/organizations/:organization/explorer/bulk-actions"},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_MANAGE_WORKSPACES),
     .handler = create,
     .audit = "create"},
    {0},
};

const struct resource bulk_action_resource = {
    .type = "explorer_bulk_actions",
    .audit = "explorer_bulk_action",
    .id_prefix = "eba-",
    .routes = routes,
};
