/* Whether an organization keeps an audit trail. Streaming it elsewhere is not offered. */
#include "api/resources.h"

#include "base/clock.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static void render_trails(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_object_begin(w);
    json_member_bool(w, "enabled", row_get(row, "audit_trails_enabled")[0] == 't');
    json_object_end(w);
}

static void member_time(struct json_writer *w, const char *key, const char *cell)
{
    char time[CLOCK_WIRE_SIZE];
    json_member_string(w, key, cell && clock_from_pg(cell, time) ? time : NULL);
}

static void render_timestamps(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)context;
    json_object_begin(w);
    member_time(w, "audit-trails-enabled-at", row_get(row, "enabled_at"));
    member_time(w, "audit-trails-disabled-at", row_get(row, "disabled_at"));
    json_object_end(w);
}

static const struct attribute attributes[] = {
    {"audit-trails", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN, .render = render_trails},
    {"hcp-audit-log-streaming", ATTRIBUTE_JSON, .flags = ATTRIBUTE_NO_COLUMN,
     .constant = "{\"enabled\":false,\"organization-id\":null,\"use-default-organization\":false}"},
    {"timestamps", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY, .render = render_timestamps},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"organization", RELATION_ONE, "organizations", "organization",
     .related = "/api/v2/organizations/{organization}"},
    {0},
};

static const struct permission permissions[] = {
    {"can-enable-hcp-audit-log-streaming", 0},
    {"can-set-hcp-audit-log-streaming-organization-id", 0},
    {"can-use-default-audit-log-streaming-organization", 0},
    {0},
};

/* `enabled` of an object attribute; NULL when it is not mentioned. */
static const struct json_value *enabled(struct context *context, const struct patch *patch,
                                        const char *name)
{
    const struct json_value *object = patch_attribute(patch, name);
    const struct json_value *value = json_get(object, "enabled");

    if (object && json_kind(object) != JSON_NULL && json_kind(object) != JSON_OBJECT)
        patch_fail(context, name, "must be an object");
    if (!value || json_kind(value) == JSON_NULL)
        return NULL;
    if (json_kind(value) == JSON_BOOL)
        return value;
    patch_fail(context, name, "must have enabled true or false");
    return NULL;
}

static void before_write(struct context *context, struct patch *patch)
{
    const struct json_value *trails = enabled(context, patch, "audit-trails");
    const struct json_value *streaming = enabled(context, patch, "hcp-audit-log-streaming");

    if (streaming && json_boolean(streaming))
        patch_fail(context, "hcp-audit-log-streaming", "is not offered by this server");
    if (trails)
        patch_bool(patch, "audit_trails_enabled", json_boolean(trails));
}

static void send_request_id(struct context *context)
{
    struct json_writer w;

    json_writer_init(&w, &context->request->body);
    json_object_begin(&w);
    json_member_string(&w, "request-id", context->request_id);
    json_object_end(&w);
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/json; charset=utf-8");
}

/* An event that shows that events arrive; the answer names the request to look for. */
static void test(struct context *context)
{
    context->reply.send = send_request_id;
}

#define ONE "/api/v2/organizations/:organization/audit-configuration"
#define MANAGE PERMISSION_MASK(ORG_UPDATE)

static const struct route routes[] = {
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_AUDIT_CONFIGURATION_SHOW, MANAGE},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     STATEMENT_AUDIT_CONFIGURATION_UPDATE,
     STATEMENT_AUDIT_CONFIGURATION_REPLY},
    {{HTTP_POST, ONE "/test"},
     ROUTE_ACTION,
     STATEMENT_ORGANIZATION_LOAD,
     MANAGE,
     .handler = test,
     .audit = "test"},
    {0},
};

const struct resource audit_configuration_resource = {
    .type = "audit-configurations",
    .audit = "audit_configuration",
    .attributes = attributes,
    .relationships = relationships,
    .permissions = permissions,
    .before_write = before_write,
    .routes = routes,
};
