/* OAuth clients: where a VCS provider is, and who this server is there (today-registry-vcs.md
 * section 7). Creating one with a token does not call the provider: what is wrong with a token
 * shows when it is used. */
#include "api/vcs/vcs.h"

#include <string.h>

#include "api/links.h"
#include "api/resources.h"
#include "base/arena.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "vcs/vcs_provider.h"

static void render_callback(struct context *context, struct json_writer *w, const struct row *row)
{
    json_string(w, arena_printf(context->arena, "%s/auth/%s/callback", context_base_url(context),
                                row_get(row, "uuid")));
}

static void render_connect_path(struct context *context, struct json_writer *w,
                                const struct row *row)
{
    json_string(w, arena_printf(context->arena, "/auth/%s?organization_id=%s", row_get(row, "uuid"),
                                row_get(row, "organization_id")));
}

static void render_display_name(struct context *context, struct json_writer *w,
                                const struct row *row)
{
    const struct vcs_provider *provider = vcs_provider_find(row_get(row, "service_provider"));
    (void)context;
    json_string(w, provider ? provider->display_name : row_get(row, "service_provider"));
}

static const char *check_url(struct context *context, const char *value)
{
    size_t scheme = strncmp(value, "https://", 8) == 0  ? 8
                    : strncmp(value, "http://", 7) == 0 ? 7
                                                        : 0;
    (void)context;
    if (scheme == 0 || value[scheme] == '\0' || strpbrk(value, " \t\r\n?#@"))
        return "must be an http or https URL";
    return NULL;
}

#define READ_ONLY .flags = ATTRIBUTE_READ_ONLY
#define FIXED ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY
#define SECRET .flags = ATTRIBUTE_WRITE_ONLY | ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"created-at", ATTRIBUTE_TIME, READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, READ_ONLY},
    {"callback-url", ATTRIBUTE_STRING, READ_ONLY, .render = render_callback},
    {"connect-path", ATTRIBUTE_STRING, READ_ONLY, .render = render_connect_path},
    {"service-provider", ATTRIBUTE_STRING, .flags = FIXED, .max = 64},
    {"service-provider-display-name", ATTRIBUTE_STRING, READ_ONLY, .render = render_display_name},
    {"http-url", ATTRIBUTE_STRING, .flags = FIXED, .max = 1024, .check = check_url},
    {"api-url", ATTRIBUTE_STRING, .flags = FIXED, .max = 1024, .check = check_url},
    {"key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 1024},
    {"rsa-public-key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 16384},
    {"uuid", ATTRIBUTE_STRING, READ_ONLY},
    {"organization-scoped", ATTRIBUTE_BOOL},
    {"secret", ATTRIBUTE_STRING, SECRET},
    {"oauth-token-string", ATTRIBUTE_STRING, SECRET},
    {"private-key", ATTRIBUTE_STRING, SECRET},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"projects", RELATION_MANY, "projects", "project_ids"},
    {"oauth-tokens", RELATION_MANY, "oauth-tokens", "oauth_token_ids",
     .related = "/api/v2/oauth-clients/{id}/oauth-tokens"},
    {"agent-pool", RELATION_ONE, "agent-pools", NULL},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/oauth-clients/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"oauth_tokens", "oauth_token_ids", &oauth_token_resource, STATEMENT_OAUTH_TOKEN_INCLUDE},
    {"projects", "project_ids", &project_resource, STATEMENT_PROJECT_INCLUDE},
    {"organization", "organization", &organization_resource, STATEMENT_ORGANIZATION_INCLUDE},
    {0},
};

static const struct links_target projects = {
    .relationship = "projects",
    .type = "projects",
    .unlinkable = STATEMENT_OAUTH_CLIENT_UNLINKABLE_PROJECT,
    .add = STATEMENT_OAUTH_CLIENT_PROJECT_ADD,
    .remove = STATEMENT_OAUTH_CLIENT_PROJECT_REMOVE,
    .prune = STATEMENT_OAUTH_CLIENT_PROJECT_PRUNE,
};

/* --- Rules --- */

static void check_provider(struct context *context, const char *name)
{
    const struct vcs_provider *provider = vcs_provider_find(name);

    if (!name || !*name)
        return; /* the table says that it is required */
    if (!provider)
        patch_fail(context, "service-provider", "is not a VCS provider that this server knows");
    else if (provider->family == VCS_NOT_OFFERED)
        patch_fail(context, "service-provider",
                   arena_printf(context->arena, "is not offered by this server: %s",
                                provider->display_name));
}

static void check_key(struct context *context, const struct patch *patch, const char *name)
{
    const struct vcs_provider *provider = vcs_provider_find(name);
    const struct json_value *key = patch_attribute(patch, "key");

    if (provider && provider->key_name && key && !(json_text(key) && *json_text(key)))
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
                     "The %s must be present. Please add a value for `key`.", provider->key_name);
}

/* Calls to the provider through an agent are not offered, so there is no pool to keep. */
static void check_agent_pool(struct context *context, const struct patch *patch)
{
    const char *id =
        json_text(json_get(json_get(patch_relationship(patch, "agent-pool"), "data"), "id"));
    const char *owner = patch->create ? scope_get(context, "id") : patch->id;
    struct rows *rows = NULL;

    if (!id || !CONTEXT_QUERY(context, STATEMENT_OAUTH_CLIENT_AGENT_POOL, &rows, owner, id))
        return;
    request_fail(
        context, ERROR_INVALID_RELATIONSHIP, "/data/relationships/agent-pool", "%s",
        rows ? "the organization does not have private VCS enabled"
             : "the provided agent pool does not exist or you are not authorized to use it");
}

/* It is sent in a header. */
static void check_token(struct context *context, const struct patch *patch)
{
    const char *text =
        vcs_secret(context, patch_attribute(patch, "oauth-token-string"), "oauth-token-string");

    for (const char *c = text; c && *c; c++)
        if (*c <= ' ' || *c > '~') {
            patch_fail(context, "oauth-token-string", "has characters that no token has");
            return;
        }
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *provider = patch->create ? json_text(patch_attribute(patch, "service-provider"))
                                         : scope_get(context, "service_provider");
    const struct json_value *secret = patch_attribute(patch, "secret");
    const char *text = vcs_secret(context, secret, "secret");

    if (patch->create)
        check_provider(context, provider);
    check_key(context, patch, provider);
    check_agent_pool(context, patch);
    check_token(context, patch);
    if (vcs_secret(context, patch_attribute(patch, "private-key"), "private-key"))
        patch_fail(context, "private-key", "is only used with Azure DevOps Server");
    if (text && *text)
        patch_string(patch, "sealed_secret",
                     crypto_seal_text(context->arena, context->service->keyring, patch->id, text));
    else if (secret)
        patch_null(patch, "sealed_secret");
}

/* The token of the document: a new one, or in place of the one that there is, so that what refers
 * to it goes on to. */
static void put_token(struct context *context, const struct patch *patch, const char *client)
{
    const char *text =
        vcs_secret(context, patch_attribute(patch, "oauth-token-string"), "oauth-token-string");
    struct rows *rows = NULL;

    if (!text || !*text || !CONTEXT_QUERY(context, STATEMENT_OAUTH_CLIENT_TOKEN, &rows, client))
        return;
    const char *id = rows ? rows_get(rows, 0, "id") : ids_new(context->arena, "ot-");
    const char *sealed = crypto_seal_text(context->arena, context->service->keyring, id, text);
    (void)CONTEXT_QUERY(context, STATEMENT_OAUTH_TOKEN_PUT, NULL, id, client, sealed);
}

/* A document that makes a client may name projects of elsewhere, which are left out: the official
 * client's suite makes one so. Everywhere else they are refused. */
static void add_known_projects(struct context *context, const struct patch *patch, const char *id)
{
    const struct json_value *data = json_get(patch_relationship(patch, "projects"), "data");
    const char *ids;

    if (request_failed(context) || !data || json_kind(data) == JSON_NULL)
        return;
    ids = identifiers_read(context, data, "/data/relationships/projects/data", "projects");
    if (ids)
        (void)CONTEXT_QUERY(context, STATEMENT_OAUTH_CLIENT_KNOWN_PROJECT_ADD, NULL,
                            context->token_hash, id, ids);
}

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    put_token(context, patch, id);
    if (patch->create)
        add_known_projects(context, patch, id);
    else
        links_replace(context, patch, &projects);
}

static void add_projects(struct context *context)
{
    links_add(context, &projects);
}

static void remove_projects(struct context *context)
{
    links_remove(context, &projects);
}

/* The organization is named in the document. */
static void create_in_organization(struct context *context)
{
    const char *name =
        json_text(json_find(context->document, "data", "attributes", "organization-id", NULL));

    if (!name)
        name = json_text(json_find(context->document, "data", "relationships", "organization",
                                   "data", "id", NULL));
    if (context_enter(context, STATEMENT_ORGANIZATION_LOAD, PERMISSION_MASK(ORG_VCS),
                      (const char *[]){context->token_hash, name ? name : ""}, 2))
        context_create(context);
}

#define LIST "/api/v2/organizations/:organization/oauth-clients"
#define ONE "/api/v2/oauth-clients/:oauth_client_id"
#define VCS PERMISSION_MASK(ORG_VCS)
#define RELATE(HANDLER, AUDIT)                                                                     \
    ROUTE_ACTION, STATEMENT_OAUTH_CLIENT_LOAD, VCS, .handler = HANDLER, .audit = AUDIT,            \
                                                    .flags = ROUTE_TOP_LEVEL_ARRAY

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_OAUTH_CLIENT_LIST, VCS, .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     VCS,
     STATEMENT_OAUTH_CLIENT_CREATE,
     STATEMENT_OAUTH_CLIENT_SHOW},
    {{HTTP_POST, "/api/v2/oauth-clients"},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     0,
     STATEMENT_OAUTH_CLIENT_CREATE,
     STATEMENT_OAUTH_CLIENT_SHOW,
     .handler = create_in_organization,
     .audit = "create"},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_OAUTH_CLIENT_SHOW, VCS},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_OAUTH_CLIENT_LOAD,
     VCS,
     STATEMENT_OAUTH_CLIENT_UPDATE,
     STATEMENT_OAUTH_CLIENT_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_OAUTH_CLIENT_LOAD,
     VCS,
     STATEMENT_OAUTH_CLIENT_DELETE},
    {{HTTP_POST, ONE "/relationships/projects"}, RELATE(add_projects, "add_projects")},
    {{HTTP_DELETE, ONE "/relationships/projects"}, RELATE(remove_projects, "remove_projects")},
    {0},
};

const struct resource oauth_client_resource = {
    .type = "oauth-clients",
    .audit = "oauth_client",
    .id_prefix = "oc-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
