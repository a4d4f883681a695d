/* Rules of a variable's attributes. A sensitive value is sealed before it reaches the database, and
 * no way leads back: neither the flag nor the key of a sensitive variable can be changed. */
#include "api/variables/variables.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define VALUE_MAX (256 * 1024) /* bytes, upstream's limit */

/* The row as it is, locked; an empty one on create. */
struct current {
    const char *key;
    const char *value;
    bool sensitive;
};

static bool read_current(struct context *context, const struct patch *patch, struct current *out)
{
    struct rows *rows = NULL;

    *out = (struct current){.key = "", .value = ""};
    if (patch->create)
        return true;
    if (!CONTEXT_QUERY(context, STATEMENT_VAR_LOCK, &rows, patch->id))
        return false;
    if (!rows) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return false;
    }
    out->key = rows_get(rows, 0, "key");
    out->value = rows_get(rows, 0, "value");
    out->sensitive = rows_bool(rows, 0, "sensitive");
    return true;
}

/* The new value; NULL when there is none. Null is what a client reads back of a sensitive variable,
 * so that it cannot mean "make it empty". */
static const char *new_value(struct context *context, const struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "value");
    if (!value || json_kind(value) == JSON_NULL)
        return patch->create ? "" : NULL;
    const char *text = json_text(value);
    if (!text)
        patch_fail(context, "value", "must be a string");
    else if (json_text_len(value) > VALUE_MAX)
        patch_fail(context, "value", "is too long (maximum is 256 KB)");
    return text;
}

static bool new_sensitive(struct context *context, const struct patch *patch,
                          const struct current *current)
{
    const struct json_value *flag = patch_attribute(patch, "sensitive");
    if (!flag || json_kind(flag) != JSON_BOOL)
        return current->sensitive;
    if (current->sensitive && !json_boolean(flag))
        patch_fail(context, "sensitive",
                   "cannot be turned off; delete the variable and create it again");
    return json_boolean(flag);
}

static void check_key(struct context *context, const struct patch *patch,
                      const struct current *current)
{
    const char *key = json_text(patch_attribute(patch, "key"));
    if (current->sensitive && key && strcmp(key, current->key) != 0)
        patch_fail(context, "key", "of a sensitive variable cannot be changed");
}

void variable_before_write(struct context *context, struct patch *patch)
{
    const char *category = json_text(patch_attribute(patch, "category"));
    struct current current;

    if (!read_current(context, patch, &current))
        return;
    const char *value = new_value(context, patch);
    bool sensitive = new_sensitive(context, patch, &current);
    check_key(context, patch, &current);
    /* The word that the first documents had (api-2017.md 2.12); the later member counts. */
    if (category && strcmp(category, "environment") == 0)
        patch_string(patch, "category", "env");
    if (sensitive && !value && !current.sensitive)
        value = current.value;
    if (request_failed(context) || !value)
        return;
    patch_string(patch, "value", sensitive ? "" : value);
    if (sensitive)
        patch_string(patch, "sealed_value",
                     crypto_seal_text(context->arena, context->service->keyring, patch->id, value));
}

void variable_after_write(struct context *context, struct patch *patch, const char *id)
{
    struct rows *rows = NULL;
    (void)patch;
    if (CONTEXT_QUERY(context, STATEMENT_VARSET_OF_VAR, &rows, id) && rows)
        varset_check_global(context, rows_get(rows, 0, "varset_id"));
}
