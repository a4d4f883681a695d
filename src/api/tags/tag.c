/* Flat tags: they belong to an organization and live as long as a workspace carries them. */
#include "api/tags/tags.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define TAG_MAX 255

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING},
    {"created-at", ATTRIBUTE_TIME},
    {"instance-count", ATTRIBUTE_INT},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {0},
};

static bool good_name(const char *name)
{
    size_t len = strlen(name);
    return len >= 1 && len <= TAG_MAX &&
           name[strspn(
               name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_")] == '\0';
}

static const char *member_name(const struct json_value *member)
{
    return json_text(json_find(member, "attributes", "name", NULL));
}

static const char *member_id(const struct json_value *member)
{
    const char *id = json_text(json_get(member, "id"));
    return id && *id ? id : NULL;
}

static void check_members(struct context *context, const struct json_value *members)
{
    if (!members || json_kind(members) == JSON_NULL)
        return;
    if (json_kind(members) != JSON_ARRAY) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "/data", "tags must be an array");
        return;
    }
    for (size_t i = 0; i < json_length(members); i++) {
        const struct json_value *member = json_at(members, i);
        const char *name = member_name(member);
        if (member_id(member))
            continue;
        if (!name || !good_name(name))
            request_fail(
                context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
                "Name is invalid: 1 to 255 letters, digits, colons, hyphens or underscores");
    }
}

void tags_check_members(struct context *context, const struct json_value *relationship)
{
    check_members(context, json_get(relationship, "data"));
}

/* Ids, names and both of the members, as text[] literals. */
static void gather(struct context *context, const struct json_value *members, const char **ids,
                   const char **names, const char **all)
{
    size_t count = json_length(members), id_count = 0, name_count = 0, all_count = 0;
    const char **texts = arena_alloc(context->arena, (3 * count + 1) * sizeof *texts);

    for (size_t i = 0; i < count; i++) {
        const char *id = member_id(json_at(members, i));
        const char *name = member_name(json_at(members, i));
        if (id)
            texts[id_count++] = id;
        else if (name)
            texts[count + name_count++] = name;
        if (id || name)
            texts[2 * count + all_count++] = id ? id : name;
    }
    *ids = db_array(context->arena, texts, id_count);
    *names = db_array(context->arena, texts + count, name_count);
    *all = db_array(context->arena, texts + 2 * count, all_count);
}

static bool ids_exist(struct context *context, const char *organization, const char *ids)
{
    struct rows *unknown = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_TAG_UNKNOWN, &unknown, organization, ids))
        return false;
    if (rows_count(unknown) == 0)
        return true;
    request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return false;
}

void tags_add(struct context *context, const char *organization, const char *workspace,
              const struct json_value *members)
{
    const char *ids, *names, *all;
    gather(context, members, &ids, &names, &all);
    if (ids_exist(context, organization, ids) &&
        CONTEXT_QUERY(context, STATEMENT_TAG_CREATE, NULL, organization, names))
        (void)CONTEXT_QUERY(context, STATEMENT_TAG_ATTACH, NULL, organization, workspace, all);
}

static void add_to_workspace(struct context *context)
{
    const struct json_value *members = json_get(context->document, "data");
    check_members(context, members);
    if (request_failed(context))
        return;
    tags_add(context, scope_get(context, "organization_id"), scope_get(context, "id"), members);
    reply_no_content(context);
}

static void remove_from_workspace(struct context *context)
{
    const struct json_value *members = json_get(context->document, "data");
    const char *organization = scope_get(context, "organization_id");
    const char *ids, *names, *all;

    if (json_kind(members) != JSON_ARRAY) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "/data", "tags must be an array");
        return;
    }
    gather(context, members, &ids, &names, &all);
    if (ids_exist(context, organization, ids) &&
        CONTEXT_QUERY(context, STATEMENT_TAG_DETACH, NULL, organization, scope_get(context, "id"),
                      all))
        reply_no_content(context);
}

static void delete_tags(struct context *context)
{
    const char *organization = scope_get(context, "id");
    const char *ids = document_ids(context, "tags");
    if (ids && ids_exist(context, organization, ids) &&
        CONTEXT_QUERY(context, STATEMENT_TAG_DELETE, NULL, organization, ids))
        reply_no_content(context);
}

static void add_workspaces(struct context *context)
{
    const char *ids = document_ids(context, "workspaces");
    struct rows *unknown = NULL;
    if (!ids || !CONTEXT_QUERY(context, STATEMENT_WORKSPACE_UNKNOWN, &unknown, context->token_hash,
                               scope_get(context, "organization_id"), ids))
        return;
    if (rows_count(unknown) > 0)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    else if (CONTEXT_QUERY(context, STATEMENT_TAG_ATTACH_TO, NULL, scope_get(context, "id"), ids))
        reply_no_content(context);
}

static const struct filter workspace_filters[] = {
    {"name|search[name]|q"},
    {0},
};

static const struct filter organization_filters[] = {
    {"q"},
    {"filter[exclude][taggable][id]"},
    {0},
};

#define ON_WORKSPACE "/api/v2/workspaces/:workspace_id/relationships/tags"
#define ON_ORGANIZATION "/api/v2/organizations/:organization/tags"

static const struct route routes[] = {
    {{HTTP_GET, ON_WORKSPACE},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_TAG_LIST,
     PERMISSION_MASK(READ),
     .filters = workspace_filters},
    {{HTTP_POST, ON_WORKSPACE},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = add_to_workspace,
     .audit = "workspace/add_tags",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_DELETE, ON_WORKSPACE},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_LOAD,
     PERMISSION_MASK(ADMIN),
     .handler = remove_from_workspace,
     .audit = "workspace/remove_tags",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_GET, ON_ORGANIZATION},
     ROUTE_LIST,
     STATEMENT_ORGANIZATION_TAG_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = organization_filters},
    {{HTTP_DELETE, ON_ORGANIZATION},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_TAGS),
     .handler = delete_tags,
     .audit = "organization/destroy_tags",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {{HTTP_POST, "/api/v2/tags/:tag_id/relationships/workspaces"},
     ROUTE_ACTION,
     STATEMENT_TAG_LOAD,
     PERMISSION_MASK(ORG_TAGS),
     .handler = add_workspaces,
     .audit = "add_workspaces",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {0},
};

const struct resource tag_resource = {
    .type = "tags",
    .audit = "tag",
    .id_prefix = "tag-",
    .attributes = attributes,
    .relationships = relationships,
    .routes = routes,
};
