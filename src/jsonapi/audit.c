/* Events of the audit trail: see audit.h. */
#include "jsonapi/audit.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/resource.h"

static const char *kind_action(struct context *context)
{
    const struct route *route = context->route;
    switch (route->kind) {
    case ROUTE_CREATE:
        return "create";
    case ROUTE_UPDATE:
        return "update";
    case ROUTE_DELETE:
        return "destroy";
    default:
        break;
    }
    const char *name = strstr(route->http.pattern, "/actions/");
    if (!name)
        return NULL;
    char *action = arena_strdup(context->arena, name + strlen("/actions/"));
    for (char *c = action; *c; c++)
        if (*c == '-')
            *c = '_';
    return action;
}

static bool name_event(struct context *context, const char **type, const char **action)
{
    const char *named = context->route->audit;
    const char *slash = named ? strchr(named, '/') : NULL;

    *type = context->route->resource->audit;
    *action = named ? named : kind_action(context);
    if (slash) {
        *type = arena_strndup(context->arena, named, (size_t)(slash - named));
        *action = slash + 1;
    }
    return *type && *action;
}

static const char *organization_of(const struct context *context)
{
    static const char *const columns[] = {"id", "scope_id"};
    const char *organization = scope_get(context, "organization_id");
    for (size_t i = 0; !organization && i < sizeof columns / sizeof columns[0]; i++) {
        const char *id = scope_get(context, columns[i]);
        if (id && strncmp(id, "org-", 4) == 0)
            organization = id;
    }
    return organization;
}

static const char *thing_of(const struct context *context, const char *action)
{
    const char *id = scope_get(context, "audit_id");
    if (!id && strcmp(action, "create") != 0)
        id = scope_get(context, "id");
    return id ? id : context->reply.id;
}

/* {"workspaces": ["ws-1", "ws-2"]}: what a top-level array names; NULL when it names nothing. Ids
 * and nothing else, since the members may carry values. */
static const char *named_things(struct context *context)
{
    const struct json_value *data = json_get(context->document, "data");
    const char *type = json_text(json_get(json_at(data, 0), "type"));
    struct buf out;
    struct json_writer w;
    bool any = false;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, type && *type ? type : "ids");
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(data); i++) {
        const char *id = json_text(json_get(json_at(data, i), "id"));
        if (id)
            json_string(&w, id);
        any = any || id;
    }
    json_array_end(&w);
    json_object_end(&w);
    return any ? buf_str(&out) : NULL;
}

void audit_record(struct context *context)
{
    const char *type, *action;

    if (!context->rows || !name_event(context, &type, &action))
        return;
    const char *organization = organization_of(context);
    const char *thing = thing_of(context, action);
    if (!organization && thing)
        log_info("%s audit actor=%s type=%s action=%s id=%s", context->request_id,
                 principal_actor(&context->principal), type, action, thing);
    if (!organization || !thing)
        return;
    const char *meta = context->audit_meta ? context->audit_meta : scope_get(context, "audit_meta");
    if (!meta && (context->route->flags & ROUTE_TOP_LEVEL_ARRAY))
        meta = named_things(context);
    (void)CONTEXT_QUERY(context, STATEMENT_AUDIT_EVENT_CREATE, NULL, organization,
                        principal_actor(&context->principal), context->request_id,
                        context->request->remote_addr, thing, type, action, meta);
}
