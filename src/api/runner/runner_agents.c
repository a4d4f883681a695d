/* Runners come and go; while one is there it asks for work, which is its sign of life too. */
#include "api/runner/runner.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"

#define MAX_NAME 128

/* Of a name that is too long the beginning, in whole characters. */
static size_t name_length(const char *name)
{
    size_t len = strlen(name);

    if (len <= MAX_NAME)
        return len;
    for (len = MAX_NAME; len > 0 && ((unsigned char)name[len] & 0xC0) == 0x80; len--)
        ;
    return len;
}

static void create(struct runner *runner)
{
    struct context *context = runner->context;
    const char *name = json_text(json_get(context->document, "name"));
    const char *id = ids_new(context->arena, "agent-");

    if (name)
        name = arena_strndup(context->arena, name, name_length(name));
    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_CREATE, NULL, id, runner->organization_id,
                       runner->pool_id, runner->token_id, name, context->request->remote_addr))
        return;
    json_object_begin(&runner->w);
    json_member_string(&runner->w, "id", id);
    json_object_end(&runner->w);
}

void runner_agent_create(struct context *context)
{
    runner_serve(context, RUNNER_DOCUMENT, create);
}

static void leave(struct runner *runner)
{
    struct context *context = runner->context;
    const char *id = context_param(context, 0);
    struct rows *agent = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT, &agent, id, runner->token_id))
        return;
    if (agent)
        (void)CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_EXIT, NULL, id);
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

void runner_agent_exit(struct context *context)
{
    runner_serve(context, RUNNER_NO_BODY, leave);
}
