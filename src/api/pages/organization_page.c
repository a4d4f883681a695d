/* The page of an organization: its workspaces as far as this person sees them, and what is at work
 * or waits in them. */
#include "api/resources.h"

#include <stdlib.h>
#include <string.h>

#include "api/pages/pages.h"
#include "base/arena.h"
#include "jsonapi/context.h"

#define PAGE_SIZE 50
#define MOST_QUEUED "20"
/* Whoever wants more looks for a name. */
#define MOST_PAGES 1000
/* Of the statement: the filters that follow are those of the API's list. */
#define WORKSPACE_PARAMS 11

static long page_number(struct context *context)
{
    long number = strtol(page_query(context, "page"), NULL, 10);
    return number < 1 || number > MOST_PAGES ? 1 : number;
}

static bool list_workspaces(struct context *context, const struct session *session,
                            const char *organization, struct rows **rows)
{
    const char *name = page_query(context, "name");
    const char *const params[WORKSPACE_PARAMS] = {
        session->hash,
        organization,
        arena_printf(context->arena, "%d", PAGE_SIZE),
        arena_printf(context->arena, "%ld", (page_number(context) - 1) * PAGE_SIZE),
        *name ? name : NULL,
    };

    return page_db_ok(context,
                      db_query_text(context->service->db, context->arena,
                                    STATEMENT_PAGE_WORKSPACE_LIST, rows, params, WORKSPACE_PARAMS));
}

static const char *rows_html(struct context *context, const struct rows *rows,
                             const char *organization)
{
    struct buf out;

    buf_init(&out, context->arena);
    for (size_t i = 0; i < rows_count(rows); i++)
        run_part_row(context, &out, rows, i, organization, NULL);
    return buf_str(&out);
}

static const char *other_page(struct context *context, const char *path, long number)
{
    const char *name = page_query(context, "name");
    return arena_printf(context->arena, "%s?page=%ld%s%s", path, number, *name ? "&name=" : "",
                        page_encode(context, name));
}

static void show(struct context *context, const struct session *session, const char *name)
{
    const char *path = page_place(context, name, NULL, NULL);
    long number = page_number(context);
    struct rows *workspaces, *queue;

    if (!list_workspaces(context, session, name, &workspaces) ||
        !page_db_ok(context,
                    db_query(context->service->db, context->arena, STATEMENT_PAGE_RUN_QUEUE, &queue,
                             session->hash, name, MOST_QUEUED)))
        return;
    int64_t total = rows_count(workspaces) ? rows_int(workspaces, 0, "total") : 0;
    const struct template_value values[] = {
        {"path", path},
        {"queue", rows_html(context, queue, name)},
        {"workspaces", rows_html(context, workspaces, name)},
        {"total", total ? arena_printf(context->arena, "%lld", (long long)total) : NULL},
        {"name", page_query(context, "name")},
        {"before", number > 1 ? other_page(context, path, number - 1) : NULL},
        {"after", number * PAGE_SIZE < total ? other_page(context, path, number + 1) : NULL},
        {0},
    };
    page_send(context, session,
              &(struct page){200, name, .content = WEB_ORGANIZATION, .values = values});
}

static void organization_page(struct context *context)
{
    struct session session;
    struct rows *organization;

    if (session_require(context, &session) &&
        PAGE_FIND(context, &session, STATEMENT_PAGE_ORGANIZATION_SHOW, &organization,
                  context_param(context, 0)))
        show(context, &session, rows_get(organization, 0, "name"));
}

static const struct route routes[] = {
    {{HTTP_GET, "/app/:organization"}, ROUTE_RAW, .handler = organization_page},
    {{HTTP_GET, "/app/:organization/workspaces"}, ROUTE_RAW, .handler = organization_page},
    {0},
};

const struct resource organization_page_resource = {
    .type = "pages",
    .routes = routes,
};
