/* How old an organization lets tokens of each kind get (today-access.md 3.6). Triggers carry a
 * change over to what requests look at (sql/functions/030_token_limits.sql). */
#include "api/resources.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"

/* A century: what is longer is a mistake, and would not fit a time. */
#define MAX_TTL_MS INT64_C(3155760000000)

static const struct attribute attributes[] = {
    {"token-type", ATTRIBUTE_STRING},
    {"max-ttl-ms", ATTRIBUTE_INT},
    {"created-at", ATTRIBUTE_TIME},
    {"updated-at", ATTRIBUTE_TIME},
    {0},
};

static bool is_token_type(const char *text)
{
    static const char *const types[] = {"organization", "team", "user", "audit_trails", "metrics"};
    for (size_t i = 0; text && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(text, types[i]) == 0)
            return true;
    return false;
}

static const struct json_value *member(const struct json_value *object, const char *dashes,
                                       const char *underscores)
{
    const struct json_value *value = json_get(object, dashes);
    return value ? value : json_get(object, underscores);
}

/* One entry of the request, checked and added to the list for the statement. */
static void take_policy(struct context *context, struct json_writer *w,
                        const struct json_value *entry, const char *pointer)
{
    const char *type = json_text(member(entry, "token-type", "token_type"));
    const struct json_value *ttl = member(entry, "max-ttl-ms", "max_ttl_ms");

    if (!is_token_type(type))
        request_fail(context, ERROR_INVALID_ATTRIBUTE,
                     arena_printf(context->arena, "%s/token-type", pointer),
                     "Token type is not included in the list");
    if (!ttl || json_kind(ttl) != JSON_INT || json_integer(ttl) <= 0 ||
        json_integer(ttl) > MAX_TTL_MS)
        request_fail(context, ERROR_INVALID_ATTRIBUTE,
                     arena_printf(context->arena, "%s/max-ttl-ms", pointer),
                     "Max ttl ms must be a number of milliseconds");
    if (request_failed(context))
        return;
    json_object_begin(w);
    json_member_string(w, "token_type", type);
    json_member_int(w, "max_ttl_ms", json_integer(ttl));
    json_object_end(w);
}

/* go-tfe sends one resource with a list in its attributes, the Python client a list of resources.
 */
static void set_policies(struct context *context)
{
    const struct json_value *data = json_get(context->document, "data");
    bool resources = json_kind(data) == JSON_ARRAY;
    const struct json_value *list = resources ? data
                                              : member(json_get(data, "attributes"),
                                                       "token-ttl-policies", "token_ttl_policies");
    struct buf text;
    struct json_writer w;

    if (!list || json_kind(list) != JSON_ARRAY || json_length(list) == 0) {
        request_fail(context, ERROR_INVALID_ATTRIBUTE, "/data/attributes/token-ttl-policies",
                     "Token ttl policies can't be blank");
        return;
    }
    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    json_array_begin(&w);
    for (size_t i = 0; i < json_length(list); i++) {
        const struct json_value *entry = json_at(list, i);
        const char *pointer = arena_printf(
            context->arena,
            resources ? "/data/%zu/attributes" : "/data/attributes/token-ttl-policies/%zu", i);
        take_policy(context, &w, resources ? json_get(entry, "attributes") : entry, pointer);
    }
    json_array_end(&w);
    if (request_failed(context) || !CONTEXT_QUERY(context, STATEMENT_TOKEN_TTL_POLICY_SET, NULL,
                                                  scope_get(context, "id"), buf_str(&text)))
        return;
    reply_with(context, 200, STATEMENT_TOKEN_TTL_POLICY_REPLY, scope_get(context, "id"));
    context->reply.list = true;
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/organizations/:organization/token-ttl-policies"},
     ROUTE_LIST,
     STATEMENT_TOKEN_TTL_POLICY_LIST,
     PERMISSION_MASK(ORG_UPDATE),
     .denied = ERROR_FORBIDDEN},
    {{HTTP_PATCH, "/api/v2/organizations/:organization/token-ttl-policies"},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     PERMISSION_MASK(ORG_UPDATE),
     .handler = set_policies,
     .audit = "organization/update_token_ttl_policies",
     .denied = ERROR_FORBIDDEN},
    {0},
};

const struct resource token_ttl_policy_resource = {
    .type = "organization-token-ttl-policies",
    .attributes = attributes,
    .routes = routes,
};
