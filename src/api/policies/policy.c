/* Single policies: one Sentinel or Rego file each (today-governance.md section 1). The level is
 * spoken of in two ways, `enforcement-level` and 2017's `enforce`; a policy without bytes has an
 * empty `enforce`. */
#include "api/policies/policies.h"

#include <string.h>

#include "api/checks.h"
#include "api/links.h"
#include "api/objects.h"
#include "api/resources.h"
#include "base/arena.h"
#include "blob/blob.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY, .max = 256,
     .check = check_name},
    {"description", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 4096},
    {"kind", ATTRIBUTE_STRING, .flags = ATTRIBUTE_CREATE_ONLY, .choices = "sentinel|opa",
     .initial = "\"sentinel\""},
    {"query", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"enforcement-level", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN},
    {"enforce", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN},
    {"policy-set-count", ATTRIBUTE_INT, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {"policy-sets", RELATION_MANY, "policy-sets", "policy_set_ids"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policies/{id}"},
    {"upload", "/api/v2/policies/{id}/upload"},
    {"download", "/api/v2/policies/{download_id}/download"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"policy_sets", "policy_set_ids", &policy_set_resource, STATEMENT_POLICY_SET_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"policies_name_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/name",
     "Name has already been taken"},
    {0},
};

#define QUERY_MAX 1024

/* Only what is evaluated with OPA has a query; a Sentinel policy's is ignored, as clients expect.
 */
static void write_query(struct context *context, struct patch *patch, bool opa)
{
    const struct json_value *value = patch_attribute(patch, "query");
    const char *text = json_text(value);

    if (!opa || (!patch->create && !value))
        return;
    if (value && json_kind(value) != JSON_NULL && !text)
        patch_fail(context, "query", "must be a string");
    else if (!text || !*text)
        patch_fail(context, "query", "can't be blank");
    else if (strlen(text) > QUERY_MAX)
        patch_fail(context, "query", "is too long (maximum is 1024 characters)");
    else
        patch_string(patch, "query", text);
}

static bool is_given(const struct json_value *value)
{
    return value && json_kind(value) != JSON_NULL;
}

/* The level that 2017's form asks for; NULL: none, because it names another file. */
static const struct json_value *
enforce_mode(struct context *context, const struct json_value *enforce, const char *name, bool opa)
{
    const struct json_value *entry = json_at(enforce, 0);
    const char *path = json_text(json_get(entry, "path"));
    const char *file =
        arena_printf(context->arena, "%s%s", name ? name : "", opa ? ".rego" : ".sentinel");
    if (path && strcmp(path, file) != 0)
        return NULL;
    return json_get(entry, "mode");
}

static void write_level(struct context *context, struct patch *patch, bool opa, const char *name)
{
    const struct json_value *level = patch_attribute(patch, "enforcement-level");
    const struct json_value *enforce = patch_attribute(patch, "enforce");
    const char *attribute = "enforcement-level";

    if (is_given(level) && is_given(enforce)) {
        patch_fail(context, attribute, "cannot be given together with enforce");
        return;
    }
    if (is_given(enforce)) {
        attribute = "enforce";
        if (json_kind(enforce) != JSON_ARRAY || json_length(enforce) != 1) {
            patch_fail(context, attribute, "must be an array with one object");
            return;
        }
        level = enforce_mode(context, enforce, name, opa);
    }
    if (is_given(level)) {
        const char *text = json_text(level);
        const char *choices = opa ? "mandatory|advisory" : "hard-mandatory|soft-mandatory|advisory";
        if (!text || !patch_is_choice(choices, text))
            patch_fail(context, attribute, "is not included in the list");
        else
            patch_string(patch, "enforcement_level", text);
    } else if (patch->create) {
        patch_string(patch, "enforcement_level", opa ? "advisory" : "hard-mandatory");
    }
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *kind =
        patch->create ? json_text(patch_attribute(patch, "kind")) : scope_get(context, "kind");
    const char *name =
        patch->create ? json_text(patch_attribute(patch, "name")) : scope_get(context, "name");
    bool opa = kind && strcmp(kind, "opa") == 0;

    write_query(context, patch, opa);
    write_level(context, patch, opa, name);
}

static const struct links_target policy_sets = {
    .relationship = "policy-sets",
    .type = "policy-sets",
    .unlinkable = STATEMENT_POLICY_UNLINKABLE_SET,
    .add = STATEMENT_POLICY_ATTACH,
    .prune = STATEMENT_POLICY_DETACH_OTHERS,
    .outside = "must be sets of this organization that hold single policies of this kind",
};

static void after_write(struct context *context, struct patch *patch, const char *id)
{
    (void)id;
    if (patch->create)
        links_replace(context, patch, &policy_sets);
}

/* --- Bytes --- */

static void upload(struct context *context)
{
    struct db *db = context->service->db;
    const char *id = scope_get(context, "id");
    struct rows *rows = NULL;
    struct blob_info blob;

    struct blob_writer *writer = blob_writer_begin(db, context->arena, context->service->keyring,
                                                   scope_get(context, "organization_id"));
    if (!db_ok(context,
               blob_writer_add(writer, buf_str(&context->raw_body), context->raw_body.len)) ||
        !db_ok(context, blob_writer_finish(writer, &blob)) ||
        !CONTEXT_QUERY(context, STATEMENT_POLICY_LOCK, &rows, id))
        return;
    if (!rows) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    const char *old = rows_get(rows, 0, "blob_id");
    if (!CONTEXT_QUERY(context, STATEMENT_POLICY_UPLOADED, NULL, id, blob.id) ||
        (old && !db_ok(context, blob_release(db, context->arena, old))))
        return;
    context->reply.status = 200;
}

static void send_bytes(struct context *context)
{
    object_send(context, scope_get(context, "blob_id"), "application/octet-stream");
}

static void download(struct context *context)
{
    if (scope_get(context, "blob_id"))
        context->reply.send = send_bytes;
    else
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
}

/* Its bytes go with it. */
static void delete_policy(struct context *context)
{
    const char *blob = scope_get(context, "blob_id");

    if (CONTEXT_QUERY(context, STATEMENT_POLICY_DELETE, NULL, scope_get(context, "id"),
                      principal_actor(&context->principal)) &&
        (!blob || db_ok(context, blob_release(context->service->db, context->arena, blob))))
        reply_no_content(context);
}

static const struct filter list_filters[] = {{"search[name]"}, {"filter[kind]"}, {0}};

#define LIST "/api/v2/organizations/:organization/policies"
#define ONE "/api/v2/policies/:policy_id"
#define MANAGE PERMISSION_MASK(ORG_POLICIES)

static const struct route routes[] = {
    {{HTTP_GET, LIST}, ROUTE_LIST, STATEMENT_POLICY_LIST, MANAGE, .filters = list_filters},
    {{HTTP_POST, LIST},
     ROUTE_CREATE,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     STATEMENT_POLICY_CREATE,
     STATEMENT_POLICY_SHOW},
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_POLICY_SHOW, MANAGE},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_POLICY_LOAD,
     MANAGE,
     STATEMENT_POLICY_UPDATE,
     STATEMENT_POLICY_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_POLICY_LOAD,
     MANAGE,
     STATEMENT_POLICY_DELETE,
     .handler = delete_policy},
    {{HTTP_PUT, ONE "/upload"},
     ROUTE_ACTION,
     STATEMENT_POLICY_LOAD,
     MANAGE,
     .handler = upload,
     .audit = "policy_version/create",
     .flags = ROUTE_BYTES},
    {{HTTP_GET, ONE "/download"},
     ROUTE_ACTION,
     STATEMENT_POLICY_LOAD,
     MANAGE,
     .handler = download,
     .flags = ROUTE_NO_DOCUMENT},
    {0},
};

const struct resource policy_resource = {
    .type = "policies",
    .audit = "policy",
    .id_prefix = "pol-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .after_write = after_write,
    .routes = routes,
};
