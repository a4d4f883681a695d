/* The keys that tokens for other services are signed with (today-admin.md 7.8). This server issues
 * no such tokens yet; the keys can be made, published and given up all the same. */
#include "api/resources.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

static void rotate(struct context *context)
{
    const char *id, *jwk;
    const char *key = crypto_signing_key_new(context->arena, &id, &jwk);
    const char *name = arena_printf(context->arena, "oidc/%s", id);

    if (!CONTEXT_QUERY(context, STATEMENT_OIDC_KEY_CREATE, NULL, id, jwk) ||
        !CONTEXT_QUERY(context, STATEMENT_SETTING_SECRET_SET, NULL, name,
                       crypto_seal_text(context->arena, context->service->keyring, name, key)))
        return;
    reply_no_content(context);
}

static void trim(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_OIDC_KEY_TRIM, NULL, "oidc/"))
        reply_no_content(context);
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
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/json");
    http_write(context->request, out.data, out.len);
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
    {0},
};

const struct resource oidc_keys_resource = {
    .type = "oidc-settings", .audit = "oidc_settings", .routes = routes};
