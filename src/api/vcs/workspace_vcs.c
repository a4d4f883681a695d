/* A workspace's vcs-repo: what it says, and the connection behind it (today-workspaces.md 2.4). The
 * provider is not called here: terrace-worker registers the webhook and gets the first
 * configuration, and what goes wrong is an event (vcs_event.c). */
#include "api/vcs/vcs.h"

#include <string.h>

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "vcs/vcs_calls.h"
#include "vcs/vcs_provider.h"

#define NAME "vcs-repo"
#define SECRET_LEN 40
#define TEXT_MAX 255

/* What the document asks for, over what stands. */
struct wanted {
    const char *identifier, *branch, *token, *tags_regex;
    const struct rows *old; /* the connection, or NULL */
};

static bool is_given(const struct json_value *value)
{
    return value && json_kind(value) != JSON_NULL;
}

/* A member that is a string; `otherwise` when it is absent. */
static const char *member(struct context *context, const struct json_value *vcs, const char *name,
                          const char *otherwise)
{
    const struct json_value *value = json_get(vcs, name);

    if (!value)
        return otherwise;
    if (json_kind(value) == JSON_NULL)
        return NULL;
    if (!json_text(value) || json_text_len(value) > TEXT_MAX) {
        patch_fail(context, NAME,
                   arena_printf(context->arena, "has a member %s that is no short string", name));
        return NULL;
    }
    return json_text(value);
}

/* owner/name, or more folders (GitLab). */
static bool is_identifier(const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    size_t len = strlen(text);

    return strchr(text, '/') && text[0] != '/' && text[len - 1] != '/' &&
           text[strspn(text, plain)] == '\0' && !strstr(text, "//") && !strstr(text, "..");
}

/* A name that git takes, as far as it matters here. */
static bool is_branch(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c == 0x7f || strchr("~^:?*[\\", *c))
            return false;
    return !strstr(text, "..") && text[0] != '-';
}

static void check_regex(struct context *context, const char *regex)
{
    struct rows *rows = NULL;

    if (regex && *regex && CONTEXT_QUERY(context, STATEMENT_VCS_REGEX_VALID, &rows, regex) &&
        !rows_bool(rows, 0, "is_valid"))
        patch_fail(context, NAME, "has a tags-regex that is no regular expression");
}

/* What is not offered is refused, so that nobody believes it happens. */
static void check_unoffered(struct context *context, const struct json_value *vcs)
{
    const struct json_value *submodules = json_get(vcs, "ingress-submodules");

    if (is_given(json_get(vcs, "github-app-installation-id")))
        patch_fail(context, NAME,
                   "names an installation of a GitHub App, which this server does not offer: use "
                   "oauth-token-id");
    if (submodules && json_kind(submodules) == JSON_BOOL && json_boolean(submodules))
        patch_fail(context, NAME, "asks for Git submodules, which this server does not fetch");
}

static bool is_empty(const struct json_value *object)
{
    void *cursor = NULL;
    const char *key;
    const struct json_value *value;
    return !json_next(object, &cursor, &key, &value);
}

/* An object that says nothing is no repository: the official Python client always sends one. */
void vcs_check_workspace(struct context *context, struct patch *patch)
{
    const struct json_value *vcs = patch_attribute(patch, NAME);

    if (!vcs)
        return;
    if (json_kind(vcs) == JSON_NULL)
        patch_null(patch, "vcs_repo");
    else if (json_kind(vcs) != JSON_OBJECT)
        patch_fail(context, NAME, "must be an object");
    else
        check_unoffered(context, vcs);
}

static struct wanted read_wanted(struct context *context, const struct json_value *vcs,
                                 const struct rows *old)
{
    struct wanted wanted = {.old = old};

    wanted.identifier =
        member(context, vcs, "identifier", old ? rows_get(old, 0, "identifier") : NULL);
    wanted.token =
        member(context, vcs, "oauth-token-id", old ? rows_get(old, 0, "oauth_token_id") : NULL);
    wanted.branch = member(context, vcs, "branch", old ? rows_get(old, 0, "branch") : "");
    wanted.tags_regex =
        member(context, vcs, "tags-regex", old ? rows_get(old, 0, "tags_regex") : NULL);
    if (!wanted.branch)
        wanted.branch = "";
    if (!wanted.identifier || !is_identifier(wanted.identifier))
        patch_fail(context, NAME, "needs an identifier, such as owner/repository");
    if (!wanted.token)
        patch_fail(context, NAME, "needs an oauth-token-id");
    if (!is_branch(wanted.branch))
        patch_fail(context, NAME, "has a branch that Git does not take");
    check_regex(context, wanted.tags_regex);
    return wanted;
}

/* What the workspace shows of it. */
static const char *shown(struct context *context, const struct wanted *wanted, const char *id,
                         const struct rows *token)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(&w, "branch", wanted->branch);
    json_member_string(&w, "display-identifier", wanted->identifier);
    json_member_string(&w, "identifier", wanted->identifier);
    json_member_bool(&w, "ingress-submodules", false);
    json_member_string(&w, "oauth-token-id", wanted->token);
    json_member_string(
        &w, "repository-http-url",
        vcs_repository_url(context->arena, rows_get(token, 0, "http_url"), wanted->identifier));
    json_member_string(&w, "service-provider", rows_get(token, 0, "service_provider"));
    json_member_string(&w, "tags-regex", wanted->tags_regex);
    json_member_string(
        &w, "webhook-url",
        arena_printf(context->arena, "%s/webhooks/vcs/%s", context_base_url(context), id));
    json_object_end(&w);
    return buf_str(&out);
}

static bool same(const struct wanted *wanted, const char *column, const char *value)
{
    const char *old = wanted->old ? rows_get(wanted->old, 0, column) : NULL;
    return old && value && strcmp(old, value) == 0;
}

static const char *new_uuid(struct context *context)
{
    struct rows *rows = NULL;
    return CONTEXT_QUERY(context, STATEMENT_VCS_UUID, &rows) ? rows_get(rows, 0, "id") : NULL;
}

/* Another repository, or another provider, is another connection; a branch only moves one. */
static void connect(struct context *context, const struct wanted *wanted, const char *workspace,
                    const struct rows *token)
{
    const char *provider = rows_get(token, 0, "service_provider");
    const char *actor = principal_actor(&context->principal);
    bool stays = same(wanted, "identifier", wanted->identifier) &&
                 same(wanted, "service_provider", provider);
    const char *id = stays ? rows_get(wanted->old, 0, "id") : new_uuid(context);
    char secret[SECRET_LEN + 1];

    if (!id ||
        (!stays && !CONTEXT_QUERY(context, STATEMENT_VCS_CONNECTION_DELETE, NULL, workspace)))
        return;
    ids_secret(secret, SECRET_LEN);
    if (!CONTEXT_QUERY(context, STATEMENT_VCS_CONNECTION_PUT, NULL, id, workspace, wanted->token,
                       wanted->identifier, wanted->branch, wanted->tags_regex,
                       crypto_seal_text(context->arena, context->service->keyring, id, secret),
                       actor) ||
        !CONTEXT_QUERY(context, STATEMENT_WORKSPACE_VCS_SHOW, NULL, workspace,
                       shown(context, wanted, id, token)))
        return;
    if (!stays && !CONTEXT_QUERY(context, STATEMENT_VCS_WEBHOOK_DUE, NULL, id))
        return;
    if (!stays || !same(wanted, "branch", wanted->branch))
        (void)CONTEXT_QUERY(context, STATEMENT_VCS_FETCH_DUE, NULL, id,
                            ids_new(context->arena, "cv-"), vcs_provider_find(provider)->source,
                            actor);
}

void vcs_write_workspace(struct context *context, const struct patch *patch, const char *workspace)
{
    const struct json_value *vcs = patch_attribute(patch, NAME);
    struct rows *old = NULL, *token = NULL;

    if (request_failed(context) || !vcs)
        return;
    if (json_kind(vcs) == JSON_NULL) {
        (void)CONTEXT_QUERY(context, STATEMENT_VCS_CONNECTION_DELETE, NULL, workspace);
        return;
    }
    if (is_empty(vcs) ||
        !CONTEXT_QUERY(context, STATEMENT_VCS_CONNECTION_OF_WORKSPACE, &old, workspace))
        return;
    struct wanted wanted = read_wanted(context, vcs, old);
    if (request_failed(context) ||
        !CONTEXT_QUERY(context, STATEMENT_VCS_TOKEN_USABLE, &token, wanted.token, workspace))
        return;
    if (token)
        connect(context, &wanted, workspace, token);
    else
        patch_fail(context, NAME, "names no OAuth token of this organization");
}

bool vcs_fetch_again(struct context *context, const char *workspace, const char **configuration)
{
    struct rows *rows = NULL;

    *configuration = NULL;
    if (!CONTEXT_QUERY(context, STATEMENT_VCS_FETCHING_CONFIGURATION, &rows, workspace))
        return false;
    if (rows) {
        *configuration = rows_get(rows, 0, "id");
        return true;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_VCS_CONNECTION_OF_WORKSPACE, &rows, workspace))
        return false;
    if (!rows)
        return true;
    const char *id = ids_new(context->arena, "cv-");
    const char *provider = rows_get(rows, 0, "service_provider");
    if (!CONTEXT_QUERY(context, STATEMENT_VCS_FETCH_DUE, NULL, rows_get(rows, 0, "id"), id,
                       vcs_provider_find(provider)->source, principal_actor(&context->principal)))
        return false;
    *configuration = id;
    return true;
}
