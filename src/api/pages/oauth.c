/* The authorization code flow of `terraform login` (cli-protocol.md section 2, RFC 6749 with RFC
 * 7636): the user agrees on a page, the code goes to the CLI's port on the user's machine, and the
 * CLI exchanges it for a token. A request that names another client or place to go gets a page and
 * never a redirect. */
#include "api/resources.h"

#include <string.h>

#include "api/pages/page_checks.h"
#include "api/pages/pages.h"
#include "base/arena.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"

#define CODE_LENGTH 43

/* The parameters of the request, from the query or from the form that repeats them. */
struct authorization {
    const char *redirect_uri;
    const char *challenge;
    const char *state;
    const char *response_type;
    const char *method;
};

/* Back to the CLI with one more parameter and the state. */
static void answer(struct context *context, const struct authorization *asked, const char *name,
                   const char *value)
{
    const char *state = *asked->state ? arena_printf(context->arena, "&state=%s",
                                                     page_encode(context, asked->state))
                                      : "";
    page_redirect(context, 302,
                  arena_printf(context->arena, "%s?%s=%s%s", asked->redirect_uri, name,
                               page_encode(context, value), state));
}

/* False when the answer is given. */
static bool check(struct context *context, const char *client, const struct authorization *asked)
{
    if (strcmp(client, OAUTH_CLIENT) != 0 || !page_checks_redirect_uri(asked->redirect_uri)) {
        page_message(context, NULL, 400, "This is no request of the command line",
                     "The address does not come from terraform login or tofu login on this "
                     "computer. Nothing was given away.");
        return false;
    }
    if (strlen(asked->state) > 1024) {
        page_message(context, NULL, 400, "This is no request of the command line",
                     "Its state is too long.");
        return false;
    }
    if (strcmp(asked->response_type, "code") != 0)
        answer(context, asked, "error", "unsupported_response_type");
    else if (strcmp(asked->method, "S256") != 0 || !page_checks_challenge(asked->challenge))
        answer(context, asked, "error", "invalid_request");
    else
        return true;
    return false;
}

static void authorize_page(struct context *context)
{
    struct session session;
    const struct authorization asked = {
        .redirect_uri = page_query(context, "redirect_uri"),
        .challenge = page_query(context, "code_challenge"),
        .state = page_query(context, "state"),
        .response_type = page_query(context, "response_type"),
        .method = page_query(context, "code_challenge_method"),
    };

    if (!check(context, page_query(context, "client_id"), &asked) ||
        !session_require(context, &session))
        return;
    const char *host = asked.redirect_uri + strlen("http://");
    const struct template_value values[] = {
        {"username", session.username},
        {"redirect_host", arena_strndup(context->arena, host, strcspn(host, "/"))},
        {"csrf", session.csrf},
        {"client_id", OAUTH_CLIENT},
        {"redirect_uri", asked.redirect_uri},
        {"code_challenge", asked.challenge},
        {"state", asked.state},
        {0},
    };
    page_send(context, &session,
              &(struct page){200, "terraform login asks for a token", .content = WEB_AUTHORIZE,
                             .values = values,
                             .form_targets = "http://localhost:* http://127.0.0.1:*"});
}

static void give_code(struct context *context, const struct session *session,
                      const struct authorization *asked)
{
    char code[CODE_LENGTH + 1];
    char hash[CRYPTO_SHA256_HEX];

    ids_secret(code, CODE_LENGTH);
    crypto_sha256_hex(code, CODE_LENGTH, hash);
    if (page_db_ok(context, db_query(context->service->db, context->arena,
                                     STATEMENT_OAUTH_CODE_CREATE, NULL, hash, session->user_id,
                                     OAUTH_CLIENT, asked->redirect_uri, asked->challenge)))
        answer(context, asked, "code", code);
}

static void authorize(struct context *context)
{
    struct session session;
    struct form form;

    if (!session_form(context, &session, &form))
        return;
    const struct authorization asked = {
        .redirect_uri = page_field(&form, "redirect_uri"),
        .challenge = page_field(&form, "code_challenge"),
        .state = page_field(&form, "state"),
        .response_type = page_field(&form, "response_type"),
        .method = page_field(&form, "code_challenge_method"),
    };
    if (!check(context, page_field(&form, "client_id"), &asked))
        return;
    if (*page_field(&form, "allow"))
        give_code(context, &session, &asked);
    else
        answer(context, &asked, "error", "access_denied");
}

static const struct route routes[] = {
    {{HTTP_GET, "/app/oauth2/auth"}, ROUTE_RAW, .handler = authorize_page},
    {{HTTP_POST, "/app/oauth2/auth"}, ROUTE_RAW, .handler = authorize},
    {{HTTP_POST, "/oauth2/token"}, ROUTE_RAW, .handler = oauth_token},
    {0},
};

const struct resource oauth_resource = {
    .type = "pages",
    .routes = routes,
};
