/* OAuth tokens: what opens a provider for an account there. The token itself is never shown
 * (today-registry-vcs.md section 7). */
#include "api/vcs/vcs.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"uid", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"service-provider-user", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"has-ssh-key", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"ssh-key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_WRITE_ONLY | ATTRIBUTE_NO_COLUMN},
    {0},
};

static const struct relationship relationships[] = {
    {"oauth-client", RELATION_ONE, "oauth-clients", "oauth_client_id",
     .related = "/api/v2/oauth-clients/{oauth_client_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/oauth-tokens/{id}"},
    {0},
};

const char *vcs_secret(struct context *context, const struct json_value *value, const char *name)
{
    if (!value || json_kind(value) == JSON_NULL)
        return NULL;
    if (!json_text(value))
        patch_fail(context, name, "must be a string");
    else if (json_text_len(value) > VCS_SECRET_MAX)
        patch_fail(context, name, "is too long (maximum is 64 KB)");
    else
        return json_text(value);
    return NULL;
}

/* A private key in PEM, without a passphrase: there is nobody to ask for it. */
static bool is_private_key(struct arena *arena, const char *text)
{
    static const char begin[] = "-----BEGIN ", kind[] = "PRIVATE KEY-----", end[] = "\n-----END ";
    size_t len = 0;

    text += strspn(text, " \r\n");
    const char *line = strchr(text, '\n');
    const char *last = strstr(text, end);
    if (strncmp(text, begin, sizeof begin - 1) != 0 || !line || !last || last < line ||
        !strstr(last, kind))
        return false;
    const char *label = strstr(text, kind);
    if (!label || label > line || strstr(text, "ENCRYPTED"))
        return false;
    return crypto_base64_decode(arena, line, (size_t)(last - line), &len) && len > 0;
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *key = vcs_secret(context, patch_attribute(patch, "ssh-key"), "ssh-key");

    if (!key)
        return;
    if (!is_private_key(context->arena, key))
        patch_fail(context, "ssh-key", "is invalid");
    else
        patch_string(patch, "sealed_ssh_key",
                     crypto_seal_text(context->arena, context->service->keyring,
                                      arena_printf(context->arena, "%s/ssh", patch->id), key));
}

static const struct inclusion inclusions[] = {
    {"oauth_client", "oauth_client_id", &oauth_client_resource, STATEMENT_OAUTH_CLIENT_INCLUDE},
    {0},
};

#define ONE "/api/v2/oauth-tokens/:oauth_token_id"
#define VCS PERMISSION_MASK(ORG_VCS)

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/oauth-clients/:oauth_client_id/oauth-tokens"},
     ROUTE_LIST,
     STATEMENT_OAUTH_TOKEN_LIST,
     VCS,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, "/api/v2/organizations/:organization/oauth-tokens"},
     ROUTE_LIST,
     STATEMENT_ORGANIZATION_OAUTH_TOKEN_LIST,
     VCS,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_OAUTH_TOKEN_SHOW, VCS},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_OAUTH_TOKEN_SHOW,
     VCS,
     STATEMENT_OAUTH_TOKEN_UPDATE,
     STATEMENT_OAUTH_TOKEN_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_OAUTH_TOKEN_SHOW,
     VCS,
     STATEMENT_OAUTH_TOKEN_DELETE},
    {0},
};

const struct resource oauth_token_resource = {
    .type = "oauth-tokens",
    .audit = "oauth_token",
    .id_prefix = "ot-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .before_write = before_write,
    .routes = routes,
};
