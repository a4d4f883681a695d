/* Run tasks of an organization: a URL that is asked about runs (today-runs.md section 14). The URL
 * has answered a test with 200 before it is written. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/outbound.h"
#include "api/tasks/tasks.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "hooks/hook_body.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 90, .check = check_name},
    {"url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 2048},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 300},
    {"category", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_NO_COLUMN,
     .constant = "\"task\""},
    {"enabled", ATTRIBUTE_BOOL},
    {"hmac-key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE | ATTRIBUTE_NO_COLUMN,
     .constant = "null"},
    {"global-configuration", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_OMIT_NULL},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"workspace-tasks", RELATION_MANY, "workspace-tasks", "workspace_task_ids",
     .related = "/api/v2/tasks/{id}/relationships/workspace-tasks"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/tasks/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"workspace_tasks", "workspace_task_ids", &workspace_task_resource,
     STATEMENT_WORKSPACE_TASK_INCLUDE},
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"run_tasks_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {0},
};

/* Private tasks go out through an agent, which nothing here does. */
static void refuse_agent_pool(struct context *context, const struct patch *patch)
{
    const struct json_value *data = json_get(patch_relationship(patch, "agent-pool"), "data");
    const char *id = json_text(json_get(data, "id"));
    struct rows *pool = NULL;

    if (!id || !CONTEXT_QUERY(context, STATEMENT_RUN_TASK_POOL, &pool, id,
                              scope_get(context, "organization_id")))
        return;
    request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/agent-pool", "%s",
                 pool ? "Run tasks cannot be sent through an agent pool here"
                      : "The provided agent pool does not exist");
}

static const struct json_value *global_member(const struct json_value *object, const char *dashes,
                                              const char *underscores)
{
    const struct json_value *value = json_get(object, dashes);
    if (!value)
        value = json_get(object, underscores);
    return value && json_kind(value) != JSON_NULL ? value : NULL;
}

#define GLOBAL "/data/attributes/global-configuration"

static void take_global(struct context *context, struct patch *patch,
                        const struct json_value *object)
{
    const struct json_value *enabled = global_member(object, "enabled", "enabled");
    const struct json_value *stages = global_member(object, "stages", "stages");
    const struct json_value *level =
        global_member(object, "enforcement-level", "enforcement_level");

    if (enabled && json_kind(enabled) == JSON_BOOL)
        patch_bool(patch, "global_enabled", json_boolean(enabled));
    else if (enabled)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, GLOBAL "/enabled",
                     "Enabled must be true or false");
    if (stages)
        task_stages_take(context, patch, stages, "global_stages", GLOBAL "/stages");
    if (level && json_text(level) && patch_is_choice(TASK_LEVELS, json_text(level)))
        patch_string(patch, "global_enforcement_level", json_text(level));
    else if (level)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, GLOBAL "/enforcement-level",
                     "Enforcement level is not included in the list");
}

/* Without the entitlement the input is ignored (today-runs.md 14.4). */
static void read_global(struct context *context, struct patch *patch)
{
    const struct json_value *object = patch_attribute(patch, "global-configuration");
    struct rows *rows = NULL;

    if (!object || json_kind(object) == JSON_NULL ||
        !CONTEXT_QUERY(context, STATEMENT_RUN_TASK_ENTITLED, &rows,
                       scope_get(context, "organization_id")) ||
        !rows || !rows_bool(rows, 0, "is_entitled"))
        return;
    if (json_kind(object) == JSON_OBJECT)
        take_global(context, patch, object);
    else
        patch_fail(context, "global-configuration", "must be an object");
}

/* The key that signs from now on; NULL: none. */
static const char *take_key(struct context *context, struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "hmac-key");
    const char *text = json_text(value);

    if (!value) {
        const char *sealed = patch->create ? NULL : scope_get(context, "sealed_hmac_key");
        return sealed
                   ? crypto_open_text(context->arena, context->service->keyring, patch->id, sealed)
                   : NULL;
    }
    if (!text && json_kind(value) != JSON_NULL) {
        patch_fail(context, "hmac-key", "must be a string");
        return NULL;
    }
    if (!text || !*text) {
        patch_null(patch, "sealed_hmac_key");
        return NULL;
    }
    patch_string(patch, "sealed_hmac_key",
                 crypto_seal_text(context->arena, context->service->keyring, patch->id, text));
    return text;
}

static void test_url(struct context *context, const char *url, const char *key)
{
    struct hook hook = {
        .url = url,
        .body = hook_body_task_test(context->arena),
        .signature_header = HOOK_TASK_SIGNATURE,
        .key = key,
        .user_agent = HOOK_TASK_AGENT,
    };
    const struct hook_answer *answer = outbound_send(context, &hook);

    if (answer && answer->status != 200)
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/url",
                     "Url must answer a test request with 200, but it %s",
                     hook_outcome(context->arena, answer));
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *category = json_text(patch_attribute(patch, "category"));
    const char *url = json_text(patch_attribute(patch, "url"));
    const char *stored = patch->create ? NULL : scope_get(context, "url");
    const char *key = take_key(context, patch);

    if (category && strcmp(category, "task") != 0)
        patch_fail(context, "category", "must be task");
    if (url && *url && !hook_is_url(url))
        patch_fail(context, "url", "is not a valid http or https URL");
    refuse_agent_pool(context, patch);
    read_global(context, patch);
    if (!request_failed(context) && url && (!stored || strcmp(url, stored) != 0))
        test_url(context, url, key);
}

#define LIST "/api/v2/organizations/:organization/tasks"
#define ONE "/api/v2/tasks/:task_id"
#define READ PERMISSION_MASK(ORG_TASKS_READ)
#define MANAGE PERMISSION_MASK(ORG_TASKS)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_RUN_TASK_LIST, READ},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_RUN_TASK_PARENT_LOAD,
     MANAGE,
     STATEMENT_RUN_TASK_CREATE,
     STATEMENT_RUN_TASK_SHOW},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_RUN_TASK_SHOW, READ},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_RUN_TASK_SHOW,
     MANAGE,
     STATEMENT_RUN_TASK_UPDATE,
     STATEMENT_RUN_TASK_SHOW},
    {{HTTP_DELETE, ONE}, ROUTE_DELETE, STATEMENT_RUN_TASK_SHOW, MANAGE, STATEMENT_RUN_TASK_DELETE},
    {0},
};

const struct resource run_task_resource = {
    .type = "tasks",
    .audit = "run_task",
    .id_prefix = "task-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
