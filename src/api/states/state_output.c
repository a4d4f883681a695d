/* Outputs of state versions. Three faces of the same rows: by state version in clear, by workspace
 * with sensitive values hidden, and as `workspace-outputs` in an include (today-workspaces.md 13).
 */
#include "api/resources.h"

#include "crypto/crypto.h"
#include "jsonapi/context.h"

/* `value` is JSON text; a sealed one is opened here. Neither: hidden, null. */
static void render_value(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *value = row_get(row, "value");
    const char *sealed = row_get(row, "sealed_value");
    if (!value && sealed)
        value =
            crypto_open_text(context->arena, context->service->keyring, row_get(row, "id"), sealed);
    if (value)
        json_raw(w, value);
    else
        json_null(w);
}

static const struct attribute attributes[] = {
    {"name", ATTRIBUTE_STRING},        {"sensitive", ATTRIBUTE_BOOL},
    {"type", ATTRIBUTE_STRING},        {"value", ATTRIBUTE_JSON, .render = render_value},
    {"detailed-type", ATTRIBUTE_JSON}, {0},
};

static const struct link links[] = {
    {"self", "/api/v2/state-version-outputs/{id}"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/state-versions/:state_version_id/outputs"},
     ROUTE_LIST,
     STATEMENT_STATE_VERSION_OUTPUT_LIST,
     PERMISSION_MASK(STATE_OUTPUTS)},
    {{HTTP_GET, "/api/v2/state-version-outputs/:output_id"},
     ROUTE_SHOW,
     STATEMENT_STATE_VERSION_OUTPUT_SHOW,
     PERMISSION_MASK(STATE_OUTPUTS)},
    {{HTTP_GET, "/api/v2/workspaces/:workspace_id/current-state-version-outputs"},
     ROUTE_LIST,
     STATEMENT_WORKSPACE_CURRENT_OUTPUTS,
     PERMISSION_MASK(STATE_OUTPUTS),
     .flags = ROUTE_OPTIONAL_PAGE},
    {0},
};

const struct resource state_version_output_resource = {
    .type = "state-version-outputs",
    .id_prefix = "wsout-",
    .attributes = attributes,
    .links = links,
    .routes = routes,
};

static const struct attribute workspace_attributes[] = {
    {"name", ATTRIBUTE_STRING},
    {"sensitive", ATTRIBUTE_BOOL},
    {"output-type", ATTRIBUTE_STRING, .column = "type"},
    {"value", ATTRIBUTE_JSON, .render = render_value},
    {0},
};

const struct resource workspace_output_resource = {
    .type = "workspace-outputs",
    .attributes = workspace_attributes,
};
