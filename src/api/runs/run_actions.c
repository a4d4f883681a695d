/* What people do with a run (today-runs.md section 4). An action answers 202, and has happened by
 * then. */
#include "api/runs/runs.h"

#include <string.h>

#include "api/resources.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

bool run_act(struct context *context, const char *run_id, enum run_event event,
             const struct run_args *args, const char *what)
{
    enum db_status failure;

    switch (run_send(context->service->db, context->arena, run_id, event, args, &failure)) {
    case RUN_MOVED:
        return true;
    case RUN_REFUSED:
        request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                     "transition not allowed: the run's status does not allow to %s it", what);
        return false;
    case RUN_GONE:
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return false;
    case RUN_FAILED:
        break;
    }
    return db_ok(context, failure);
}

/* {"comment": "..."}, by itself or as an attribute. */
static const char *comment_text(const struct context *context)
{
    const char *text = json_text(json_get(context->document, "comment"));
    if (!text)
        text = json_text(json_find(context->document, "data", "attributes", "comment", NULL));
    return text && *text ? text : NULL;
}

static void act(struct context *context, enum run_event event, const char *what)
{
    const char *run = scope_get(context, "id");
    const char *text = comment_text(context);
    struct run_args args = {.actor = principal_actor(&context->principal)};

    if (text && !(args.comment_id = comment_add(context, run, text)))
        return;
    if (run_act(context, run, event, &args, what))
        context->reply.status = context->route->status;
}

void run_apply(struct context *context)
{
    act(context, RUN_APPLY, "apply");
}

void run_discard(struct context *context)
{
    act(context, RUN_DISCARD, "discard");
}

void run_cancel(struct context *context)
{
    act(context, RUN_CANCEL, "cancel");
}

void run_force_cancel(struct context *context)
{
    act(context, RUN_FORCE_CANCEL, "force-cancel");
}

/* Everything before it makes room, the run that holds the workspace last: it starts then (4.5). */
void run_force_execute(struct context *context)
{
    const struct run_args args = {.actor = principal_actor(&context->principal)};
    struct rows *before = NULL;
    const char *holder = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUN_BEFORE, &before, scope_get(context, "workspace_id"),
                       scope_get(context, "position")))
        return;
    for (size_t i = 0; i < rows_count(before); i++)
        if (rows_bool(before, i, "holds_lock"))
            holder = rows_get(before, i, "id");
    if (strcmp(scope_get(context, "status"), "pending") != 0 || !holder) {
        request_fail(context, ERROR_FORBIDDEN, NULL,
                     "Only a pending run whose workspace is locked by another run can be executed "
                     "at once");
        return;
    }
    for (size_t i = 0; i < rows_count(before); i++)
        if (!rows_bool(before, i, "holds_lock") &&
            !run_act(context, rows_get(before, i, "id"), RUN_FORCE_DISCARD, &args,
                     "discard what is before"))
            return;
    if (run_act(context, holder, RUN_FORCE_DISCARD, &args, "discard what is before"))
        context->reply.status = context->route->status;
}
