/* Connecting a client in the browser (today-registry-vcs.md section 7): its connect-path sends the
 * person to the provider, which sends them back to its callback-url with a code that becomes the
 * token. Both need a session of somebody who manages VCS settings; the state binds them to each
 * other. */
#include "api/vcs/vcs.h"

#include <string.h>

#include "api/pages/pages.h"
#include "api/resources.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "vcs/vcs_oauth.h"

#define PURPOSE "vcs-connect"

struct flow {
    const struct rows *client;
    struct vcs_account account;
    struct vcs_application application;
    const char *state;
};

/* False: the answer is given. */
static bool begin(struct context *context, struct session *session, struct flow *flow)
{
    const char *uuid = context_param(context, 0);
    struct rows *client = NULL;

    if (!session_require(context, session) ||
        !PAGE_FIND(context, session, STATEMENT_PAGE_OAUTH_CLIENT, &client, uuid))
        return false;
    const char *sealed = rows_get(client, 0, "sealed_secret");
    const struct keyring *keyring = context->service->keyring;
    *flow = (struct flow){
        .client = client,
        .account = {.provider = vcs_provider_find(rows_get(client, 0, "service_provider")),
                    .http_url = rows_get(client, 0, "http_url"),
                    .api_url = rows_get(client, 0, "api_url"),
                    .allow_private = context->service->config->outbound_private},
        .application = {.key = rows_get(client, 0, "key"),
                        .secret = sealed ? crypto_open_text(context->arena, keyring,
                                                            rows_get(client, 0, "id"), sealed)
                                         : NULL,
                        .callback =
                            arena_printf(context->arena, "%s/auth/%s/callback",
                                         context_base_url(context), rows_get(client, 0, "uuid"))},
        .state = crypto_mac_hex(
            context->arena, keyring, PURPOSE,
            arena_printf(context->arena, "%s %s", session->hash, rows_get(client, 0, "uuid"))),
    };
    if (vcs_oauth_is_offered(flow->account.provider) && flow->application.key &&
        *flow->application.key && flow->application.secret)
        return true;
    page_message(context, session, 400, "This connection is made with a token",
                 "It has no key and secret of an application at the provider, or this server does "
                 "not know how to sign in there. Give it an oauth-token-string.");
    return false;
}

static void leave_for_provider(struct context *context)
{
    struct session session;
    struct flow flow;

    if (begin(context, &session, &flow))
        page_redirect(
            context, 302,
            vcs_oauth_authorize_url(context->arena, &flow.account, &flow.application, flow.state));
}

/* In place of the token that there is, so that what refers to it goes on to. */
static void keep_grant(struct context *context)
{
    const char *client = scope_get(context, "id");
    const char *refresh = json_text(json_get(context->document, "refresh_token"));
    const struct keyring *keyring = context->service->keyring;
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_OAUTH_CLIENT_TOKEN, &rows, client))
        return;
    const char *id = rows ? rows_get(rows, 0, "id") : ids_new(context->arena, "ot-");
    const char *token = crypto_seal_text(context->arena, keyring, id,
                                         json_text(json_get(context->document, "token")));
    if (refresh)
        refresh = crypto_seal_text(context->arena, keyring,
                                   arena_printf(context->arena, "%s/refresh", id), refresh);
    if (CONTEXT_QUERY(context, STATEMENT_OAUTH_TOKEN_PUT, NULL, id, client, token))
        (void)CONTEXT_QUERY(context, STATEMENT_OAUTH_TOKEN_EXPIRES, NULL, id, refresh,
                            json_text(json_get(context->document, "expires_in")));
}

static const struct route keep_route = {
    .kind = ROUTE_ACTION,
    .need = PERMISSION_MASK(ORG_VCS),
    .handler = keep_grant,
    .audit = "update",
};

static const char *grant_document(struct context *context, const struct vcs_grant *grant)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, context->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_member_string(&w, "token", grant->token);
    json_member_string(&w, "refresh_token", grant->refresh_token);
    json_member_string(
        &w, "expires_in",
        grant->expires_in > 0 ? arena_printf(context->arena, "%ld", grant->expires_in) : NULL);
    json_object_end(&w);
    return buf_str(&out);
}

static void keep(struct context *context, const struct session *session, const struct flow *flow,
                 const struct vcs_grant *grant)
{
    const char *id = rows_get(flow->client, 0, "id"), *reason = NULL;
    const struct page_write write = {
        .route = &keep_route,
        .resource = &oauth_client_resource,
        .load = STATEMENT_PAGE_OAUTH_CLIENT_LOAD,
        .params = &id,
        .param_count = 1,
        .document = grant_document(context, grant),
    };
    int status = page_write(context, session, &write, &reason);

    if (status)
        page_message(context, session, status, "The connection was not kept", reason);
    else
        page_message(context, session, 200, "Connected",
                     arena_printf(context->arena,
                                  "%s is connected with the organization %s. Workspaces can now "
                                  "use its repositories.",
                                  flow->account.provider->display_name,
                                  rows_get(flow->client, 0, "organization")));
}

static void come_back(struct context *context)
{
    struct session session;
    struct flow flow;
    struct vcs_grant grant;

    if (!begin(context, &session, &flow))
        return;
    const char *code = page_query(context, "code");
    if (!crypto_equal(page_query(context, "state"), flow.state)) {
        page_message(context, &session, 400, "This did not begin here",
                     "The provider's answer belongs to another session. Begin again at the "
                     "connection's connect-path.");
        return;
    }
    if (!*code) {
        page_message(context, &session, 400, "Not connected",
                     "The provider says that the request was declined.");
        return;
    }
    struct vcs_answer answer =
        vcs_oauth_exchange(context->arena, &flow.account, &flow.application, code, &grant);
    if (answer.result == VCS_OK)
        keep(context, &session, &flow, &grant);
    else
        page_message(context, &session, 502, "Not connected",
                     arena_printf(context->arena, "%s %s.", flow.account.provider->display_name,
                                  answer.problem));
}

static const struct route routes[] = {
    {{HTTP_GET, "/auth/:uuid"}, ROUTE_RAW, .handler = leave_for_provider},
    {{HTTP_GET, "/auth/:uuid/callback"}, ROUTE_RAW, .handler = come_back},
    {0},
};

const struct resource vcs_connect_resource = {
    .type = "pages",
    .routes = routes,
};
