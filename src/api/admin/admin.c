/* See admin.h. */
#include "api/admin/admin.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/resource.h"

void admin_render_secret(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    (void)row;
    json_string(w, "");
}

void admin_seal(struct context *context, const struct patch *patch, const char *id,
                const char *attribute)
{
    const struct json_value *value = patch_attribute(patch, attribute);
    const char *text = json_text(value);
    const char *name = arena_printf(context->arena, "%s/%s", id, attribute);

    if (!value || request_failed(context))
        return;
    (void)CONTEXT_QUERY(
        context, STATEMENT_SETTING_SECRET_SET, NULL, name,
        text && *text ? crypto_seal_text(context->arena, context->service->keyring, name, text)
                      : NULL);
}

const char *admin_check_timeout(struct context *context, const char *value)
{
    (void)context;
    do {
        size_t digits = strspn(value, "0123456789");
        if (digits == 0 || digits > 6 || !value[digits] || !strchr("hms", value[digits]))
            return "must be a duration like 24h or 1h30m";
        value += digits + 1;
    } while (*value);
    return NULL;
}

enum admin_flag admin_flag(const struct patch *patch, const char *attribute)
{
    const struct json_value *value = patch_attribute(patch, attribute);

    if (!value || json_kind(value) != JSON_BOOL)
        return ADMIN_ABSENT;
    return json_boolean(value) ? ADMIN_TRUE : ADMIN_FALSE;
}
