/* Key/value bindings of workspaces and projects, and the effective ones of a workspace: its own and
 * its project's (today-workspaces.md 7.2). */
#include "api/tags/tags.h"

#include <string.h>
#include <strings.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define BINDINGS_MAX 10
#define KEY_MAX 128
#define VALUE_MAX 256

static const struct attribute attributes[] = {
    {"key", ATTRIBUTE_STRING},
    {"value", ATTRIBUTE_STRING},
    {"created-at", ATTRIBUTE_TIME},
    {0},
};

const char tag_binding_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.=+-@:";

static const char *key_problem(const char *key)
{
    if (!key || !*key)
        return "Key can't be blank";
    if (strlen(key) > KEY_MAX)
        return "Key is too long (maximum is 128 characters)";
    if (key[strspn(key, tag_binding_characters)] != '\0')
        return "Key is invalid";
    if (strncasecmp(key, "hc:", 3) == 0 || strncasecmp(key, "hcp:", 4) == 0)
        return "Key is invalid: it begins with a reserved prefix";
    return NULL;
}

static const char *value_problem(const struct json_value *value)
{
    if (!value || json_kind(value) == JSON_NULL)
        return NULL;
    const char *text = json_text(value);
    if (!text)
        return "Value must be a string";
    if (strlen(text) > VALUE_MAX)
        return "Value is too long (maximum is 256 characters)";
    return text[strspn(text, tag_binding_characters)] ? "Value is invalid" : NULL;
}

void tag_bindings_check(struct context *context, const struct json_value *members)
{
    if (!members || json_kind(members) == JSON_NULL)
        return;
    if (json_kind(members) != JSON_ARRAY) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "/data", "tag bindings must be an array");
        return;
    }
    for (size_t i = 0; i < json_length(members); i++) {
        const struct json_value *item = json_get(json_at(members, i), "attributes");
        const char *problem = key_problem(json_text(json_get(item, "key")));
        if (problem)
            request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/key", "%s", problem);
        problem = value_problem(json_get(item, "value"));
        if (problem)
            request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/value", "%s", problem);
    }
    if (json_length(members) > BINDINGS_MAX)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, NULL,
                     "Tag bindings cannot exceed %d bindings per resource", BINDINGS_MAX);
}

static bool seen_later(const struct json_value *members, size_t at, const char *key)
{
    for (size_t i = at + 1; i < json_length(members); i++) {
        const char *other = json_text(json_find(json_at(members, i), "attributes", "key", NULL));
        if (other && strcmp(other, key) == 0)
            return true;
    }
    return false;
}

const char *tag_bindings_json(struct context *context, const struct json_value *members)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(members); i++) {
        const struct json_value *item = json_get(json_at(members, i), "attributes");
        const char *key = json_text(json_get(item, "key"));
        if (seen_later(members, i, key))
            continue;
        json_object_begin(&w);
        json_member_string(&w, "key", key);
        json_member_string(&w, "value", json_text(json_get(item, "value")));
        json_object_end(&w);
    }
    json_array_end(&w);
    return buf_str(&out);
}

static void check_result(struct context *context, const char *workspace, const char *project)
{
    struct rows *problem = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_TAG_BINDING_PROBLEM, &problem, workspace, project))
        return;
    if (rows_int(problem, 0, "count") > BINDINGS_MAX)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, NULL,
                     "Tag bindings cannot exceed %d bindings per resource", BINDINGS_MAX);
    if (rows_get(problem, 0, "reserved"))
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
                     "Key %s is reserved and set by the project; it cannot be overridden",
                     rows_get(problem, 0, "reserved"));
}

static void merge(struct context *context, const char *organization, enum tag_owner owner,
                  const char *id, const char *json)
{
    bool workspace = owner == TAG_OWNER_WORKSPACE;
    if (CONTEXT_QUERY(context,
                      workspace ? STATEMENT_TAG_BINDING_MERGE : STATEMENT_TAG_BINDING_MERGE_PROJECT,
                      NULL, organization, workspace ? id : NULL, workspace ? NULL : id, json))
        check_result(context, workspace ? id : NULL, workspace ? NULL : id);
}

void tag_bindings_merge(struct context *context, const char *organization, enum tag_owner owner,
                        const char *id, const struct json_value *members)
{
    merge(context, organization, owner, id, tag_bindings_json(context, members));
}

void tag_bindings_replace(struct context *context, const char *organization, enum tag_owner owner,
                          const char *id, const struct json_value *members)
{
    const char *json = tag_bindings_json(context, members);
    bool workspace = owner == TAG_OWNER_WORKSPACE;
    if (CONTEXT_QUERY(context, STATEMENT_TAG_BINDING_PRUNE, NULL, workspace ? id : NULL,
                      workspace ? NULL : id, json))
        merge(context, organization, owner, id, json);
}

/* The routes of workspaces and projects differ in the owner only. */
static enum tag_owner route_owner(const struct context *context)
{
    return context->route->statement == STATEMENT_PROJECT_LOAD ? TAG_OWNER_PROJECT
                                                               : TAG_OWNER_WORKSPACE;
}

static const struct json_value *checked_members(struct context *context)
{
    const struct json_value *members = json_get(context->document, "data");
    tag_bindings_check(context, members);
    if (json_kind(members) != JSON_ARRAY && !request_failed(context))
        request_fail(context, ERROR_INVALID_DOCUMENT, "/data", "tag bindings must be an array");
    return request_failed(context) ? NULL : members;
}

/* PATCH .../tag-bindings: upsert by key; the answer has the bindings in the request's order. */
static void patch_bindings(struct context *context)
{
    const char *id = scope_get(context, "id");
    enum tag_owner owner = route_owner(context);
    const struct json_value *members = checked_members(context);
    struct rows *ids = NULL;

    if (!members)
        return;
    const char *json = tag_bindings_json(context, members);
    merge(context, scope_get(context, "organization_id"), owner, id, json);
    if (request_failed(context) || !CONTEXT_QUERY(context, STATEMENT_TAG_BINDING_IDS, &ids,
                                                  owner == TAG_OWNER_WORKSPACE ? id : NULL,
                                                  owner == TAG_OWNER_PROJECT ? id : NULL, json))
        return;
    reply_with(context, 200, STATEMENT_TAG_BINDING_REPLY, rows_get(ids, 0, "ids"));
    context->reply.list = true;
}

/* The other spelling, .../relationships/tag-bindings: POST adds, PATCH replaces, both 204. */
static void relationship_add(struct context *context)
{
    const struct json_value *members = checked_members(context);
    if (!members)
        return;
    tag_bindings_merge(context, scope_get(context, "organization_id"), route_owner(context),
                       scope_get(context, "id"), members);
    reply_no_content(context);
}

static void relationship_replace(struct context *context)
{
    const struct json_value *members = checked_members(context);
    if (!members)
        return;
    tag_bindings_replace(context, scope_get(context, "organization_id"), route_owner(context),
                         scope_get(context, "id"), members);
    reply_no_content(context);
}

static void render_inherited_from(struct context *context, struct json_writer *w,
                                  const struct row *row)
{
    json_member_string(
        w, "inherited-from",
        arena_printf(context->arena, "/api/v2/projects/%s", row_get(row, "inherited_from")));
}

/* Own rows must have no `links` at all, so each row picks the resource that it is written as. */
static const struct attribute effective_attributes[] = {
    {"key", ATTRIBUTE_STRING},
    {"value", ATTRIBUTE_STRING},
    {0},
};

static bool is_inherited(const struct row *row)
{
    return row_get(row, "inherited_from") != NULL;
}

#define WORKSPACE "/api/v2/workspaces/:workspace_id"
#define PROJECT "/api/v2/projects/:project_id"

#define BINDING_ROUTES(BASE, LIST, LOAD, READ_NEED, WRITE_NEED, AUDIT)                             \
    {{HTTP_GET, BASE "/tag-bindings"}, ROUTE_LIST, LIST, READ_NEED, .flags = ROUTE_UNPAGED},       \
        {{HTTP_GET, BASE "/relationships/tag-bindings"},                                           \
         ROUTE_LIST,                                                                               \
         LIST,                                                                                     \
         READ_NEED,                                                                                \
         .flags = ROUTE_UNPAGED},                                                                  \
        {{HTTP_PATCH, BASE "/tag-bindings"},                                                       \
         ROUTE_ACTION,                                                                             \
         LOAD,                                                                                     \
         WRITE_NEED,                                                                               \
         .handler = patch_bindings,                                                                \
         .audit = AUDIT,                                                                           \
         .flags = ROUTE_TOP_LEVEL_ARRAY},                                                          \
        {{HTTP_POST, BASE "/relationships/tag-bindings"},                                          \
         ROUTE_ACTION,                                                                             \
         LOAD,                                                                                     \
         WRITE_NEED,                                                                               \
         .handler = relationship_add,                                                              \
         .audit = AUDIT,                                                                           \
         .flags = ROUTE_TOP_LEVEL_ARRAY},                                                          \
    {                                                                                              \
        {HTTP_PATCH, BASE "/relationships/tag-bindings"}, ROUTE_ACTION, LOAD, WRITE_NEED,          \
            .handler = relationship_replace, .audit = AUDIT, .flags = ROUTE_TOP_LEVEL_ARRAY        \
    }

static const struct route routes[] = {
    BINDING_ROUTES(WORKSPACE, STATEMENT_WORKSPACE_BINDING_LIST, STATEMENT_WORKSPACE_LOAD,
                   PERMISSION_MASK(READ), PERMISSION_MASK(ADMIN), "workspace/update_tag_bindings"),
    BINDING_ROUTES(PROJECT, STATEMENT_PROJECT_BINDING_LIST, STATEMENT_PROJECT_LOAD,
                   PERMISSION_MASK(PROJECT_READ), PERMISSION_MASK(PROJECT_TAGS),
                   "project/update_tag_bindings"),
    {0},
};

const struct resource tag_binding_resource = {
    .type = "tag-bindings",
    .id_prefix = "tb-",
    .attributes = attributes,
    .routes = routes,
};

static const struct route effective_routes[] = {
    {{HTTP_GET, WORKSPACE "/effective-tag-bindings"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_EFFECTIVE_BINDING_LIST,
     PERMISSION_MASK(READ),
     .flags = ROUTE_UNPAGED},
    {{HTTP_GET, PROJECT "/effective-tag-bindings"},
     ROUTE_LIST,
     STATEMENT_PROJECT_EFFECTIVE_BINDING_LIST,
     PERMISSION_MASK(PROJECT_READ),
     .flags = ROUTE_UNPAGED},
    {0},
};

const struct resource effective_tag_binding_resource = {
    .type = "effective-tag-bindings",
    .attributes = effective_attributes,
    .render_links = render_inherited_from,
    .has_links = is_inherited,
    .routes = effective_routes,
};
