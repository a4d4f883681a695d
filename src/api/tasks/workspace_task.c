/* Which run tasks a workspace asks, when, and whether their answer counts (today-runs.md 14.4).
 * `stage` is what `stages` was before there could be more than one. */
#include "api/resources.h"

#include "api/tasks/tasks.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"enforcement-level", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .choices = TASK_LEVELS},
    {"stage", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"stages", ATTRIBUTE_STRINGS, .flags = ATTRIBUTE_NO_COLUMN},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"task", RELATION_ONE, "tasks", "task_id", .related = "/api/v2/tasks/{task_id}",
     .writes = "task_id", .flags = RELATION_REQUIRED | RELATION_CREATE_ONLY},
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/workspaces/{workspace_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/workspaces/{workspace_id}/tasks/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"task", "task_id", &run_task_resource, STATEMENT_RUN_TASK_INCLUDE},
    {"workspace", "workspace_id", &workspace_resource, STATEMENT_WORKSPACE_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"workspace_tasks_task_key", ERROR_INVALID_RELATIONSHIP, "/data/relationships/task",
     "Task has already been attached to this workspace"},
    {"workspace_tasks_task_fkey", ERROR_INVALID_RELATIONSHIP, "/data/relationships/task",
     "Task does not exist"},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *stages = patch_attribute(patch, "stages");
    const struct json_value *stage = patch_attribute(patch, "stage");

    if (stages && json_kind(stages) != JSON_NULL) {
        task_stages_take(context, patch, stages, "stages", "/data/attributes/stages");
    } else if (stage && json_kind(stage) != JSON_NULL) {
        const char *name = json_text(stage);
        if (!name || !patch_is_choice(TASK_STAGES, name)) {
            patch_fail(context, "stage", "is not included in the list");
            return;
        }
        json_key(&patch->w, "stages");
        json_array_begin(&patch->w);
        json_string(&patch->w, name);
        json_array_end(&patch->w);
    }
}

#define LIST "/api/v2/workspaces/:workspace_id/tasks"
#define ONE LIST "/:workspace_task_id"
#define READ PERMISSION_MASK(READ)
#define MANAGE PERMISSION_MASK(TASKS)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_WORKSPACE_TASK_LIST, READ},
    {{HTTP_GET, "/api/v2/tasks/:task_id/relationships/workspace-tasks"},
     ROUTE_LIST,
     STATEMENT_TASK_WORKSPACE_TASK_LIST,
     PERMISSION_MASK(ORG_TASKS_READ)},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_WORKSPACE_LOAD,
     MANAGE,
     STATEMENT_WORKSPACE_TASK_CREATE,
     STATEMENT_WORKSPACE_TASK_REPLY},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_WORKSPACE_TASK_SHOW, READ},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_WORKSPACE_TASK_SHOW,
     MANAGE,
     STATEMENT_WORKSPACE_TASK_UPDATE,
     STATEMENT_WORKSPACE_TASK_REPLY},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_WORKSPACE_TASK_SHOW,
     MANAGE,
     STATEMENT_WORKSPACE_TASK_DELETE},
    {0},
};

const struct resource workspace_task_resource = {
    .type = "workspace-tasks",
    .audit = "workspace_task",
    .id_prefix = "wstask-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
