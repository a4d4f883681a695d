/* The caller's own account. With a team's or an organization's token it is a service user, which
 * can be read and nothing else. */
#include "api/resources.h"

#include <string.h>

#include "api/account/account.h"
#include "api/checks.h"
#include "api/scim/scim_attributes.h"
#include "api/throttle.h"
#include "base/arena.h"
#include "base/config.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static const struct attribute attributes[] = {
    {"username", ATTRIBUTE_STRING, .max = 90, .check = check_name},
    {"is-service-account", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"auth-method", ATTRIBUTE_STRING, .constant = "\"tfc\"", .flags = ATTRIBUTE_READ_ONLY},
    {"avatar-url", ATTRIBUTE_STRING, .render = account_render_avatar, .flags = ATTRIBUTE_READ_ONLY},
    {"v2-only", ATTRIBUTE_BOOL, .constant = "true", .flags = ATTRIBUTE_READ_ONLY},
    {"email", ATTRIBUTE_STRING, .max = 254, .check = check_email},
    {"unconfirmed-email", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"is-site-admin", ATTRIBUTE_BOOL, .flags = ATTRIBUTE_READ_ONLY},
    {"is-admin", ATTRIBUTE_BOOL, .column = "is_site_admin", .flags = ATTRIBUTE_READ_ONLY},
    {"is-sso-login", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"is-confirmed", ATTRIBUTE_BOOL, .constant = "true", .flags = ATTRIBUTE_READ_ONLY},
    {"is-unified", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"is-sudo", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"enterprise-support", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"has-linked-hcp", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"has-git-hub-app-token", ATTRIBUTE_BOOL, .constant = "false", .flags = ATTRIBUTE_READ_ONLY},
    {"two-factor", ATTRIBUTE_JSON, .constant = "{\"enabled\":false,\"verified\":false}",
     .flags = ATTRIBUTE_READ_ONLY},
    SCIM_ATTRIBUTE("is-scim-managed", ATTRIBUTE_BOOL, "is_scim_managed", NULL),
    SCIM_ATTRIBUTE("scim-username", ATTRIBUTE_STRING, "is_scim_managed", scim_render_username),
    SCIM_ATTRIBUTE("scim-updated-at", ATTRIBUTE_TIME, "is_scim_managed", scim_render_updated_at),
    {"permissions", ATTRIBUTE_JSON, .render = account_render_permissions,
     .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"authentication-tokens", RELATION_LINK, .related = "/api/v2/users/{id}/authentication-tokens"},
    {"authenticated-resource", RELATION_ONE, .column = "authenticated_resource"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/users/{id}"},
    {0},
};

static const struct constraint constraints[] = {
    {"users_username_key", ERROR_INVALID_ATTRIBUTE, "/data/attributes/username",
     "Username has already been taken"},
    {0},
};

static void before_write(struct context *context, struct patch *patch)
{
    const char *name = json_text(patch_attribute(patch, "username"));
    if (name && !*name)
        patch_fail(context, "username", "can't be blank");
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/account/details"}, ROUTE_SHOW, STATEMENT_ACCOUNT_SHOW},
    {{HTTP_PATCH, "/api/v2/account/update"},
     ROUTE_UPDATE,
     STATEMENT_ACCOUNT_LOAD,
     .write = STATEMENT_ACCOUNT_UPDATE,
     .reply = STATEMENT_ACCOUNT_REPLY,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource account_resource = {
    .type = "users",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};

/* --- The password: read by the hook alone, so that its text goes to no statement --- */

static const struct attribute password_attributes[] = {
    {"current_password", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_WRITE_ONLY},
    {"password", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_WRITE_ONLY},
    {"password_confirmation", ATTRIBUTE_STRING,
     .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_WRITE_ONLY},
    {0},
};

static const char *given(const struct patch *patch, const char *name)
{
    const char *text = json_text(patch_attribute(patch, name));
    return text ? text : "";
}

static void before_password(struct context *context, struct patch *patch)
{
    const char *password = given(patch, "password");
    const char *problem = check_password(password);

    if (problem)
        patch_fail(context, "password", problem);
    if (strcmp(password, given(patch, "password_confirmation")) != 0)
        patch_fail(context, "password_confirmation", "doesn't match Password");
    if (!*given(patch, "current_password"))
        patch_fail(context, "current_password", "can't be blank");
}

static void send_invalid(struct context *context)
{
    patch_fail(context, "current_password", "is invalid");
}

static void send_too_many(struct context *context)
{
    http_header(context->request, "Retry-After", THROTTLE_RETRY_AFTER);
    request_fail(context, ERROR_TOO_MANY_REQUESTS, NULL,
                 "Too many wrong passwords. Wait a quarter of an hour, then try again.");
}

/* {"password_hash": ...}, what the statement takes. */
static const char *hashed(struct context *context, const char *password)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(
        &w, "password_hash",
        crypto_password_hash(context->arena, password, context->service->config->argon2_memory));
    json_object_end(&w);
    return buf_str(&out);
}

/* A wrong guess is answered once the transaction is committed: its count must stay. Somebody with
 * a token may guess as often as on the sign-in page, together. */
static void change_password(struct context *context)
{
    const char *stored = scope_get(context, "password_hash");
    const char *id = scope_get(context, "id");
    const char *user = throttle_user(context, id, NULL);
    struct patch patch;
    bool too_many;

    if (!patch_read(context, &password_resource, false, &patch) ||
        !db_ok(context, throttle_count(context, user, NULL, &too_many)))
        return;
    if (too_many)
        context->reply.send = send_too_many;
    else if (!stored || !crypto_password_verify(stored, given(&patch, "current_password")))
        context->reply.send = send_invalid;
    else if (db_ok(context, throttle_forget(context, user, NULL)) &&
             CONTEXT_QUERY(context, STATEMENT_ACCOUNT_PASSWORD, NULL, id,
                           hashed(context, given(&patch, "password")),
                           principal_actor(&context->principal))) {
        reply_with(context, 200, STATEMENT_ACCOUNT_REPLY, id);
        context->reply.resource = &account_resource;
    }
}

static const struct route password_routes[] = {
    {{HTTP_PATCH, "/api/v2/account/password"},
     ROUTE_UPDATE,
     STATEMENT_ACCOUNT_LOAD,
     .write = STATEMENT_ACCOUNT_PASSWORD,
     .reply = STATEMENT_ACCOUNT_REPLY,
     .handler = change_password,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource password_resource = {
    .type = "users",
    .attributes = password_attributes,
    .before_write = before_password,
    .routes = password_routes,
};
