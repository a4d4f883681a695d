/* The pages for people: rendered here, from the templates of web/, and complete without JavaScript.
 * Each handler begins with a session_*() call; when that returns false the answer is given. */
#ifndef TERRACE_API_PAGES_PAGES_H
#define TERRACE_API_PAGES_PAGES_H

#include <stdbool.h>

#include "api/pages/template.h"
#include "api/pages/web.h"
#include "db/db.h"
#include "http/http_request.h"

struct context;

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

/* --- page.c --- */

struct page {
    int status;
    const char *title;
    enum web_template content;
    const struct template_value *values;
    const char *form_targets; /* other origins that its forms may lead to, for the policy */
};

/* The site's own texts (customization-settings), by column; NULL while the database is away. */
struct rows *page_texts(struct context *context);
const char *page_text(const struct rows *texts, const char *name);

void page_send(struct context *context, const struct session *session, const struct page *page);
void page_message(struct context *context, const struct session *session, int status,
                  const char *title, const char *message);
void page_redirect(struct context *context, int status, const char *location);
/* A template as text in the request's arena. */
const char *page_part(struct context *context, enum web_template template,
                      const struct template_value *values);
/* Records what the database could not do and answers; true when status is DB_OK. */
bool page_db_ok(struct context *context, enum db_status status);

/* Reads a urlencoded body. */
bool page_form(struct context *context, struct form *form);
/* "" when the form has no such field. */
const char *page_field(const struct form *form, const char *name);
const char *page_query(struct context *context, const char *name);
/* For a query string. */
const char *page_encode(struct context *context, const char *text);
/* `2026-11-24 19:52 UTC` from a database time, NULL from NULL. */
const char *page_time(struct context *context, const char *cell);
/* `terrace.example.org`, as the CLI wants it. */
const char *page_host(struct context *context);

/* --- oauth_token.c --- */

#define OAUTH_CLIENT "terraform-cli"
void oauth_token(struct context *context);

#endif
