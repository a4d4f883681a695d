/* Policy evaluations: what the post-plan stage of a run waits for besides run tasks, one a kind of
 * policy (today-governance.md section 7). */
#include "api/policies/policies.h"

#include "api/resources.h"
#include "jsonapi/context.h"

static const struct attribute attributes[] = {
    {"status", ATTRIBUTE_STRING},      {"status-timestamps", ATTRIBUTE_JSON},
    {"policy-kind", ATTRIBUTE_STRING}, {"policy-tool-version", ATTRIBUTE_STRING},
    {"result-count", ATTRIBUTE_JSON},  {"created-at", ATTRIBUTE_TIME},
    {"updated-at", ATTRIBUTE_TIME},    {0},
};

static const struct relationship relationships[] = {
    {"policy-attachable", RELATION_ONE, "task-stages", "task_stage_id",
     .related = "/api/v2/task-stages/{task_stage_id}"},
    {"policy-set-outcomes", RELATION_LINK,
     .related = "/api/v2/policy-evaluations/{id}/policy-set-outcomes"},
    {0},
};

static const struct link links[] = {
    {"self", "/api/v2/policy-evaluations/{id}"},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/task-stages/:task_stage_id/policy-evaluations"},
     ROUTE_LIST,
     STATEMENT_POLICY_EVALUATION_LIST,
     PERMISSION_MASK(READ)},
    {{HTTP_GET, "/api/v2/policy-evaluations/:policy_evaluation_id"},
     ROUTE_SHOW,
     STATEMENT_POLICY_EVALUATION_SHOW,
     PERMISSION_MASK(READ)},
    {0},
};

const struct resource policy_evaluation_resource = {
    .type = "policy-evaluations",
    .attributes = attributes,
    .relationships = relationships,
    .links = links,
    .routes = routes,
};
