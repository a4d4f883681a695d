/* Signing in by SAML 2.0 (docs/admin.md): to the identity provider and back, or from there at once.
 * The answer comes as a form from another site, so that no cookie of ours is with it: what binds it
 * to a request of this installation is the request's id, and each answer is taken once. */
#include "api/resources.h"

#include <string.h>
#include <strings.h>

#include "api/checks.h"
#include "api/pages/page_checks.h"
#include "api/pages/pages.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "saml/saml.h"

/* The response in base64, and once more as a form. */
#define MAX_RESPONSE (1 << 20)

/* The settings and this side. False when the answer is given. */
static bool load(struct context *context, struct rows **settings, struct saml_provider *self)
{
    const char *base = context_base_url(context);

    if (!page_db_ok(context, db_query_text(context->service->db, context->arena,
                                           STATEMENT_SAML_LOAD, settings, NULL, 0)))
        return false;
    *self = (struct saml_provider){
        .entity_id = arena_printf(context->arena, "%s" SAML_METADATA_PATH, base),
        .acs_url = arena_printf(context->arena, "%s" SAML_ACS_PATH, base),
        .certificate = rows_get(*settings, 0, "certificate"),
        .requests_signed = rows_bool(*settings, 0, "authn_requests_signed"),
        .want_assertions_signed = rows_bool(*settings, 0, "want_assertions_signed"),
    };
    return true;
}

static bool load_in_force(struct context *context, struct rows **settings,
                          struct saml_provider *self)
{
    if (!load(context, settings, self))
        return false;
    if (rows_bool(*settings, 0, "in_force"))
        return true;
    page_nothing(context, NULL);
    return false;
}

static void metadata(struct context *context)
{
    struct saml_provider self;
    struct rows *settings;

    if (!load(context, &settings, &self))
        return;
    const char *text = saml_metadata(context->arena, &self);
    context->request->status = 200;
    http_header(context->request, "Content-Type", "application/samlmetadata+xml");
    http_write(context->request, text, strlen(text));
}

/* --- There --- */

/* False when the answer is given. *key NULL: requests are not signed. */
static bool signing_key(struct context *context, const struct saml_provider *self, const char **key)
{
    struct rows *rows = NULL;

    *key = NULL;
    if (!self->requests_signed)
        return true;
    enum db_status status = db_query(context->service->db, context->arena, STATEMENT_SETTING_SECRET,
                                     &rows, "saml/private-key");
    if (status != DB_NO_ROWS && !page_db_ok(context, status))
        return false;
    *key = status == DB_OK ? crypto_open_text(context->arena, context->service->keyring,
                                              "saml/private-key", rows_get(rows, 0, "sealed_value"))
                           : NULL;
    if (*key)
        return true;
    page_message(context, NULL, 500, "Signing in is not set up",
                 "Requests to the identity provider have to be signed, and the key for that is not "
                 "here. The administrator of this server can mend it.");
    return false;
}

static void start(struct context *context)
{
    struct saml_provider self;
    struct rows *settings;
    struct saml_request request = {0};
    const char *return_to = page_query(context, "return_to");

    if (!load_in_force(context, &settings, &self) || !signing_key(context, &self, &request.key))
        return;
    request.id = ids_new(context->arena, "_saml-");
    request.destination = rows_get(settings, 0, "sso_endpoint_url");
    request.relay_state = "";
    request.sha1 = strcmp(rows_get(settings, 0, "signature_signing_method"), "SHA1") == 0;
    const char *url = saml_request_url(context->arena, &self, &request);
    if (!url) {
        page_message(context, NULL, 500, "Signing in is not set up",
                     "The private key for requests to the identity provider is no RSA key in PEM. "
                     "The administrator of this server can mend it.");
        return;
    }
    if (page_db_ok(context, db_query(context->service->db, context->arena,
                                     STATEMENT_SAML_REQUEST_CREATE, NULL, request.id,
                                     page_checks_return_to(return_to) ? return_to : "/app")))
        page_redirect(context, 302, url);
}

/* --- And back --- */

/* With `debug`, whoever sets this up sees what came. */
static void refuse(struct context *context, const struct rows *settings, const char *response,
                   const char *problem)
{
    size_t len = 0;
    const char *xml = rows_bool(settings, 0, "debug")
                          ? crypto_base64_decode(context->arena, response, strlen(response), &len)
                          : NULL;

    log_warn("%s sign-in by SAML refused: %s", context->request_id, problem);
    page_message(context, NULL, 403, "You are not signed in",
                 arena_printf(context->arena,
                              "The answer of the identity provider is not taken: %s.%s%.*s",
                              problem, xml ? " What came: " : "", (int)len, xml ? xml : ""));
}

static const char *const sentences[][2] = {
    {"late", "nobody has asked for it here, or too long ago: begin anew"},
    {"used", "it was used before: begin anew"},
    {"unknown", "there is no account for this person: the identity provider has to make it first"},
    {"disabled", "this account is shut"},
};

static const char *sentence(const char *problem)
{
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i][0], problem) == 0)
            return sentences[i][1];
    return problem;
}

/* Boolean attributes: nothing where there is none. */
static void add_flag(struct json_writer *w, const char *key, const struct json_value *values)
{
    const char *text = json_text(json_at(values, 0));

    if (text)
        json_member_bool(w, key, strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

static void add_parts(struct json_writer *w, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, ",");
        size_t lead = strspn(text, " ");
        size_t end = len;
        while (end > lead && text[end - 1] == ' ')
            end--;
        if (end > lead)
            json_string_n(w, text + lead, end - lead);
        text += len + (text[len] == ',');
    }
}

/* Each value is a name, or several between commas. */
static void add_groups(struct json_writer *w, const struct json_value *values)
{
    if (!values)
        return;
    json_key(w, "groups");
    json_array_begin(w);
    for (size_t i = 0; i < json_length(values); i++)
        add_parts(w, json_text(json_at(values, i)));
    json_array_end(w);
}

/* The attributes by the names that the settings give them, as saml_sign_in() wants them. */
static const char *meaning(struct context *context, const struct rows *settings,
                           const struct json_value *said)
{
    const struct json_value *attributes = json_get(said, "attributes");
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(&w, "assertion", json_text(json_get(said, "assertion")));
    json_member_int(&w, "expires", json_integer(json_get(said, "expires")));
    json_member_string(&w, "request", json_text(json_get(said, "request")));
    json_member_string(&w, "email", json_text(json_get(said, "name")));
    json_member_string(
        &w, "username",
        json_text(json_at(json_get(attributes, rows_get(settings, 0, "attr_username")), 0)));
    add_groups(&w, json_get(attributes, rows_get(settings, 0, "attr_groups")));
    add_flag(&w, "site_admin", json_get(attributes, rows_get(settings, 0, "attr_site_admin")));
    add_flag(&w, "service_account", json_get(attributes, "IsServiceAccount"));
    json_object_end(&w);
    return buf_str(&out);
}

/* The account and its teams, with their events, in one transaction. */
static bool let_in(struct context *context, const char *given, struct rows **done)
{
    struct db *db = context->service->db;

    if (!page_db_ok(context, db_begin(db)))
        return false;
    if (!page_db_ok(context, db_query(db, context->arena, STATEMENT_SAML_SIGN_IN, done,
                                      ids_new(context->arena, "user-"), given)))
        return false;
    const char *changes = rows_get(*done, 0, "changes");
    if (changes &&
        !page_db_ok(context, db_query(db, context->arena, STATEMENT_SAML_AUDIT, NULL,
                                      rows_get(*done, 0, "user_id"), changes, context->request_id,
                                      context->request->remote_addr)))
        return false;
    return page_db_ok(context, db_commit(db));
}

static void consume(struct context *context)
{
    struct saml_provider self;
    struct rows *settings, *done = NULL;
    struct form form;

    if (!page_form_within(context, &form, MAX_RESPONSE) ||
        !load_in_force(context, &settings, &self))
        return;
    const char *response = page_field(&form, "SAMLResponse");
    const struct json_value *said = saml_check(
        context->arena, &(struct saml_expected){.self = &self,
                                                .response = response,
                                                .certificates = {
                                                    rows_get(settings, 0, "idp_cert"),
                                                    rows_get(settings, 0, "old_idp_cert"),
                                                }});
    const char *problem = said ? json_text(json_get(said, "problem")) : "it could not be checked";
    const char *name = said && !problem ? json_text(json_get(said, "name")) : NULL;
    if (!problem && check_email(context, name))
        problem = "its NameID is no email address";
    if (problem) {
        refuse(context, settings, response, problem);
        return;
    }
    if (!let_in(context, meaning(context, settings, said), &done))
        return;
    const char *user = rows_get(done, 0, "user_id");
    const char *return_to = rows_get(done, 0, "return_to");
    if (rows_get(done, 0, "problem"))
        refuse(context, settings, "", sentence(rows_get(done, 0, "problem")));
    else if (session_begin(context, user)) {
        log_info("%s sign-in user=%s by=saml", context->request_id, user);
        page_redirect(context, 303, return_to ? return_to : "/app");
    }
}

static const struct route routes[] = {
    {{HTTP_GET, SAML_METADATA_PATH}, ROUTE_RAW, .handler = metadata},
    {{HTTP_GET, SAML_START_PATH}, ROUTE_RAW, .handler = start},
    {{HTTP_POST, SAML_ACS_PATH}, ROUTE_RAW, .handler = consume},
    {0},
};

const struct resource saml_resource = {
    .type = "pages",
    .routes = routes,
};
