/* The CLI exchanges its code for a token. A code is taken out of the table by the first who shows
 * it, right or wrong, so it is never good twice. Errors: RFC 6749 section 5.2. */
#include "api/pages/pages.h"

#include <string.h>

#include "api/pages/page_checks.h"
#include "api/tokens/tokens.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"

#define MAX_BODY 16384

static void send_json(struct context *context, int status, struct buf *text)
{
    context->request->status = status;
    http_header(context->request, "Content-Type", "application/json");
    http_header(context->request, "Pragma", "no-cache");
    http_write(context->request, text->data, text->len);
}

static void refuse(struct context *context, int status, const char *error, const char *description)
{
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_member_string(&w, "error", error);
    json_member_string(&w, "error_description", description);
    json_object_end(&w);
    send_json(context, status, &text);
}

static bool read_form(struct context *context, struct form *form)
{
    struct buf body;

    *form = (struct form){0};
    buf_init(&body, context->arena);
    int failure = http_read_body(context->request, MAX_BODY, &body);
    if (failure ||
        strcmp(context->request->content_type, "application/x-www-form-urlencoded") != 0) {
        refuse(context, 400, "invalid_request",
               "the body must be application/x-www-form-urlencoded");
        return false;
    }
    form->count = http_parse_form(context->arena, buf_str(&body), body.len, &form->fields);
    return true;
}

static bool check_form(struct context *context, const struct form *form)
{
    static const char *const needed[] = {"code", "redirect_uri", "client_id", "code_verifier"};
    const char *grant = page_field(form, "grant_type");

    if (!*grant)
        refuse(context, 400, "invalid_request", "grant_type is missing");
    else if (strcmp(grant, "authorization_code") != 0)
        refuse(context, 400, "unsupported_grant_type", "the only grant_type is authorization_code");
    else if (*page_field(form, "client_id") &&
             strcmp(page_field(form, "client_id"), OAUTH_CLIENT) != 0)
        refuse(context, 400, "invalid_client", "there is no such client");
    else {
        for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
            if (!*page_field(form, needed[i])) {
                refuse(context, 400, "invalid_request",
                       arena_printf(context->arena, "%s is missing", needed[i]));
                return false;
            }
        return true;
    }
    return false;
}

static bool db_good(struct context *context, enum db_status status)
{
    if (status == DB_OK)
        return true;
    bool later = status == DB_UNAVAILABLE || status == DB_RETRY || status == DB_TIMEOUT;
    refuse(context, later ? 503 : 500, "server_error", "the server could not do it now");
    return false;
}

static bool matches(struct context *context, const struct rows *code, const struct form *form)
{
    const char *verifier = page_field(form, "code_verifier");
    return rows_bool(code, 0, "is_fresh") && page_checks_verifier(verifier) &&
           strcmp(rows_get(code, 0, "client_id"), page_field(form, "client_id")) == 0 &&
           strcmp(rows_get(code, 0, "redirect_uri"), page_field(form, "redirect_uri")) == 0 &&
           crypto_equal(rows_get(code, 0, "code_challenge"),
                        crypto_pkce_challenge(context->arena, verifier));
}

static void send_token(struct context *context, const char *secret)
{
    struct buf text;
    struct json_writer w;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_member_string(&w, "access_token", secret);
    json_member_string(&w, "token_type", "bearer");
    json_object_end(&w);
    send_json(context, 200, &text);
}

/* In one transaction: a code must not be used up without a token. A wrong guess does use it up, and
 * leaves *secret NULL. */
static enum db_status exchange(struct context *context, const struct form *form,
                               const char **secret)
{
    struct db *db = context->service->db;
    const char *text = page_field(form, "code");
    char hash[CRYPTO_SHA256_HEX];
    struct rows *code;

    *secret = NULL;
    crypto_sha256_hex(text, strlen(text), hash);
    enum db_status status = db_begin(db);
    if (status != DB_OK)
        return status;
    status = db_query(db, context->arena, STATEMENT_OAUTH_CODE_TAKE, &code, hash);
    if (status == DB_OK && matches(context, code, form))
        status = token_create_user(context, rows_get(code, 0, "user_id"), "terraform login",
                                   TOKEN_EXPIRY_DEFAULT, secret);
    if (status == DB_OK || status == DB_NO_ROWS)
        return db_commit(db);
    db_rollback(db);
    return status;
}

void oauth_token(struct context *context)
{
    struct form form;
    const char *secret;

    if (!read_form(context, &form) || !check_form(context, &form) ||
        !db_good(context, exchange(context, &form, &secret)))
        return;
    if (secret)
        send_token(context, secret);
    else
        refuse(context, 400, "invalid_grant",
               "the code is unknown, expired, used, or was given to another request");
}
