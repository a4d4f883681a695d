/* The keys that tokens for other services are signed with (today-admin.md 7.8), and what those who
 * verify such a token look up (OpenID Connect Discovery 1.0). */
#include "api/admin/oidc.h"

#include "api/resources.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static const char *secret_name(struct context *context, const char *id)
{
    return arena_printf(context->arena, "oidc/%s", id);
}

static bool make_key(struct context *context, struct oidc_key *out)
{
    const char *jwk;

    out->text = crypto_signing_key_new(context->arena, &out->id, &jwk);
    const char *name = secret_name(context, out->id);
    return CONTEXT_QUERY(context, STATEMENT_OIDC_KEY_CREATE, NULL, out->id, jwk) &&
           CONTEXT_QUERY(
               context, STATEMENT_SETTING_SECRET_SET, NULL, name,
               crypto_seal_text(context->arena, context->service->keyring, name, out->text));
}

bool oidc_key_now(struct context *context, struct oidc_key *out)
{
    struct rows *rows = NULL;

    if (!context_query(context, STATEMENT_OIDC_KEY_NOW, &rows, NULL, 0))
        return false;
    if (!rows)
        return make_key(context, out);
    out->id = rows_get(rows, 0, "id");
    out->text = crypto_open_text(context->arena, context->service->keyring,
                                 secret_name(context, out->id), rows_get(rows, 0, "sealed_value"));
    if (!out->text)
        request_fail(context, ERROR_INTERNAL, NULL, "The signing key %s does not open", out->id);
    return out->text != NULL;
}

static void rotate(struct context *context)
{
    struct oidc_key key;

    if (make_key(context, &key))
        reply_no_content(context);
}

static void trim(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_OIDC_KEY_TRIM, NULL, "oidc/"))
        reply_no_content(context);
}

static void send_json(struct context *context, const struct buf *text)
{
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/json");
    http_write(context->request, text->data, text->len);
}

/* For everybody: who verifies a token has none. */
static void publish(struct context *context)
{
    struct rows *rows = NULL;
    struct json_writer w;
    struct buf out;

    if (!db_ok(context, db_ensure(context->service->db)) ||
        !context_query(context, STATEMENT_OIDC_KEY_LIST, &rows, NULL, 0))
        return;
    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "keys");
    json_array_begin(&w);
    for (size_t i = 0; i < rows_count(rows); i++)
        json_raw(&w, rows_get(rows, i, "jwk"));
    json_array_end(&w);
    json_object_end(&w);
    send_json(context, &out);
}

/* Where whoever gets a run's identity token finds the keys. */
static void discover(struct context *context)
{
    const char *base = context_base_url(context);
    struct buf out;

    buf_init(&out, context->arena);
    buf_printf(&out,
               "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/.well-known/jwks\","
               "\"response_types_supported\":[\"id_token\"],\"scopes_supported\":[\"openid\"],"
               "\"subject_types_supported\":[\"public\"],"
               "\"id_token_signing_alg_values_supported\":[\"RS256\"],"
               "\"claims_supported\":[\"sub\",\"aud\",\"exp\",\"iat\",\"iss\",\"jti\",\"nbf\"]}",
               base, base);
    send_json(context, &out);
}

#define ACTION(name)                                                                               \
    {                                                                                              \
        {HTTP_POST, "/api/v2/admin/oidc-settings/actions/" #name "-key"}, ROUTE_ACTION,            \
            STATEMENT_OIDC_SETTINGS_LOAD, .handler = name, .flags = ROUTE_NO_DOCUMENT,             \
                                          .status = 204, .principals = PRINCIPALS_USER             \
    }

static const struct route routes[] = {
    ACTION(rotate),
    ACTION(trim),
    {{HTTP_GET, "/.well-known/jwks"}, ROUTE_RAW, .handler = publish},
    {{HTTP_GET, "/.well-known/openid-configuration"}, ROUTE_RAW, .handler = discover},
    {0},
};

const struct resource oidc_keys_resource = {
    .type = "oidc-settings", .audit = "oidc_settings", .routes = routes};
