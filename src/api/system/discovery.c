/* What a client asks before it knows anything: service discovery and ping (cli-protocol.md sections
 * 1, 2 and 4). Neither needs a token. */
#include "api/resources.h"

#include "base/buf.h"
#include "jsonapi/context.h"

/* All tfe.v2* keys, always: if one is missing while another is there, the CLI sees a nil URL. The
 * port range must be a range: the CLI picks min + rand(max - min). */
static const char discovery_document[] =
    "{\"modules.v1\":\"/api/registry/v1/modules/\","
    "\"providers.v1\":\"/api/registry/v1/providers/\","
    "\"state.v2\":\"/api/v2/\","
    "\"tfe.v2\":\"/api/v2/\","
    "\"tfe.v2.1\":\"/api/v2/\","
    "\"tfe.v2.2\":\"/api/v2/\","
    "\"login.v1\":{\"client\":\"terraform-cli\",\"grant_types\":[\"authz_code\"],"
    "\"authz\":\"/app/oauth2/auth\",\"token\":\"/oauth2/token\",\"ports\":[10000,10010]}}";

static void discover(struct context *context)
{
    struct http_request *request = context->request;
    request->status = 200;
    http_header(request, "Content-Type", "application/json");
    http_write(request, discovery_document, sizeof discovery_document - 1);
}

/* The headers that clients read are on every answer of the engine. */
static void ping(struct context *context)
{
    context->request->status = 204;
}

static const struct route routes[] = {
    {{HTTP_GET, "/.well-known/terraform.json"}, ROUTE_RAW, .handler = discover},
    {{HTTP_GET, "/api/v2/ping"}, ROUTE_RAW, .handler = ping},
    {0},
};

const struct resource discovery_resource = {
    .type = "discovery",
    .routes = routes,
};
