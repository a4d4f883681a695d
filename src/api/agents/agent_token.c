/* Tokens of an agent pool: good for its agents only, never for the API; they live until they are
 * deleted. Show and delete by id are in tokens/token.c, for all kinds (today-access.md 3.5). */
#include "api/resources.h"

#include "api/tokens/tokens.h"
#include "crypto/crypto.h"
#include "jsonapi/context.h"

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"last-used-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 255},
    {"token", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .render = token_render_secret},
    {"expired-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"created-by", RELATION_ONE, .column = "created_by"},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    char hash[CRYPTO_SHA256_HEX];
    context->reply.secret = token_secret(context, hash);
    patch_string(patch, "secret_hash", hash);
}

#define LIST "/api/v2/agent-pools/:agent_pool_id/authentication-tokens"
#define MANAGE PERMISSION_MASK(ORG_AGENT_POOLS)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_AGENT_TOKEN_LIST, MANAGE},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_AGENT_POOL_LOAD,
     MANAGE,
     STATEMENT_AGENT_TOKEN_CREATE,
     STATEMENT_TOKEN_REPLY},
    {0},
};

const struct resource agent_token_resource = {
    .type = "authentication-tokens",
    .audit = "authentication_token",
    .id_prefix = "at-",
    .attributes = attributes,
    .relationships = relationships,
    .before_write = before_write,
    .routes = routes,
};
