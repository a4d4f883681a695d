/* Request documents over tables of the real registry: whatever comes, a patch is one JSON object
 * whose members are columns, and a refusal is an error document that a JSON reader takes. */
#include "fuzz/fuzz.h"
#include "unit/jsonapi/fixture.h"

#include "api/resources.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"

#define DEPTH 64

static const struct resource *const resources[] = {
    &workspace_resource,    &varset_resource,   &team_resource,
    &organization_resource, &variable_resource,
};

static void must_be_object(const char *text, size_t len)
{
    const char *reason;
    const struct json_value *value = json_read(context->arena, text, len, DEPTH * 2, &reason);

    MUST(value != NULL && json_kind(value) == JSON_OBJECT);
}

static void read_as(const struct resource *of, const char *text, size_t size, bool create)
{
    static const char *const load[] = {"id", "x-1"};
    /* Hooks ask the database; what they do belongs to the API's cases. */
    struct resource resource = *of;
    const struct route route = {.resource = &resource};
    struct patch patch;
    const char *reason;

    resource.before_write = NULL;
    fixture_open("/", &route);
    context->rows = fixture_rows(STATEMENT_COUNT - 1, 1, 1, load);
    context->document = json_read(context->arena, text, size, DEPTH, &reason);
    if (context->document != NULL) {
        if (patch_read(context, &resource, create, &patch)) {
            MUST(context->error_count == 0);
            must_be_object(patch.text.data, patch.text.len);
        } else {
            MUST(context->error_count > 0);
            error_reply(context);
            MUST(fixture_request.status == 400 || fixture_request.status == 422);
            must_be_object(fixture_request.body.data, fixture_request.body.len);
        }
        context->error_count = 0;
        const char *ids = document_ids(context, resource.type);
        MUST((ids != NULL) == (context->error_count == 0));
    }
    fixture_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++)
        read_as(resources[i], (const char *)data, size, size % 2);
    return 0;
}
