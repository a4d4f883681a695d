/* The commit behind a configuration version of a repository; other versions have none (404). */
#include "api/resources.h"

static const struct attribute attributes[] = {
    {"branch", ATTRIBUTE_STRING},
    {"clone-url", ATTRIBUTE_STRING},
    {"commit-message", ATTRIBUTE_STRING},
    {"commit-sha", ATTRIBUTE_STRING},
    {"commit-url", ATTRIBUTE_STRING},
    {"compare-url", ATTRIBUTE_STRING},
    {"identifier", ATTRIBUTE_STRING},
    {"is-pull-request", ATTRIBUTE_BOOL},
    {"on-default-branch", ATTRIBUTE_BOOL},
    {"pull-request-number", ATTRIBUTE_INT},
    {"pull-request-url", ATTRIBUTE_STRING},
    {"pull-request-title", ATTRIBUTE_STRING},
    {"pull-request-body", ATTRIBUTE_STRING},
    {"tag", ATTRIBUTE_STRING},
    {"sender-username", ATTRIBUTE_STRING},
    {"sender-avatar-url", ATTRIBUTE_STRING},
    {"sender-html-url", ATTRIBUTE_STRING},
    {0},
};

static const struct route routes[] = {
    {{HTTP_GET, "/api/v2/configuration-versions/:configuration_version_id/ingress-attributes"},
     ROUTE_SHOW,
     STATEMENT_INGRESS_ATTRIBUTES_SHOW,
     PERMISSION_MASK(READ)},
    {0},
};

const struct resource ingress_attributes_resource = {
    .type = "ingress-attributes",
    .id_prefix = "ia-",
    .attributes = attributes,
    .routes = routes,
};
