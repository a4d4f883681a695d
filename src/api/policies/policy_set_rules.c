/* Rules of policy sets: one kind of policy each, fed by single policies or by versions, never both;
 * a global set reaches everything but what it excludes (today-governance.md section 2). */
#include "api/policies/policies.h"

#include <string.h>

#include "api/links.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

/* --- Attributes --- */

static bool is_given(const struct json_value *value)
{
    return value && json_kind(value) != JSON_NULL;
}

/* Like an agent-run Sentinel set, an OPA set says whether failures may be overridden and which
 * version of the tool evaluates it. A legacy check knows neither: there the policies' levels
 * decide, and what the document says is ignored. */
static void write_overridable(struct context *context, struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "overridable");
    const char *current = patch->create ? NULL : scope_get(context, "overridable");

    if (is_given(value) && json_kind(value) != JSON_BOOL)
        patch_fail(context, "overridable", "must be true or false");
    else if (is_given(value))
        patch_bool(patch, "overridable", json_boolean(value));
    else if (!current)
        patch_bool(patch, "overridable", false);
}

static void write_tool_version(struct context *context, struct patch *patch, const char *kind)
{
    const struct json_value *value = patch_attribute(patch, "policy-tool-version");
    const char *version = json_text(value);
    const char *current = patch->create ? NULL : scope_get(context, "policy_tool_version");
    struct rows *rows = NULL;

    if (!is_given(value)) {
        if (!current)
            patch_string(patch, "policy_tool_version", "latest");
        return;
    }
    if (!version)
        patch_fail(context, "policy-tool-version", "must be a string");
    else if (!*version || strcmp(version, "latest") == 0)
        patch_string(patch, "policy_tool_version", "latest");
    else if (!CONTEXT_QUERY(context, STATEMENT_POLICY_TOOL_VERSION_FIND, &rows, kind, version))
        return;
    else if (!rows)
        patch_fail(context, "policy-tool-version", "is not a version that this site offers");
    else
        patch_string(patch, "policy_tool_version", version);
}

/* Versions are uploaded; none is fetched from a repository yet. */
static void refuse_vcs(struct context *context, const struct patch *patch)
{
    const struct json_value *vcs = patch_attribute(patch, "vcs-repo");
    const char *key;
    const struct json_value *value;
    void *cursor = NULL;

    if (is_given(vcs) && (json_kind(vcs) != JSON_OBJECT || json_next(vcs, &cursor, &key, &value)))
        patch_fail(context, "vcs-repo", "is not taken for policy sets yet: upload a version");
}

void policy_set_before_write(struct context *context, struct patch *patch)
{
    const struct json_value *given = patch_attribute(patch, "agent-enabled");
    const char *kind =
        patch->create ? json_text(patch_attribute(patch, "kind")) : scope_get(context, "kind");
    bool agent = !patch->create && rows_bool(context->rows, 0, "agent_enabled");
    bool opa = kind && strcmp(kind, "opa") == 0;

    refuse_vcs(context, patch);
    if (given && json_kind(given) == JSON_BOOL)
        agent = json_boolean(given);
    if (opa && agent)
        patch_fail(context, "agent-enabled", "can only be true for Sentinel");
    if (opa || agent) {
        write_overridable(context, patch);
        write_tool_version(context, patch, opa ? "opa" : "sentinel");
    } else {
        patch_null(patch, "overridable");
        patch_null(patch, "policy_tool_version");
    }
}

/* --- What it holds and reaches --- */

static const struct links_target policies = {
    .relationship = "policies",
    .type = "policies",
    .unlinkable = STATEMENT_POLICY_SET_UNLINKABLE_POLICY,
    .add = STATEMENT_POLICY_SET_POLICY_ADD,
    .remove = STATEMENT_POLICY_SET_POLICY_REMOVE,
    .prune = STATEMENT_POLICY_SET_POLICY_PRUNE,
    .outside = "must be policies of this organization and of the set's kind",
};
#define OF_ORGANIZATION "must belong to the organization of the policy set"
static const struct links_target workspaces = {
    .relationship = "workspaces",
    .type = "workspaces",
    .unlinkable = STATEMENT_POLICY_SET_UNLINKABLE_WORKSPACE,
    .add = STATEMENT_POLICY_SET_WORKSPACE_ADD,
    .remove = STATEMENT_POLICY_SET_WORKSPACE_REMOVE,
    .prune = STATEMENT_POLICY_SET_WORKSPACE_PRUNE,
    .outside = OF_ORGANIZATION,
};
static const struct links_target workspace_exclusions = {
    .relationship = "workspace-exclusions",
    .type = "workspaces",
    .unlinkable = STATEMENT_POLICY_SET_UNLINKABLE_WORKSPACE,
    .add = STATEMENT_POLICY_SET_WORKSPACE_EXCLUSION_ADD,
    .remove = STATEMENT_POLICY_SET_WORKSPACE_EXCLUSION_REMOVE,
    .prune = STATEMENT_POLICY_SET_WORKSPACE_EXCLUSION_PRUNE,
    .outside = OF_ORGANIZATION,
};
static const struct links_target projects = {
    .relationship = "projects",
    .type = "projects",
    .unlinkable = STATEMENT_POLICY_SET_UNLINKABLE_PROJECT,
    .add = STATEMENT_POLICY_SET_PROJECT_ADD,
    .remove = STATEMENT_POLICY_SET_PROJECT_REMOVE,
    .prune = STATEMENT_POLICY_SET_PROJECT_PRUNE,
    .outside = OF_ORGANIZATION,
};
static const struct links_target project_exclusions = {
    .relationship = "project-exclusions",
    .type = "projects",
    .unlinkable = STATEMENT_POLICY_SET_UNLINKABLE_PROJECT,
    .add = STATEMENT_POLICY_SET_PROJECT_EXCLUSION_ADD,
    .remove = STATEMENT_POLICY_SET_PROJECT_EXCLUSION_REMOVE,
    .prune = STATEMENT_POLICY_SET_PROJECT_EXCLUSION_PRUNE,
    .outside = OF_ORGANIZATION,
};

const struct rows *policy_set_feeding(struct context *context, const char *id)
{
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_POLICY_SET_LOCK, &rows, id) || !rows ||
        !CONTEXT_QUERY(context, STATEMENT_POLICY_SET_FEEDING, &rows, id) || !rows) {
        if (!request_failed(context))
            request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return NULL;
    }
    return rows;
}

static bool takes_policies(struct context *context, const char *id)
{
    const struct rows *rows = policy_set_feeding(context, id);

    if (rows && rows_bool(rows, 0, "versioned"))
        request_fail(context, ERROR_UNPROCESSABLE, NULL,
                     "Policies cannot be added to or removed from a policy set that has versions");
    return !request_failed(context);
}

static bool is_chosen(struct context *context, const char *what)
{
    if (!rows_bool(context->rows, 0, "global"))
        return true;
    request_fail(context, ERROR_UNPROCESSABLE, NULL,
                 "A global policy set applies to everything; it has no %s of its own", what);
    return false;
}

void policy_set_add_policies(struct context *context)
{
    if (takes_policies(context, scope_get(context, "id")))
        links_add(context, &policies);
}

void policy_set_remove_policies(struct context *context)
{
    if (takes_policies(context, scope_get(context, "id")))
        links_remove(context, &policies);
}

void policy_set_add_workspaces(struct context *context)
{
    if (is_chosen(context, "workspaces"))
        links_add(context, &workspaces);
}

void policy_set_remove_workspaces(struct context *context)
{
    if (is_chosen(context, "workspaces"))
        links_remove(context, &workspaces);
}

void policy_set_add_workspace_exclusions(struct context *context)
{
    links_add(context, &workspace_exclusions);
}

void policy_set_remove_workspace_exclusions(struct context *context)
{
    links_remove(context, &workspace_exclusions);
}

void policy_set_add_projects(struct context *context)
{
    if (is_chosen(context, "projects"))
        links_add(context, &projects);
}

void policy_set_remove_projects(struct context *context)
{
    if (is_chosen(context, "projects"))
        links_remove(context, &projects);
}

void policy_set_add_project_exclusions(struct context *context)
{
    links_add(context, &project_exclusions);
}

void policy_set_remove_project_exclusions(struct context *context)
{
    links_remove(context, &project_exclusions);
}

/* --- Workspaces by tag --- */

#define SELECTORS_MAX 50
#define KEY_MAX 128
#define VALUE_MAX 256

static const char *selector_problem(const struct json_value *item, bool global)
{
    const char *key = json_text(json_get(item, "tag-key"));
    const struct json_value *value = json_get(item, "tag-value");
    const struct json_value *exclude = json_get(item, "is-exclude");

    if (!key || !*key || strlen(key) > KEY_MAX)
        return "must each have a tag-key of at most 128 characters";
    if (is_given(value) && (!json_text(value) || strlen(json_text(value)) > VALUE_MAX))
        return "may each have a tag-value of at most 256 characters";
    if (is_given(exclude) && json_kind(exclude) != JSON_BOOL)
        return "may each have an is-exclude of true or false";
    if (global != (is_given(exclude) && json_boolean(exclude)))
        return global ? "of a global policy set can only exclude"
                      : "can only exclude from a global policy set";
    return NULL;
}

/* The list as JSON; NULL: refused. */
static const char *selectors(struct context *context, const struct json_value *list, bool global,
                             const char *pointer)
{
    const char *problem = NULL;
    struct buf text;

    if (json_kind(list) != JSON_ARRAY || json_length(list) > SELECTORS_MAX)
        problem = "must be an array of at most 50 selectors";
    for (size_t i = 0; !problem && i < json_length(list); i++)
        problem = selector_problem(json_at(list, i), global);
    if (problem) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, pointer, "Tag selectors %s", problem);
        return NULL;
    }
    buf_init(&text, context->arena);
    json_print(&text, list);
    return buf_str(&text);
}

static void change_selectors(struct context *context, enum statement statement)
{
    const struct json_value *list = json_get(context->document, "data");
    bool global = rows_bool(context->rows, 0, "global");

    if (!list || json_kind(list) != JSON_ARRAY || json_length(list) == 0) {
        request_fail(context, ERROR_INVALID_DOCUMENT, "/data",
                     "The document needs an array of tag selectors");
        return;
    }
    /* What is there may be removed whatever the set has become since. */
    if (statement == STATEMENT_POLICY_SET_TAG_SELECTOR_REMOVE) {
        const struct json_value *first = json_get(json_at(list, 0), "is-exclude");
        global = is_given(first) && json_kind(first) == JSON_BOOL && json_boolean(first);
    }
    const char *json = selectors(context, list, global, "/data");
    if (json && CONTEXT_QUERY(context, statement, NULL, scope_get(context, "id"), json))
        reply_no_content(context);
}

void policy_set_add_tag_selectors(struct context *context)
{
    change_selectors(context, STATEMENT_POLICY_SET_TAG_SELECTOR_ADD);
}

void policy_set_remove_tag_selectors(struct context *context)
{
    change_selectors(context, STATEMENT_POLICY_SET_TAG_SELECTOR_REMOVE);
}

static void create_selectors(struct context *context, const struct patch *patch)
{
    const struct json_value *list = patch_attribute(patch, "tag-selectors");
    const struct json_value *global = patch_attribute(patch, "global");

    if (!patch->create || !is_given(list) || request_failed(context))
        return;
    const char *json = selectors(context, list, is_given(global) && json_boolean(global),
                                 "/data/attributes/tag-selectors");
    if (json)
        (void)CONTEXT_QUERY(context, STATEMENT_POLICY_SET_TAG_SELECTOR_ADD, NULL, patch->id, json);
}

static bool names_any(const struct patch *patch, const char *relationship)
{
    return json_length(json_get(patch_relationship(patch, relationship), "data")) > 0;
}

void policy_set_after_write(struct context *context, struct patch *patch, const char *id)
{
    const struct rows *rows = policy_set_feeding(context, id);

    if (!rows)
        return;
    if (rows_bool(rows, 0, "global") &&
        (names_any(patch, "workspaces") || names_any(patch, "projects")))
        patch_fail(context, "global", "cannot be true for a set with workspaces or projects");
    if (rows_bool(rows, 0, "versioned") && names_any(patch, "policies"))
        request_fail(context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/policies",
                     "Policies cannot be added to a policy set that has versions");
    links_replace(context, patch, &policies);
    links_replace(context, patch, &workspaces);
    links_replace(context, patch, &projects);
    links_replace(context, patch, &workspace_exclusions);
    links_replace(context, patch, &project_exclusions);
    create_selectors(context, patch);
}
