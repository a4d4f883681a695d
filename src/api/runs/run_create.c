/* New runs: who may, what they are about, and what else is as usual (today-runs.md sections 1 and
 * 6). */
#include "api/runs/runs.h"

#include <string.h>

#include "api/resources.h"
#include "api/vcs/vcs.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "run/run_create.h"

#define BY_API "Queued manually via the Terraform Enterprise API"
#define BY_CLI "Queued manually using Terraform"
#define BY_UPLOAD "New configuration uploaded via the Terraform Cloud API"

static const char *related_id(const struct context *context, const char *name)
{
    return json_text(
        json_find(context->document, "data", "relationships", name, "data", "id", NULL));
}

static bool flag(const struct patch *patch, const char *name)
{
    const struct json_value *value = patch_attribute(patch, name);
    return value && json_kind(value) == JSON_BOOL && json_boolean(value);
}

/* --- The configuration that is run --- */

static void fail_configuration(struct context *context, const char *detail)
{
    request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/configuration-version",
                 "%s", detail);
}

/* What was uploaded to a workspace with a repository can only be looked at: 6.13. */
static void check_source(struct context *context, const struct rows *configuration)
{
    if (scope_get(context, "vcs_repo") && !rows_bool(configuration, 0, "speculative") &&
        strcmp(rows_get(configuration, 0, "source"), "tfe-api") == 0)
        fail_configuration(context,
                           "Configuration version cannot be applied: the workspace takes its "
                           "configuration from a repository, so an uploaded one must be "
                           "speculative");
}

/* One that the caller may read, of this workspace or of another (6.13). */
static void check_configuration(struct context *context, const char *id)
{
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_CONFIGURATION_VERSION_LOAD, &rows, context->token_hash,
                       id))
        return;
    const char *scope = rows ? rows_get(rows, 0, "scope") : NULL;
    if (!scope ||
        strcmp(rows_get(rows, 0, "organization_id"), scope_get(context, "organization_id")) != 0)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    else if (strcmp(rows_get(rows, 0, "status"), "uploaded") != 0)
        fail_configuration(context, arena_printf(context->arena,
                                                 "Configuration version cannot be run: it is %s",
                                                 rows_get(rows, 0, "status")));
    else
        check_source(context, rows);
}

const char *run_choose_configuration(struct context *context)
{
    const char *id = related_id(context, "configuration-version");
    struct rows *rows = NULL;

    if (id) {
        check_configuration(context, id);
        return id;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_RUN_LAST_CONFIGURATION, &rows, scope_get(context, "id")))
        return NULL;
    if (rows)
        return rows_get(rows, 0, "id");
    if (vcs_fetch_again(context, scope_get(context, "id"), &id) && !id)
        fail_configuration(context, "Configuration version is missing");
    return id;
}

/* --- The rules between attributes --- */

/* go-tfe before 1.1, which Terraform 1.0 and 1.1 have inside, writes Key and Value. */
static const char *member(const struct json_value *item, const char *name, const char *old_name)
{
    const char *text = json_text(json_get(item, name));
    return text ? text : json_text(json_get(item, old_name));
}

static bool write_variable(struct json_writer *w, const struct json_value *item)
{
    const char *key = member(item, "key", "Key");
    const char *value = member(item, "value", "Value");

    if (!key || !*key || !value)
        return false;
    json_object_begin(w);
    json_member_string(w, "key", key);
    json_member_string(w, "value", value);
    json_object_end(w);
    return true;
}

void run_read_variables(struct context *context, struct patch *patch)
{
    const struct json_value *list = patch_attribute(patch, "variables");
    struct json_writer w;
    struct buf text;

    if (!list || json_kind(list) == JSON_NULL)
        return;
    if (json_kind(list) != JSON_ARRAY) {
        patch_fail(context, "variables", "must be an array");
        return;
    }
    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(list); i++)
        if (!write_variable(&w, json_at(list, i))) {
            patch_fail(context, "variables",
                       "must be objects with a key and a value, both strings");
            return;
        }
    json_array_end(&w);
    patch_string(patch, "variables", buf_str(&text));
}

static void check_modes(struct context *context, const struct patch *patch,
                        const struct rows *workspace)
{
    if (strcmp(rows_get(workspace, 0, "execution_mode"), "local") == 0)
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The workspace's execution mode is local: runs happen where the CLI is");
    if (flag(patch, "is-destroy") && flag(patch, "refresh-only"))
        patch_fail(context, "refresh-only", "can't be combined with is-destroy");
    if (flag(patch, "is-destroy") && !rows_bool(workspace, 0, "allow_destroy_plan"))
        patch_fail(context, "is-destroy", "is not allowed in this workspace");
    if (flag(patch, "save-plan") && flag(patch, "plan-only"))
        patch_fail(context, "save-plan", "can't be combined with plan-only");
    if (json_text(patch_attribute(patch, "terraform-version")) && !flag(patch, "plan-only"))
        patch_fail(context, "terraform-version", "can only be set for a plan-only run");
}

static const char *default_message(const struct context *context)
{
    return *context->request->terraform_version ? BY_CLI : BY_API;
}

void run_before_write(struct context *context, struct patch *patch)
{
    const char *message = json_text(patch_attribute(patch, "message"));
    struct rows *workspace = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUN_WORKSPACE, &workspace, scope_get(context, "id")) ||
        !workspace)
        return;
    check_modes(context, patch, workspace);
    run_read_variables(context, patch);
    const char *configuration = run_choose_configuration(context);
    if (request_failed(context))
        return;
    patch_string(patch, "configuration_version_id", configuration);
    /* A session on a page has no token. */
    if (!*context->principal.token_id)
        patch_string(patch, "source", "tfe-ui");
    patch_bool(patch, "may_auto_apply", context->scope & PERMISSION_MASK(RUN_APPLY));
    if (!message)
        patch_string(patch, "message", default_message(context));
}

/* --- From a document, and from an upload --- */

static bool start(struct context *context, const struct run_new *run)
{
    const struct service *service = context->service;
    enum db_status failure;

    if (run_create(service->db, context->arena, service->keyring, run, &failure) == RUN_FAILED)
        return db_ok(context, failure);
    return true;
}

void run_create_handler(struct context *context)
{
    const char *workspace = related_id(context, "workspace");

    if (!workspace) {
        request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/workspace",
                     "Workspace can't be blank");
        return;
    }
    if (context_enter(context, STATEMENT_WORKSPACE_LOAD, RUN_CREATE_NEED,
                      (const char *[]){context->token_hash, workspace}, 2))
        run_create_here(context);
}

void run_create_here(struct context *context)
{
    struct patch patch;

    if (!patch_read(context, &run_resource, true, &patch))
        return;
    const struct run_new run = {.id = patch.id,
                                .workspace_id = scope_get(context, "id"),
                                .columns = buf_str(&patch.text),
                                .created_by = principal_actor(&context->principal)};
    if (start(context, &run))
        reply_with(context, 201, STATEMENT_RUN_SHOW, run.id);
}

void run_queue_configuration(struct context *context, const char *configuration_id,
                             const char *workspace_id, const char *created_by, bool may_auto_apply)
{
    struct buf columns;
    struct json_writer w;

    buf_init(&columns, context->arena);
    json_writer_init(&w, &columns);
    json_object_begin(&w);
    json_member_string(&w, "configuration_version_id", configuration_id);
    json_member_string(&w, "message", BY_UPLOAD);
    json_member_string(&w, "source", "tfe-configuration-version");
    json_member_bool(&w, "may_auto_apply", may_auto_apply);
    json_object_end(&w);
    const struct run_new run = {.id = ids_new(context->arena, "run-"),
                                .workspace_id = workspace_id,
                                .columns = buf_str(&columns),
                                .created_by = created_by};
    (void)start(context, &run);
}
