/* Keys that sign providers. They have a path of their own outside of /api/v2, and belong to the
 * organization that the namespace names (today-registry-vcs.md section 3). */
#include "api/resources.h"

#include <string.h>

#include "api/registry/gpg_armor.h"
#include "api/registry/registry_area.h"
#include "base/arena.h"
#include "base/ids.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "jsonapi/render.h"

#define MAX_ARMOR ((size_t)128 * 1024)
#define ID_DIGITS 15

static const struct attribute attributes[] = {
    {"ascii-armor", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY,
     .max = MAX_ARMOR},
    {"namespace", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"key-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"source", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .constant = "\"\""},
    {"source-url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .constant = "null"},
    {"trust-signature", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY, .constant = "\"\""},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct link links[] = {
    {"self", "/v2/gpg-keys/{id}"},
    {0},
};

static const struct constraint constraints[] = {
    {"gpg_keys_key_id_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/ascii-armor",
     "Ascii armor is of a key that the namespace has already"},
    {0},
};

/* Who manages keys has both rights here: see gpg_key_mask. */
#define MANAGE PERMISSION_MASK(ORG_PROVIDERS)

/* Digits, the first of them no zero. */
static const char *new_id(struct context *context)
{
    char secret[ID_DIGITS + 1];

    ids_secret(secret, ID_DIGITS);
    for (size_t i = 0; i < ID_DIGITS; i++)
        secret[i] = (char)((i ? '0' : '1') + (unsigned char)secret[i] % (i ? 10 : 9));
    return arena_strdup(context->arena, secret);
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *armor = json_text(patch_attribute(patch, "ascii-armor"));
    char key_id[GPG_ARMOR_KEY_ID_SIZE];

    if (!armor || !*armor)
        return;
    const char *problem = gpg_armor_key_id(context->arena, armor, key_id);
    if (problem)
        patch_fail(context, "ascii-armor", problem);
    else
        patch_string(patch, "key_id", key_id);
    patch->id = new_id(context);
}

static const char *namespace_of(struct context *context)
{
    const char *namespace =
        json_text(json_find(context->document, "data", "attributes", "namespace", NULL));

    if (namespace && *namespace)
        return namespace;
    patch_fail(context, "namespace", "can't be blank");
    return NULL;
}

static void create(struct context *context)
{
    const char *namespace = namespace_of(context);

    if (!namespace)
        return;
    const char *params[] = {context->token_hash, namespace};
    if (context_enter(context, STATEMENT_GPG_KEY_NAMESPACE_LOAD, MANAGE, params, 2))
        context_create(context);
}

/* A key may go to another namespace that the caller manages. */
static void move(struct context *context)
{
    const char *namespace = namespace_of(context);
    struct rows *target = NULL;

    if (!namespace || !CONTEXT_QUERY(context, STATEMENT_GPG_KEY_NAMESPACE_LOAD, &target,
                                     context->token_hash, namespace))
        return;
    permission_mask mask = target ? (permission_mask)rows_int(target, 0, "scope") : 0;
    if ((mask & MANAGE) != MANAGE || (mask & PERMISSION_REFUSED))
        request_fail(context, ERROR_FORBIDDEN, "/data/attributes/namespace",
                     "namespace not authorized");
    else if (CONTEXT_QUERY(context, STATEMENT_GPG_KEY_MOVE, NULL, scope_get(context, "id"),
                           rows_get(target, 0, "id")))
        reply_with(context, 200, STATEMENT_GPG_KEY_SHOW, scope_get(context, "id"));
}

static void list(struct context *context)
{
    const char *asked = http_query(context->request, "filter[namespace]");

    if (!asked || !*asked)
        request_fail(context, ERROR_BAD_REQUEST, "?filter[namespace]",
                     "filter[namespace] can't be blank");
    else if (rows_int(context->rows, 0, "readable") == 0)
        request_fail(context, ERROR_FORBIDDEN, "?filter[namespace]",
                     "No authorized namespaces were given");
    else if (render_fetch(context, context->route->resource, context->rows))
        render_document(context, context->route->resource, context->rows, true, 200);
}

static const struct filter list_filters[] = {
    {"filter[namespace]"},
    {0},
};

#define ALL "/api/registry/private/v2/gpg-keys"
#define ONE ALL "/:namespace/:key_id"

static const struct route routes[] = {
    {{HTTP_GET, ALL}, ROUTE_LIST, STATEMENT_GPG_KEY_LIST, .handler = list, .filters = list_filters},
    {{HTTP_POST, ALL},
     ROUTE_ACTION,
     STATEMENT_CALLER_LOAD,
     0,
     STATEMENT_GPG_KEY_CREATE,
     STATEMENT_GPG_KEY_SHOW,
     .handler = create,
     .audit = "create"},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_GPG_KEY_SHOW_NAMED, PERMISSION_MASK(ORG_READ)},
    {{HTTP_PATCH, ONE},
     ROUTE_ACTION,
     STATEMENT_GPG_KEY_LOAD,
     MANAGE,
     .handler = move,
     .audit = "update"},
    {{HTTP_DELETE, ONE}, ROUTE_DELETE, STATEMENT_GPG_KEY_LOAD, MANAGE, STATEMENT_GPG_KEY_DELETE},
    {0},
};

const struct resource gpg_key_resource = {
    .type = "gpg-keys",
    .audit = "gpg_key",
    .id_prefix = "",
    .attributes = attributes,
    .links = links,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
