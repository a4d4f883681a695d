/* Tokens of identity providers (today-admin.md 7.5). One opens /scim/v2 and nothing else, and lives
 * from 29 days to a year. It is deleted as every other token (token.c). */
#include "api/resources.h"

#include <string.h>

#include "api/tokens/tokens.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"last-used-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 255},
    {"token", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .render = token_render_secret},
    {"expired-at", ATTRIBUTE_TIME},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    const char *given = json_text(patch_attribute(patch, "expired-at"));
    char hash[CRYPTO_SHA256_HEX];
    char asked[CLOCK_WIRE_SIZE], earliest[CLOCK_WIRE_SIZE], latest[CLOCK_WIRE_SIZE];

    if (!rows_bool(context->rows, 0, "scim_enabled"))
        request_fail(context, ERROR_UNPROCESSABLE, NULL, "SCIM is not enabled");
    if (given && clock_parse(given, asked) &&
        clock_from_pg(scope_get(context, "earliest"), earliest) &&
        clock_from_pg(scope_get(context, "latest"), latest) &&
        (strcmp(asked, earliest) < 0 || strcmp(asked, latest) > 0))
        patch_fail(context, "expired-at", "must be 29 to 365 days from now");
    context->reply.secret = token_secret(context, hash);
    patch_string(patch, "secret_hash", hash);
}

#define PATH "/api/v2/admin/scim-tokens"

static const struct route routes[] = {
    {{HTTP_GET, PATH},
     ROUTE_LIST,
     STATEMENT_SCIM_TOKEN_LIST,
     .flags = ROUTE_OPTIONAL_PAGE,
     .principals = PRINCIPALS_USER},
    {{HTTP_POST, PATH},
     ROUTE_CREATE,
     STATEMENT_SCIM_TOKEN_LOAD,
     .write = STATEMENT_SCIM_TOKEN_CREATE,
     .reply = STATEMENT_TOKEN_REPLY,
     .principals = PRINCIPALS_USER},
    {{HTTP_GET, PATH "/:id"}, ROUTE_SHOW, STATEMENT_SCIM_TOKEN_SHOW, .principals = PRINCIPALS_USER},
    {0},
};

const struct resource scim_token_resource = {
    .type = "authentication-tokens",
    .audit = "authentication_token",
    .id_prefix = "at-",
    .attributes = attributes,
    .before_write = before_write,
    .routes = routes,
};
