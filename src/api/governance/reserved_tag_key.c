/* Tag keys that the organization reserves: a workspace may not override what its project sets under
 * one with `disable-overrides` (today-workspaces.md 7.3; the rule itself is in tags/tag_binding.c).
 */
#include "api/resources.h"

#include <string.h>

#include "api/tags/tags.h"
#include "jsonapi/context.h"

static const char *check_key(struct context *context, const char *value)
{
    (void)context;
    return value[strspn(value, tag_binding_characters)] ? "is invalid" : NULL;
}

/* The documents have created-at, the official client reads created_at. */
static const struct attribute attributes[] = {
    {"key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 128, .check = check_key},
    {"disable-overrides", ATTRIBUTE_BOOL, .initial = "false"},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"created_at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated_at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {0},
};

static const struct constraint constraints[] = {
    {"reserved_tag_keys_key_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
     "Key has already been taken"},
    {0},
};

#define LIST "/api/v2/organizations/:organization/reserved-tag-keys"
#define MANAGE PERMISSION_MASK(ORG_RESERVED_TAGS)

/* Documents and client disagree about the path of one. */
#define ONE(PATH)                                                                                  \
    {{HTTP_GET, PATH}, ROUTE_SHOW, STATEMENT_RESERVED_TAG_KEY_SHOW, MANAGE},                       \
        {{HTTP_PATCH, PATH},                                                                       \
         ROUTE_UPDATE,                                                                             \
         STATEMENT_RESERVED_TAG_KEY_SHOW,                                                          \
         MANAGE,                                                                                   \
         STATEMENT_RESERVED_TAG_KEY_UPDATE,                                                        \
         STATEMENT_RESERVED_TAG_KEY_SHOW},                                                         \
    {                                                                                              \
        {HTTP_DELETE, PATH}, ROUTE_DELETE, STATEMENT_RESERVED_TAG_KEY_SHOW, MANAGE,                \
            STATEMENT_RESERVED_TAG_KEY_DELETE                                                      \
    }

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_RESERVED_TAG_KEY_LIST, MANAGE},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     STATEMENT_RESERVED_TAG_KEY_CREATE,
     STATEMENT_RESERVED_TAG_KEY_SHOW},
    ONE("/api/v2/reserved-tag-keys/:reserved_tag_key_id"),
    ONE("/api/v2/reserved-tags/:reserved_tag_key_id"),
    {0},
};

const struct resource reserved_tag_key_resource = {
    .type = "reserved-tag-keys",
    .audit = "reserved_tag_key",
    .id_prefix = "rtk-",
    .attributes = attributes,
    .relationships = relationships,
    .constraints = constraints,
    .routes = routes,
};
