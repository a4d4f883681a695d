/* Lock, unlock, delete, SSH key: today-workspaces.md sections 3 to 5. The texts of the 409s are
 * what go-tfe tells the cases apart by. */
#include "api/workspaces/workspace.h"

#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "run/run.h"

static void reply_workspace(struct context *context)
{
    reply_with(context, 200, STATEMENT_WORKSPACE_SHOW, scope_get(context, "id"));
}

/* Every list of workspaces shows it. */
#define MAX_REASON 4096

/* Plain {"reason"}, a JSON:API document, or nothing. */
static const char *lock_reason(const struct context *context)
{
    const char *reason = json_text(json_get(context->document, "reason"));
    if (!reason)
        reason = json_text(json_find(context->document, "data", "attributes", "reason", NULL));
    return reason ? reason : "";
}

void workspace_lock(struct context *context)
{
    const char *reason = lock_reason(context);
    struct rows *locked = NULL;

    if (strlen(reason) > MAX_REASON) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/reason",
                     "Reason is too long (maximum is %d bytes)", MAX_REASON);
        return;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_WORKSPACE_LOCK, &locked, scope_get(context, "id"),
                       principal_actor(&context->principal), reason))
        return;
    if (!locked)
        request_fail(context, ERROR_CONFLICT, NULL,
                     "Unable to lock workspace. The workspace is already locked.");
    else
        reply_workspace(context);
}

static void fail_held(struct context *context, const struct rows *state)
{
    const char *by = rows_get(state, 0, "locked_by");
    if (strncmp(by, "run-", 4) == 0)
        request_fail(context, ERROR_CONFLICT, NULL,
                     "Unable to unlock workspace. The workspace is locked by Run %s", by);
    else if (strncmp(by, "team-", 5) == 0)
        request_fail(context, ERROR_CONFLICT, NULL,
                     "Unable to unlock workspace. The workspace is locked by Team %s",
                     rows_get(state, 0, "team"));
    else
        request_fail(context, ERROR_CONFLICT, NULL,
                     "Unable to unlock workspace. The workspace is locked by User %s",
                     rows_get(state, 0, "username") ? rows_get(state, 0, "username") : by);
}

/* The row stays locked. It may be gone since it was loaded. */
static bool lock_state(struct context *context, struct rows **state)
{
    if (!CONTEXT_QUERY(context, STATEMENT_WORKSPACE_LOCK_STATE, state, scope_get(context, "id")))
        return false;
    if (!*state)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    return *state != NULL;
}

static void unlock(struct context *context, bool force)
{
    const char *id = scope_get(context, "id");
    const char *actor = principal_actor(&context->principal);
    struct rows *state = NULL;

    if (!lock_state(context, &state))
        return;
    const char *by = rows_get(state, 0, "locked_by");
    if (!by) {
        request_fail(context, ERROR_CONFLICT, NULL,
                     "Unable to unlock workspace. The workspace is already unlocked.");
        return;
    }
    /* A run gives its lock back when it ends: cancel or discard it instead (today-runs.md 5.3). */
    if ((!force && strcmp(by, actor) != 0) || strncmp(by, "run-", 4) == 0) {
        fail_held(context, state);
        return;
    }
    /* Not a 409: go-tfe would read that as "already unlocked". The CLI retries on this text. */
    if (!force && rows_bool(state, 0, "pending")) {
        request_fail(context, ERROR_UNAVAILABLE, NULL,
                     "Unable to unlock workspace: the latest state version is still pending");
        return;
    }
    if (CONTEXT_QUERY(context, STATEMENT_WORKSPACE_UNLOCK, NULL, id, by) &&
        db_ok(context, run_start_next(context->service->db, context->arena, id)))
        reply_workspace(context);
}

void workspace_unlock(struct context *context)
{
    unlock(context, false);
}

void workspace_force_unlock(struct context *context)
{
    unlock(context, true);
}

static void delete_workspace(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_WORKSPACE_DELETE, NULL, scope_get(context, "id"),
                      principal_actor(&context->principal)))
        reply_no_content(context);
}

/* The texts must not contain each other's key words (today-workspaces.md section 4). */
void workspace_safe_delete(struct context *context)
{
    struct rows *state = NULL;
    if (!lock_state(context, &state))
        return;
    if (rows_get(state, 0, "locked_by"))
        request_fail(context, ERROR_CONFLICT, NULL,
                     "Workspace is currently locked. Workspace must be unlocked before it can be "
                     "safely deleted");
    else if (rows_int(state, 0, "resource_count") > 0)
        request_fail(context, ERROR_CONFLICT, NULL,
                     "workspace cannot be safely deleted because it is still managing resources");
    else
        delete_workspace(context);
}

void workspace_force_delete(struct context *context)
{
    if (!(context->scope & PERMISSION_MASK(FORCE_DELETE)))
        request_fail(context, ERROR_FORBIDDEN, NULL,
                     "You are not authorized to perform a force delete on this workspace");
    else
        delete_workspace(context);
}

/* The key's id is in the attributes of a document of type `workspaces`; null takes it away. */
void workspace_assign_ssh_key(struct context *context)
{
    const struct json_value *value = json_find(context->document, "data", "attributes", "id", NULL);
    const char *key = json_text(value);
    struct rows *found = NULL;

    if (!value || (!key && json_kind(value) != JSON_NULL)) {
        patch_fail(context, "id", "must be an SSH key's id or null");
        return;
    }
    if (key) {
        if (!CONTEXT_QUERY(context, STATEMENT_SSH_KEY_IN_ORGANIZATION, &found, key,
                           scope_get(context, "organization_id")))
            return;
        if (!found) {
            request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
            return;
        }
    }
    if (CONTEXT_QUERY(context, STATEMENT_WORKSPACE_SET_SSH_KEY, NULL, scope_get(context, "id"),
                      key))
        reply_workspace(context);
}

/* Of 2017, and gone soon after (api-2017.md 2.13). */
void workspace_compound_create(struct context *context)
{
    request_fail(
        context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/oauth-token-id",
        "Compound workspaces are not made any more: use POST "
        "/organizations/:organization/workspaces, with vcs-repo for one with a repository");
}
