/* What happens to a configuration version's bytes once it has them: download, archiving, backing
 * data (today-runs.md 11.6 to 11.8). A current version always keeps its own. */
#include "api/configurations/configurations.h"

#include <string.h>

#include "api/objects.h"
#include "api/resources.h"
#include "blob/blob.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static bool is_status(const struct context *context, const char *status)
{
    return strcmp(scope_get(context, "status"), status) == 0;
}

/* One statement checks and changes, so that of two at once only one finds what it needs. False:
 * failed, or refused by what the row says now. */
static bool change(struct context *context, enum statement statement, bool *changed)
{
    struct rows *rows = NULL;
    if (!CONTEXT_QUERY(context, statement, &rows, scope_get(context, "id")))
        return false;
    *changed = rows != NULL;
    return true;
}

static bool release(struct context *context)
{
    return db_ok(context,
                 blob_release(context->service->db, context->arena, scope_get(context, "blob_id")));
}

static void send_bytes(struct context *context)
{
    object_send(context, scope_get(context, "blob_id"), "application/octet-stream");
}

/* A run task's token is good for one run. */
static bool is_of_another_run(struct context *context)
{
    struct rows *run = NULL;
    return context->principal.kind == PRINCIPAL_TASK &&
           (!CONTEXT_QUERY(context, STATEMENT_RUN_OF_CONFIGURATION, &run, context->principal.run_id,
                           scope_get(context, "id")) ||
            !run);
}

void configuration_download(struct context *context)
{
    if (is_status(context, "uploaded") && !is_of_another_run(context))
        context->reply.send = send_bytes;
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

void configuration_archive(struct context *context)
{
    bool archived;
    if (!change(context, STATEMENT_CONFIGURATION_VERSION_ARCHIVE, &archived))
        return;
    if (archived) {
        if (release(context))
            context->reply.status = context->route->status;
    } else if (rows_bool(context->rows, 0, "is_current")) {
        request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                     "configuration could not be archived because it is current");
    } else {
        request_fail(context, ERROR_TRANSITION_NOT_ALLOWED, NULL,
                     "configuration could not be archived because it is not uploaded");
    }
}

static void refuse(struct context *context, const char *why)
{
    request_fail(context, ERROR_BAD_REQUEST, NULL, "transition not allowed: %s", why);
}

static void show(struct context *context)
{
    reply_with(context, 200, STATEMENT_CONFIGURATION_VERSION_SHOW, scope_get(context, "id"));
}

void configuration_soft_delete(struct context *context)
{
    bool deleted;
    if (!change(context, STATEMENT_CONFIGURATION_VERSION_SOFT_DELETE, &deleted))
        return;
    if (deleted)
        show(context);
    else if (rows_bool(context->rows, 0, "is_current"))
        refuse(context, "the configuration version is current");
    else
        refuse(context, "only an uploaded configuration version has data to delete");
}

/* Restoring what was not deleted is no fault. */
void configuration_restore(struct context *context)
{
    bool restored;
    if (!change(context, STATEMENT_CONFIGURATION_VERSION_RESTORE, &restored))
        return;
    if (restored || is_status(context, "uploaded"))
        show(context);
    else if (is_status(context, "backing_data_permanently_deleted"))
        refuse(context, "the data is permanently deleted");
    else
        refuse(context, "the configuration version has no data");
}

void configuration_permanently_delete(struct context *context)
{
    bool forgotten;
    if (!change(context, STATEMENT_CONFIGURATION_VERSION_FORGET, &forgotten))
        return;
    if (!forgotten)
        refuse(context, "the data must be soft-deleted first");
    else if (release(context))
        show(context);
}
