/* The networks of this installation, for those who keep firewalls (today-access.md section 11.5):
 * what its administrator has configured. Needs no token. */
#include "api/resources.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/options.h"
#include "json/json_writer.h"
#include "jsonapi/context.h"

static void write_networks(struct json_writer *w, const char *key, const char *networks)
{
    const char *network;
    size_t len;

    json_key(w, key);
    json_array_begin(w);
    while ((network = options_item(&networks, &len)))
        json_string_n(w, network, len);
    json_array_end(w);
}

static void read_ranges(struct context *context)
{
    const struct config *config = context->service->config;
    struct http_request *request = context->request;
    struct json_writer w;
    char changed[CLOCK_HTTP_SIZE];

    clock_http(config->loaded_at, changed);
    http_header(request, "Last-Modified", changed);
    if (clock_http_parse(request->if_modified_since) >= config->loaded_at) {
        request->status = 304;
        return;
    }
    request->status = 200;
    http_header(request, "Content-Type", "application/json");
    json_writer_init(&w, &request->body);
    json_object_begin(&w);
    write_networks(&w, "api", config->ip_ranges_api);
    write_networks(&w, "notifications", config->ip_ranges_out);
    write_networks(&w, "sentinel", config->ip_ranges_out);
    write_networks(&w, "vcs", config->ip_ranges_out);
    json_object_end(&w);
}

static const struct route routes[] = {
    {{HTTP_GET, "/api/meta/ip-ranges"}, ROUTE_RAW, .handler = read_ranges},
    {0},
};

const struct resource ip_ranges_resource = {
    .type = "ip-ranges",
    .routes = routes,
};
