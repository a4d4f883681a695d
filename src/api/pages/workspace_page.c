/* The page of a workspace: who holds it, its runs, and a form that starts one. */
#include "api/resources.h"

#include <stdlib.h>
#include <string.h>

#include "api/pages/pages.h"
#include "api/pages/run_words.h"
#include "api/runs/runs.h"
#include "base/arena.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"

#define PAGE_SIZE 20
#define PAGE_SIZE_AND_ONE "21"
#define BY_HAND "Triggered via UI"

/* What was typed when something is wrong with it. */
struct view {
    int status;
    const char *problem;
    const char *message;
};

/* --- Showing --- */

static const char *holder(struct context *context, const struct rows *workspace)
{
    const char *by = rows_get(workspace, 0, "locked_by");

    if (!by)
        return NULL;
    if (strncmp(by, "run-", 4) == 0)
        return arena_printf(context->arena, "run %s", by);
    return run_part_actor(by, rows_get(workspace, 0, "locked_by_name"));
}

static const char *facts(struct context *context, const struct rows *w)
{
    permission_mask mask = (permission_mask)rows_int(w, 0, "mask");
    struct buf out;

    buf_init(&out, context->arena);
    run_part_fact(context, &out, "Resources", rows_get(w, 0, "resource_count"));
    if (rows_get(w, 0, "serial"))
        run_part_fact(context, &out, "State",
                      arena_printf(context->arena, "serial %s, %s", rows_get(w, 0, "serial"),
                                   page_time(context, rows_get(w, 0, "state_at"))));
    if (mask & PERMISSION_MASK(VARS_READ))
        run_part_fact(context, &out, "Variables", rows_get(w, 0, "variable_count"));
    run_part_fact(context, &out, "Terraform version", rows_get(w, 0, "terraform_version"));
    run_part_fact(context, &out, "Working directory", rows_get(w, 0, "working_directory"));
    run_part_fact(context, &out, "Execution mode", rows_get(w, 0, "execution_mode"));
    run_part_fact(context, &out, "Applies by itself", rows_bool(w, 0, "auto_apply") ? "yes" : "no");
    run_part_fact(context, &out, "Id", rows_get(w, 0, "id"));
    return buf_str(&out);
}

/* A position, as a link to older runs has it. */
static const char *position(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 18 && strspn(text, "0123456789") == len ? text : NULL;
}

static bool may_start(const struct rows *w)
{
    return ((permission_mask)rows_int(w, 0, "mask") & RUN_CREATE_NEED) == RUN_CREATE_NEED &&
           strcmp(rows_get(w, 0, "execution_mode"), "local") != 0;
}

/* The page of a run that this column names; NULL when it names none. */
static const char *run_path(struct context *context, const struct rows *w, const char *column)
{
    const char *run = rows_get(w, 0, column);
    return run && strncmp(run, "run-", 4) == 0
               ? page_place(context, rows_get(w, 0, "organization"), rows_get(w, 0, "name"), run)
               : NULL;
}

/* A workspace that goes on by itself is shown anew, unless somebody reads older runs or types. */
static bool moves(const struct rows *runs)
{
    for (size_t i = 0; i < rows_count(runs); i++)
        if (run_words_moves(rows_get(runs, i, "status")))
            return true;
    return false;
}

static void show(struct context *context, const struct session *session, const struct rows *w,
                 const struct view *view)
{
    const char *organization = rows_get(w, 0, "organization");
    const char *name = rows_get(w, 0, "name");
    const char *path = page_place(context, organization, name, NULL);
    const char *before = position(page_query(context, "before"));
    const char *older = NULL;
    const char *locked_path = run_path(context, w, "locked_by");
    bool start = may_start(w);
    bool asks = start && (*page_query(context, "start") || view->problem);
    struct rows *runs;
    struct buf list;

    if (!page_db_ok(context,
                    db_query(context->service->db, context->arena, STATEMENT_PAGE_RUN_LIST, &runs,
                             session->hash, rows_get(w, 0, "id"), PAGE_SIZE_AND_ONE, before)))
        return;
    buf_init(&list, context->arena);
    for (size_t i = 0; i < rows_count(runs) && i < PAGE_SIZE; i++)
        run_part_row(context, &list, runs, i, organization, name);
    if (rows_count(runs) > PAGE_SIZE)
        older = arena_printf(context->arena, "%s?before=%s", path,
                             rows_get(runs, PAGE_SIZE - 1, "position"));
    bool renews = moves(runs) && !asks && !before;
    const struct template_value values[] = {
        {"organization", organization},
        {"organization_path", page_place(context, organization, NULL, NULL)},
        {"path", path},
        {"problem", view->problem},
        {"description", rows_get(w, 0, "description")},
        {"locked", holder(context, w)},
        {"locked_reason", rows_get(w, 0, "locked_reason")},
        {"locked_at", page_time(context, rows_get(w, 0, "locked_at"))},
        {"locked_path", locked_path},
        {"current", rows_get(w, 0, "current_run_id")},
        {"current_path", locked_path ? NULL : run_path(context, w, "current_run_id")},
        {"facts", facts(context, w)},
        {"may_start", start && !asks ? "t" : NULL},
        {"starts", asks ? "t" : NULL},
        {"destroy", rows_bool(w, 0, "allow_destroy_plan") ? "t" : NULL},
        {"csrf", session->csrf},
        {"run_message", view->message},
        {"runs", buf_str(&list)},
        {"older", older},
        {"newest", before ? path : NULL},
        {"renews", renews ? "t" : NULL},
        {"base", context_base_url(context)},
        {"workspace", name},
        {0},
    };
    page_send(context, session,
              &(struct page){view->status, name, .content = WEB_WORKSPACE, .values = values,
                             .refresh = renews ? "5" : NULL});
}

static void workspace_page(struct context *context)
{
    struct session session;
    struct rows *workspace;

    if (session_require(context, &session) &&
        PAGE_FIND(context, &session, STATEMENT_PAGE_WORKSPACE_SHOW, &workspace,
                  context_param(context, 0), context_param(context, 1)))
        show(context, &session, workspace, &(struct view){200});
}

/* --- Starting a run: as POST /runs with the workspace's last configuration --- */

static const struct route start_route = {
    .kind = ROUTE_ACTION,
    .need = RUN_CREATE_NEED,
    .handler = run_create_here,
    .principals = PRINCIPALS_USER_OR_TEAM,
    .audit = "create",
};

static const char *document_of(struct context *context, const struct form *form,
                               const char *message)
{
    const char *kind = page_field(form, "kind");
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_key(&w, "data");
    json_object_begin(&w);
    json_key(&w, "attributes");
    json_object_begin(&w);
    json_member_string(&w, "message", *message ? message : BY_HAND);
    json_member_bool(&w, "plan-only", strcmp(kind, "plan_only") == 0);
    json_member_bool(&w, "is-destroy", strcmp(kind, "destroy") == 0);
    json_member_bool(&w, "refresh-only", strcmp(kind, "refresh_only") == 0);
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    return buf_str(&text);
}

static void refuse(struct context *context, const struct session *session, int status,
                   const char *reason, const char *message)
{
    struct rows *workspace;

    if (status == 401 || status == 404)
        page_nothing(context, session);
    else if (status >= 500)
        page_message(context, session, status, "That did not work", reason);
    else if (PAGE_FIND(context, session, STATEMENT_PAGE_WORKSPACE_SHOW, &workspace,
                       context_param(context, 0), context_param(context, 1)))
        show(context, session, workspace, &(struct view){status, reason, message});
}

static void start_run(struct context *context)
{
    struct session session;
    struct form form;
    const char *reason = NULL;
    const char *const names[] = {context_param(context, 0), context_param(context, 1)};

    if (!session_form(context, &session, &form))
        return;
    const char *message = page_field(&form, "message");
    const struct page_write write = {
        .route = &start_route,
        .resource = &run_resource,
        .load = STATEMENT_PAGE_WORKSPACE_LOAD,
        .params = names,
        .param_count = 2,
        .document = document_of(context, &form, message),
    };
    int status = page_write(context, &session, &write, &reason);
    if (status)
        refuse(context, &session, status, reason, message);
    else
        page_redirect(context, 303, page_place(context, names[0], names[1], context->reply.id));
}

#define WORKSPACE "/app/:organization/workspaces/:workspace"

static const struct route routes[] = {
    {{HTTP_GET, "/app/:organization/:workspace"}, ROUTE_RAW, .handler = workspace_page},
    {{HTTP_GET, WORKSPACE}, ROUTE_RAW, .handler = workspace_page},
    {{HTTP_POST, WORKSPACE}, ROUTE_RAW, .handler = start_run},
    {{HTTP_GET, WORKSPACE "/runs"}, ROUTE_RAW, .handler = workspace_page},
    {0},
};

const struct resource workspace_page_resource = {
    .type = "pages",
    .routes = routes,
};
