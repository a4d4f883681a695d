/* Dynamic provider credentials (today-runs.md 21.9): what a run's CLI has to find so that a cloud's
 * provider or Vault's takes the run's identity token instead of a secret. All that is known of a
 * provider is a row of `providers` and its function; the runner only writes files, sets variables
 * and logs in to Vault (docs/runner-protocol.md).
 *
 * TFC_<provider>_PROVIDER_AUTH = true asks for it, with `_<TAG>` behind each name for another one
 * of the same provider. A setting is looked for with RUN or the phase's name in it, then, behind
 * TFC_DEFAULT_, what counts for all tags. */
#include "api/runner/runner.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"

/* Stands for the folder of the files, which only the runner knows. */
#define FOLDER "{credentials}/"

struct credentials;

struct provider {
    const char *name;     /* in the names of settings */
    const char *variable; /* tfc_<this>_dynamic_credentials */
    const char *audience; /* where none is set; NULL: by the function */
    /* Writes env and files; what goes into the input variable is returned. NULL: see problem. */
    const char *(*write)(struct credentials *c);
};

struct credentials {
    struct context *context;
    const struct rows *job;
    const struct json_value *variables;
    const struct provider *provider;
    const char *tag;   /* "", or with its _ */
    const char *plain; /* "aws", "aws_tag": what its files begin with */
    const char *token;
    struct json_writer *env, *files, *vault;
    const char *problem; /* of the first that misses something */
};

/* --- Settings --- */

static const char *variable(const struct credentials *c, const char *name)
{
    for (size_t i = 0; i < json_length(c->variables); i++) {
        const struct json_value *one = json_at(c->variables, i);
        const char *key = json_text(json_get(one, "key"));
        const char *category = json_text(json_get(one, "category"));
        const char *value = json_text(json_get(one, "value"));
        if (key && category && strcmp(category, "env") == 0 && strcmp(key, name) == 0)
            return value && *value ? value : NULL;
    }
    return NULL;
}

/* With the tag, or, behind TFC_DEFAULT_, what counts for all of them. NULL: it is not set. */
static const char *own_setting(const struct credentials *c, const char *name)
{
    return variable(
        c, arena_printf(c->context->arena, "TFC_%s_%s%s", c->provider->name, name, c->tag));
}

static const char *default_setting(const struct credentials *c, const char *name)
{
    return variable(c,
                    arena_printf(c->context->arena, "TFC_DEFAULT_%s_%s", c->provider->name, name));
}

static const char *setting(const struct credentials *c, const char *name)
{
    const char *own = own_setting(c, name);
    return own ? own : default_setting(c, name);
}

static const char *phase_setting(const struct credentials *c, const char *name)
{
    struct arena *arena = c->context->arena;
    bool apply = strcmp(rows_get(c->job, 0, "kind"), "apply") == 0;
    const char *phase = arena_printf(arena, "%s_%s", apply ? "APPLY" : "PLAN", name);
    const char *run = arena_printf(arena, "RUN_%s", name);
    const char *found = own_setting(c, phase);

    if (!found)
        found = own_setting(c, run);
    if (!found)
        found = default_setting(c, phase);
    return found ? found : default_setting(c, run);
}

static const char *missing(struct credentials *c, const char *names)
{
    if (!c->problem)
        c->problem = arena_printf(c->context->arena,
                                  "TFC_%s_PROVIDER_AUTH%s is true, but TFC_%s_%s%s is not set",
                                  c->provider->name, c->tag, c->provider->name, names, c->tag);
    return NULL;
}

static const char *need(struct credentials *c, const char *name)
{
    const char *value = setting(c, name);
    return value ? value : missing(c, name);
}

static const char *need_of_phase(struct credentials *c, const char *name)
{
    const char *value = phase_setting(c, name);
    return value ? value : missing(c, arena_printf(c->context->arena, "RUN_%s", name));
}

/* --- What is written --- */

static void pair(struct json_writer *w, const char *name, const char *key, const char *text,
                 const char *value)
{
    json_object_begin(w);
    json_member_string(w, name, key);
    json_member_string(w, text, value);
    json_object_end(w);
}

/* The environment speaks of the one without a tag. */
static void env(struct credentials *c, const char *key, const char *value)
{
    if (!*c->tag)
        pair(c->env, "key", key, "value", value);
}

/* Its path, as the CLI will see it. */
static const char *file(struct credentials *c, const char *end, const char *text)
{
    const char *name = arena_printf(c->context->arena, "%s.%s", c->plain, end);
    pair(c->files, "name", name, "text", text);
    return arena_printf(c->context->arena, FOLDER "%s", name);
}

static const char *token_file(struct credentials *c)
{
    return file(c, "token", c->token);
}

/* An object of texts: name, value, ... up to NULL. */
static const char *object(struct credentials *c, const char *name, ...)
{
    struct json_writer w;
    struct buf out;
    va_list more;

    buf_init(&out, c->context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    va_start(more, name);
    for (; name; name = va_arg(more, const char *))
        json_member_string(&w, name, va_arg(more, const char *));
    va_end(more);
    json_object_end(&w);
    return buf_str(&out);
}

static const char *quoted(struct credentials *c, const char *text)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, c->context->arena);
    json_writer_init(&w, &out);
    json_string(&w, text);
    return buf_str(&out);
}

/* False, with the failure recorded. audience NULL: the one that is set, or usual. */
static bool make_token(struct credentials *c, const char *audience)
{
    const char *set = setting(c, "WORKLOAD_IDENTITY_AUDIENCE");

    if (set)
        audience = set;
    else if (!audience)
        audience = c->provider->audience;
    if (!audience) {
        (void)missing(c, "WORKLOAD_IDENTITY_AUDIENCE");
        return false;
    }
    c->token = runner_identity_token(c->context, c->job, audience);
    return c->token != NULL;
}

/* --- The providers --- */

static const char *write_aws(struct credentials *c)
{
    const char *role = need_of_phase(c, "ROLE_ARN");

    if (!role || !make_token(c, NULL))
        return NULL;
    const char *token = token_file(c);
    const char *run = rows_get(c->job, 0, "run_id");
    env(c, "AWS_ROLE_ARN", role);
    env(c, "AWS_WEB_IDENTITY_TOKEN_FILE", token);
    env(c, "AWS_ROLE_SESSION_NAME", run);
    return object(c, "shared_config_file",
                  file(c, "config",
                       arena_printf(c->context->arena,
                                    "[default]\nrole_arn = %s\nweb_identity_token_file = %s\n"
                                    "role_session_name = %s\n",
                                    role, token, run)),
                  NULL);
}

/* projects/1/locations/global/workloadIdentityPools/p/providers/q, whole or in three parts. */
static const char *gcp_provider(struct credentials *c)
{
    const char *whole = setting(c, "WORKLOAD_PROVIDER_NAME");
    const char *project = setting(c, "PROJECT_NUMBER");
    const char *pool = setting(c, "WORKLOAD_POOL_ID");
    const char *provider = setting(c, "WORKLOAD_PROVIDER_ID");

    if (whole)
        return whole;
    if (!project || !pool || !provider)
        return missing(c, "WORKLOAD_PROVIDER_NAME");
    return arena_printf(c->context->arena,
                        "projects/%s/locations/global/workloadIdentityPools/%s/providers/%s",
                        project, pool, provider);
}

static const char *write_gcp(struct credentials *c)
{
    struct arena *arena = c->context->arena;
    const char *email = need_of_phase(c, "SERVICE_ACCOUNT_EMAIL");
    const char *provider = email ? gcp_provider(c) : NULL;
    struct json_writer w;
    struct buf out;

    if (!provider)
        return NULL;
    const char *audience = arena_printf(arena, "//iam.googleapis.com/%s", provider);
    if (!make_token(c, audience))
        return NULL;
    buf_init(&out, arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(&w, "type", "external_account");
    json_member_string(&w, "audience", audience);
    json_member_string(&w, "subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
    json_member_string(&w, "token_url", "https://sts.googleapis.com/v1/token");
    json_member_string(
        &w, "service_account_impersonation_url",
        arena_printf(arena,
                     "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
                     "%s:generateAccessToken",
                     email));
    json_key(&w, "credential_source");
    json_object_begin(&w);
    json_member_string(&w, "file", token_file(c));
    json_member_raw(&w, "format", "{\"type\":\"text\"}");
    json_object_end(&w);
    json_object_end(&w);
    const char *path = file(c, "json", buf_str(&out));
    env(c, "GOOGLE_CREDENTIALS", path);
    return object(c, "credentials", path, NULL);
}

static const char *write_azure(struct credentials *c)
{
    const char *client = need_of_phase(c, "CLIENT_ID");

    if (!client || !make_token(c, NULL))
        return NULL;
    env(c, "ARM_USE_OIDC", "true");
    env(c, "ARM_CLIENT_ID", client);
    env(c, "ARM_OIDC_TOKEN", c->token);
    return object(c, "client_id_file_path", file(c, "client_id", client), "oidc_token_file_path",
                  token_file(c), NULL);
}

static const char *write_kubernetes(struct credentials *c)
{
    if (!make_token(c, NULL))
        return NULL;
    env(c, "KUBE_TOKEN", c->token);
    return object(c, "token_path", token_file(c), NULL);
}

static const char *write_hcp(struct credentials *c)
{
    const char *resource = need_of_phase(c, "PROVIDER_RESOURCE_NAME");

    if (!resource || !make_token(c, NULL))
        return NULL;
    const char *path =
        file(c, "json",
             arena_printf(c->context->arena,
                          "{\"scheme\":\"workload\",\"workload\":"
                          "{\"provider_resource_name\":%s,\"file\":%s}}",
                          quoted(c, resource), object(c, "path", token_file(c), NULL)));
    env(c, "HCP_CRED_FILE", path);
    return object(c, "credential_file", path, NULL);
}

/* PEM in base64; NULL: none. */
static const char *vault_authority(struct credentials *c)
{
    const char *encoded = setting(c, "ENCODED_CACERT");
    size_t len;
    char *text =
        encoded ? crypto_base64_decode(c->context->arena, encoded, strlen(encoded), &len) : NULL;

    if (encoded && (!text || memchr(text, '\0', len)) && !c->problem)
        c->problem =
            arena_printf(c->context->arena, "TFC_VAULT_ENCODED_CACERT%s is no base64", c->tag);
    return text ? arena_strndup(c->context->arena, text, len) : NULL;
}

/* Vault has to be asked for a token, which the runner does: it may stand where only that reaches.
 */
static const char *write_vault(struct credentials *c)
{
    const char *address = need(c, "ADDR");
    const char *role = address ? need_of_phase(c, "ROLE") : NULL;
    const char *authority = vault_authority(c);
    const char *namespace = setting(c, "NAMESPACE");
    const char *path = setting(c, "AUTH_PATH");
    struct json_writer *w = c->vault;

    if (!role || c->problem || !make_token(c, NULL))
        return NULL;
    const char *name = arena_printf(c->context->arena, "%s.token", c->plain);
    const char *authority_path = authority ? file(c, "pem", authority) : "";
    json_object_begin(w);
    json_member_string(w, "address", address);
    json_member_string(w, "namespace", namespace);
    json_member_string(w, "path", path ? path : "jwt");
    json_member_string(w, "role", role);
    json_member_string(w, "jwt", c->token);
    json_member_string(w, "authority", authority ? authority_path : NULL);
    json_member_string(w, "file", name);
    json_member_string(w, "env", *c->tag ? NULL : "VAULT_TOKEN");
    json_object_end(w);
    env(c, "VAULT_ADDR", address);
    if (namespace)
        env(c, "VAULT_NAMESPACE", namespace);
    if (authority)
        env(c, "VAULT_CACERT", authority_path);
    return object(c, "token_filename", arena_printf(c->context->arena, FOLDER "%s", name),
                  "address", address, "namespace", namespace ? namespace : "", "ca_cert_file",
                  authority_path, NULL);
}

static const struct provider providers[] = {
    {"AWS", "aws", "aws.workload.identity", write_aws},
    {"AZURE", "azure", "api://AzureADTokenExchange", write_azure},
    {"GCP", "gcp", NULL, write_gcp},
    {"HCP", "hcp", "hcp.workload.identity", write_hcp},
    {"KUBERNETES", "kubernetes", NULL, write_kubernetes},
    {"VAULT", "vault", "vault.workload.identity", write_vault},
};

/* --- All of them --- */

/* The tag, with its _, of a variable that asks for this provider; NULL: it does not. */
static const char *asks_for(const struct credentials *c, const struct json_value *one)
{
    const char *start = arena_printf(c->context->arena, "TFC_%s_PROVIDER_AUTH", c->provider->name);
    const char *key = json_text(json_get(one, "key"));
    const char *value = json_text(json_get(one, "value"));
    const char *category = json_text(json_get(one, "category"));
    size_t len = strlen(start);

    if (!key || !value || !category || strcmp(category, "env") != 0 || strcmp(value, "true") != 0 ||
        strncmp(key, start, len) != 0)
        return NULL;
    key += len;
    if (*key && (*key != '_' || !key[1] || strcmp(key, "_TYPE") == 0))
        return NULL;
    for (const char *at = key; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '_')
            return NULL;
    return key;
}

static void write_provider(struct credentials *c)
{
    struct arena *arena = c->context->arena;
    struct json_writer w;
    struct buf aliases;
    const char *main = NULL;
    bool any = false;

    buf_init(&aliases, arena);
    json_writer_init(&w, &aliases);
    json_object_begin(&w);
    for (size_t i = 0; i < json_length(c->variables); i++) {
        c->tag = asks_for(c, json_at(c->variables, i));
        if (!c->tag)
            continue;
        c->plain = arena_printf(arena, "%s%s", c->provider->variable, c->tag);
        const char *said = c->provider->write(c);
        if (!said)
            return;
        any = true;
        if (*c->tag)
            json_member_raw(&w, c->tag + 1, said);
        else
            main = said;
    }
    json_object_end(&w);
    if (any)
        pair(c->env, "key",
             arena_printf(arena, "TF_VAR_tfc_%s_dynamic_credentials", c->provider->variable),
             "value",
             arena_printf(arena, "{\"default\":%s,\"aliases\":%s}", main ? main : "null",
                          buf_str(&aliases)));
}

void runner_credentials_write(struct runner *runner, const struct rows *job,
                              const struct json_value *variables)
{
    struct buf parts[3];
    struct json_writer w[3];
    static const char *const names[] = {"env", "files", "vault"};
    struct credentials c = {.context = runner->context,
                            .job = job,
                            .variables = variables,
                            .env = &w[0],
                            .files = &w[1],
                            .vault = &w[2]};

    for (int i = 0; i < 3; i++) {
        buf_init(&parts[i], runner->context->arena);
        json_writer_init(&w[i], &parts[i]);
        json_array_begin(&w[i]);
    }
    for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++) {
        c.provider = &providers[i];
        write_provider(&c);
    }
    json_key(&runner->w, "credentials");
    json_object_begin(&runner->w);
    json_member_string(&runner->w, "problem", c.problem);
    for (int i = 0; i < 3; i++) {
        json_array_end(&w[i]);
        json_member_raw(&runner->w, names[i], c.problem ? "[]" : buf_str(&parts[i]));
    }
    json_object_end(&runner->w);
}
