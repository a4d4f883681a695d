/* SSH keys: the value is sealed before it reaches the database and never shown
 * (today-workspaces.md section 15). */
#include "api/resources.h"

#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/patch.h"

#define VALUE_MAX (64 * 1024) /* the largest RSA keys have 13 KiB */

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 255},
    {"value", ATTRIBUTE_STRING,
     .flags =
         ATTRIBUTE_REQUIRED | ATTRIBUTE_WRITE_ONLY | ATTRIBUTE_CREATE_ONLY | ATTRIBUTE_NO_COLUMN},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/ssh-keys/{id}"},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "value");
    const char *text = json_text(value);

    if (!patch->create || !value || json_kind(value) == JSON_NULL)
        return;
    if (!text)
        patch_fail(context, "value", "must be a string");
    else if (!*text)
        patch_fail(context, "value", "can't be blank");
    else if (json_text_len(value) > VALUE_MAX)
        patch_fail(context, "value", "is too long (maximum is 64 KB)");
    else
        patch_string(patch, "sealed_value",
                     crypto_seal_text(context->arena, context->service->keyring, patch->id, text));
}

#define LIST "/api/v2/organizations/:organization/ssh-keys"
#define ONE "/api/v2/ssh-keys/:ssh_key_id"
#define READ PERMISSION_MASK(ORG_SSH_KEYS_READ), .principals = PRINCIPALS_USER_OR_TEAM
#define MANAGE PERMISSION_MASK(ORG_SSH_KEYS)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_SSH_KEY_LIST, READ, .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     STATEMENT_SSH_KEY_CREATE,
     STATEMENT_SSH_KEY_SHOW,
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_SSH_KEY_SHOW, READ},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_SSH_KEY_SHOW,
     MANAGE,
     STATEMENT_SSH_KEY_UPDATE,
     STATEMENT_SSH_KEY_SHOW,
     .principals = PRINCIPALS_USER_OR_TEAM},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_SSH_KEY_SHOW,
     MANAGE,
     STATEMENT_SSH_KEY_DELETE,
     .principals = PRINCIPALS_USER_OR_TEAM},
    {0},
};

const struct resource ssh_key_resource = {
    .type = "ssh-keys",
    .audit = "ssh_key",
    .id_prefix = "sshkey-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .before_write = before_write,
    .routes = routes,
};
