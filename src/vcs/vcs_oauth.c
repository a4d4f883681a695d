/* See vcs_oauth.h. */
#include "vcs/vcs_oauth.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "net/net_client.h"
#include "vcs/vcs_json.h"

#define TIMEOUT_MS (10L * 1000) /* a person waits */
#define ANSWER_MAX (64L * 1024)
#define DEPTH 8

/* Paths below the client's http-url. */
static const struct flow {
    enum vcs_family family;
    const char *authorize, *token, *scope;
    bool is_basic; /* key and secret go into a header, not into the form */
} flows[] = {
    {VCS_GITHUB, "/login/oauth/authorize", "/login/oauth/access_token", "repo,admin:repo_hook",
     false},
    {VCS_GITLAB, "/oauth/authorize", "/oauth/token", "api", false},
    {VCS_BITBUCKET, "/site/oauth2/authorize", "/site/oauth2/access_token", NULL, true},
};

static const struct flow *flow_of(const struct vcs_provider *provider)
{
    for (size_t i = 0; provider && i < sizeof flows / sizeof flows[0]; i++)
        if (flows[i].family == provider->family)
            return &flows[i];
    return NULL;
}

bool vcs_oauth_is_offered(const struct vcs_provider *provider)
{
    return flow_of(provider) != NULL;
}

static void add_url(struct buf *out, const char *base, const char *path)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_add(out, base, len);
    buf_adds(out, path);
}

/* NULL values are left out. */
static void add_field(struct buf *out, char before, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(out, "%c%s=", before, name);
    buf_add_uri(out, value);
}

const char *vcs_oauth_authorize_url(struct arena *arena, const struct vcs_account *account,
                                    const struct vcs_application *application, const char *state)
{
    const struct flow *flow = flow_of(account->provider);
    struct buf out;

    buf_init(&out, arena);
    add_url(&out, account->http_url, flow->authorize);
    add_field(&out, '?', "client_id", application->key);
    add_field(&out, '&', "response_type", "code");
    add_field(&out, '&', "redirect_uri", application->callback);
    add_field(&out, '&', "scope", flow->scope);
    add_field(&out, '&', "state", state);
    return buf_str(&out);
}

static struct vcs_answer refused(const char *problem)
{
    return (struct vcs_answer){VCS_REFUSED, problem};
}

/* GitHub answers with 200 and an error, the others with 4xx. */
static struct vcs_answer read_grant(struct arena *arena, const struct net_client *client,
                                    struct buf *reply, struct vcs_grant *out)
{
    const char *reason;
    const struct json_value *document =
        json_read(arena, buf_str(reply), reply->len, DEPTH, &reason);
    const struct json_value *expires = json_get(document, "expires_in");
    const char *token = vcs_json_text(document, "access_token");

    if (net_client_status(client) >= 500)
        return (struct vcs_answer){
            VCS_LATER, arena_printf(arena, "answered with %d", net_client_status(client))};
    if (!token)
        return refused("gives no token");
    for (const char *c = token; *c; c++)
        if (*c <= ' ' || *c > '~')
            return refused("gives a token that cannot be sent back");
    *out = (struct vcs_grant){
        .token = token,
        .refresh_token = vcs_json_text(document, "refresh_token"),
        .expires_in = expires && json_kind(expires) == JSON_INT ? (long)json_integer(expires) : 0,
    };
    return (struct vcs_answer){VCS_OK, NULL};
}

static struct vcs_answer ask(struct arena *arena, const struct vcs_account *account,
                             const struct vcs_application *application, struct buf *form,
                             struct vcs_grant *out)
{
    const struct flow *flow = flow_of(account->provider);
    const struct net_options options = {.user_agent = "Terrace",
                                        .public_only = !account->allow_private};
    const char *headers[] = {"Accept: application/json",
                             "Content-Type: application/x-www-form-urlencoded", NULL, NULL};
    struct net_client *client = net_client_new(&options);
    struct vcs_answer answer = {VCS_LATER, "could not be reached"};
    struct buf url, reply;

    if (flow->is_basic) {
        const char *both = arena_printf(arena, "%s:%s", application->key, application->secret);
        headers[2] = arena_printf(arena, "Authorization: Basic %s",
                                  crypto_base64_encode(arena, both, strlen(both)));
    } else {
        add_field(form, '&', "client_id", application->key);
        add_field(form, '&', "client_secret", application->secret);
    }
    buf_init(&url, arena);
    buf_init(&reply, arena);
    add_url(&url, account->http_url, flow->token);
    const struct net_request request = {.method = "POST",
                                        .url = buf_str(&url),
                                        .headers = headers,
                                        .body = form->data,
                                        .body_len = form->len,
                                        .reply = &reply,
                                        .reply_limit = ANSWER_MAX,
                                        .total_timeout_ms = TIMEOUT_MS};
    enum net_result result = net_client_send(client, &request);
    if (result == NET_OK)
        answer = read_grant(arena, client, &reply, out);
    else if (result == NET_REFUSED)
        answer = refused("is at an address of this server or of a private network, which is not "
                         "allowed");
    net_client_free(client);
    return answer;
}

struct vcs_answer vcs_oauth_exchange(struct arena *arena, const struct vcs_account *account,
                                     const struct vcs_application *application, const char *code,
                                     struct vcs_grant *out)
{
    struct buf form;

    buf_init(&form, arena);
    buf_adds(&form, "grant_type=authorization_code");
    add_field(&form, '&', "code", code);
    add_field(&form, '&', "redirect_uri", application->callback);
    return ask(arena, account, application, &form, out);
}

struct vcs_answer vcs_oauth_refresh(struct arena *arena, const struct vcs_account *account,
                                    const struct vcs_application *application,
                                    const char *refresh_token, struct vcs_grant *out)
{
    struct buf form;

    buf_init(&form, arena);
    buf_adds(&form, "grant_type=refresh_token");
    add_field(&form, '&', "refresh_token", refresh_token);
    /* GitLab wants it here too. */
    add_field(&form, '&', "redirect_uri", application->callback);
    return ask(arena, account, application, &form, out);
}
