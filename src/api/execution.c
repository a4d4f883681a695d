/* Mode, pool and overwrites: see execution.h. */
#include "api/execution.h"

#include <stdbool.h>
#include <string.h>

#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

enum overwrite { OVERWRITE_UNSAID, OVERWRITE_OWN, OVERWRITE_INHERIT, OVERWRITE_BAD };

static bool is_mode(const char *text)
{
    return strcmp(text, "remote") == 0 || strcmp(text, "local") == 0 || strcmp(text, "agent") == 0;
}

static enum overwrite overwrite_of(const struct json_value *overwrites, const char *key)
{
    const struct json_value *value = json_get(overwrites, key);
    if (!value || json_kind(value) == JSON_NULL)
        return OVERWRITE_UNSAID;
    if (json_kind(value) != JSON_BOOL)
        return OVERWRITE_BAD;
    return json_boolean(value) ? OVERWRITE_OWN : OVERWRITE_INHERIT;
}

static enum overwrite requested_overwrite(struct context *context, const struct patch *patch,
                                          const struct execution_names *names)
{
    const struct json_value *overwrites = patch_attribute(patch, "setting-overwrites");
    if (!overwrites || json_kind(overwrites) == JSON_NULL)
        return OVERWRITE_UNSAID;
    enum overwrite mode = overwrite_of(overwrites, names->mode);
    enum overwrite pool = overwrite_of(overwrites, names->pool);
    if (json_kind(overwrites) != JSON_OBJECT || mode == OVERWRITE_BAD || pool == OVERWRITE_BAD) {
        patch_fail(context, "setting-overwrites", "must be an object of booleans");
        return OVERWRITE_BAD;
    }
    if (mode != OVERWRITE_UNSAID && pool != OVERWRITE_UNSAID && mode != pool) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/setting-overwrites",
                     "If agent-pool and execution-mode are both included in setting-overwrites, "
                     "their values must be the same.");
        return OVERWRITE_BAD;
    }
    return mode != OVERWRITE_UNSAID ? mode : pool;
}

/* The literal mode of the request, also by way of the deprecated `operations`; NULL when unsaid. */
static const char *requested_mode(struct context *context, const struct patch *patch,
                                  const struct execution_names *names)
{
    const struct json_value *mode = patch_attribute(patch, names->mode);
    const struct json_value *operations =
        names->operations ? patch_attribute(patch, names->operations) : NULL;
    bool has_mode = mode && json_kind(mode) != JSON_NULL;
    bool has_operations = operations && json_kind(operations) != JSON_NULL;

    if (has_operations && json_kind(operations) != JSON_BOOL) {
        patch_fail(context, names->operations, "must be true or false");
        return NULL;
    }
    if (has_mode && has_operations) {
        patch_fail(context, names->operations, "cannot be set together with execution mode");
        return NULL;
    }
    if (has_mode && (!json_text(mode) || !is_mode(json_text(mode)))) {
        patch_fail(context, names->mode,
                   json_text(mode) ? "is not included in the list" : "must be a string");
        return NULL;
    }
    if (has_mode)
        return json_text(mode);
    return has_operations ? (json_boolean(operations) ? "remote" : "local") : NULL;
}

/* Sets *said when the request mentions the pool; the value is NULL for an explicit null. */
static const char *requested_pool(const struct patch *patch, const struct execution_names *names,
                                  bool *said)
{
    const struct json_value *value = patch_attribute(patch, names->pool_id);
    if (!value)
        value = json_get(patch_relationship(patch, names->pool), "data");
    *said = value != NULL;
    if (json_kind(value) == JSON_OBJECT)
        value = json_get(value, "id");
    const char *text = json_text(value);
    return text && *text ? text : NULL;
}

static const char *stored(const struct context *context, const struct patch *patch,
                          const char *column)
{
    return patch->create ? NULL : scope_get(context, column);
}

void execution_before_write(struct context *context, struct patch *patch,
                            const struct execution_names *names)
{
    size_t errors = context->error_count;
    enum overwrite overwrite = requested_overwrite(context, patch, names);
    const char *mode = requested_mode(context, patch, names);
    bool pool_said;
    const char *pool = requested_pool(patch, names, &pool_said);

    if (context->error_count > errors || overwrite == OVERWRITE_BAD)
        return;
    if (overwrite == OVERWRITE_INHERIT) {
        patch_bool(patch, "own_execution_mode", false);
        patch_null(patch, "execution_mode");
        patch_null(patch, "agent_pool_id");
        return;
    }
    const char *own = stored(context, patch, "own_execution_mode");
    const char *stored_mode =
        own && own[0] == 't' ? stored(context, patch, "execution_mode") : NULL;
    const char *result = mode ? mode : stored_mode;

    if (overwrite == OVERWRITE_OWN && !result) {
        patch_fail(context, names->mode, "must be specified when it is overwritten");
        return;
    }
    if (pool && (!result || strcmp(result, "agent") != 0)) {
        patch_fail(context, names->pool,
                   "must not be specified unless using 'agent' execution mode");
        return;
    }
    if (result && strcmp(result, "agent") == 0 && !pool &&
        (pool_said || !stored(context, patch, "agent_pool_id"))) {
        patch_fail(context, names->pool, "must be specified when using 'agent' execution mode");
        return;
    }
    if (!mode && !pool) {
        if (patch->create)
            patch_bool(patch, "own_execution_mode", false);
        return;
    }
    patch_bool(patch, "own_execution_mode", true);
    patch_string(patch, "execution_mode", result);
    if (strcmp(result, "agent") != 0)
        patch_null(patch, "agent_pool_id");
    else if (pool)
        patch_string(patch, "agent_pool_id", pool);
}
