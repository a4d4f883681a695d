/* The page of a query run, at the address that `terraform query` prints: what it found, and the
 * buttons. */
#include "api/resources.h"

#include <string.h>

#include "api/pages/pages.h"
#include "base/arena.h"
#include "jsonapi/context.h"

#define REFRESH_SECONDS "3"

static const struct words {
    const char *status, *text, *tone;
} words[] = {
    {"pending", "Pending", "waits"}, {"queued", "Queued", "waits"},
    {"running", "Running", "works"}, {"finished", "Finished", "good"},
    {"errored", "Errored", "bad"},   {"canceled", "Canceled", "over"},
};

static const struct words *words_of(const char *status)
{
    for (size_t i = 1; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].status, status) == 0)
            return &words[i];
    return &words[0];
}

static const char *const actions[][2] = {{"cancel", "/actions/cancel"},
                                         {"force-cancel", "/actions/force-cancel"}};

static const struct route *route_of(const char *action)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i][0], action) == 0)
            return page_route(&query_run_resource, HTTP_POST, actions[i][1]);
    return NULL;
}

static const char *may(const struct rows *query, const char *action)
{
    permission_mask need = route_of(action)->need;
    return ((permission_mask)rows_int(query, 0, "scope") & need) == need ? "t" : NULL;
}

static const char *buttons(struct context *context, const struct session *session,
                           const struct rows *query, const char *path)
{
    bool over = rows_bool(query, 0, "is_final");
    bool canceled = rows_get(query, 0, "canceled_at");
    const char *cancel = !over && !canceled ? may(query, "cancel") : NULL;
    const char *force =
        rows_bool(query, 0, "is_force_cancelable") ? may(query, "force-cancel") : NULL;
    const struct template_value values[] = {
        {"path", path},
        {"csrf", session->csrf},
        {"any", cancel ? cancel : force},
        {"cancel", cancel},
        {"force", force},
        {"force_at", canceled && !over && !force
                         ? page_time(context, rows_get(query, 0, "force_cancel_available_at"))
                         : NULL},
        {0},
    };
    return page_part(context, WEB_RUN_ACTIONS, values);
}

static const char *facts(struct context *context, const struct rows *query)
{
    struct buf out;

    buf_init(&out, context->arena);
    run_part_fact(context, &out, "Kind", "Query");
    run_part_fact(
        context, &out, "Started by",
        run_part_actor(rows_get(query, 0, "created_by"), rows_get(query, 0, "created_by_name")));
    run_part_fact(context, &out, "Started at",
                  page_time(context, rows_get(query, 0, "created_at")));
    run_part_fact(
        context, &out, "Canceled by",
        run_part_actor(rows_get(query, 0, "canceled_by"), rows_get(query, 0, "canceled_by_name")));
    run_part_fact(context, &out, "Terraform version", rows_get(query, 0, "terraform_version"));
    if (rows_bool(query, 0, "generate_config_out"))
        run_part_fact(context, &out, "Generates configuration", "yes");
    return buf_str(&out);
}

static const char *path_of(struct context *context, const struct rows *query)
{
    return arena_printf(context->arena, "/app/%s/%s/search/%s",
                        page_encode(context, rows_get(query, 0, "organization")),
                        page_encode(context, rows_get(query, 0, "workspace")),
                        page_encode(context, rows_get(query, 0, "id")));
}

static bool find(struct context *context, const struct session *session, struct rows **query)
{
    return PAGE_FIND(context, session, STATEMENT_PAGE_QUERY_RUN_SHOW, query,
                     context_param(context, 2));
}

static void show(struct context *context, const struct session *session, const struct rows *query,
                 int status, const char *problem)
{
    const char *organization = rows_get(query, 0, "organization");
    const char *workspace = rows_get(query, 0, "workspace");
    const char *path = path_of(context, query);
    const struct words *state = words_of(rows_get(query, 0, "status"));
    bool renews = !rows_bool(query, 0, "is_final") && !problem;
    struct rows *phase;
    struct buf log;

    buf_init(&log, context->arena);
    if (!page_db_ok(context,
                    db_query(context->service->db, context->arena, STATEMENT_PAGE_QUERY_PHASE_LIST,
                             &phase, rows_get(query, 0, "id"))) ||
        (rows_count(phase) && !run_part_phase(context, &log, phase, 0, path)))
        return;
    const struct template_value values[] = {
        {"organization", organization},
        {"organization_path", page_place(context, organization, NULL, NULL)},
        {"workspace", workspace},
        {"workspace_path", page_place(context, organization, workspace, NULL)},
        {"path", path},
        {"problem", problem},
        {"status", state->text},
        {"tone", state->tone},
        {"reason", rows_get(query, 0, "reason")},
        {"renews", renews ? "t" : NULL},
        {"facts", facts(context, query)},
        {"actions", buttons(context, session, query, path)},
        {"phases", buf_str(&log)},
        {0},
    };
    page_send(context, session,
              &(struct page){status,
                             arena_printf(context->arena, "Query %s", rows_get(query, 0, "id")),
                             .content = WEB_RUN, .values = values,
                             .refresh = renews ? REFRESH_SECONDS : NULL});
}

static void query_page(struct context *context)
{
    struct session session;
    struct rows *query;

    if (session_require(context, &session) && find(context, &session, &query))
        show(context, &session, query, 200, NULL);
}

static void log_page(struct context *context)
{
    struct session session;
    struct rows *query, *phase;

    if (!session_require(context, &session) || !find(context, &session, &query) ||
        !page_db_ok(context,
                    db_query(context->service->db, context->arena, STATEMENT_PAGE_QUERY_PHASE_LIST,
                             &phase, rows_get(query, 0, "id"))))
        return;
    run_log_page_send(context, rows_get(query, 0, "id"),
                      rows_count(phase) ? rows_int(phase, 0, "log_size") : 0);
}

static void change(struct context *context)
{
    const char *id = context_param(context, 2), *reason = NULL;
    struct session session;
    struct form form;
    struct rows *query;

    if (!session_form(context, &session, &form))
        return;
    const struct route *route = route_of(page_field(&form, "act"));
    if (!route) {
        page_nothing(context, &session);
        return;
    }
    const struct page_write write = {.route = route,
                                     .resource = &query_run_resource,
                                     .load = STATEMENT_PAGE_QUERY_RUN_SHOW,
                                     .params = &id,
                                     .param_count = 1,
                                     .document = "{}"};
    int status = page_write(context, &session, &write, &reason);
    if (status == 401 || status == 404)
        page_nothing(context, &session);
    else if (status >= 500)
        page_message(context, &session, status, "That did not work", reason);
    else if (find(context, &session, &query)) {
        if (status)
            show(context, &session, query, status, reason);
        else
            page_redirect(context, 303, path_of(context, query));
    }
}

#define PAGE "/app/:organization/:workspace/search/:query_run_id"

static const struct route routes[] = {
    {{HTTP_GET, PAGE}, ROUTE_RAW, .handler = query_page},
    {{HTTP_POST, PAGE}, ROUTE_RAW, .handler = change},
    {{HTTP_GET, PAGE "/query"}, ROUTE_RAW, .handler = log_page},
    {0},
};

const struct resource query_page_resource = {
    .type = "pages",
    .routes = routes,
};
