/* The flags of a team's `organization-access` and what they need of each other
 * (today-access.md section 6). What a flag gives is in sql/functions/020_masks.sql. */
#include "api/teams/teams.h"

#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/patch.h"
#include "jsonapi/resource.h"

static const char attribute[] = "organization-access";

/* A flag that is true needs one of these to be true. */
static const struct {
    const char *flag;
    const char *needs[4];
} rules[] = {
    {"manage-projects", {"manage-workspaces"}},
    {"read-projects", {"read-workspaces", "manage-workspaces"}},
    {"manage-teams", {"manage-membership"}},
    {"manage-organization-access", {"manage-teams"}},
    {"access-secret-teams", {"manage-membership", "manage-teams", "manage-organization-access"}},
};

struct flags {
    const struct json_value *given;
    const struct json_value *stored;
};

static bool is_true(const struct flags *flags, const char *name)
{
    const struct json_value *value = json_get(flags->given, name);
    if (!value || json_kind(value) == JSON_NULL)
        value = json_get(flags->stored, name);
    return value && json_kind(value) == JSON_BOOL && json_boolean(value);
}

static bool any_true(const struct flags *flags, const char *const *names)
{
    for (size_t i = 0; i < 4 && names[i]; i++)
        if (is_true(flags, names[i]))
            return true;
    return false;
}

static void check_rules(struct context *context, const struct flags *flags)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (is_true(flags, rules[i].flag) && !any_true(flags, rules[i].needs))
            patch_fail(
                context, attribute,
                arena_printf(context->arena, "%s requires %s", rules[i].flag, rules[i].needs[0]));
}

bool organization_access_check(struct context *context, const struct patch *patch,
                               const char *stored)
{
    const struct json_value *given = patch_attribute(patch, attribute);
    const struct json_value *value;
    const char *key, *reason;
    void *cursor = NULL;
    bool changes = false;

    if (!given || json_kind(given) == JSON_NULL)
        return false;
    if (json_kind(given) != JSON_OBJECT) {
        patch_fail(context, attribute, "must be an object");
        return false;
    }
    struct flags flags = {
        given, stored ? json_read(context->arena, stored, strlen(stored), 4, &reason) : NULL};
    struct flags before = {NULL, flags.stored};
    while (json_next(given, &cursor, &key, &value)) {
        if (json_kind(value) != JSON_BOOL && json_kind(value) != JSON_NULL)
            patch_fail(context, attribute,
                       arena_printf(context->arena, "%s must be true or false", key));
        changes |= is_true(&flags, key) != is_true(&before, key);
    }
    check_rules(context, &flags);
    return changes;
}
