/* Versions and tags, for modules and providers alike. */
#include "api/registry/registry_area.h"

#include <string.h>

#include "api/tags/tags.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* Longer ones are no numbers that anybody counts with, and their order is kept in 20 digits. */
#define MAX_DIGITS 18

static const char digits[] = "0123456789";
static const char identifier_characters[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";

/* A number without zeros in front; NULL when there is none. */
static const char *skip_number(const char *at)
{
    size_t len = strspn(at, digits);
    return len == 0 || len > MAX_DIGITS || (len > 1 && *at == '0') ? NULL : at + len;
}

/* `a.b-c.1`; NULL when a part is empty, or a number has zeros in front where that counts. */
static const char *skip_identifiers(const char *at, bool counting)
{
    for (;;) {
        size_t len = strspn(at, identifier_characters);
        if (len == 0)
            return NULL;
        if (counting && len > 1 && *at == '0' && strspn(at, digits) == len)
            return NULL;
        at += len;
        if (*at != '.')
            return at;
        at++;
    }
}

const char *registry_area_check_version(struct context *context, const char *value)
{
    const char *at = value;

    (void)context;
    for (int part = 0; at && part < 3; part++) {
        if (part > 0)
            at = *at == '.' ? at + 1 : NULL;
        at = at ? skip_number(at) : NULL;
    }
    if (at && *at == '-')
        at = skip_identifiers(at + 1, true);
    if (at && *at == '+')
        at = skip_identifiers(at + 1, false);
    return at && *at == '\0' ? NULL : "is not a semantic version, as 1.2.3 is";
}

void registry_area_write_tags(struct context *context, const struct patch *patch,
                              const char *module, const char *provider)
{
    const struct json_value *bindings = json_get(patch_relationship(patch, "tag-bindings"), "data");
    const char *organization = scope_get(context, "organization_id");

    if (json_kind(bindings) != JSON_ARRAY)
        return;
    if (CONTEXT_QUERY(context, STATEMENT_REGISTRY_BINDING_CLEAR, NULL, module, provider))
        (void)CONTEXT_QUERY(context, STATEMENT_REGISTRY_BINDING_CREATE, NULL,
                            organization ? organization : scope_get(context, "id"), module,
                            provider, tag_bindings_json(context, bindings));
}

bool registry_area_may(const struct row *row, permission_mask need)
{
    return ((permission_mask)rows_int(row->rows, row->index, "mask") & need) == need;
}
