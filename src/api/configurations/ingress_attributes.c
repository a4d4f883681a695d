/* The commit behind a configuration version of a repository; other versions have none (404). */
#include "api/resources.h"

#define READ_ONLY .flags = ATTRIBUTE_READ_ONLY

static const struct attribute attributes[] = {
    {"branch", ATTRIBUTE_STRING, READ_ONLY},
    {"clone-url", ATTRIBUTE_STRING, READ_ONLY},
    {"commit-message", ATTRIBUTE_STRING, READ_ONLY},
    {"commit-sha", ATTRIBUTE_STRING, READ_ONLY},
    {"commit-url", ATTRIBUTE_STRING, READ_ONLY},
    {"compare-url", ATTRIBUTE_STRING, READ_ONLY},
    {"identifier", ATTRIBUTE_STRING, READ_ONLY},
    {"is-pull-request", ATTRIBUTE_BOOL, READ_ONLY},
    {"on-default-branch", ATTRIBUTE_BOOL, READ_ONLY},
    {"pull-request-number", ATTRIBUTE_INT, READ_ONLY},
    {"pull-request-url", ATTRIBUTE_STRING, READ_ONLY},
    {"pull-request-title", ATTRIBUTE_STRING, READ_ONLY},
    {"pull-request-body", ATTRIBUTE_STRING, READ_ONLY},
    {"tag", ATTRIBUTE_STRING, READ_ONLY},
    {"sender-username", ATTRIBUTE_STRING, READ_ONLY},
    {"sender-avatar-url", ATTRIBUTE_STRING, READ_ONLY},
    {"sender-html-url", ATTRIBUTE_STRING, READ_ONLY},
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
