/* Workspaces that are made of a no-code module, and their upgrades to the version that the module
 * offers now (today-registry-vcs.md section 4). An upgrade is a run, which waits until somebody
 * confirms it; the workspace is at the new version when it is applied (run_applied). */
#include "api/resources.h"

#include <string.h>

#include "api/registry/no_code_deploy.h"
#include "api/runs/runs.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static void render_plan_url(struct context *context, struct json_writer *w, const struct row *row)
{
    json_string(w, arena_printf(context->arena, "%s%s", context_base_url(context),
                                row_get(row, "plan_url")));
}

static const struct attribute attributes[] = {
    {"status", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL},
    {"plan-url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL,
     .render = render_plan_url},
    {"message", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY | ATTRIBUTE_OMIT_NULL},
    {0},
};

static const struct relationship relationships[] = {
    {"workspace", RELATION_ONE, "workspaces", "workspace_id",
     .related = "/api/v2/workspaces/{workspace_id}"},
    {0},
};

/* --- A new workspace --- */

static void pass(struct json_writer *w, struct arena *arena, const char *name,
                 const struct json_value *value)
{
    struct buf text;

    if (!value)
        return;
    buf_init(&text, arena);
    json_print(&text, value);
    json_member_raw(w, name, buf_str(&text));
}

/* What of the document is about the workspace itself. Other settings would not go with the
 * configuration that is written for it (a working directory, a repository). */
static const struct json_value *workspace_document(struct context *context)
{
    static const char *const settings[] = {
        "name",          "description", "auto-apply", "execution-mode",
        "agent-pool-id", "source-name", "source-url", "terraform-version",
    };
    static const char *const related[] = {"project", "agent-pool"};
    const struct json_value *data = json_get(context->document, "data");
    const struct patch given = {.attributes = json_get(data, "attributes"),
                                .relationships = json_get(data, "relationships")};
    const char *reason;
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_key(&w, "data");
    json_object_begin(&w);
    json_key(&w, "attributes");
    json_object_begin(&w);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        pass(&w, context->arena, settings[i], patch_attribute(&given, settings[i]));
    json_object_end(&w);
    json_key(&w, "relationships");
    json_object_begin(&w);
    for (size_t i = 0; i < sizeof related / sizeof related[0]; i++)
        pass(&w, context->arena, related[i], patch_relationship(&given, related[i]));
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    return json_read(context->arena, buf_str(&text), text.len,
                     (int)context->service->config->json_depth, &reason);
}

static bool is_local(const struct json_value *document)
{
    const char *mode = json_text(json_find(document, "data", "attributes", "execution-mode", NULL));
    return mode && strcmp(mode, "local") == 0;
}

/* The workspace itself, as any other is made: who may, in which project, what its name may be. */
static bool create_workspace(struct context *context, const struct no_code_deployment *deployment)
{
    const struct json_value *document = context->document;

    if (!context_enter(context, STATEMENT_ORGANIZATION_LOAD, PERMISSION_MASK(ORG_READ),
                       (const char *[]){context->token_hash, deployment->organization}, 2))
        return false;
    context->document = workspace_document(context);
    if (is_local(context->document))
        patch_fail(context, "execution-mode", "must be remote or agent");
    else
        context_create(context);
    context->document = document;
    return !request_failed(context) &&
           CONTEXT_QUERY(context, STATEMENT_NO_CODE_WORKSPACE_ADOPT, NULL, context->reply.id,
                         deployment->module_id, deployment->source_module);
}

/* Whether the caller may apply in the workspace, which has just been made. */
static bool may_apply(struct context *context, const char *workspace_id)
{
    struct rows *rows = NULL;
    const char *scope;

    return CONTEXT_QUERY(context, STATEMENT_WORKSPACE_LOAD, &rows, context->token_hash,
                         workspace_id) &&
           rows && (scope = rows_get(rows, 0, "scope")) != NULL && *scope &&
           ((permission_mask)rows_int(rows, 0, "scope") & PERMISSION_MASK(RUN_APPLY)) != 0;
}

static void deploy(struct context *context)
{
    struct no_code_deployment deployment;

    if (!no_code_deployment_read(context, &deployment) || !create_workspace(context, &deployment) ||
        !no_code_vars_write(context, &deployment, context->reply.id))
        return;
    const struct no_code_run run = {
        .workspace_id = context->reply.id,
        .message = arena_printf(context->arena, "Made of the module %s", deployment.source_module),
        .auto_apply = true,
        .may_auto_apply = may_apply(context, context->reply.id),
    };
    if (!request_failed(context))
        (void)no_code_run_start(context, &deployment, &run);
}

/* --- Upgrades --- */

static bool has_runners(struct context *context, const char *workspace)
{
    struct rows *rows = NULL;

    if (CONTEXT_QUERY(context, STATEMENT_RUN_WORKSPACE, &rows, workspace) && rows &&
        strcmp(rows_get(rows, 0, "execution_mode"), "local") == 0)
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The workspace's execution mode is local: nobody runs an upgrade");
    return !request_failed(context);
}

static void upgrade(struct context *context)
{
    const char *workspace = scope_get(context, "id");
    struct no_code_deployment deployment;

    if (no_code_vars_given(context) && !(context->scope & PERMISSION_MASK(VARS_WRITE))) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!no_code_deployment_read(context, &deployment))
        return;
    if (scope_get(context, "available")[0] != 't') {
        reply_with(context, 200, STATEMENT_WORKSPACE_UPGRADE_NONE, workspace);
        return;
    }
    const struct no_code_run run = {
        .workspace_id = workspace,
        .message =
            arena_printf(context->arena, "Upgrade to the module %s", deployment.source_module),
    };
    if (!has_runners(context, workspace) || !no_code_vars_write(context, &deployment, workspace))
        return;
    const char *id = no_code_run_start(context, &deployment, &run);
    if (id)
        reply_with(context, 200, STATEMENT_WORKSPACE_UPGRADE_BEGUN, id);
}

static void confirm(struct context *context)
{
    const char *run = scope_get(context, "id");
    const struct run_args args = {.actor = principal_actor(&context->principal)};

    if (run_act(context, run, RUN_APPLY, &args, "apply"))
        reply_with(context, 200, STATEMENT_WORKSPACE_UPGRADE_CONFIRMED, run);
}

#define WORKSPACES "/api/v2/no-code-modules/:no_code_module_id/workspaces"
#define UPGRADE WORKSPACES "/:workspace_id/upgrade"

static const struct route routes[] = {
    /* Which project decides: workspace_settings.c asks for the right on it. */
    {{HTTP_POST, WORKSPACES},
     ROUTE_ACTION,
     STATEMENT_NO_CODE_DEPLOY_LOAD,
     PERMISSION_MASK(ORG_READ),
     STATEMENT_WORKSPACE_CREATE,
     STATEMENT_WORKSPACE_SHOW,
     .handler = deploy,
     .principals = PRINCIPALS_USER_OR_TEAM,
     .status = 200,
     .audit = "workspace/create",
     .resource = &workspace_resource},
    {{HTTP_POST, UPGRADE},
     ROUTE_ACTION,
     STATEMENT_NO_CODE_UPGRADE_LOAD,
     RUN_CREATE_NEED,
     .handler = upgrade,
     .flags = ROUTE_OPTIONAL_DOCUMENT,
     .principals = PRINCIPALS_USER_OR_TEAM,
     .audit = "workspace/upgrade"},
    {{HTTP_GET, UPGRADE "/:run_id"},
     ROUTE_SHOW,
     STATEMENT_WORKSPACE_UPGRADE_SHOW,
     PERMISSION_MASK(READ),
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_POST, UPGRADE "/:run_id"},
     ROUTE_ACTION,
     STATEMENT_WORKSPACE_UPGRADE_SHOW,
     PERMISSION_MASK(RUN_APPLY),
     .handler = confirm,
     .flags = ROUTE_OPTIONAL_DOCUMENT,
     .principals = PRINCIPALS_USER_OR_TEAM,
     .audit = "run/apply"},
    {0},
};

const struct resource workspace_upgrade_resource = {
    .type = "workspace-upgrade",
    .audit = "workspace",
    .attributes = attributes,
    .relationships = relationships,
    .routes = routes,
};
