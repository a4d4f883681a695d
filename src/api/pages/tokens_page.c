/* The user's own tokens: made, shown once, revoked. The API has the same under
 * /users/:id/authentication-tokens. */
#include "api/resources.h"

#include <stdlib.h>
#include <string.h>

#include "api/pages/pages.h"
#include "api/tokens/tokens.h"
#include "base/arena.h"
#include "base/clock.h"
#include "jsonapi/context.h"

struct view {
    int status;
    const char *made;
    const char *done;
    const char *problem;
    const char *description;
};

/* A moment as the API writes it. */
static const char *wire_time(struct context *context, int64_t seconds)
{
    char *text = arena_alloc(context->arena, CLOCK_WIRE_SIZE);
    clock_wire(seconds, text);
    return text;
}

static void add_row(struct context *context, struct buf *out, const struct session *session,
                    const struct rows *rows, size_t i)
{
    const struct template_value values[] = {
        {"id", rows_get(rows, i, "id")},
        {"description", rows_get(rows, i, "description")},
        {"created", page_time(context, rows_get(rows, i, "created_at"))},
        {"used", page_time(context, rows_get(rows, i, "last_used_at"))},
        {"expires", page_time(context, rows_get(rows, i, "expired_at"))},
        {"expired", rows_bool(rows, i, "is_expired") ? "t" : NULL},
        {"csrf", session->csrf},
        {0},
    };
    buf_adds(out, page_part(context, WEB_TOKEN_ROW, values));
}

static void show(struct context *context, const struct session *session, const struct view *view)
{
    struct rows *rows;
    struct buf list;

    if (!page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_PAGE_TOKEN_LIST, &rows, session->user_id)))
        return;
    buf_init(&list, context->arena);
    for (size_t i = 0; i < rows_count(rows); i++)
        add_row(context, &list, session, rows, i);
    const char *source = page_query(context, "source");
    const struct template_value values[] = {
        {"made", view->made},
        {"done", view->done},
        {"problem", view->problem},
        {"cli", strcmp(source, "terraform-login") == 0 ? "t" : NULL},
        {"description", view->description},
        {"today", arena_strndup(context->arena, wire_time(context, clock_now()), 10)},
        {"csrf", session->csrf},
        {"rows", buf_str(&list)},
        {0},
    };
    page_send(context, session,
              &(struct page){view->status, "Tokens", .content = WEB_TOKENS, .values = values});
}

static void tokens_page(struct context *context)
{
    struct session session;
    if (!session_require(context, &session))
        return;
    bool revoked = *page_query(context, "revoked");
    show(context, &session,
         &(struct view){200, .done = revoked ? "The token is revoked: it is no longer accepted."
                                             : NULL});
}

static void revoke(struct context *context, const struct session *session, const char *id)
{
    if (page_db_ok(context, db_query(context->service->db, context->arena,
                                     STATEMENT_USER_TOKEN_REVOKE, NULL, id, session->user_id)))
        page_redirect(context, 303, "/app/settings/tokens?revoked=1");
}

/* The expiry that the form asks for into *out (TOKEN_EXPIRY_... or a time); NULL, or what is wrong
 * with it. */
static const char *read_expiry(struct context *context, const struct form *form, const char **out)
{
    const char *expiry = page_field(form, "expiry");
    const char *date = page_field(form, "date");
    char wire[CLOCK_WIRE_SIZE];

    *out = TOKEN_EXPIRY_DEFAULT;
    if (!*expiry)
        return NULL;
    if (strcmp(expiry, "never") == 0) {
        *out = TOKEN_EXPIRY_NEVER;
        return NULL;
    }
    if (strcmp(expiry, "date") != 0) {
        long days = strtol(expiry, NULL, 10);
        if (days < 1 || days > 36500)
            return "Choose when the token expires.";
        *out = wire_time(context, clock_now() + days * 86400);
        return NULL;
    }
    if (strlen(date) != 10 ||
        !clock_parse(arena_printf(context->arena, "%sT00:00:00Z", date), wire))
        return "Give the day of expiry as in 2027-01-31.";
    if (strcmp(wire, wire_time(context, clock_now())) <= 0)
        return "The day of expiry is in the past.";
    *out = arena_strdup(context->arena, wire);
    return NULL;
}

static void change_tokens(struct context *context)
{
    struct session session;
    struct form form;
    struct view view = {200};
    const char *expiry;

    if (!session_form(context, &session, &form))
        return;
    if (*page_field(&form, "revoke")) {
        revoke(context, &session, page_field(&form, "revoke"));
        return;
    }
    view.description = page_field(&form, "description");
    view.problem = read_expiry(context, &form, &expiry);
    if (!*view.description)
        view.problem = "Say what the token is for, so that you recognise it later.";
    else if (strlen(view.description) > 255)
        view.problem = "The description is too long.";
    if (view.problem) {
        view.status = 422;
    } else {
        if (!page_db_ok(context, token_create_user(context, session.user_id, view.description,
                                                   expiry, &view.made)))
            return;
        view.description = NULL;
    }
    show(context, &session, &view);
}

static const struct route routes[] = {
    {{HTTP_GET, "/app/settings/tokens"}, ROUTE_RAW, .handler = tokens_page},
    {{HTTP_POST, "/app/settings/tokens"}, ROUTE_RAW, .handler = change_tokens},
    {0},
};

const struct resource tokens_page_resource = {
    .type = "pages",
    .routes = routes,
};
