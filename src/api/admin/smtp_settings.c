/* The mail server of the site (today-admin.md 7.6). With a test address the settings are tried
 * before they are taken. */
#include "api/resources.h"

#include "api/admin/admin.h"
#include "api/checks.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "hooks/hook_mail.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "net/net_mail.h"

#define PASSWORD "smtp/password"

static const struct attribute attributes[] = {
    {"enabled", ATTRIBUTE_BOOL},
    {"host", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"port", ATTRIBUTE_INT, .flags = ATTRIBUTE_NULLABLE},
    {"sender", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 254, .check = check_email},
    {"auth", ATTRIBUTE_STRING, .column = "auth_method", .choices = "none|plain|login"},
    {"username", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 255},
    {"password", ATTRIBUTE_STRING,
     .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_NULLABLE | ATTRIBUTE_WRITE_ONLY},
    {"test-email-address", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NO_COLUMN | ATTRIBUTE_WRITE_ONLY},
    {0},
};

static const struct constraint constraints[] = {
    {"smtp_settings_port_check", ERROR_INVALID_ATTRIBUTE, "/data/attributes/port",
     "Port must be between 1 and 65535"},
    {"smtp_settings_complete_check", ERROR_INVALID_ATTRIBUTE, "/data/attributes/enabled",
     "Enabled needs a host, a port and a sender"},
    {0},
};

/* What the document says, else what is stored; NULL where it says null. */
static const char *value_of(const struct context *context, const struct patch *patch,
                            const char *attribute, const char *column)
{
    const struct json_value *value = patch_attribute(patch, attribute);
    return value ? json_text(value) : rows_get(context->rows, 0, column);
}

static int port_of(const struct context *context, const struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "port");
    int64_t port = value && json_kind(value) == JSON_INT ? json_integer(value)
                   : value                               ? 0
                                                         : rows_int(context->rows, 0, "port");
    return port > 0 && port <= 65535 ? (int)port : 0;
}

/* NULL with the failure recorded. */
static const char *password_of(struct context *context, const struct patch *patch)
{
    const struct json_value *value = patch_attribute(patch, "password");
    struct rows *rows = NULL;

    if (value)
        return json_text(value) ? json_text(value) : "";
    if (!CONTEXT_QUERY(context, STATEMENT_SETTING_SECRET, &rows, PASSWORD))
        return NULL;
    const char *password = rows ? crypto_open_text(context->arena, context->service->keyring,
                                                   PASSWORD, rows_get(rows, 0, "sealed_value"))
                                : "";
    if (!password)
        patch_fail(context, "password", "is sealed with a key that is not here: give it again");
    return password;
}

static void try_out(struct context *context, const struct patch *patch, const char *address)
{
    struct net_mail_server server = {
        .host = value_of(context, patch, "host", "host"),
        .port = port_of(context, patch),
        .sender = value_of(context, patch, "sender", "sender"),
        .username = value_of(context, patch, "username", "username"),
        .password = password_of(context, patch),
    };
    const char *auth = value_of(context, patch, "auth", "auth_method");
    const struct net_mail mail = {
        .to = &address,
        .to_count = 1,
        .subject = "Test of the mail settings",
        .text = "This mail server can be used by Terrace.\n",
    };
    struct hook_answer answer;

    if (request_failed(context) || !server.host || !server.sender || server.port == 0)
        return; /* the database says what is missing */
    server.auth = auth ? hook_mail_auth(auth) : NULL;
    hook_mail_send_by(context->arena, &server, &mail, &answer);
    if (!hook_is_success(&answer))
        patch_fail(context, "test-email-address", answer.problem);
}

static void before_write(struct context *context, struct patch *patch)
{
    const char *address = json_text(patch_attribute(patch, "test-email-address"));
    enum admin_flag flag = admin_flag(patch, "enabled");

    if (flag == ADMIN_ABSENT && rows_bool(context->rows, 0, "enabled"))
        flag = ADMIN_TRUE;
    if (!request_failed(context) && flag == ADMIN_TRUE && address && *address)
        try_out(context, patch, address);
    admin_seal(context, patch, "smtp", "password");
}

#define PATH "/api/v2/admin/smtp-settings"

static const struct route routes[] = {
    {{HTTP_GET, PATH}, ROUTE_SHOW, STATEMENT_SMTP_SETTINGS_SHOW, .principals = PRINCIPALS_USER},
    {{HTTP_PATCH, PATH},
     ROUTE_UPDATE,
     STATEMENT_SMTP_SETTINGS_SHOW,
     .write = STATEMENT_SMTP_SETTINGS_UPDATE,
     .reply = STATEMENT_SMTP_SETTINGS_REPLY,
     .principals = PRINCIPALS_USER},
    {0},
};

const struct resource smtp_settings_resource = {
    .type = "smtp-settings",
    .audit = "smtp_settings",
    .attributes = attributes,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
