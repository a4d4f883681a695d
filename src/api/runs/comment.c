/* Comments on runs; each makes one event (today-runs.md 12.3). */
#include "api/runs/runs.h"

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

#define MAX_BODY 65536

static const struct attribute attributes[] = {
    {"body", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = MAX_BODY},
    {0},
};

static const struct relationship relationships[] = {
    {"run-event", RELATION_ONE, "run-events", "event_id",
     .related = "/api/v2/run-events/{event_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/comments/{id}"},
    {0},
};

static bool add_event(struct context *context, const char *run, const char *comment)
{
    return CONTEXT_QUERY(context, STATEMENT_RUN_EVENT_CREATE, NULL, run, "commented", NULL,
                         principal_actor(&context->principal), comment);
}

const char *comment_add(struct context *context, const char *run_id, const char *body)
{
    const char *id = ids_new(context->arena, "wsc-");
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_member_string(&w, "body", body);
    json_object_end(&w);
    return CONTEXT_QUERY(context, STATEMENT_COMMENT_CREATE, NULL, id, run_id, buf_str(&text),
                         principal_actor(&context->principal)) &&
                   add_event(context, run_id, id)
               ? id
               : NULL;
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    (void)patch;
    (void)add_event(context, scope_get(context, "id"), id);
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/runs/:run_id/comments"},
     ROUTE_LIST,
     STATEMENT_COMMENT_LIST,
     PERMISSION_MASK(READ)},
    {{HTTP_POST, "/api/v2/runs/:run_id/comments"},
     ROUTE_CREATE,
     STATEMENT_RUN_LOAD,
     PERMISSION_MASK(RUN_PLAN),
     STATEMENT_COMMENT_CREATE,
     STATEMENT_COMMENT_SHOW},
    {{HTTP_GET, "/api/v2/comments/:comment_id"},
     ROUTE_SHOW,
     STATEMENT_COMMENT_SHOW,
     PERMISSION_MASK(READ)},
    {0},
};

static const struct inclusion inclusions[] = {
    {"run_event", "event_id", &run_event_resource, STATEMENT_RUN_EVENT_INCLUDE},
    {0},
};

const struct resource comment_resource = {
    .type = "comments",
    .audit = "comment",
    .id_prefix = "wsc-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .after_write = after_write,
    .routes = routes,
};
