/* Who is told what becomes of runs (today-runs.md section 18). An enabled configuration has
 * answered a verification: it is sent before anything is written, in the same request. */
#include "api/resources.h"

#include <string.h>

#include "api/checks.h"
#include "api/outbound.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "hooks/hook_body.h"
#include "hooks/hook_mail.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "net/net_mail.h"

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED, .max = 255},
    {"enabled", ATTRIBUTE_BOOL, .initial = "false"},
    {"destination-type", ATTRIBUTE_STRING, .flags = ATTRIBUTE_REQUIRED | ATTRIBUTE_CREATE_ONLY,
     .choices = "generic|slack|microsoft-teams|email"},
    {"url", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE, .max = 2048},
    {"token", ATTRIBUTE_STRING, .flags = ATTRIBUTE_NULLABLE | ATTRIBUTE_NO_COLUMN,
     .constant = "null"},
    {"triggers", ATTRIBUTE_STRINGS},
    {"email-addresses", ATTRIBUTE_STRINGS},
    {"delivery-responses", ATTRIBUTE_JSON, .flags = ATTRIBUTE_READ_ONLY},
    {"created-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {"updated-at", ATTRIBUTE_TIME, .flags = ATTRIBUTE_READ_ONLY},
    {0},
};

static const struct relationship relationships[] = {
    {"subscribable", RELATION_ONE, NULL, "subscribable"},
    {"users", RELATION_MANY, "users", "user_ids"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/notification-configurations/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"users", "user_ids", &user_resource, STATEMENT_USER_INCLUDE},
    {0},
};

static const struct constraint constraints[] = {
    {"notification_configurations_limit_check", ERROR_UNPROCESSABLE, NULL,
     "A workspace can have at most 20 notification configurations"},
    {0},
};

/* What a row is after the write, as far as rules look at it. */
struct wanted {
    const char *id;
    const char *name;
    const char *url;
    const char *destination_type;
    const char *key;
    bool enabled;
};

static const char *stored_key(struct context *context)
{
    const char *sealed = scope_get(context, "sealed_token");
    return sealed ? crypto_open_text(context->arena, context->service->keyring,
                                     scope_get(context, "id"), sealed)
                  : NULL;
}

static bool is_email(const struct wanted *wanted)
{
    return wanted->destination_type && strcmp(wanted->destination_type, "email") == 0;
}

/* The answer to keep, as JSON; NULL: it was none, or the transaction has been left. */
static const char *verify(struct context *context, const struct wanted *wanted)
{
    bool generic = strcmp(wanted->destination_type, "generic") == 0;
    struct hook hook = {
        .url = wanted->url,
        .body = hook_body_verification(context->arena, wanted->destination_type, wanted->id,
                                       wanted->name),
        .signature_header = generic ? HOOK_NOTIFICATION_SIGNATURE : NULL,
        .key = generic ? wanted->key : NULL,
        .user_agent = HOOK_NOTIFICATION_AGENT,
    };
    const struct hook_answer *answer = outbound_send(context, &hook);
    if (!answer)
        return NULL;
    if (hook_is_success(answer))
        return hook_response_json(context->arena, wanted->url, answer);
    request_fail(context, ERROR_BAD_REQUEST, "/data/attributes/url",
                 "The verification of the notification configuration failed: the URL %s",
                 hook_outcome(context->arena, answer));
    return NULL;
}

/* --- Rules of a document --- */

#define OF_RUNS                                                                                    \
    "run:created|run:planning|run:needs_attention|run:applying|run:completed|run:errored|"         \
    "assessment:drifted|assessment:check_failure|assessment:failed|"                               \
    "workspace:auto_destroy_reminder|workspace:auto_destroy_run_results"
#define OF_TEAM "change_request:created"

static bool is_of_team(const struct context *context)
{
    return scope_get(context, "team_id") != NULL;
}

/* The vendor's page has a second word for the only trigger that a team has. */
static const char *normal_trigger(const char *trigger)
{
    return strcmp(trigger, "team:change_request") == 0 ? OF_TEAM : trigger;
}

static void take_triggers(struct context *context, struct patch *patch)
{
    const struct json_value *list = patch_attribute(patch, "triggers");
    const char *choices = is_of_team(context) ? OF_TEAM : OF_RUNS;

    if (!list || json_kind(list) != JSON_ARRAY)
        return;
    json_key(&patch->w, "triggers");
    json_array_begin(&patch->w);
    for (size_t i = 0; i < json_length(list); i++) {
        const char *trigger = json_text(json_at(list, i));
        if (!trigger)
            continue;
        if (!patch_is_choice(choices, normal_trigger(trigger)))
            patch_fail(context, "triggers",
                       arena_printf(context->arena, "are not valid: %s", trigger));
        json_string(&patch->w, normal_trigger(trigger));
    }
    json_array_end(&patch->w);
}

static void check_addresses(struct context *context, const struct patch *patch)
{
    const struct json_value *list = patch_attribute(patch, "email-addresses");
    for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_length(list); i++) {
        const char *address = json_text(json_at(list, i));
        if (address && check_email(context, address))
            patch_fail(context, "email-addresses",
                       arena_printf(context->arena, "are not valid: %s", address));
    }
}

/* Recipients of e-mail. An update of such a configuration that names none leaves none. */
static void take_users(struct context *context, struct patch *patch, const struct wanted *wanted)
{
    const struct json_value *data = json_get(patch_relationship(patch, "users"), "data");
    const char *pointer = "/data/relationships/users/data";
    struct rows *unknown = NULL;

    if (!data || json_kind(data) == JSON_NULL) {
        if (!patch->create && is_email(wanted))
            patch_json(patch, "user_ids", "[]");
        return;
    }
    const char *ids = identifiers_read(context, data, pointer, "users");
    if (!ids || !CONTEXT_QUERY(context, STATEMENT_NOTIFICATION_UNKNOWN_USER, &unknown,
                               scope_get(context, "organization_id"), ids))
        return;
    if (rows_count(unknown) > 0)
        request_fail(context, ERROR_INVALID_RELATIONSHIP, pointer,
                     "Users must be members of the organization: %s", rows_get(unknown, 0, "id"));
    json_key(&patch->w, "user_ids");
    json_array_begin(&patch->w);
    for (size_t i = 0; i < json_length(data); i++)
        json_string(&patch->w, json_text(json_get(json_at(data, i), "id")));
    json_array_end(&patch->w);
}

static void take_token(struct context *context, struct patch *patch, struct wanted *wanted)
{
    const struct json_value *token = patch_attribute(patch, "token");

    if (!token)
        return;
    const char *text = json_text(token);
    wanted->key = text && *text ? text : NULL;
    if (!text && json_kind(token) != JSON_NULL)
        patch_fail(context, "token", "must be a string");
    else if (!wanted->key)
        patch_null(patch, "sealed_token");
    else
        patch_string(patch, "sealed_token",
                     crypto_seal_text(context->arena, context->service->keyring, patch->id, text));
}

static void take_url(struct context *context, const struct patch *patch, struct wanted *wanted)
{
    const struct json_value *url = patch_attribute(patch, "url");
    if (url)
        wanted->url = json_text(url);
    if (is_email(wanted))
        return;
    if (!wanted->url || !*wanted->url)
        patch_fail(context, "url", "can't be blank");
    else if (!hook_is_url(wanted->url))
        patch_fail(context, "url", "is not a valid http or https URL");
}

static struct wanted read_wanted(struct context *context, const struct patch *patch)
{
    const struct json_value *name = patch_attribute(patch, "name");
    const struct json_value *enabled = patch_attribute(patch, "enabled");
    struct wanted wanted = {.id = patch->id};

    if (patch->create) {
        wanted.destination_type = json_text(patch_attribute(patch, "destination-type"));
    } else {
        wanted.name = scope_get(context, "name");
        wanted.url = scope_get(context, "url");
        wanted.destination_type = scope_get(context, "destination_type");
        wanted.enabled = rows_bool(context->rows, 0, "enabled");
        wanted.key = stored_key(context);
    }
    if (json_text(name))
        wanted.name = json_text(name);
    if (enabled && json_kind(enabled) == JSON_BOOL)
        wanted.enabled = json_boolean(enabled);
    return wanted;
}

static void before_write(struct context *context, struct patch *patch)
{
    struct wanted wanted = read_wanted(context, patch);

    if (wanted.destination_type)
        take_url(context, patch, &wanted);
    take_triggers(context, patch);
    check_addresses(context, patch);
    take_token(context, patch, &wanted);
    take_users(context, patch, &wanted);
    if (request_failed(context) || !wanted.enabled || !wanted.destination_type || is_email(&wanted))
        return;
    const char *response = verify(context, &wanted);
    if (response)
        patch_json(patch, "delivery_responses", response);
}

/* --- Actions --- */

/* What has come of a mail is told, and is no error: whether it has been read nobody knows (18.6).
 */
static const char *mail(struct context *context, const struct wanted *wanted)
{
    struct net_mail mail = {
        .subject = arena_printf(context->arena, "Verification of %s", wanted->name),
        .text = hook_body_verification(context->arena, "email", wanted->id, wanted->name),
    };
    struct hook_answer answer;
    struct rows *rows = NULL;
    const char **to;

    if (!CONTEXT_QUERY(context, STATEMENT_NOTIFICATION_RECIPIENTS, &rows, wanted->id))
        return NULL;
    mail.to_count = rows_array(context->arena, rows_get(rows, 0, "recipients"), &to);
    mail.to = to;
    if (!db_ok(context, hook_mail_send(context->service->db, context->arena,
                                       context->service->keyring, &mail, &answer)))
        return NULL;
    return hook_response_json(context->arena, NULL, &answer);
}

static bool verify_stored(struct context *context)
{
    struct wanted wanted = {
        .id = scope_get(context, "id"),
        .name = scope_get(context, "name"),
        .url = scope_get(context, "url"),
        .destination_type = scope_get(context, "destination_type"),
        .key = stored_key(context),
    };
    const char *response = is_email(&wanted) ? mail(context, &wanted) : verify(context, &wanted);
    return response &&
           CONTEXT_QUERY(context, STATEMENT_NOTIFICATION_ANSWERED, NULL, wanted.id, response);
}

static void verify_action(struct context *context)
{
    if (verify_stored(context))
        reply_with(context, 200, STATEMENT_NOTIFICATION_SHOW, scope_get(context, "id"));
}

static void enable_action(struct context *context)
{
    if (verify_stored(context) &&
        CONTEXT_QUERY(context, STATEMENT_NOTIFICATION_UPDATE, NULL, scope_get(context, "id"),
                      "{\"enabled\": true}", principal_actor(&context->principal)))
        reply_with(context, 200, STATEMENT_NOTIFICATION_SHOW, scope_get(context, "id"));
}

#define OF(parent) "/api/v2/" parent "/notification-configurations"
#define ONE "/api/v2/notification-configurations/:notification_configuration_id"
#define MANAGE PERMISSION_MASK(ADMIN)

#define PARENT(path, list, load, create)                                                           \
    {{HTTP_GET, path}, ROUTE_LIST, list, MANAGE, .flags = ROUTE_OPTIONAL_PAGE | ROUTE_BARE},       \
    {                                                                                              \
        {HTTP_POST, path}, ROUTE_CREATE, load, MANAGE, create, STATEMENT_NOTIFICATION_SHOW         \
    }

static const struct route routes[] = {
    PARENT(OF("workspaces/:workspace_id"), STATEMENT_NOTIFICATION_WORKSPACE_LIST,
           STATEMENT_NOTIFICATION_WORKSPACE_LOAD, STATEMENT_NOTIFICATION_WORKSPACE_CREATE),
    PARENT(OF("teams/:team_id"), STATEMENT_NOTIFICATION_TEAM_LIST, STATEMENT_NOTIFICATION_TEAM_LOAD,
           STATEMENT_NOTIFICATION_TEAM_CREATE),
    PARENT(OF("projects/:project_id"), STATEMENT_NOTIFICATION_PROJECT_LIST,
           STATEMENT_NOTIFICATION_PROJECT_LOAD, STATEMENT_NOTIFICATION_PROJECT_CREATE),
    {{HTTP_GET, ONE}, ROUTE_SHOW, STATEMENT_NOTIFICATION_SHOW, MANAGE},
    {{HTTP_PATCH, ONE},
     ROUTE_UPDATE,
     STATEMENT_NOTIFICATION_LOAD,
     MANAGE,
     STATEMENT_NOTIFICATION_UPDATE,
     STATEMENT_NOTIFICATION_SHOW},
    {{HTTP_DELETE, ONE},
     ROUTE_DELETE,
     STATEMENT_NOTIFICATION_LOAD,
     MANAGE,
     STATEMENT_NOTIFICATION_DELETE},
    {{HTTP_POST, ONE "/actions/verify"},
     ROUTE_ACTION,
     STATEMENT_NOTIFICATION_LOAD,
     MANAGE,
     .handler = verify_action,
     .flags = ROUTE_NO_DOCUMENT},
    {{HTTP_POST, ONE "/actions/enable"},
     ROUTE_ACTION,
     STATEMENT_NOTIFICATION_LOAD,
     MANAGE,
     .handler = enable_action,
     .flags = ROUTE_NO_DOCUMENT},
    {0},
};

const struct resource notification_configuration_resource = {
    .type = "notification-configurations",
    .audit = "notification_configuration",
    .id_prefix = "nc-",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .constraints = constraints,
    .before_write = before_write,
    .routes = routes,
};
