/* What all pages have in common: the frame, the headers, forms in, redirects out. */
#include "api/pages/pages.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "jsonapi/context.h"

/* No form here is longer. */
#define MAX_FORM_BYTES 16384

static void security_headers(struct context *context, const char *form_targets)
{
    struct http_request *request = context->request;
    http_header(request, "Content-Security-Policy",
                arena_printf(context->arena,
                             "default-src 'none'; style-src 'self'; img-src 'self'; "
                             "form-action 'self'%s%s; frame-ancestors 'none'; base-uri 'none'",
                             form_targets ? " " : "", form_targets ? form_targets : ""));
    http_header(request, "X-Frame-Options", "DENY");
    http_header(request, "Referrer-Policy", "same-origin");
    http_header(request, "Cross-Origin-Opener-Policy", "same-origin");
}

const char *page_part(struct context *context, enum web_template template,
                      const struct template_value *values)
{
    struct buf out;
    buf_init(&out, context->arena);
    template_render(&out, web_templates[template], values);
    return buf_str(&out);
}

struct rows *page_texts(struct context *context)
{
    struct rows *rows = NULL;

    if (db_query_text(context->service->db, context->arena, STATEMENT_CUSTOMIZATION_TEXTS, &rows,
                      NULL, 0) != DB_OK)
        return NULL;
    return rows;
}

const char *page_text(const struct rows *texts, const char *name)
{
    return texts ? rows_get(texts, 0, name) : NULL;
}

void page_send(struct context *context, const struct session *session, const struct page *page)
{
    struct http_request *request = context->request;
    bool active = session && session->active;
    struct rows *texts = page_texts(context);
    bool error = page->status >= 400 && page->content == WEB_MESSAGE;
    const struct template_value frame[] = {
        {"title", page->title},
        {"version", web_version},
        {"username", active ? session->username : NULL},
        {"csrf", active ? session->csrf : NULL},
        {"content", page_part(context, page->content, page->values)},
        {"error_text", error ? page_text(texts, "error") : NULL},
        {"footer", page_text(texts, "footer")},
        {"support", page_text(texts, "support_email_address")},
        {0},
    };
    const char *html = page_part(context, WEB_LAYOUT, frame);

    request->status = page->status;
    http_header(request, "Content-Type", "text/html; charset=utf-8");
    security_headers(context, page->form_targets);
    if (page->refresh)
        http_header(request, "Refresh", page->refresh);
    http_write(request, html, strlen(html));
}

void page_message(struct context *context, const struct session *session, int status,
                  const char *title, const char *message)
{
    const struct template_value values[] = {{"message", message}, {0}};
    page_send(context, session,
              &(struct page){status, title, .content = WEB_MESSAGE, .values = values});
}

void page_nothing(struct context *context, const struct session *session)
{
    page_message(context, session, 404, "There is nothing here",
                 "The address may be misspelt, or what was here is gone.");
}

void page_redirect(struct context *context, int status, const char *location)
{
    context->request->status = status;
    http_header(context->request, "Location", location);
    security_headers(context, NULL);
}

bool page_db_ok(struct context *context, enum db_status status)
{
    if (status == DB_OK)
        return true;
    const struct db_failure *failure = db_failure(context->service->db);
    log_error("%s page: database status=%d sqlstate=%s message=%s", context->request_id,
              (int)status, failure->sqlstate, failure->message);
    if (status == DB_UNAVAILABLE || status == DB_RETRY || status == DB_TIMEOUT)
        page_message(context, NULL, 503, "Not available",
                     "The server's database does not answer. Try again in a moment.");
    else
        page_message(context, NULL, 500, "Something went wrong",
                     arena_printf(context->arena, "The administrator finds it in the log as %s.",
                                  context->request_id));
    return false;
}

bool page_find(struct context *context, const struct session *session, enum statement statement,
               struct rows **rows, const char *const *params, size_t count)
{
    const char *all[DB_MAX_PARAMS] = {session->hash};

    memcpy(all + 1, params, count * sizeof *params);
    enum db_status status =
        db_query_text(context->service->db, context->arena, statement, rows, all, count + 1);
    if (status != DB_NO_ROWS && !page_db_ok(context, status))
        return false;
    if (status == DB_OK && rows_get(*rows, 0, "scope") &&
        !((permission_mask)rows_int(*rows, 0, "scope") & PERMISSION_REFUSED))
        return true;
    page_nothing(context, session);
    return false;
}

bool page_form(struct context *context, struct form *form)
{
    return page_form_within(context, form, MAX_FORM_BYTES);
}

bool page_form_within(struct context *context, struct form *form, size_t limit)
{
    struct http_request *request = context->request;
    struct buf body;

    *form = (struct form){0};
    buf_init(&body, context->arena);
    int failure = http_read_body(request, limit, &body);
    if (failure) {
        page_message(context, NULL, failure, "That was no form",
                     "What the browser sent is too long or ended early.");
        return false;
    }
    if (strcmp(request->content_type, "application/x-www-form-urlencoded") == 0)
        form->count = http_parse_form(context->arena, buf_str(&body), body.len, &form->fields);
    return true;
}

const char *page_field(const struct form *form, const char *name)
{
    const char *value = http_form_value(form->fields, form->count, name);
    return value ? value : "";
}

const char *page_query(struct context *context, const char *name)
{
    const char *value = http_query(context->request, name);
    return value ? value : "";
}

const char *page_encode(struct context *context, const char *text)
{
    struct buf out;
    buf_init(&out, context->arena);
    buf_add_uri(&out, text);
    return buf_str(&out);
}

const char *page_time(struct context *context, const char *cell)
{
    char wire[CLOCK_WIRE_SIZE];
    if (!cell || !clock_from_pg(cell, wire))
        return NULL;
    return arena_printf(context->arena, "%.10s %.5s UTC", wire, wire + 11);
}

const char *page_place(struct context *context, const char *organization, const char *workspace,
                       const char *run)
{
    const char *path = arena_printf(context->arena, "/app/%s", page_encode(context, organization));
    if (workspace)
        path =
            arena_printf(context->arena, "%s/workspaces/%s", path, page_encode(context, workspace));
    return run ? arena_printf(context->arena, "%s/runs/%s", path, page_encode(context, run)) : path;
}

const char *page_host(struct context *context)
{
    return strstr(context_base_url(context), "://") + 3;
}
