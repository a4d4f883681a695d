/* Signed-in browsers: see pages.h. A session ends after SESSION_SECONDS, when the user signs out,
 * and when the password changes. */
#include "api/pages/pages.h"

#include <string.h>

#include "base/arena.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"

/* Two weeks: what the API calls session-remember by default (20160 minutes). */
#define SESSION_SECONDS "1209600"
#define SECRET_LENGTH 43

/* __Host- makes a browser refuse the cookie from anywhere but this very host over TLS. Without TLS
 * no browser would take it, so there the name is plain. */
static const char *wire_name(struct context *context, const char *name)
{
    return context->request->https ? arena_printf(context->arena, "__Host-%s", name) : name;
}

const char *session_cookie(struct context *context, const char *name)
{
    const char *value = http_cookie(context->request, wire_name(context, name));
    if (!value || strlen(value) != SECRET_LENGTH)
        return NULL;
    return value;
}

void session_set_cookie(struct context *context, const char *name, const char *value)
{
    http_header(context->request, "Set-Cookie",
                arena_printf(context->arena, "%s=%s; Path=/; Max-Age=%s; HttpOnly; SameSite=Lax%s",
                             wire_name(context, name), value ? value : "",
                             value ? SESSION_SECONDS : "0",
                             context->request->https ? "; Secure" : ""));
}

bool session_load(struct context *context, struct session *session)
{
    const char *secret = session_cookie(context, SESSION_COOKIE);
    struct rows *rows;

    *session = (struct session){0};
    if (!secret)
        return true;
    char *hash = arena_alloc(context->arena, CRYPTO_SHA256_HEX);
    crypto_sha256_hex(secret, strlen(secret), hash);
    enum db_status status =
        db_query(context->service->db, context->arena, STATEMENT_SESSION_SHOW, &rows, hash);
    if (status == DB_NO_ROWS)
        return true;
    if (!page_db_ok(context, status))
        return false;
    session->active = true;
    session->hash = hash;
    session->user_id = rows_get(rows, 0, "id");
    session->username = rows_get(rows, 0, "username");
    session->csrf = crypto_mac_hex(context->arena, context->service->keyring, "csrf", secret);
    return true;
}

bool session_require(struct context *context, struct session *session)
{
    if (!session_load(context, session))
        return false;
    if (session->active)
        return true;
    page_redirect(context, 303,
                  arena_printf(context->arena, "/session?return_to=%s",
                               page_encode(context, context->request->uri)));
    return false;
}

bool session_form(struct context *context, struct session *session, struct form *form)
{
    if (!session_load(context, session) || !page_form(context, form))
        return false;
    if (!session->active) {
        page_message(context, NULL, 403, "You are signed out",
                     "Nothing was changed. Sign in and try again.");
        return false;
    }
    if (!crypto_equal(page_field(form, "csrf"), session->csrf)) {
        page_message(context, session, 403, "That form is out of date",
                     "Nothing was changed. Open the page anew and try again.");
        return false;
    }
    return true;
}

bool session_begin(struct context *context, const char *user_id)
{
    char secret[SECRET_LENGTH + 1];
    char hash[CRYPTO_SHA256_HEX];

    ids_secret(secret, SECRET_LENGTH);
    crypto_sha256_hex(secret, SECRET_LENGTH, hash);
    if (!page_db_ok(context,
                    db_query(context->service->db, context->arena, STATEMENT_SESSION_CREATE, NULL,
                             hash, user_id, SESSION_SECONDS)))
        return false;
    session_set_cookie(context, SESSION_COOKIE, secret);
    return true;
}
