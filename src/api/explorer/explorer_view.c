/* Saved views: a name and a query of the explorer, asked anew whenever somebody looks
 * (today-workspaces.md 17). What clients send has its members directly below `data`, as documented,
 * or in `attributes`, with underscores or hyphens. */
#include "api/explorer/explorer.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define MAX_NAME 255

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = MAX_NAME},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"query", ATTRIBUTE_JSON, .flags = ATTRIBUTE_REQUIRED},
    {"query-type", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED},
    {0},
};

static const struct constraint constraints[] = {
    {"explorer_views_name_key", ERROR_INVALID_ATTRIBUTE, "/data/name",
     "Name has already been taken"},
    {0},
};

/* Checked; NULL: not in the document. */
struct view {
    const char *name, *query_type, *query;
};

static const struct json_value *given_object(struct context *context)
{
    const struct json_value *data = json_get(context->document, "data");
    const struct json_value *inner = json_get(data, "attributes");

    if (inner && json_kind(inner) == JSON_OBJECT)
        return inner;
    if (data && json_kind(data) == JSON_OBJECT)
        return data;
    request_fail(context, ERROR_INVALID_DOCUMENT, "/data", "The document needs a data object");
    return NULL;
}

static const struct json_value *given(const struct json_value *object, const char *name,
                                      const char *hyphenated)
{
    const struct json_value *value = json_get(object, name);
    if (!value)
        value = json_get(object, hyphenated);
    return value && json_kind(value) != JSON_NULL ? value : NULL;
}

static void read_name(struct context *context, const struct json_value *value, struct view *view)
{
    view->name = json_text(value);
    if (!view->name)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/name", "Name must be a string");
    else if (!view->name[strspn(view->name, " ")])
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/name", "Name can't be blank");
    else if (strlen(view->name) > MAX_NAME)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/name",
                     "Name is too long (maximum is %d characters)", MAX_NAME);
}

/* A query belongs to a type: the one of the document, of the query itself, or of the view so far.
 */
static const struct explorer_view *read_type(struct context *context,
                                             const struct json_value *object,
                                             const struct json_value *query, const char *so_far)
{
    const struct json_value *type = given(object, "query_type", "query-type");
    const char *name = type ? json_text(type) : json_text(json_get(query, "type"));
    const struct explorer_view *view = explorer_view_find(name || type ? name : so_far);

    if (!view)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/query_type",
                     "Query type must be " EXPLORER_VIEWS);
    return view;
}

static void read_query(struct context *context, const struct json_value *object,
                       const struct json_value *json, const char *so_far, struct view *view)
{
    const struct explorer_view *of = read_type(context, object, json, so_far);
    struct explorer_query query;

    if (!of || !explorer_read_document(context, of, json, "/data/query", &query))
        return;
    view->query_type = of->name;
    view->query = explorer_query_json(context->arena, &query);
}

static bool read_view(struct context *context, const char *so_far, struct view *view)
{
    const struct json_value *object = given_object(context);
    const struct json_value *name = given(object, "name", "name");
    const struct json_value *query = given(object, "query", "query");

    *view = (struct view){0};
    if (!object)
        return false;
    if (name || !so_far)
        read_name(context, name, view);
    if (query)
        read_query(context, object, query, so_far, view);
    else if (!so_far)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/query", "Query can't be blank");
    else if (given(object, "query_type", "query-type"))
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/query_type",
                     "Query type changes with the query only");
    return !request_failed(context);
}

static void create(struct context *context)
{
    struct view view;

    if (!context->created_id)
        context->created_id = ids_new(context->arena, "sq-");
    if (read_view(context, NULL, &view) &&
        CONTEXT_QUERY(context, STATEMENT_EXPLORER_VIEW_CREATE, NULL, context->created_id,
                      scope_get(context, "id"), view.name, view.query_type, view.query))
        reply_with(context, 201, STATEMENT_EXPLORER_VIEW_READ, context->created_id);
}

static void update(struct context *context)
{
    const char *id = scope_get(context, "id");
    struct view view;

    if (read_view(context, scope_get(context, "query_type"), &view) &&
        CONTEXT_QUERY(context, STATEMENT_EXPLORER_VIEW_UPDATE, NULL, id, view.name, view.query_type,
                      view.query))
        reply_with(context, 200, STATEMENT_EXPLORER_VIEW_READ, id);
}

/* The answer is what there was. */
static void delete (struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_EXPLORER_VIEW_DELETE, NULL, scope_get(context, "id"))) {
        context->reply.status = 200;
        context->reply.resource = context->route->resource;
        context->reply.rows = context->rows;
    }
}

static void ask(struct context *context, enum explorer_form form)
{
    struct explorer_query query;

    if (explorer_read_saved(context, &query))
        explorer_answer(context, scope_get(context, "organization_id"), &query, form);
}

static void ask_page(struct context *context)
{
    ask(context, EXPLORER_PAGE);
}

static void ask_csv(struct context *context)
{
    ask(context, EXPLORER_CSV);
}

#define LIST "/api/v2/organizations/:organization/explorer/views"
#define ONE LIST "/:explorer_view_id"
#define NEED PERMISSION_MASK(ORG_EXPLORER)
#define ASK(PATH, HANDLER)                                                                         \
    {                                                                                              \
        {HTTP_GET, PATH}, ROUTE_ACTION, STATEMENT_EXPLORER_VIEW_SHOW, NEED,                        \
            .handler = HANDLER, .flags = ROUTE_NO_DOCUMENT                                         \
    }

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_EXPLORER_VIEW_LIST, NEED},
    {{HTTP_POST, LIST},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     NEED,
     .handler = create,
     .audit = "create"},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_EXPLORER_VIEW_SHOW, NEED},
    {{HTTP_PATCH, ONE},
     ROUTE_ACTION,
     STATEMENT_EXPLORER_VIEW_SHOW,
     NEED,
     .handler = update,
     .audit = "update"},
    {{HTTP_DELETE, ONE},
     ROUTE_ACTION,
     STATEMENT_EXPLORER_VIEW_SHOW,
     NEED,
     .handler = delete,
     .flags = ROUTE_NO_DOCUMENT,
     .audit = "destroy"},
    ASK(ONE "/results", ask_page),
    ASK(ONE "/csv", ask_csv),
    {0},
};

const struct resource explorer_view_resource = {
    .type = "explorer-saved-queries",
    .audit = "explorer_view",
    .id_prefix = "sq-",
    .attributes = attributes,
    .constraints = constraints,
    .routes = routes,
};
