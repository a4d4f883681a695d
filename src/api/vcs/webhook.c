/* What VCS providers call: POST /webhooks/vcs/:id. Who knows the secret of the connection is
 * believed; what is to be done is left to terrace-worker (today-registry-vcs.md 8.2). */
#include "api/vcs/vcs.h"

#include "api/resources.h"
#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "http/http_request.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"
#include "jsonapi/handler.h"
#include "vcs/vcs_event.h"

#define BODY_MAX ((size_t)8 * 1024 * 1024)
#define DEPTH 64

static const char *header(const struct context *context, const char *name)
{
    return name ? context->request->io->param(context->request->io, name) : NULL;
}

static bool is_genuine(struct context *context, const struct rows *connection,
                       enum vcs_family family, const struct buf *body)
{
    const char *secret =
        crypto_open_text(context->arena, context->service->keyring, rows_get(connection, 0, "id"),
                         rows_get(connection, 0, "sealed_secret"));
    return vcs_event_is_signed(context->arena, family,
                               header(context, vcs_signature_header(family)), secret, body->data,
                               body->len);
}

static void take_event(struct context *context, const char *connection,
                       const struct vcs_event *event)
{
    struct json_writer w;
    struct buf text;

    buf_init(&text, context->arena);
    json_writer_init(&w, &text);
    vcs_event_write(&w, event);
    (void)CONTEXT_QUERY(context, STATEMENT_VCS_EVENT_DUE, NULL, connection, buf_str(&text));
}

static void take_events(struct context *context, const char *connection, enum vcs_family family,
                        struct buf *body)
{
    struct vcs_event events[VCS_MAX_EVENTS];
    const char *reason;
    const struct json_value *document =
        json_read(context->arena, buf_str(body), body->len, DEPTH, &reason);

    if (!document) {
        request_fail(context, ERROR_BAD_REQUEST, NULL, "The body is no JSON: %s", reason);
        return;
    }
    size_t count = vcs_event_parse(context->arena, family,
                                   header(context, vcs_event_header(family)), document, events);
    for (size_t i = 0; i < count && !request_failed(context); i++)
        take_event(context, connection, &events[i]);
}

/* A connection that is not there and a signature that is wrong give the same answer. */
static void receive(struct context *context)
{
    struct db *db = context->service->db;
    struct rows *connection = NULL;
    struct buf body;

    buf_init(&body, context->arena);
    int refused = http_read_body(context->request, BODY_MAX, &body);
    if (refused != 0) {
        request_fail(context, refused == 413 ? ERROR_TOO_LARGE : ERROR_BAD_REQUEST, NULL, NULL);
        return;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_VCS_HOOK_CONNECTION, &connection,
                       context_param(context, 0)))
        return;
    const struct vcs_provider *provider =
        connection ? vcs_provider_find(rows_get(connection, 0, "service_provider")) : NULL;
    if (!provider || !is_genuine(context, connection, provider->family, &body)) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!db_ok(context, db_begin(db)))
        return;
    take_events(context, rows_get(connection, 0, "id"), provider->family, &body);
    if (!request_failed(context) && db_ok(context, db_commit(db)))
        context->request->status = 200;
}

static const struct route routes[] = {
    {{HTTP_POST, "/webhooks/vcs/:connection_id"}, ROUTE_RAW, .handler = receive},
    {0},
};

const struct resource vcs_webhook_resource = {
    .type = "vcs-webhooks",
    .routes = routes,
};
