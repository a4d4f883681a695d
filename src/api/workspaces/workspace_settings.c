/* Rules between the attributes of a workspace: project, triggers, VCS, auto-destroy, and the tags
 * that come with a create or update (today-workspaces.md 2.2 to 2.5, 7). */
#include "api/workspaces/workspace.h"

#include <stdlib.h>
#include <string.h>

#include "api/execution.h"
#include "api/tags/tags.h"
#include "api/vcs/vcs.h"
#include "base/arena.h"
#include "base/clock.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct execution_names execution_names = {
    .mode = "execution-mode",
    .pool_id = "agent-pool-id",
    .pool = "agent-pool",
    .operations = "operations",
};

/* What a version has and a constraint has more than. */
#define EXACT "0123456789.-+ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static bool is_true(const struct json_value *value)
{
    return json_kind(value) == JSON_BOOL && json_boolean(value);
}

static bool non_empty(const struct json_value *value)
{
    return json_kind(value) == JSON_ARRAY && json_length(value) > 0;
}

/* Row of the project that the workspace goes to, with the caller's mask on it; NULL = refused. */
static const struct rows *target_project(struct context *context, bool create, const char *id,
                                         permission_mask need)
{
    struct rows *rows = NULL;
    const char *organization = scope_get(context, create ? "id" : "organization_id");
    if (!CONTEXT_QUERY(context, STATEMENT_PROJECT_ACCESS, &rows, context->token_hash, id,
                       organization))
        return NULL;
    if (!rows || ((permission_mask)rows_int(rows, 0, "mask") & need) != need) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return NULL;
    }
    return rows;
}

/* "14d" from now, in the wire form. */
static const char *time_after(struct context *context, const char *duration)
{
    char *unit;
    long count = strtol(duration, &unit, 10);
    char *text = arena_alloc(context->arena, CLOCK_WIRE_SIZE);
    clock_wire(clock_now() + count * (*unit == 'd' ? 86400 : 3600), text);
    return text;
}

/* Creating needs the right on the project (W3, W4), moving needs it on both ends (W7). */
static void write_project(struct context *context, struct patch *patch)
{
    const struct json_value *data = json_get(patch_relationship(patch, "project"), "data");
    const char *id = json_text(json_get(data, "id"));

    if (data && json_kind(data) != JSON_NULL && !(id && *id)) {
        request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/project",
                     "Project must name an id");
        return;
    }
    if (!patch->create) {
        if (!id || strcmp(id, scope_get(context, "project_id")) == 0)
            return;
        /* A project that takes none is not there; a workspace that may not leave is refused aloud
         * (today-access.md section 10). */
        if (!target_project(context, false, id, PERMISSION_MASK(MOVE)))
            return;
        if (context->scope & PERMISSION_MASK(MOVE))
            patch_string(patch, "project_id", id);
        else
            request_fail(context, ERROR_FORBIDDEN, "/data/relationships/project",
                         "Workspace(s) not found, or you are not authorized to move them: %s",
                         scope_get(context, "id"));
        return;
    }
    const struct rows *project =
        target_project(context, true, id, PERMISSION_MASK(PROJECT_CREATE_WORKSPACE));
    if (!project)
        return;
    patch_string(patch, "project_id", rows_get(project, 0, "id"));
    /* New workspaces take the project's duration unless they bring their own (2.5). */
    const char *duration = rows_get(project, 0, "auto_destroy_activity_duration");
    if (!duration || patch_attribute(patch, "auto-destroy-activity-duration") ||
        json_kind(patch_attribute(patch, "auto-destroy-at")) == JSON_STRING)
        return;
    patch_string(patch, "auto_destroy_activity_duration", duration);
    patch_string(patch, "auto_destroy_at", time_after(context, duration));
}

static void write_triggers(struct context *context, struct patch *patch)
{
    const struct json_value *prefixes = patch_attribute(patch, "trigger-prefixes");
    const struct json_value *patterns = patch_attribute(patch, "trigger-patterns");
    const struct json_value *vcs = patch_attribute(patch, "vcs-repo");
    const char *regex = json_text(json_get(vcs, "tags-regex"));

    if (non_empty(prefixes) && non_empty(patterns))
        patch_fail(context, "trigger-patterns", "cannot be set together with trigger prefixes");
    if (regex && *regex && (non_empty(prefixes) || non_empty(patterns)))
        patch_fail(context, "vcs-repo",
                   "cannot have a tags-regex together with trigger patterns or prefixes");
    if (regex && *regex && is_true(patch_attribute(patch, "file-triggers-enabled")))
        patch_fail(context, "vcs-repo", "cannot have a tags-regex while file triggers are enabled");
    if (patch->create)
        return;
    /* The newly given kind replaces the other. */
    if (non_empty(patterns))
        patch_json(patch, "trigger_prefixes", "[]");
    if (non_empty(prefixes))
        patch_json(patch, "trigger_patterns", "[]");
}

static void write_auto_destroy(struct context *context, struct patch *patch)
{
    const struct json_value *duration = patch_attribute(patch, "auto-destroy-activity-duration");
    const struct json_value *at = patch_attribute(patch, "auto-destroy-at");
    const struct json_value *inherits = patch_attribute(patch, "inherits-project-auto-destroy");

    if (!duration)
        return;
    if (json_kind(duration) == JSON_NULL) {
        if (!at)
            patch_null(patch, "auto_destroy_at");
    } else if (json_text(duration) && !(at && json_kind(at) != JSON_NULL)) {
        patch_string(patch, "auto_destroy_at", time_after(context, json_text(duration)));
    }
    /* A value of its own marks the override, unless the request says otherwise. */
    if (!inherits)
        patch_bool(patch, "inherits_project_auto_destroy", json_kind(duration) == JSON_NULL);
}

/* Where the site lists official versions, an exact one has to be among those that are enabled. */
static void check_version(struct context *context, const struct patch *patch)
{
    const char *version = json_text(patch_attribute(patch, "terraform-version"));
    struct rows *refused = NULL;

    if (!version || version[strspn(version, EXACT)] || strcmp(version, "latest") == 0)
        return;
    if (CONTEXT_QUERY(context, STATEMENT_TERRAFORM_VERSION_REFUSED, &refused, version) && refused)
        patch_fail(context, "terraform-version",
                   arena_printf(context->arena, "%s is not available", version));
}

void workspace_before_write(struct context *context, struct patch *patch)
{
    execution_before_write(context, patch, &execution_names);
    write_triggers(context, patch);
    vcs_check_workspace(context, patch);
    write_auto_destroy(context, patch);
    tags_check_members(context, patch_relationship(patch, "tags"));
    tag_bindings_check(context, json_get(patch_relationship(patch, "tag-bindings"), "data"));
    if (!request_failed(context))
        check_version(context, patch);
    if (!request_failed(context))
        write_project(context, patch);
}

/* A pool that is not for the whole organization names whom it serves (today-access.md 11.3). What
 * was chosen before a pool was narrowed stays. */
static void check_pool(struct context *context, const struct patch *patch, const char *id)
{
    struct rows *unserving = NULL;

    if (!patch_attribute(patch, execution_names.pool_id) &&
        !patch_relationship(patch, execution_names.pool))
        return;
    if (CONTEXT_QUERY(context, STATEMENT_AGENT_POOL_UNSERVING, &unserving, id) && unserving)
        patch_fail(context, execution_names.pool_id,
                   "names a pool that does not serve this workspace");
}

void workspace_after_write(struct context *context, struct patch *patch, const char *id)
{
    const char *organization = scope_get(context, patch->create ? "id" : "organization_id");
    const struct json_value *tags = json_get(patch_relationship(patch, "tags"), "data");
    const struct json_value *bindings = json_get(patch_relationship(patch, "tag-bindings"), "data");

    check_pool(context, patch, id);
    if (!request_failed(context) && json_kind(tags) == JSON_ARRAY)
        tags_add(context, organization, id, tags);
    if (!request_failed(context) && json_kind(bindings) == JSON_ARRAY)
        tag_bindings_replace(context, organization, TAG_OWNER_WORKSPACE, id, bindings);
    vcs_write_workspace(context, patch, id);
}
