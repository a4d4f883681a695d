/* Soft delete, restore and permanent delete of a version's bytes (today-workspaces.md 12.3). The
 * current version always keeps its own. */
#include "api/states/states.h"

#include <string.h>

#include "api/resources.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static bool is_status(const struct context *context, const char *status)
{
    return strcmp(scope_get(context, "status"), status) == 0;
}

static bool is_current(const struct context *context)
{
    const char *current = scope_get(context, "current_state_version_id");
    return current && strcmp(current, scope_get(context, "id")) == 0;
}

static void refuse(struct context *context, const char *why)
{
    request_fail(context, ERROR_BAD_REQUEST, NULL, "transition not allowed: %s", why);
}

/* The statement did what it should, unless somebody else has changed the status since it was
 * loaded: then the next try looks again. */
static bool still_true(struct context *context, const struct rows *changed)
{
    if (!changed) {
        request_fail(context, ERROR_CONFLICT, NULL, "the state version has just been changed");
        context->transient = true;
    }
    return changed != NULL;
}

static void set_status(struct context *context, const char *status)
{
    const char *id = scope_get(context, "id");
    struct rows *changed = NULL;
    if (CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_SET_STATUS, &changed, id, status,
                      scope_get(context, "status")) &&
        still_true(context, changed))
        reply_with(context, 200, STATEMENT_STATE_VERSION_SHOW, id);
}

void state_soft_delete(struct context *context)
{
    if (is_current(context))
        refuse(context, "the state version is current");
    else if (!is_status(context, "finalized"))
        refuse(context, "only a finalized state version has data to delete");
    else
        set_status(context, "backing_data_soft_deleted");
}

void state_restore(struct context *context)
{
    if (is_status(context, "backing_data_permanently_deleted"))
        refuse(context, "the data is permanently deleted");
    else if (is_status(context, "backing_data_soft_deleted"))
        set_status(context, "finalized");
    else
        set_status(context, scope_get(context, "status"));
}

void state_permanently_delete(struct context *context)
{
    const char *id = scope_get(context, "id");
    const char *blobs[] = {scope_get(context, "blob_id"), scope_get(context, "json_blob_id")};

    if (is_current(context)) {
        refuse(context, "the state version is current");
        return;
    }
    if (!is_status(context, "backing_data_soft_deleted")) {
        refuse(context, "the data must be soft-deleted first");
        return;
    }
    struct rows *changed = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_STATE_VERSION_FORGET, &changed, id) ||
        !still_true(context, changed))
        return;
    for (size_t i = 0; i < 2; i++)
        if (blobs[i] &&
            !db_ok(context, blob_release(context->service->db, context->arena, blobs[i])))
            return;
    reply_with(context, 200, STATEMENT_STATE_VERSION_SHOW, id);
}
