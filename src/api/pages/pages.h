/* The pages for people: rendered here, from the templates of web/, and complete without JavaScript.
 * Each handler begins with a session_*() call; when that returns false the answer is given. */
#ifndef TERRACE_API_PAGES_PAGES_H
#define TERRACE_API_PAGES_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "api/pages/template.h"
#include "api/pages/web.h"
#include "db/db.h"
#include "http/http_request.h"

struct context;
struct resource;
struct route;

/* A signed-in browser. The cookie has a secret, the database its SHA-256. */
struct session {
    bool active;
    const char *hash;
    const char *user_id;
    const char *username;
    const char *csrf; /* what each of its forms carries */
};

struct form {
    const struct http_query_param *fields;
    size_t count;
};

/* --- session.c --- */

/* Who looks at the page, if anybody. */
bool session_load(struct context *context, struct session *session);
/* The same, but who is not signed in is sent to do so and back. */
bool session_require(struct context *context, struct session *session);
/* For a POST: signed in, and the form is one that this session was given. */
bool session_form(struct context *context, struct session *session, struct form *form);

/* Sets or, with value NULL, removes a cookie. name is the short one: what goes over the wire has
 * the prefix __Host- wherever that is possible. */
void session_set_cookie(struct context *context, const char *name, const char *value);
const char *session_cookie(struct context *context, const char *name);
/* The session's cookie for a user, who has just proved to be that user. */
bool session_begin(struct context *context, const char *user_id);

#define SESSION_COOKIE "terrace"
/* Binds the sign-in form to the browser that asked for it. */
#define SESSION_FORM_COOKIE "terrace-form"

/* --- saml.c --- */

#define SAML_METADATA_PATH "/users/saml/metadata"
#define SAML_ACS_PATH "/users/saml/auth"
#define SAML_START_PATH "/users/saml/sign_in"

/* --- page.c --- */

struct page {
    int status;
    const char *title;
    enum web_template content;
    const struct template_value *values;
    const char *form_targets; /* other origins that its forms may lead to, for the policy */
    const char *refresh;      /* seconds after which the browser asks again, or NULL */
};

/* The site's own texts (customization-settings), by column; NULL while the database is away. */
struct rows *page_texts(struct context *context);
const char *page_text(const struct rows *texts, const char *name);

void page_send(struct context *context, const struct session *session, const struct page *page);
void page_message(struct context *context, const struct session *session, int status,
                  const char *title, const char *message);
/* The same for what is not there and what this person may not see. */
void page_nothing(struct context *context, const struct session *session);
void page_redirect(struct context *context, int status, const char *location);
/* A template as text in the request's arena. */
const char *page_part(struct context *context, enum web_template template,
                      const struct template_value *values);
/* Records what the database could not do and answers; true when status is DB_OK. */
bool page_db_ok(struct context *context, enum db_status status);
/* What the path names: a statement of sql/queries/pages_runs.sql with the session as its $1. False
 * when the answer is given, because it is not there, or not for this person. */
bool page_find(struct context *context, const struct session *session, enum statement statement,
               struct rows **rows, const char *const *params, size_t count);
#define PAGE_FIND(context, session, statement, rows, ...)                                          \
    page_find((context), (session), (statement), (rows), (const char *[]){__VA_ARGS__},            \
              sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

/* Reads a urlencoded body; the second one of at most so many bytes. */
bool page_form(struct context *context, struct form *form);
bool page_form_within(struct context *context, struct form *form, size_t limit);
/* "" when the form has no such field. */
const char *page_field(const struct form *form, const char *name);
const char *page_query(struct context *context, const char *name);
/* For a query string. */
const char *page_encode(struct context *context, const char *text);
/* `2026-11-24 19:52 UTC` from a database time, NULL from NULL. */
const char *page_time(struct context *context, const char *cell);
/* The path of the page of an organization, a workspace of it (or NULL), a run of that (or NULL). */
const char *page_place(struct context *context, const char *organization, const char *workspace,
                       const char *run);
/* `terrace.example.org`, as the CLI wants it. */
const char *page_host(struct context *context);

/* --- page_write.c --- */

/* What a form does is what a route of the API does: the same needs, handler, rules and audit event.
 * Only the caller comes from a session, by `load`: the route's load statement in
 * sql/queries/pages_runs.sql, $1 the session. */
struct page_write {
    const struct route *route;
    const struct resource *resource;
    enum statement load;
    const char *const *params; /* after $1 */
    size_t param_count;
    const char *document; /* JSON, as a client would send it */
};
/* 0 when it is done (context->reply says what has come of it), else the HTTP status of the refusal
 * and the reason for people. Nothing is answered yet. */
int page_write(struct context *context, const struct session *session,
               const struct page_write *write, const char **reason);
/* The route of a resource with this method whose path ends so. */
const struct route *page_route(const struct resource *resource, enum http_method method,
                               const char *end);

/* --- run_parts.c --- */

/* A line of a list of runs. With a column `workspace` it says where the run is. */
void run_part_row(struct context *context, struct buf *out, const struct rows *rows, size_t i,
                  const char *organization, const char *workspace);
/* <dt> and <dd>; nothing without a value. */
void run_part_fact(struct context *context, struct buf *out, const char *name, const char *value);
/* `alice`, `a team`, or NULL: of an id, and of the name as far as this person may know it. */
const char *run_part_actor(const char *id, const char *name);
/* A plan or an apply with its log. path: of the run's page. */
bool run_part_phase(struct context *context, struct buf *out, const struct rows *phases, size_t i,
                    const char *path);
/* Run events with comments, and task stages. */
bool run_part_events(struct context *context, struct buf *out, const struct session *session,
                     const char *run);
bool run_part_tasks(struct context *context, struct buf *out, const char *run);
/* Rows like those of tasks: what policies said; and the policy check with what it printed. */
bool run_part_policies(struct context *context, struct buf *out, const char *run);
bool run_part_check(struct context *context, struct buf *out, const char *run);

/* --- run_plan_page.c --- */

/* What a plan would change, as HTML: nothing when no runner has said. *left_out: there is more. */
bool run_plan_html(struct context *context, struct buf *out, const char *phase_id, bool *left_out);

/* --- run_log_page.c --- */

/* The end of a phase's log as HTML; *left_out: there is more than that. */
bool run_log_html(struct context *context, struct buf *out, const struct rows *phases, size_t i,
                  bool *left_out);
/* All of it, as text. */
void run_log_page_send(struct context *context, const char *phase_id, int64_t size);
/* All of it, as it was printed. */
void run_log_page(struct context *context);

/* --- oauth_token.c --- */

#define OAUTH_CLIENT "terraform-cli"
void oauth_token(struct context *context);

#endif
