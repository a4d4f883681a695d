/* The start page, paths without a page, and the files that the pages need. */
#include "api/resources.h"

#include <string.h>

#include "api/pages/pages.h"
#include "base/arena.h"
#include "jsonapi/context.h"

static void to_start(struct context *context)
{
    page_redirect(context, 303, "/app");
}

static void to_tokens(struct context *context)
{
    page_redirect(context, 303, "/app/settings/tokens");
}

static void start_page(struct context *context)
{
    struct session session;
    struct rows *rows;
    struct buf list;

    if (!session_require(context, &session))
        return;
    if (!page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_PAGE_ORGANIZATION_LIST, &rows, session.user_id)))
        return;
    buf_init(&list, context->arena);
    for (size_t i = 0; i < rows_count(rows); i++) {
        const struct template_value item[] = {
            {"name", rows_get(rows, i, "name")},
            {"path", page_place(context, rows_get(rows, i, "name"), NULL, NULL)},
            {"invited", rows_bool(rows, i, "is_invited") ? "t" : NULL},
            {"csrf", session.csrf},
            {0},
        };
        buf_adds(&list, page_part(context, WEB_ORGANIZATION_ITEM, item));
    }
    const struct template_value values[] = {
        {"username", session.username},
        {"host", page_host(context)},
        {"organization", rows_count(rows) ? rows_get(rows, 0, "name") : "my-organization"},
        {"organizations", buf_str(&list)},
        {0},
    };
    page_send(context, &session,
              &(struct page){200, "Welcome", .content = WEB_LANDING, .values = values});
}

static void join(struct context *context)
{
    struct session session;
    struct form form;

    if (session_form(context, &session, &form) &&
        page_db_ok(context,
                   db_query(context->service->db, context->arena, STATEMENT_INVITATION_ACCEPT, NULL,
                            page_field(&form, "join"), session.user_id)))
        page_redirect(context, 303, "/app");
}

static void nothing(struct context *context)
{
    struct session session;
    if (session_load(context, &session))
        page_nothing(context, &session);
}

static void asset(struct context *context)
{
    struct http_request *request = context->request;
    const struct web_asset *file = web_assets;

    while (file->name && strcmp(file->name, context_param(context, 0)) != 0)
        file++;
    if (!file->name) {
        nothing(context);
        return;
    }
    http_header(request, "Content-Type", file->type);
    /* The pages ask with the version in the address. */
    http_replace_header(request, "Cache-Control", "public, max-age=86400");
    http_header(request, "Content-Security-Policy", "default-src 'none'");
    http_write(request, file->bytes, file->len);
}

static const struct route routes[] = {
    {{HTTP_GET, "/"}, ROUTE_RAW, .handler = to_start},
    {{HTTP_GET, "/app"}, ROUTE_RAW, .handler = start_page},
    {{HTTP_POST, "/app"}, ROUTE_RAW, .handler = join},
    {{HTTP_GET, "/app/settings"}, ROUTE_RAW, .handler = to_tokens},
    {{HTTP_GET, "/app/assets/:file"}, ROUTE_RAW, .handler = asset},
    {{HTTP_GET, "/app/:organization/:workspace/:place"}, ROUTE_RAW, .handler = nothing},
    {{HTTP_GET, "/app/:organization/:workspace/:place/:id"}, ROUTE_RAW, .handler = nothing},
    {{HTTP_GET, "/app/:organization/:workspace/:place/:id/:more"}, ROUTE_RAW, .handler = nothing},
    {0},
};

const struct resource place_resource = {
    .type = "pages",
    .routes = routes,
};
