/* See no_code_deploy.h: the configuration of a workspace of a no-code module, and its run. */
#include "api/registry/no_code_deploy.h"

#include <string.h>

#include "api/registry/no_code_config.h"
#include "api/resources.h"
#include "archive/bundle.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "blob/blob.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "run/run_create.h"

/* The server that runs it, whatever its name is then (docs/runner.md). */
#define HOST "localterraform.com"
#define MAX_DEPTH 100

static const struct json_value *read_column(struct context *context, const char *column)
{
    const char *reason, *text = scope_get(context, column);
    return json_read(context->arena, text, strlen(text), MAX_DEPTH, &reason);
}

bool no_code_deployment_read(struct context *context, struct no_code_deployment *out)
{
    *out = (struct no_code_deployment){
        .module_id = scope_get(context, "no_code_module_id"),
        .organization_id = scope_get(context, "organization_id"),
        .organization = scope_get(context, "organization"),
        .name = scope_get(context, "module_name"),
        .provider = scope_get(context, "provider"),
        .version = scope_get(context, "version"),
        .contents = read_column(context, "contents"),
        .choices = read_column(context, "choices"),
    };
    if (scope_get(context, "enabled")[0] != 't')
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "The no-code module is not enabled");
    else if (!out->version)
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "The module has no version that a workspace can be made of");
    else
        out->source_module =
            arena_printf(context->arena, "%s/%s/%s", out->name, out->provider, out->version);
    return !request_failed(context);
}

/* The archive as a blob of the organization. */
static bool store(struct context *context, const struct no_code_deployment *deployment,
                  const char *text, size_t len, struct blob_info *blob)
{
    const struct bundle_file file = {NO_CODE_CONFIG_FILE, text, len};
    struct db *db = context->service->db;
    struct buf archive;

    buf_init(&archive, context->arena);
    if (!bundle_write(&archive, &file, 1)) {
        request_fail(context, ERROR_INTERNAL, NULL, NULL);
        return false;
    }
    struct blob_writer *writer = blob_writer_begin(db, context->arena, context->service->keyring,
                                                   deployment->organization_id);
    return db_ok(context, blob_writer_add(writer, buf_str(&archive), archive.len)) &&
           db_ok(context, blob_writer_finish(writer, blob));
}

/* A configuration version that has its bytes; its id, NULL when that failed. */
static const char *create_configuration(struct context *context,
                                        const struct no_code_deployment *deployment,
                                        const char *workspace_id)
{
    static const char usual[] = "{\"auto_queue_runs\":false,\"speculative\":false,"
                                "\"provisional\":false,\"may_auto_apply\":false}";
    const char *id = ids_new(context->arena, configuration_version_resource.id_prefix);
    const char *reason;
    const struct no_code_call call = {
        .name = deployment->name,
        .source = arena_printf(context->arena, HOST "/%s/%s/%s", deployment->organization,
                               deployment->name, deployment->provider),
        .version = deployment->version,
        .contents = deployment->contents,
    };
    struct blob_info blob;
    struct buf text;

    buf_init(&text, context->arena);
    if (!no_code_config_write(&text, &call, &reason)) {
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "Version %s of the module %s",
                     deployment->version, reason);
        return NULL;
    }
    return store(context, deployment, buf_str(&text), text.len, &blob) &&
                   CONTEXT_QUERY(context, STATEMENT_CONFIGURATION_VERSION_CREATE, NULL, id,
                                 workspace_id, usual, principal_actor(&context->principal)) &&
                   CONTEXT_QUERY(context, STATEMENT_CONFIGURATION_VERSION_UPLOADED, NULL, id,
                                 blob.id) &&
                   CONTEXT_QUERY(context, STATEMENT_CONFIGURATION_VERSION_OF_MODULE, NULL, id,
                                 deployment->source_module)
               ? id
               : NULL;
}

static const char *run_columns(struct context *context, const struct no_code_run *run,
                               const char *configuration)
{
    struct buf columns;
    struct json_writer w;

    buf_init(&columns, context->arena);
    json_writer_init(&w, &columns);
    json_object_begin(&w);
    json_member_string(&w, "configuration_version_id", configuration);
    json_member_string(&w, "message", run->message);
    json_member_bool(&w, "may_auto_apply", run->may_auto_apply);
    if (!run->auto_apply)
        json_member_bool(&w, "auto_apply", false);
    json_object_end(&w);
    return buf_str(&columns);
}

const char *no_code_run_start(struct context *context, const struct no_code_deployment *deployment,
                              const struct no_code_run *run)
{
    const struct service *service = context->service;
    const char *configuration = create_configuration(context, deployment, run->workspace_id);
    enum db_status failure;

    if (!configuration)
        return NULL;
    const struct run_new new_run = {
        .id = ids_new(context->arena, run_resource.id_prefix),
        .workspace_id = run->workspace_id,
        .columns = run_columns(context, run, configuration),
        .created_by = principal_actor(&context->principal),
    };
    if (run_create(service->db, context->arena, service->keyring, &new_run, &failure) ==
            RUN_FAILED &&
        !db_ok(context, failure))
        return NULL;
    return new_run.id;
}
