/* How long the bytes of old states and configurations are kept: the policy of an organization or of
 * a workspace (today-workspaces.md section 8). terrace-worker does what it says
 * (src/worker/work_retention.c). */
#include "api/resources.h"

#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define OLD_TYPE "data-retention-policies"
#define DELETE_OLDERS "delete-olders"
#define DONT_DELETES "dont-deletes"
#define TYPE "data-retention-policy-"
#define DAYS "delete-older-than-n-days"
#define MAX_DAYS 36500

static const struct attribute attributes[] = {
    {DAYS, ATTRIBUTE_INT, .flags = ATTRIBUTE_REQUIRED},
    {0},
};

static const struct attribute no_attributes[] = {
    {0},
};

static void check_days(struct context *context, struct patch *patch)
{
    const struct json_value *days = patch_attribute(patch, DAYS);

    if (days && json_kind(days) == JSON_INT &&
        (json_integer(days) < 1 || json_integer(days) > MAX_DAYS))
        patch_fail(context, DAYS, arena_printf(context->arena, "must be from 1 to %d", MAX_DAYS));
}

static const struct resource delete_olders_resource = {
    .type = TYPE DELETE_OLDERS,
    .id_prefix = "drp-",
    .attributes = attributes,
    .before_write = check_days,
};

static const struct resource dont_deletes_resource = {
    .type = TYPE DONT_DELETES,
    .id_prefix = "drp-",
    .attributes = no_attributes,
};

/* Whose policy the path is about. */
static const char *organization_of(const struct context *context)
{
    const char *organization = scope_get(context, "organization_id");
    return organization ? organization : scope_get(context, "id");
}

static const char *workspace_of(const struct context *context)
{
    return scope_get(context, "organization_id") ? scope_get(context, "id") : NULL;
}

static void reply_policy(struct context *context, const char *id, const struct resource *resource)
{
    reply_with(context, 200, STATEMENT_DATA_RETENTION_SHOW, id);
    context->reply.resource = resource;
}

/* --- GET --- */

static void show(struct context *context)
{
    const char *workspace = workspace_of(context);
    struct rows *found = NULL;

    if (!CONTEXT_QUERY(context,
                       workspace ? STATEMENT_DATA_RETENTION_OF_WORKSPACE
                                 : STATEMENT_DATA_RETENTION_OF_ORGANIZATION,
                       &found, workspace ? workspace : organization_of(context)))
        return;
    if (!found)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    else
        reply_policy(context, rows_get(found, 0, "id"),
                     strcmp(rows_get(found, 0, "kind"), DONT_DELETES) == 0
                         ? &dont_deletes_resource
                         : &delete_olders_resource);
}

/* --- POST, PATCH --- */

/* What the document's type asks for; NULL: nothing that is known (recorded). Clients of the first
 * versions know one type, and want to see it again. */
static const struct resource *asked_for(struct context *context)
{
    static const struct resource *const all[] = {&delete_olders_resource, &dont_deletes_resource,
                                                 &data_retention_policy_resource};
    const char *type = json_text(json_find(context->document, "data", "type", NULL));

    for (size_t i = 0; type && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(type, all[i]->type) == 0)
            return all[i];
    request_fail(context, ERROR_UNPROCESSABLE, "/data/type",
                 "Type must be " TYPE DELETE_OLDERS " or " TYPE DONT_DELETES);
    return NULL;
}

static void set(struct context *context)
{
    const struct resource *resource = asked_for(context);
    struct rows *made = NULL;
    struct patch patch;

    if (!resource || !patch_read(context, resource, true, &patch))
        return;
    const struct json_value *value =
        resource == &dont_deletes_resource ? NULL : patch_attribute(&patch, DAYS);
    const char *days =
        value ? arena_printf(context->arena, "%lld", (long long)json_integer(value)) : NULL;
    if (CONTEXT_QUERY(context, STATEMENT_DATA_RETENTION_SET, &made, patch.id,
                      organization_of(context), workspace_of(context),
                      days ? DELETE_OLDERS : DONT_DELETES, days))
        reply_policy(context, rows_get(made, 0, "id"), resource);
}

static void remove_policy(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_DATA_RETENTION_DELETE, NULL, organization_of(context),
                      workspace_of(context)))
        reply_no_content(context);
}

#define OF_WORKSPACE "/api/v2/workspaces/:workspace_id/relationships/data-retention-policy"
#define OF_ORGANIZATION "/api/v2/organizations/:organization/relationships/data-retention-policy"
#define FOR_WORKSPACE(NEED) ROUTE_ACTION, STATEMENT_WORKSPACE_LOAD, PERMISSION_MASK(NEED)
#define FOR_ORGANIZATION ROUTE_ACTION, STATEMENT_ORGANIZATION_LOAD, PERMISSION_MASK(ORG_UPDATE)
#define SHOW .handler = show, .flags = ROUTE_NO_DOCUMENT
#define SET .handler = set, .audit = "update"
#define REMOVE .handler = remove_policy, .flags = ROUTE_NO_DOCUMENT, .audit = "destroy"

static const struct route routes[] = {
    {{HTTP_GET, OF_ORGANIZATION}, FOR_ORGANIZATION, SHOW},
    {{HTTP_POST, OF_ORGANIZATION}, FOR_ORGANIZATION, SET},
    {{HTTP_PATCH, OF_ORGANIZATION}, FOR_ORGANIZATION, SET},
    {{HTTP_DELETE, OF_ORGANIZATION}, FOR_ORGANIZATION, REMOVE},
    {{HTTP_GET, OF_WORKSPACE}, FOR_WORKSPACE(READ), SHOW},
    {{HTTP_POST, OF_WORKSPACE}, FOR_WORKSPACE(ADMIN), SET},
    {{HTTP_PATCH, OF_WORKSPACE}, FOR_WORKSPACE(ADMIN), SET},
    {{HTTP_DELETE, OF_WORKSPACE}, FOR_WORKSPACE(ADMIN), REMOVE},
    {0},
};

const struct resource data_retention_policy_resource = {
    .type = OLD_TYPE,
    .audit = "data_retention_policy",
    .id_prefix = "drp-",
    .attributes = attributes,
    .before_write = check_days,
    .routes = routes,
};
