/* A plan may be large: it is walked, and only its small parts are read. */
#include "terraform/plan_health.h"

#include "json/json_span.h"

#include <string.h>

static bool is_text(struct json_span value, const char *text)
{
    size_t len = strlen(text);

    return value.len == len + 2 && value.at[0] == '"' && memcmp(value.at + 1, text, len) == 0;
}

/* Whether actions are anything but to leave it, to read it, or to forget it. */
static bool changes(struct json_span actions)
{
    struct json_walk walk;
    struct json_span action;

    if (!json_span_enter(actions, &walk))
        return false;
    while (json_span_next(&walk, NULL, &action))
        if (!is_text(action, "no-op") && !is_text(action, "read") && !is_text(action, "forget"))
            return true;
    return false;
}

static void count_resource(struct json_span resource, struct plan_health *out)
{
    struct json_span mode, change, actions;

    if (!json_span_get(resource, "mode", &mode) || !is_text(mode, "managed") ||
        !json_span_get(resource, "change", &change) || !json_span_get(change, "actions", &actions))
        return;
    if (changes(actions))
        out->drifted++;
    else
        out->undrifted++;
}

static void count_status(struct json_span object, struct plan_health *out)
{
    struct json_span status;

    if (!json_span_get(object, "status", &status))
        return;
    out->checks_passed += is_text(status, "pass");
    out->checks_failed += is_text(status, "fail");
    out->checks_errored += is_text(status, "error");
    out->checks_unknown += is_text(status, "unknown");
}

/* Of a resource with count or for_each each instance is an object; before they are known there is
 * only the resource. */
static void count_check(struct json_span check, struct plan_health *out)
{
    struct json_span instances, instance;
    struct json_walk walk;
    bool any = false;

    if (json_span_get(check, "instances", &instances) && json_span_enter(instances, &walk))
        while (json_span_next(&walk, NULL, &instance)) {
            count_status(instance, out);
            any = true;
        }
    if (!any)
        count_status(check, out);
}

/* Calls count for each element of a list that may be missing. */
static bool each(struct json_span plan, const char *name,
                 void (*count)(struct json_span, struct plan_health *), struct plan_health *out)
{
    struct json_span list, element;
    struct json_walk walk;

    if (!json_span_get(plan, name, &list) || !json_span_enter(list, &walk))
        return true;
    while (json_span_next(&walk, NULL, &element))
        count(element, out);
    return !walk.broken;
}

bool plan_health_read(const char *plan, size_t len, struct plan_health *out)
{
    struct json_span whole, version;

    *out = (struct plan_health){0};
    return json_span_whole(plan, len, &whole) && json_span_get(whole, "format_version", &version) &&
           each(whole, "resource_changes", count_resource, out) &&
           each(whole, "checks", count_check, out);
}
