/* What this server understands of SCIM, for identity providers that ask (RFC 7643 sections 5 to 7).
 * An attribute that is not listed is taken and forgotten. */
#include "api/scim/scim_resources.h"

#include <strings.h>

#include "api/scim/scim.h"
#include "base/arena.h"

struct described {
    const char *name;
    const char *type;
    const char *flags; /* r: required, u: unique, m: many, o: read-only, c: case counts */
    const struct described *parts;
};

static const struct described name_parts[] = {
    {"givenName", "string", ""}, {"familyName", "string", ""}, {0}};
static const struct described email_parts[] = {
    {"value", "string", ""}, {"type", "string", "o"}, {"primary", "boolean", ""}, {0}};
static const struct described group_parts[] = {
    {"value", "string", "oc"}, {"display", "string", "o"}, {0}};
static const struct described member_parts[] = {
    {"value", "string", "c"}, {"display", "string", "o"}, {0}};
static const struct described user[] = {
    {"userName", "string", "ru"},
    {"displayName", "string", ""},
    {"name", "complex", "", name_parts},
    {"emails", "complex", "m", email_parts},
    {"active", "boolean", ""},
    {"groups", "complex", "mo", group_parts},
    {0},
};
static const struct described group[] = {
    {"displayName", "string", "ru"},
    {"members", "complex", "m", member_parts},
    {0},
};

static const struct {
    const char *schema;
    const char *name;
    const char *endpoint;
    const struct described *attributes;
} types[] = {
    {SCIM_USER, "User", "/Users", user},
    {SCIM_GROUP, "Group", "/Groups", group},
};

#define TYPE_COUNT (sizeof types / sizeof types[0])

static void schemas(struct json_writer *w, const char *schema)
{
    json_key(w, "schemas");
    json_array_begin(w);
    json_string(w, schema);
    json_array_end(w);
}

static void meta(struct scim *scim, const char *type, const char *path, const char *id)
{
    struct json_writer *w = &scim->w;

    json_key(w, "meta");
    json_object_begin(w);
    json_member_string(w, "resourceType", type);
    json_member_string(w, "location",
                       arena_printf(scim->context->arena, "%s/scim/v2/%s%s%s",
                                    context_base_url(scim->context), path, id ? "/" : "",
                                    id ? id : ""));
    json_object_end(w);
}

/* --- ServiceProviderConfig --- */

static void supported(struct json_writer *w, const char *name, bool value)
{
    json_key(w, name);
    json_object_begin(w);
    json_member_bool(w, "supported", value);
    if (strcasecmp(name, "filter") == 0)
        json_member_int(w, "maxResults", 200);
    if (strcasecmp(name, "bulk") == 0) {
        json_member_int(w, "maxOperations", 0);
        json_member_int(w, "maxPayloadSize", 0);
    }
    json_object_end(w);
}

static void provider(struct scim *scim)
{
    struct json_writer *w = &scim->w;

    scim->status = 200;
    json_object_begin(w);
    schemas(w, "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig");
    supported(w, "patch", true);
    supported(w, "bulk", false);
    supported(w, "filter", true);
    supported(w, "changePassword", false);
    supported(w, "sort", false);
    supported(w, "etag", false);
    json_member_raw(w, "authenticationSchemes",
                    "[{\"type\":\"oauthbearertoken\",\"name\":\"SCIM token\",\"description\":"
                    "\"A token that a site administrator has made\",\"primary\":true}]");
    meta(scim, "ServiceProviderConfig", "ServiceProviderConfig", NULL);
    json_object_end(w);
}

/* --- ResourceTypes and Schemas --- */

static void write_type(struct scim *scim, size_t i)
{
    struct json_writer *w = &scim->w;

    json_object_begin(w);
    schemas(w, "urn:ietf:params:scim:schemas:core:2.0:ResourceType");
    json_member_string(w, "id", types[i].name);
    json_member_string(w, "name", types[i].name);
    json_member_string(w, "endpoint", types[i].endpoint);
    json_member_string(w, "schema", types[i].schema);
    meta(scim, "ResourceType", "ResourceTypes", types[i].name);
    json_object_end(w);
}

static bool has(const struct described *d, char flag)
{
    for (const char *c = d->flags; *c; c++)
        if (*c == flag)
            return true;
    return false;
}

static void write_described(struct json_writer *w, const char *key, const struct described *d)
{
    json_key(w, key);
    json_array_begin(w);
    for (; d->name; d++) {
        json_object_begin(w);
        json_member_string(w, "name", d->name);
        json_member_string(w, "type", d->type);
        json_member_bool(w, "multiValued", has(d, 'm'));
        json_member_bool(w, "required", has(d, 'r'));
        json_member_bool(w, "caseExact", has(d, 'c'));
        json_member_string(w, "mutability", has(d, 'o') ? "readOnly" : "readWrite");
        json_member_string(w, "returned", "default");
        json_member_string(w, "uniqueness", has(d, 'u') ? "server" : "none");
        if (d->parts)
            write_described(w, "subAttributes", d->parts);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_schema(struct scim *scim, size_t i)
{
    struct json_writer *w = &scim->w;

    json_object_begin(w);
    schemas(w, "urn:ietf:params:scim:schemas:core:2.0:Schema");
    json_member_string(w, "id", types[i].schema);
    json_member_string(w, "name", types[i].name);
    write_described(w, "attributes", types[i].attributes);
    meta(scim, "Schema", "Schemas", types[i].schema);
    json_object_end(w);
}

static void list(struct scim *scim, void (*write)(struct scim *scim, size_t i))
{
    struct json_writer *w = &scim->w;

    scim->status = 200;
    json_object_begin(w);
    schemas(w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
    json_member_int(w, "totalResults", TYPE_COUNT);
    json_member_int(w, "startIndex", 1);
    json_member_int(w, "itemsPerPage", TYPE_COUNT);
    json_key(w, "Resources");
    json_array_begin(w);
    for (size_t i = 0; i < TYPE_COUNT; i++)
        write(scim, i);
    json_array_end(w);
    json_object_end(w);
}

static void one(struct scim *scim, void (*write)(struct scim *scim, size_t i))
{
    const char *id = context_param(scim->context, 0);

    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcasecmp(types[i].name, id) == 0 || strcasecmp(types[i].schema, id) == 0) {
            scim->status = 200;
            write(scim, i);
            return;
        }
    scim_fail(scim, 404, NULL, "There is no %s", id);
}

static void list_types(struct scim *scim)
{
    list(scim, write_type);
}

static void one_type(struct scim *scim)
{
    one(scim, write_type);
}

static void list_schemas(struct scim *scim)
{
    list(scim, write_schema);
}

static void one_schema(struct scim *scim)
{
    one(scim, write_schema);
}

void scim_discovery_provider(struct context *context)
{
    scim_serve(context, SCIM_READ, provider);
}

void scim_discovery_types(struct context *context)
{
    scim_serve(context, SCIM_READ, list_types);
}

void scim_discovery_type(struct context *context)
{
    scim_serve(context, SCIM_READ, one_type);
}

void scim_discovery_schemas(struct context *context)
{
    scim_serve(context, SCIM_READ, list_schemas);
}

void scim_discovery_schema(struct context *context)
{
    scim_serve(context, SCIM_READ, one_schema);
}
