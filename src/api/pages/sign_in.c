/* Signing in and out. A wrong password, an unknown user, and one without a password cost the same
 * time and give the same answer; failures are counted per user and per network before the password
 * is looked at, so that guessing in parallel gains nothing. */
#include "api/resources.h"

#include <stdio.h>
#include <string.h>

#include "api/pages/page_checks.h"
#include "api/pages/pages.h"
#include "api/throttle.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"

#define FORM_SECRET_LENGTH 43

static const char *form_csrf(struct context *context, const char *secret)
{
    return crypto_mac_hex(context->arena, context->service->keyring, "sign-in", secret);
}

static void show_form(struct context *context, int status, const char *problem, const char *name,
                      const char *return_to)
{
    const char *secret = session_cookie(context, SESSION_FORM_COOKIE);
    if (!secret) {
        char *made = arena_alloc(context->arena, FORM_SECRET_LENGTH + 1);
        ids_secret(made, FORM_SECRET_LENGTH);
        session_set_cookie(context, SESSION_FORM_COOKIE, made);
        secret = made;
    }
    bool login = strncmp(return_to, "/app/oauth2/auth?", 17) == 0;
    struct rows *texts = page_texts(context);
    struct rows *mail = NULL;
    /* Without an answer there is no link: nothing else of the page needs it. */
    bool mailed = db_query_text(context->service->db, context->arena, STATEMENT_MAIL_IS_ON, &mail,
                                NULL, 0) == DB_OK &&
                  rows_bool(mail, 0, "enabled");
    struct rows *saml = NULL;
    bool elsewhere = db_query_text(context->service->db, context->arena, STATEMENT_SAML_LOAD, &saml,
                                   NULL, 0) == DB_OK &&
                     rows_bool(saml, 0, "in_force");
    const struct template_value values[] = {
        {"saml", elsewhere ? arena_printf(context->arena, SAML_START_PATH "?return_to=%s",
                                          page_encode(context, return_to))
                           : NULL},
        {"login_help", page_text(texts, "login_help")},
        {"new_user", page_text(texts, "new_user")},
        {"mail", mailed ? "t" : NULL},
        {"problem", problem},
        {"reason", login ? "The command line on your machine asks to be let in." : NULL},
        {"form_csrf", form_csrf(context, secret)},
        {"return_to", return_to},
        {"name", name},
        {0},
    };
    page_send(context, NULL,
              &(struct page){status, "Sign in", .content = WEB_SIGN_IN, .values = values});
}

static const char *safe_return_to(const char *path)
{
    return page_checks_return_to(path) ? path : "/app";
}

static void sign_in_page(struct context *context)
{
    struct session session;
    const char *return_to = safe_return_to(page_query(context, "return_to"));

    if (!session_load(context, &session))
        return;
    if (session.active)
        page_redirect(context, 303, return_to);
    else
        show_form(context, 200, NULL, "", return_to);
}

static bool password_is_right(struct context *context, const char *hash, const char *password)
{
    if (hash)
        return crypto_password_verify(hash, password);
    crypto_password_waste(context->service->config->argon2_memory, password);
    return false;
}

static void sign_in_user(struct context *context, const char *name, const char *password,
                         const char *return_to)
{
    struct db *db = context->service->db;
    struct rows *user = NULL;
    bool too_many;

    enum db_status status = db_query(db, context->arena, STATEMENT_SIGN_IN_USER, &user, name);
    if (status != DB_NO_ROWS && !page_db_ok(context, status))
        return;
    if (status == DB_NO_ROWS)
        user = NULL;
    const char *id = user ? rows_get(user, 0, "id") : NULL;
    const char *subject = throttle_user(context, id, name);
    const char *network = throttle_network(context);
    if (!page_db_ok(context, throttle_count(context, subject, network, &too_many)))
        return;
    if (too_many) {
        log_warn("%s sign-in refused: too many failures %s %s", context->request_id, subject,
                 network);
        http_header(context->request, "Retry-After", THROTTLE_RETRY_AFTER);
        show_form(context, 429, "Too many attempts. Wait a quarter of an hour, then try again.",
                  name, return_to);
        return;
    }
    if (!password_is_right(context, user ? rows_get(user, 0, "password_hash") : NULL, password)) {
        show_form(context, 401, "This user name and password do not belong together.", name,
                  return_to);
        return;
    }
    if (rows_bool(user, 0, "is_elsewhere")) {
        show_form(context, 403, "Here you sign in with your identity provider.", name, return_to);
        return;
    }
    if (!page_db_ok(context, throttle_forget(context, subject, network)) ||
        (rows_bool(user, 0, "is_by_saml") &&
         !page_db_ok(context,
                     db_query(db, context->arena, STATEMENT_SIGN_IN_WITHOUT_SAML, NULL, id))) ||
        !session_begin(context, id))
        return;
    log_info("%s sign-in user=%s %s", context->request_id, id, network);
    session_set_cookie(context, SESSION_FORM_COOKIE, NULL);
    page_redirect(context, 303, return_to);
}

static void sign_in(struct context *context)
{
    struct form form;
    const char *secret = session_cookie(context, SESSION_FORM_COOKIE);

    if (!page_form(context, &form))
        return;
    const char *return_to = safe_return_to(page_field(&form, "return_to"));
    const char *name = page_field(&form, "username");
    if (!secret || !crypto_equal(page_field(&form, "csrf"), form_csrf(context, secret))) {
        show_form(context, 403,
                  "The form was out of date, or your browser keeps no cookies. Try again.", name,
                  return_to);
        return;
    }
    if (strlen(page_field(&form, "password")) > 1024)
        show_form(context, 401, "This user name and password do not belong together.", name,
                  return_to);
    else
        sign_in_user(context, name, page_field(&form, "password"), return_to);
}

static void sign_out(struct context *context)
{
    struct session session;
    struct form form;

    if (!session_form(context, &session, &form))
        return;
    if (!page_db_ok(context, db_query(context->service->db, context->arena,
                                      STATEMENT_SESSION_DELETE, NULL, session.hash)))
        return;
    session_set_cookie(context, SESSION_COOKIE, NULL);
    page_redirect(context, 303, "/session");
}

static const struct route routes[] = {
    {{HTTP_GET, "/session"}, ROUTE_RAW, .handler = sign_in_page},
    {{HTTP_POST, "/session"}, ROUTE_RAW, .handler = sign_in},
    {{HTTP_POST, "/session/end"}, ROUTE_RAW, .handler = sign_out},
    {0},
};

const struct resource session_resource = {
    .type = "pages",
    .routes = routes,
};
