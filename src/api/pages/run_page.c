/* The page of a run, which the CLI prints the address of: what it does, and the buttons. */
#include "api/resources.h"

#include <string.h>

#include "api/pages/pages.h"
#include "api/pages/run_words.h"
#include "base/arena.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "run/run.h"

#define REFRESH_SECONDS "3"

/* What is not as usual about this look at the page. */
struct view {
    int status;
    const char *problem;
    const char *comment; /* what was typed before the problem */
    bool stays;          /* does not renew itself: somebody types */
};

/* --- What may be done: the API's own routes say who may --- */

static const struct action {
    const char *name;
    const struct resource *resource;
    const char *end; /* of the API's path */
    const char *member;
} actions[] = {
    {"apply", &run_resource, "/actions/apply", NULL},
    {"discard", &run_resource, "/actions/discard", NULL},
    {"cancel", &run_resource, "/actions/cancel", NULL},
    {"force-cancel", &run_resource, "/actions/force-cancel", NULL},
    {"comment", &comment_resource, "/comments", "body"},
    {.name = NULL},
};

static const struct action *find_action(const char *name)
{
    for (const struct action *a = actions; a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

static bool may(const struct rows *run, const char *name)
{
    const struct action *action = find_action(name);
    permission_mask need = page_route(action->resource, HTTP_POST, action->end)->need;
    return ((permission_mask)rows_int(run, 0, "mask") & need) == need;
}

static const char *yes(bool value)
{
    return value ? "t" : NULL;
}

static const char *buttons(struct context *context, const struct session *session,
                           const struct rows *run, const struct view *view, const char *path)
{
    unsigned flags = run_status_flags(rows_get(run, 0, "status"));
    bool canceled = rows_get(run, 0, "canceled_at");
    bool final = rows_bool(run, 0, "is_final");
    bool apply = (flags & RUN_IS_CONFIRMABLE) && may(run, "apply");
    bool discard = (flags & RUN_IS_DISCARDABLE) && may(run, "discard");
    bool cancel = (flags & RUN_IS_CANCELABLE) && !canceled && may(run, "cancel");
    bool force = rows_bool(run, 0, "is_force_cancelable") && may(run, "force-cancel");
    bool comment = may(run, "comment");
    const struct template_value values[] = {
        {"path", path},
        {"csrf", session->csrf},
        {"any", yes(apply || discard || cancel || force || (comment && view->stays))},
        {"apply", yes(apply)},
        {"discard", yes(discard)},
        {"cancel", yes(cancel)},
        {"force", yes(force)},
        {"force_at", canceled && !final && !force
                         ? page_time(context, rows_get(run, 0, "force_cancel_available_at"))
                         : NULL},
        {"writes", yes(comment && view->stays)},
        {"may_write", yes(comment && !view->stays)},
        {"comment", view->comment},
        {0},
    };
    return page_part(context, WEB_RUN_ACTIONS, values);
}

/* --- What it is --- */

static const char *joined(struct context *context, const char *array)
{
    const char **items;
    struct buf out;
    size_t count = array ? rows_array(context->arena, array, &items) : 0;

    buf_init(&out, context->arena);
    for (size_t i = 0; i < count; i++) {
        buf_adds(&out, i ? ", " : "");
        buf_adds(&out, items[i] ? items[i] : "");
    }
    return buf_str(&out);
}

static const char *actor(const struct rows *run, const char *id, const char *name)
{
    return run_part_actor(rows_get(run, 0, id), rows_get(run, 0, name));
}

static const char *facts(struct context *context, const struct rows *run)
{
    const char *status = rows_get(run, 0, "status");
    bool holds = rows_bool(run, 0, "holds_lock");
    struct buf out;

    buf_init(&out, context->arena);
    run_part_fact(context, &out, "Kind", run_words_operation(rows_get(run, 0, "operation")));
    run_part_fact(context, &out, "Started by", actor(run, "created_by", "created_by_name"));
    run_part_fact(context, &out, "Started at", page_time(context, rows_get(run, 0, "created_at")));
    run_part_fact(context, &out, "Triggered by", rows_get(run, 0, "triggering_run_id"));
    run_part_fact(context, &out, "Confirmed by", actor(run, "confirmed_by", "confirmed_by_name"));
    run_part_fact(context, &out, "Canceled by", actor(run, "canceled_by", "canceled_by_name"));
    run_part_fact(context, &out, "Terraform version", rows_get(run, 0, "terraform_version"));
    run_part_fact(context, &out, "Targets", joined(context, rows_get(run, 0, "target_addrs")));
    run_part_fact(context, &out, "Replaces", joined(context, rows_get(run, 0, "replace_addrs")));
    if (!rows_bool(run, 0, "refresh"))
        run_part_fact(context, &out, "Refresh", "no: the state is taken as it is");
    if (rows_bool(run, 0, "allow_config_generation"))
        run_part_fact(context, &out, "Generates configuration", "yes");
    if (rows_bool(run, 0, "auto_apply") && !rows_bool(run, 0, "plan_only"))
        run_part_fact(context, &out, "Applies by itself", "yes");
    if (holds)
        run_part_fact(context, &out, "Workspace", "locked by this run");
    else if (strcmp(status, "pending") == 0 && rows_get(run, 0, "locked_by"))
        run_part_fact(context, &out, "Waits for",
                      strncmp(rows_get(run, 0, "locked_by"), "run-", 4) == 0
                          ? rows_get(run, 0, "locked_by")
                          : actor(run, "locked_by", "locked_by_name"));
    return buf_str(&out);
}

static bool is_canonical(struct context *context, const struct rows *run)
{
    return strcmp(context_param(context, 0), rows_get(run, 0, "organization")) == 0 &&
           strcmp(context_param(context, 1), rows_get(run, 0, "workspace")) == 0;
}

static void show(struct context *context, const struct session *session, const struct rows *run,
                 const struct view *view)
{
    const char *id = rows_get(run, 0, "id");
    const char *organization = rows_get(run, 0, "organization");
    const char *workspace = rows_get(run, 0, "workspace");
    const char *path = page_place(context, organization, workspace, id);
    const char *status = rows_get(run, 0, "status");
    const struct run_words words =
        run_words_of(status, rows_bool(run, 0, "began_plan"), rows_bool(run, 0, "began_apply"));
    bool moves = run_words_moves(status);
    struct view seen = *view;
    struct buf phases, events, tasks;
    struct rows *rows;

    seen.stays = view->stays || view->problem || !moves;
    buf_init(&phases, context->arena);
    buf_init(&events, context->arena);
    buf_init(&tasks, context->arena);
    if (!page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_PAGE_PHASE_LIST, &rows, id)))
        return;
    for (size_t i = 0; i < rows_count(rows); i++)
        if (!run_part_phase(context, &phases, rows, i, path))
            return;
    if (!run_part_tasks(context, &tasks, id) || !run_part_events(context, &events, session, id))
        return;
    const struct template_value values[] = {
        {"organization", organization},
        {"organization_path", page_place(context, organization, NULL, NULL)},
        {"workspace", workspace},
        {"workspace_path", page_place(context, organization, workspace, NULL)},
        {"path", path},
        {"problem", seen.problem},
        {"status", rows_bool(run, 0, "was_forced") ? "Force Canceled" : words.text},
        {"tone", words.tone},
        {"reason", rows_get(run, 0, "reason")},
        {"renews", yes(!seen.stays)},
        {"paused", yes(moves && seen.stays)},
        {"message", rows_get(run, 0, "whole_message")},
        {"facts", facts(context, run)},
        {"actions", buttons(context, session, run, &seen, path)},
        {"phases", buf_str(&phases)},
        {"tasks", buf_str(&tasks)},
        {"events", buf_str(&events)},
        {0},
    };
    page_send(context, session,
              &(struct page){view->status, arena_printf(context->arena, "Run %s", id),
                             .content = WEB_RUN, .values = values,
                             .refresh = seen.stays ? NULL : REFRESH_SECONDS});
}

static void run_page(struct context *context)
{
    struct session session;
    struct rows *run;

    if (!session_require(context, &session) ||
        !PAGE_FIND(context, &session, STATEMENT_PAGE_RUN_SHOW, &run, context_param(context, 2)))
        return;
    /* The workspace has another name by now, or its id was given. */
    if (is_canonical(context, run))
        show(context, &session, run,
             &(struct view){200, .stays = *page_query(context, "comment") != '\0'});
    else
        page_redirect(context, 303,
                      page_place(context, rows_get(run, 0, "organization"),
                                 rows_get(run, 0, "workspace"), rows_get(run, 0, "id")));
}

/* --- The buttons --- */

/* {"comment": "..."}, or the comment alone as a document of its own. */
static const char *document_of(struct context *context, const struct action *action,
                               const char *comment)
{
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    if (action->member) {
        json_key(&w, "data");
        json_object_begin(&w);
        json_key(&w, "attributes");
        json_object_begin(&w);
        json_member_string(&w, action->member, comment);
        json_object_end(&w);
        json_object_end(&w);
    } else {
        json_member_string(&w, "comment", comment);
    }
    json_object_end(&w);
    return buf_str(&text);
}

/* A person reads blank as nothing. */
static const char *trimmed(const char *text)
{
    return text[strspn(text, " \t\r\n")] ? text : "";
}

static void refuse(struct context *context, const struct session *session, int status,
                   const char *reason, const char *comment)
{
    struct rows *run;

    if (status == 401 || status == 404)
        page_nothing(context, session);
    else if (status >= 500)
        page_message(context, session, status, "That did not work", reason);
    else if (PAGE_FIND(context, session, STATEMENT_PAGE_RUN_SHOW, &run, context_param(context, 2)))
        show(context, session, run, &(struct view){status, .problem = reason, .comment = comment});
}

static void change_run(struct context *context)
{
    struct session session;
    struct form form;
    const char *reason = NULL;
    const char *run = context_param(context, 2);

    if (!session_form(context, &session, &form))
        return;
    const struct action *action = find_action(page_field(&form, "act"));
    if (!action) {
        page_nothing(context, &session);
        return;
    }
    const char *comment = trimmed(page_field(&form, "comment"));
    const struct page_write write = {
        .route = page_route(action->resource, HTTP_POST, action->end),
        .resource = action->resource,
        .load = STATEMENT_PAGE_RUN_LOAD,
        .params = &run,
        .param_count = 1,
        .document = document_of(context, action, comment),
    };
    int status = page_write(context, &session, &write, &reason);
    if (status)
        refuse(context, &session, status, reason, comment);
    else
        page_redirect(
            context, 303,
            page_place(context, context_param(context, 0), context_param(context, 1), run));
}

#define RUN "/app/:organization/workspaces/:workspace/runs/:run_id"

static const struct route routes[] = {
    {{HTTP_GET, "/app/:organization/:workspace/runs/:run_id"}, ROUTE_RAW, .handler = run_page},
    {{HTTP_GET, RUN}, ROUTE_RAW, .handler = run_page},
    {{HTTP_POST, RUN}, ROUTE_RAW, .handler = change_run},
    {{HTTP_GET, RUN "/:phase"}, ROUTE_RAW, .handler = run_log_page},
    {0},
};

const struct resource run_page_resource = {
    .type = "pages",
    .routes = routes,
};
