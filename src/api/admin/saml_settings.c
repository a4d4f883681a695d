/* SAML settings (today-admin.md 7.4): src/api/pages/saml.c signs in by them, and SCIM asks for
 * them. */
#include "api/resources.h"

#include <string.h>

#include "api/admin/admin.h"
#include "api/pages/pages.h"
#include "base/arena.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

static void render_url(struct context *context, struct json_writer *w, const char *path)
{
    json_string(w, arena_printf(context->arena, "%s%s", context_base_url(context), path));
}

static void render_acs_url(struct context *context, struct json_writer *w, const struct row *row)
{
    (void)row;
    render_url(context, w, SAML_ACS_PATH);
}

static void render_metadata_url(struct context *context, struct json_writer *w,
                                const struct row *row)
{
    (void)row;
    render_url(context, w, SAML_METADATA_PATH);
}

#define TEXT .flags = ATTRIBUTE_NULLABLE

static const struct attribute attributes[] = {
    {"enabled", ATTRIBUTE_BOOL},
    {"debug", ATTRIBUTE_BOOL},
    {"authn-requests-signed", ATTRIBUTE_BOOL},
    {"want-assertions-signed", ATTRIBUTE_BOOL},
    {"team-management-enabled", ATTRIBUTE_BOOL},
    {"old-idp-cert", ATTRIBUTE_STRING, .flags = ATTRIBUTE_READ_ONLY},
    {"idp-cert", ATTRIBUTE_STRING, TEXT},
    {"slo-endpoint-url", ATTRIBUTE_STRING, TEXT},
    {"sso-endpoint-url", ATTRIBUTE_STRING, TEXT},
    {"attr-username", ATTRIBUTE_STRING},
    {"attr-groups", ATTRIBUTE_STRING},
    {"attr-site-admin", ATTRIBUTE_STRING},
    {"site-admin-role", ATTRIBUTE_STRING},
    {"sso-api-token-session-timeout", ATTRIBUTE_INT},
    {"acs-consumer-url", ATTRIBUTE_STRING, .render = render_acs_url, .flags = ATTRIBUTE_READ_ONLY},
    {"metadata-url", ATTRIBUTE_STRING, .render = render_metadata_url, .flags = ATTRIBUTE_READ_ONLY},
    {"certificate", ATTRIBUTE_STRING, TEXT},
    {"private-key", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE,
     .render = admin_render_secret},
    {"signature-signing-method", ATTRIBUTE_STRING, .choices = "SHA1|SHA256"},
    {"signature-digest-method", ATTRIBUTE_STRING, .choices = "SHA1|SHA256"},
    {"provider-type", ATTRIBUTE_STRING, .choices = "okta|entra|saml|unknown"},
    {0},
};

/* SCIM leans on both. */
static void before_write(struct context *context, struct patch *patch)
{
    const char *provider = json_text(patch_attribute(patch, "provider-type"));

    if (rows_bool(context->rows, 0, "scim_enabled")) {
        if (admin_flag(patch, "enabled") == ADMIN_FALSE)
            patch_fail(context, "enabled", "can't be false while SCIM is enabled");
        if (provider && strcmp(provider, "unknown") == 0)
            patch_fail(context, "provider-type", "can't be unknown while SCIM is enabled");
    }
    admin_seal(context, patch, "saml", "private-key");
}

static void revoke_old_certificate(struct context *context)
{
    if (CONTEXT_QUERY(context, STATEMENT_SAML_SETTINGS_REVOKE, NULL, scope_get(context, "id")))
        reply_with(context, 200, STATEMENT_SAML_SETTINGS_REPLY, scope_get(context, "id"));
}

#define PATH "/api/v2/admin/saml-settings"

static const struct route routes[] = {
    {{HTTP_GET, PATH}, ROUTE_SHOW, STATEMENT_SAML_SETTINGS_SHOW, .principals = PRINCIPALS_USER},
    {{HTTP_PATCH, PATH},
     ROUTE_UPDATE,
     STATEMENT_SAML_SETTINGS_SHOW,
     .write = STATEMENT_SAML_SETTINGS_UPDATE,
     .reply = STATEMENT_SAML_SETTINGS_REPLY,
     .principals = PRINCIPALS_USER},
    {{HTTP_POST, PATH "/actions/revoke-old-certificate"},
     ROUTE_ACTION,
     STATEMENT_SAML_SETTINGS_SHOW,
     .handler = revoke_old_certificate,
     .flags = ROUTE_NO_DOCUMENT,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource saml_settings_resource = {
    .type = "saml-settings",
    .audit = "saml_settings",
    .attributes = attributes,
    .before_write = before_write,
    .routes = routes,
};
