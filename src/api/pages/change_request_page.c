/* The page of a change request, which notifications lead to: what is asked for, and a button for
 * those who have done it. */
#include "api/resources.h"

#include <string.h>

#include "api/pages/pages.h"
#include "base/arena.h"
#include "jsonapi/context.h"

static const struct route *archive_route(void)
{
    return page_route(&change_request_resource, HTTP_POST, "/actions/archive");
}

static const char *may_archive(const struct rows *request)
{
    permission_mask need = archive_route()->need;
    bool may = ((permission_mask)rows_int(request, 0, "scope") & need) == need;
    return may && !rows_get(request, 0, "archived_at") ? "t" : NULL;
}

static const char *facts(struct context *context, const struct rows *request)
{
    struct buf out;

    buf_init(&out, context->arena);
    run_part_fact(context, &out, "Asked by",
                  run_part_actor(rows_get(request, 0, "created_by"),
                                 rows_get(request, 0, "created_by_name")));
    run_part_fact(context, &out, "Asked at",
                  page_time(context, rows_get(request, 0, "created_at")));
    run_part_fact(context, &out, "Archived by",
                  run_part_actor(rows_get(request, 0, "archived_by"),
                                 rows_get(request, 0, "archived_by_name")));
    run_part_fact(context, &out, "Archived at",
                  page_time(context, rows_get(request, 0, "archived_at")));
    return buf_str(&out);
}

static const char *path_of(struct context *context, const struct rows *request)
{
    return arena_printf(context->arena, "/app/%s/%s/change-requests/%s",
                        page_encode(context, rows_get(request, 0, "organization")),
                        page_encode(context, rows_get(request, 0, "workspace")),
                        page_encode(context, rows_get(request, 0, "id")));
}

static bool find(struct context *context, const struct session *session, struct rows **request)
{
    return PAGE_FIND(context, session, STATEMENT_PAGE_CHANGE_REQUEST_SHOW, request,
                     context_param(context, 2));
}

static void show(struct context *context, const struct session *session, const struct rows *request,
                 int status, const char *problem)
{
    const char *organization = rows_get(request, 0, "organization");
    const char *workspace = rows_get(request, 0, "workspace");
    bool archived = rows_get(request, 0, "archived_at");
    const struct template_value values[] = {
        {"organization", organization},
        {"organization_path", page_place(context, organization, NULL, NULL)},
        {"workspace", workspace},
        {"workspace_path", page_place(context, organization, workspace, NULL)},
        {"path", path_of(context, request)},
        {"csrf", session->csrf},
        {"problem", problem},
        {"status", archived ? "Archived" : "Open"},
        {"tone", archived ? "over" : "asks"},
        {"message", rows_get(request, 0, "message")},
        {"facts", facts(context, request)},
        {"archives", may_archive(request)},
        {0},
    };
    page_send(context, session,
              &(struct page){status, rows_get(request, 0, "subject"), .content = WEB_CHANGE_REQUEST,
                             .values = values});
}

static void change_request_page(struct context *context)
{
    struct session session;
    struct rows *request;

    if (session_require(context, &session) && find(context, &session, &request))
        show(context, &session, request, 200, NULL);
}

static void change(struct context *context)
{
    const char *id = context_param(context, 2), *reason = NULL;
    struct session session;
    struct form form;
    struct rows *request;

    if (!session_form(context, &session, &form))
        return;
    const struct page_write write = {.route = archive_route(),
                                     .resource = &change_request_resource,
                                     .load = STATEMENT_PAGE_CHANGE_REQUEST_SHOW,
                                     .params = &id,
                                     .param_count = 1,
                                     .document = "{}"};
    int status = strcmp(page_field(&form, "act"), "archive") == 0
                     ? page_write(context, &session, &write, &reason)
                     : 404;
    if (status == 401 || status == 404)
        page_nothing(context, &session);
    else if (status >= 500)
        page_message(context, &session, status, "That did not work", reason);
    else if (find(context, &session, &request)) {
        if (status)
            show(context, &session, request, status, reason);
        else
            page_redirect(context, 303, path_of(context, request));
    }
}

#define PAGE "/app/:organization/:workspace/change-requests/:change_request_id"

static const struct route routes[] = {
    {{HTTP_GET, PAGE}, ROUTE_RAW, .handler = change_request_page},
    {{HTTP_POST, PAGE}, ROUTE_RAW, .handler = change},
    {0},
};

const struct resource change_request_page_resource = {
    .type = "pages",
    .routes = routes,
};
