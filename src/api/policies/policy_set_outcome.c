/* What an evaluation has found in each policy set (today-governance.md section 7). The outcomes'
 * members have underscores. */
#include "api/policies/policies.h"

#include <string.h>

#include "api/resources.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/context.h"

/* What was printed is sealed apart: a list for each outcome. */
static void render_outcomes(struct context *context, struct json_writer *w, const struct row *row)
{
    const char *text = row_get(row, "outcomes"), *sealed = row_get(row, "sealed_output");
    const char *id = row_get(row, "id"), *reason, *key;
    const char *output =
        sealed ? crypto_open_text(context->arena, context->service->keyring, id, sealed) : NULL;
    const struct json_value *outcomes = json_read(context->arena, text, strlen(text), 16, &reason);
    const struct json_value *printed =
        output ? json_read(context->arena, output, strlen(output), 16, &reason) : NULL;

    if (sealed && !output)
        log_error("the output of %s does not open: is its key in the key file?", id);
    json_array_begin(w);
    for (size_t i = 0; outcomes && i < json_length(outcomes); i++) {
        const struct json_value *value, *lines = printed ? json_at(printed, i) : NULL;
        void *cursor = NULL;
        struct buf member;
        json_object_begin(w);
        while (json_next(json_at(outcomes, i), &cursor, &key, &value)) {
            buf_init(&member, context->arena);
            json_print(&member, value);
            json_member_raw(w, key, buf_str(&member));
        }
        buf_init(&member, context->arena);
        if (lines)
            json_print(&member, lines);
        json_member_raw(w, "output", lines ? buf_str(&member) : "[]");
        json_object_end(w);
    }
    json_array_end(w);
}

static const struct attribute attributes[] = {
    {"outcomes", ATTRIBUTE_JSON, .render = render_outcomes},
    {"error", ATTRIBUTE_STRING},
    {"warnings", ATTRIBUTE_JSON, .constant = "[]"},
    {"overridable", ATTRIBUTE_BOOL},
    {"policy-set-name", ATTRIBUTE_STRING},
    {"policy-set-description", ATTRIBUTE_STRING},
    {"policy-tool-version", ATTRIBUTE_STRING},
    {"result-count", ATTRIBUTE_JSON},
    /* As clients spell it that read the older form. */
    {"result_count", ATTRIBUTE_JSON},
    {0},
};

static const struct relationship relationships[] = {
    {"policy-evaluation", RELATION_ONE, "policy-evaluations", "policy_evaluation_id",
     .related = "/api/v2/policy-evaluations/{policy_evaluation_id}"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policy-set-outcomes/{id}"},
    {0},
};

static const struct inclusion inclusions[] = {
    {"policy_evaluation", "policy_evaluation_id", &policy_evaluation_resource,
     STATEMENT_POLICY_EVALUATION_INCLUDE},
    {0},
};

#define GROUP(N)                                                                                   \
    {"filter[" N "][status]"},                                                                     \
    {                                                                                              \
        "filter[" N "][enforcementLevel]|filter[" N "][enforcement_level]|"                        \
        "filter[" N "][enforcement-level]"                                                         \
    }
static const struct filter filters[] = {GROUP("0"), GROUP("1"), GROUP("2"), GROUP("3"),
                                        GROUP("4"), GROUP("5"), {0}};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/policy-evaluations/:policy_evaluation_id/policy-set-outcomes"},
     ROUTE_LIST,
     STATEMENT_POLICY_SET_OUTCOME_LIST,
     PERMISSION_MASK(READ),
     .filters = filters},
    {{HTTP_GET, "/api/v2/policy-set-outcomes/:policy_set_outcome_id"},
     ROUTE_SHOW,
     STATEMENT_POLICY_SET_OUTCOME_SHOW,
     PERMISSION_MASK(READ)},
    {0},
};

const struct resource policy_set_outcome_resource = {
    .type = "policy-set-outcomes",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .inclusions = inclusions,
    .routes = routes,
};
