/* Parameters of a policy set, which its Sentinel policies get as `param` (today-governance.md
 * section 4). A sensitive value is sealed before it reaches the database and never shown. */
#include "api/policies/policies.h"

#include <string.h>

#include "api/resources.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define VALUE_MAX (256 * 1024) /* as variables */

static const struct attribute attributes[] = {
    {"key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 128},
    {"value", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE},
    {"sensitive", ATTRIBUTE_BOOL, .initial = "false"},
    {"category", ATTRIBUTE_STRING,
     .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY | ATTRIBUTE_NO_COLUMN},
    {"version-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"configurable", RELATION_ONE, "policy-sets", "policy_set_id",
     .related = "/api/v2/policy-sets/{policy_set_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policy-sets/{policy_set_id}/parameters/{id}"},
    {0},
};

static const struct constraint constraints[] = {
    {"policy_set_parameters_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/key",
     "Key has already been taken"},
    {0},
};

static void check_category(struct context *context, const struct patch *patch)
{
    const struct json_value *category = patch_attribute(patch, "category");
    const char *text = json_text(category);

    if (category && json_kind(category) != JSON_NULL && (!text || strcmp(text, "policy-set") != 0))
        patch_fail(context, "category", "is not included in the list");
}

/* The new value; NULL when there is none. Null is what a client reads back of a sensitive
 * parameter, so that it cannot mean "make it empty". */
static const char *new_value(struct context *context, const struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "value");
    const char *text = json_text(value);

    if (!value || json_kind(value) == JSON_NULL)
        return patch->create ? "" : NULL;
    if (!text)
        patch_fail(context, "value", "must be a string");
    else if (json_text_len(value) > VALUE_MAX)
        patch_fail(context, "value", "is too long (maximum is 256 KB)");
    return text;
}

static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *flag = patch_attribute(patch, "sensitive");
    struct rows *rows = NULL;

    if (patch->create)
        check_category(context, patch);
    else if (!CONTEXT_QUERY(context, STATEMENT_POLICY_SET_PARAMETER_LOCK, &rows, patch->id))
        return;
    bool was_sensitive = rows && rows_bool(rows, 0, "sensitive");
    bool sensitive = flag && json_kind(flag) == JSON_BOOL ? json_boolean(flag) : was_sensitive;
    if (was_sensitive && !sensitive)
        patch_fail(context, "sensitive",
                   "cannot be turned off; delete the parameter and create it again");
    const char *value = new_value(context, patch);
    if (rows && sensitive && !was_sensitive && !value)
        value = rows_get(rows, 0, "value");
    if (request_failed(context) || !value)
        return;
    patch_string(patch, "value", sensitive ? "" : value);
    if (sensitive)
        patch_string(patch, "sealed_value",
                     crypto_seal_text(context->arena, context->service->keyring, patch->id, value));
}

#define LIST "/api/v2/policy-sets/:policy_set_id/parameters"
#define ONE LIST "/:parameter_id"
#define MANAGE PERMISSION_MASK(ORG_POLICIES)

static const struct route routes[] = {
    {{HTTP_GET, LIST},
     ROUTE_LIST,
     STATEMENT_POLICY_SET_PARAMETER_LIST,
     MANAGE,
     .flags = ROUTE_OPTIONAL_PAGE},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_POLICY_SET_LOAD,
     MANAGE,
     STATEMENT_POLICY_SET_PARAMETER_CREATE,
     STATEMENT_POLICY_SET_PARAMETER_REPLY},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_POLICY_SET_PARAMETER_SHOW, MANAGE},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_POLICY_SET_PARAMETER_SHOW,
     MANAGE,
     STATEMENT_POLICY_SET_PARAMETER_UPDATE,
     STATEMENT_POLICY_SET_PARAMETER_REPLY},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_POLICY_SET_PARAMETER_SHOW,
     MANAGE,
     STATEMENT_POLICY_SET_PARAMETER_DELETE},
    {0},
};

const struct resource policy_set_parameter_resource = {
    .type = "vars",
    .audit = "var",
    .id_prefix = "var-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
