/* Workload identity: a run proves to another service (a cloud, a vault) which run it is, by a token
 * that this server signs (today-runs.md 21.8). It is asked for by an environment variable,
 * TFC_WORKLOAD_IDENTITY_AUDIENCE or TFC_WORKLOAD_IDENTITY_AUDIENCE_<TAG>, and comes in another. */
#include "api/runner/runner.h"

#include <string.h>

#include "api/admin/oidc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"

#define AUDIENCE "TFC_WORKLOAD_IDENTITY_AUDIENCE"
#define TOKEN "TFC_WORKLOAD_IDENTITY_TOKEN"
/* Of clocks that do not agree. */
#define LEEWAY 5

/* The tag behind the name with its `_`, "" for none; NULL when the variable is of something else.
 */
static const char *tag_of(const struct json_value *variable)
{
    const char *key = json_text(json_get(variable, "key"));
    const char *category = json_text(json_get(variable, "category"));
    size_t len = strlen(AUDIENCE);

    if (!key || !category || strcmp(category, "env") != 0 || strncmp(key, AUDIENCE, len) != 0)
        return NULL;
    key += len;
    if (*key == '\0')
        return key;
    return *key == '_' && key[1] && strcmp(key, "_TYPE") != 0 ? key : NULL;
}

static void write_claims(struct context *context, struct json_writer *w, const struct rows *job,
                         const char *audience)
{
    struct arena *arena = context->arena;
    const char *organization = rows_get(job, 0, "organization");
    const char *phase = rows_get(job, 0, "kind");
    int64_t now = clock_now();
    const char *whole = arena_printf(arena, "organization:%s:project:%s:workspace:%s", organization,
                                     rows_get(job, 0, "project"), rows_get(job, 0, "workspace"));

    json_object_begin(w);
    json_member_string(w, "jti", rows_get(job, 0, "token_uuid"));
    json_member_string(w, "iss", context_base_url(context));
    json_member_string(w, "aud", audience);
    json_member_int(w, "iat", now);
    json_member_int(w, "nbf", now - LEEWAY);
    json_member_int(w, "exp", now + rows_int(job, 0, "timeout_seconds"));
    json_member_string(w, "sub", arena_printf(arena, "%s:run_phase:%s", whole, phase));
    json_member_string(w, "terraform_organization_id", rows_get(job, 0, "organization_id"));
    json_member_string(w, "terraform_organization_name", organization);
    json_member_string(w, "terraform_project_id", rows_get(job, 0, "project_id"));
    json_member_string(w, "terraform_project_name", rows_get(job, 0, "project"));
    json_member_string(w, "terraform_workspace_id", rows_get(job, 0, "workspace_id"));
    json_member_string(w, "terraform_workspace_name", rows_get(job, 0, "workspace"));
    json_member_string(w, "terraform_full_workspace", whole);
    json_member_string(w, "terraform_run_id", rows_get(job, 0, "run_id"));
    json_member_string(w, "terraform_run_phase", phase);
    json_object_end(w);
}

const char *runner_identity_token(struct context *context, const struct rows *job,
                                  const char *audience)
{
    struct oidc_key key;
    struct json_writer w;
    struct buf claims;

    if (!oidc_key_now(context, &key))
        return NULL;
    buf_init(&claims, context->arena);
    json_writer_init(&w, &claims);
    write_claims(context, &w, job, audience);
    const char *token = crypto_jwt(context->arena, key.text, key.id, buf_str(&claims));
    if (!token)
        request_fail(context, ERROR_INTERNAL, NULL, "The signing key %s cannot be used", key.id);
    return token;
}

void runner_identity_write(struct runner *runner, const struct rows *job,
                           const struct json_value *variables)
{
    struct json_writer *w = &runner->w;

    for (size_t i = 0; i < json_length(variables); i++) {
        const char *tag = tag_of(json_at(variables, i));
        const char *audience = json_text(json_get(json_at(variables, i), "value"));
        if (!tag || !audience || !*audience)
            continue;
        const char *token = runner_identity_token(runner->context, job, audience);
        if (!token)
            return;
        json_object_begin(w);
        json_member_string(w, "key", arena_printf(runner->context->arena, TOKEN "%s", tag));
        json_member_string(w, "value", token);
        json_member_string(w, "category", "env");
        json_member_bool(w, "hcl", false);
        json_member_bool(w, "sensitive", true);
        json_object_end(w);
    }
}
