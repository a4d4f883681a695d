/* The settings of the site that are one object each (today-admin.md section 7): general, cost
 * estimation, customization and text messages. What this server does not do can't be enabled;
 * docs/admin.md says which settings are kept and have no effect. */
#include "api/resources.h"

#include "api/admin/admin.h"
#include "api/checks.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define SHOW(path, name)                                                                           \
    {                                                                                              \
        {HTTP_GET, (path)}, ROUTE_SHOW, STATEMENT_##name##_SHOW, .principals = PRINCIPALS_USER     \
    }
#define UPDATE(path, name)                                                                         \
    {                                                                                              \
        {HTTP_PATCH, (path)}, ROUTE_UPDATE, STATEMENT_##name##_SHOW,                               \
            .write = STATEMENT_##name##_UPDATE, .reply = STATEMENT_##name##_REPLY,                 \
            .principals = PRINCIPALS_USER                                                          \
    }

#define READ .flags = ATTRIBUTE_READ_ONLY
#define SECRET .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE, .render = admin_render_secret
#define NEVER .constant = "false", .flags = ATTRIBUTE_READ_ONLY

/* --- General --- */

static const struct attribute general_attributes[] = {
    {"limit-user-organization-creation", ATTRIBUTE_BOOL},
    {"api-rate-limiting-enabled", ATTRIBUTE_BOOL},
    {"api-rate-limit", ATTRIBUTE_INT},
    {"send-passing-statuses-for-untriggered-speculative-plans", ATTRIBUTE_BOOL},
    {"allow-speculative-plans-on-pull-requests-from-forks", ATTRIBUTE_BOOL},
    {"default-remote-state-access", ATTRIBUTE_BOOL},
    {"apply-timeout", ATTRIBUTE_STRING, .max = 32, .check = admin_check_timeout},
    {"plan-timeout", ATTRIBUTE_STRING, .max = 32, .check = admin_check_timeout},
    {"terraform-build-worker-apply-timeout", ATTRIBUTE_STRING, READ, .column = "apply_timeout"},
    {"terraform-build-worker-plan-timeout", ATTRIBUTE_STRING, READ, .column = "plan_timeout"},
    {"require-two-factor-for-admins", ATTRIBUTE_BOOL, NEVER},
    {"fair-run-queuing-enabled", ATTRIBUTE_BOOL, NEVER},
    {"limit-organizations-per-user", ATTRIBUTE_BOOL, NEVER},
    {"default-organizations-per-user-ceiling", ATTRIBUTE_INT, READ, .constant = "null"},
    {"limit-workspaces-per-organization", ATTRIBUTE_BOOL, NEVER},
    {"default-workspaces-per-organization-ceiling", ATTRIBUTE_INT, READ, .constant = "null"},
    {0},
};

static const struct constraint general_constraints[] = {
    {"general_settings_api_rate_limit_check", ERROR_INVALID_ATTRIBUTE,
     "/data/attributes/api-rate-limit", "Api rate limit must be at least 1"},
    {0},
};

static const struct route general_routes[] = {
    SHOW("/api/v2/admin/general-settings", GENERAL_SETTINGS),
    UPDATE("/api/v2/admin/general-settings", GENERAL_SETTINGS),
    {0},
};

const struct resource general_settings_resource = {
    .type = "general-settings",
    .audit = "general_settings",
    .attributes = general_attributes,
    .constraints = general_constraints,
    .routes = general_routes,
};

/* --- Cost estimation --- */

static void refuse_enabled(struct context *context, const struct patch *patch, const char *why)
{
    if (admin_flag(patch, "enabled") == ADMIN_TRUE)
        patch_fail(context, "enabled", why);
}

static const struct attribute cost_attributes[] = {
    {"enabled", ATTRIBUTE_BOOL, NEVER},
    {"aws-access-key-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"aws-secret-key", ATTRIBUTE_STRING, SECRET},
    {"gcp-credentials", ATTRIBUTE_STRING, SECRET},
    {"azure-client-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"azure-client-secret", ATTRIBUTE_STRING, SECRET},
    {"azure-subscription-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"azure-tenant-id", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"aws-enabled", ATTRIBUTE_BOOL, NEVER},
    {"aws-instance-profile-enabled", ATTRIBUTE_BOOL, NEVER},
    {"gcp-enabled", ATTRIBUTE_BOOL, NEVER},
    {"azure-enabled", ATTRIBUTE_BOOL, NEVER},
    {0},
};

static void before_cost(struct context *context, struct patch *patch)
{
    refuse_enabled(context, patch, "can't be true: this server estimates no costs");
    admin_seal(context, patch, "cost-estimation", "aws-secret-key");
    admin_seal(context, patch, "cost-estimation", "gcp-credentials");
    admin_seal(context, patch, "cost-estimation", "azure-client-secret");
}

static const struct route cost_routes[] = {
    SHOW("/api/v2/admin/cost-estimation-settings", COST_ESTIMATION_SETTINGS),
    UPDATE("/api/v2/admin/cost-estimation-settings", COST_ESTIMATION_SETTINGS),
    {0},
};

const struct resource cost_estimation_settings_resource = {
    .type = "cost-estimation-settings",
    .audit = "cost_estimation_settings",
    .attributes = cost_attributes,
    .before_write = before_cost,
    .routes = cost_routes,
};

/* --- Customization: shown on the pages as plain text --- */

static const char *check_support_address(struct context *context, const char *value)
{
    return *value ? check_email(context, value) : NULL;
}

#define PAGE_TEXT ATTRIBUTE_STRING, .max = 4096

static const struct attribute customization_attributes[] = {
    {"support-email-address", ATTRIBUTE_STRING, .max = 254, .check = check_support_address},
    {"login-help", PAGE_TEXT},
    {"footer", PAGE_TEXT},
    {"error", PAGE_TEXT},
    {"new-user", PAGE_TEXT},
    {0},
};

static const struct route customization_routes[] = {
    SHOW("/api/v2/admin/customization-settings", CUSTOMIZATION_SETTINGS),
    UPDATE("/api/v2/admin/customization-settings", CUSTOMIZATION_SETTINGS),
    {0},
};

const struct resource customization_settings_resource = {
    .type = "customization-settings",
    .audit = "customization_settings",
    .attributes = customization_attributes,
    .routes = customization_routes,
};

/* --- Text messages --- */

static const struct attribute twilio_attributes[] = {
    {"enabled", ATTRIBUTE_BOOL, NEVER},
    {"account-sid", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"from-number", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 64},
    {"auth-token", ATTRIBUTE_STRING,
     .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE | ATTRIBUTE_WRITE_ONLY},
    {0},
};

static void before_twilio(struct context *context, struct patch *patch)
{
    refuse_enabled(context, patch, "can't be true: this server sends no text messages");
    admin_seal(context, patch, "twilio", "auth-token");
}

static void verify_twilio(struct context *context)
{
    request_fail(context, ERROR_UNPROCESSABLE, NULL,
                 "Twilio is not enabled: this server sends no text messages");
}

static const struct route twilio_routes[] = {
    SHOW("/api/v2/admin/twilio-settings", TWILIO_SETTINGS),
    UPDATE("/api/v2/admin/twilio-settings", TWILIO_SETTINGS),
    {{HTTP_PATCH, "/api/v2/admin/twilio-settings/verify"},
     ROUTE_ACTION,
     STATEMENT_TWILIO_SETTINGS_SHOW,
     .handler = verify_twilio,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource twilio_settings_resource = {
    .type = "twilio-settings",
    .audit = "twilio_settings",
    .attributes = twilio_attributes,
    .before_write = before_twilio,
    .routes = twilio_routes,
};
