/* What runners have made of a plan or apply, for those who may: a redirect to a URL that lives a
 * minute (today-runs.md 7.7, 8.5). */
#include "api/runs/runs.h"

#include <string.h>

#include "api/objects.h"
#include "api/resources.h"
#include "base/arena.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define ACTION "run-file"
#define MINUTE 60

static void send_redirect(struct context *context)
{
    http_header(context->request, "Location", context->reply.secret);
    http_header(context->request, "Content-Type", "text/plain; charset=utf-8");
    context->request->status = 307;
    http_write(context->request, "307 Temporary Redirect", strlen("307 Temporary Redirect"));
}

/* A run task's token is good for one run. */
static bool is_of_another_run(const struct context *context)
{
    return context->principal.kind == PRINCIPAL_TASK &&
           strcmp(context->principal.run_id, scope_get(context, "run_id")) != 0;
}

static void redirect(struct context *context, const char *name)
{
    const char *phase = scope_get(context, "id");
    struct rows *file = NULL;

    if (is_of_another_run(context)) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_RUN_FILE, &file, phase, name))
        return;
    if (file) {
        context->reply.secret = object_url_for(
            context, ACTION, arena_printf(context->arena, "%s/%s", phase, name), MINUTE);
        context->reply.send = send_redirect;
    } else if (rows_bool(context->rows, 0, "is_over")) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    } else {
        reply_no_content(context);
    }
}

void plan_json(struct context *context)
{
    redirect(context, "plan-json");
}

void plan_json_redacted(struct context *context)
{
    redirect(context, "plan-json-redacted");
}

void plan_json_schema(struct context *context)
{
    redirect(context, "provider-schemas");
}

void apply_errored_state(struct context *context)
{
    redirect(context, "errored-state");
}

void run_file_read(struct context *context)
{
    const char *id = object_id(context, ACTION);
    const char *slash = id ? strchr(id, '/') : NULL;
    struct rows *file = NULL;

    if (!slash)
        return;
    if (!CONTEXT_QUERY(context, STATEMENT_RUN_FILE, &file,
                       arena_strndup(context->arena, id, (size_t)(slash - id)), slash + 1))
        return;
    if (file)
        object_send(context, rows_get(file, 0, "blob_id"), "application/json");
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}
