/* Authentication tokens of users, teams and organizations (today-access.md section 3). The secret
 * is in the answer of the create and nowhere else: the database has its SHA-256. */
#include "api/resources.h"

#include <string.h>

#include "api/tokens/tokens.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

const char *token_secret(struct context *context, char *hash)
{
    char *secret = arena_alloc(context->arena, CRYPTO_TOKEN_SIZE);
    crypto_token_new(secret);
    crypto_sha256_hex(secret, strlen(secret), hash);
    return secret;
}

enum db_status token_create_user(struct context *context, const char *user_id,
                                 const char *description, const char *expiry, const char **secret)
{
    char hash[CRYPTO_SHA256_HEX];
    struct json_writer w;
    struct buf patch;

    *secret = token_secret(context, hash);
    buf_init(&patch, context->arena);
    json_writer_init(&w, &patch);
    json_object_begin(&w);
    json_member_string(&w, "secret_hash", hash);
    json_member_string(&w, "description", description);
    if (!expiry || *expiry)
        json_member_string(&w, "expired_at", expiry);
    json_object_end(&w);
    return db_query(context->service->db, context->arena, STATEMENT_USER_TOKEN_CREATE, NULL,
                    ids_new(context->arena, token_resource.id_prefix), user_id, buf_str(&patch),
                    user_id);
}

void token_render_secret(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)row;
    json_string(w, context->reply.secret);
}

static const struct attribute attributes[] = {
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"last-used-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"token", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .render = token_render_secret},
    {"expired-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_NULLABLE},
    {0},
};

static const struct relationship relationships[] = {
    {"created-by", RELATION_ONE, .column = "created_by"},
    {"team", RELATION_ONE, "teams", "team_id", .flags = RELATION_OMIT_NULL},
    {0},
};

static const struct constraint constraints[] = {
    {"tokens_team_description_key", ERROR_INVALID_ATTRIBUTES, "/data/attributes/description",
     "Validation failed: Description has already been taken"},
    {"tokens_team_legacy_key", ERROR_INVALID_ATTRIBUTES, "/data/attributes/description",
     "Validation failed: Description has already been taken"},
    {0},
};

/* Under a policy an expiry that is later than it allows is refused, and so is none at all. */
static void check_expiry(struct context *context, const struct patch *patch)
{
    const struct json_value *given = patch_attribute(patch, "expired-at");
    const char *cell = scope_get(context, "latest_expiry");
    char latest[CLOCK_WIRE_SIZE], asked[CLOCK_WIRE_SIZE];

    if (!given || !cell || !clock_from_pg(cell, latest))
        return;
    bool is_time = json_text(given) && clock_parse(json_text(given), asked);
    if (json_kind(given) == JSON_NULL || (is_time && strcmp(asked, latest) > 0))
        patch_fail(context, "expired-at",
                   arena_printf(context->arena,
                                "can't be later than the organization's policy allows (%s)",
                                latest));
}

static void before_write(struct context *context, struct patch *patch)
{
    char hash[CRYPTO_SHA256_HEX];
    const char *kind = scope_get(context, "kind");

    check_expiry(context, patch);
    context->reply.secret = token_secret(context, hash);
    patch_string(patch, "secret_hash", hash);
    if (kind)
        patch_string(patch, "kind", kind);
}

static void delete_team_tokens(struct context *context)
{
    const char *ids = document_ids(context, "authentication-tokens");
    struct rows *unknown;

    if (!ids || !CONTEXT_QUERY(context, STATEMENT_TEAM_TOKEN_UNKNOWN, &unknown, context->token_hash,
                               scope_get(context, "id"), ids))
        return;
    if (rows_count(unknown) > 0)
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
    else if (CONTEXT_QUERY(context, STATEMENT_TEAM_TOKEN_DELETE_MANY, NULL, ids))
        reply_no_content(context);
}

static const struct filter organization_filters[] = {
    {"token"},
    {0},
};

static const struct filter list_filters[] = {
    {"q"},
    {"filter[expiry_status]|filter[expiry-status]"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/authentication-tokens/:id"}, ROUTE_SHOW, STATEMENT_TOKEN_SHOW},
    {{HTTP_DELETE, "/api/v2/authentication-tokens/:id"},
     ROUTE_DELETE,
     STATEMENT_TOKEN_SHOW,
     .write = STATEMENT_TOKEN_DELETE},

    {{HTTP_GET, "/api/v2/users/:user_id/authentication-tokens"},
     ROUTE_LIST,
     STATEMENT_USER_TOKEN_LIST,
     .flags = ROUTE_OPTIONAL_PAGE,
     .principals = PRINCIPALS_USER},
    {{HTTP_POST, "/api/v2/users/:user_id/authentication-tokens"},
     ROUTE_CREATE,
     STATEMENT_USER_TOKEN_LOAD,
     .write = STATEMENT_USER_TOKEN_CREATE,
     .reply = STATEMENT_TOKEN_REPLY,
     .principals = PRINCIPALS_USER},

    {{HTTP_GET, "/api/v2/organizations/:organization/authentication-token"},
     ROUTE_SHOW,
     STATEMENT_ORGANIZATION_TOKEN_SHOW,
     PERMISSION_MASK(ORG_TOKEN),
     .filters = organization_filters},
    {{HTTP_POST, "/api/v2/organizations/:organization/authentication-token"},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_TOKEN_LOAD,
     PERMISSION_MASK(ORG_TOKEN),
     STATEMENT_ORGANIZATION_TOKEN_CREATE,
     STATEMENT_TOKEN_REPLY,
     .filters = organization_filters,
     .flags = ROUTE_OPTIONAL_DOCUMENT},
    {{HTTP_DELETE, "/api/v2/organizations/:organization/authentication-token"},
     ROUTE_DELETE,
     STATEMENT_ORGANIZATION_TOKEN_SHOW,
     PERMISSION_MASK(ORG_TOKEN),
     STATEMENT_TOKEN_DELETE,
     .filters = organization_filters},

    {{HTTP_GET, "/api/v2/teams/:team_id/authentication-token"},
     ROUTE_SHOW,
     STATEMENT_TEAM_TOKEN_SHOW},
    {{HTTP_POST, "/api/v2/teams/:team_id/authentication-token"},
     ROUTE_CREATE,
     STATEMENT_TEAM_TOKEN_LOAD,
     .write = STATEMENT_TEAM_TOKEN_REPLACE,
     .reply = STATEMENT_TOKEN_REPLY,
     .flags = ROUTE_OPTIONAL_DOCUMENT},
    {{HTTP_DELETE, "/api/v2/teams/:team_id/authentication-token"},
     ROUTE_DELETE,
     STATEMENT_TEAM_TOKEN_SHOW,
     .write = STATEMENT_TOKEN_DELETE},
    {{HTTP_POST, "/api/v2/teams/:team_id/authentication-tokens"},
     ROUTE_CREATE,
     STATEMENT_TEAM_TOKEN_LOAD,
     .write = STATEMENT_TEAM_TOKEN_CREATE,
     .reply = STATEMENT_TOKEN_REPLY},

    {{HTTP_GET, "/api/v2/organizations/:organization/team-tokens"},
     ROUTE_LIST,
     STATEMENT_TEAM_TOKEN_LIST,
     PERMISSION_MASK(ORG_READ),
     .filters = list_filters},
    {{HTTP_DELETE, "/api/v2/organizations/:organization/team-tokens"},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_READ),
     .handler = delete_team_tokens,
     .audit = "organization/destroy_team_tokens",
     .flags = ROUTE_TOP_LEVEL_ARRAY},
    {0},
};

const struct resource token_resource = {
    .type = "authentication-tokens",
    .audit = "authentication_token",
    .id_prefix = "at-",
    .attributes = attributes,
    .relationships = relationships,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
