/* Every resource of the API, declared once; registry.c lists them with their routes. */
#ifndef TERRACE_API_RESOURCES_H
#define TERRACE_API_RESOURCES_H

#include "auth/principal.h"
#include "jsonapi/error.h"
#include "jsonapi/resource.h"

#define RESOURCES(X)                                                                               \
    X(discovery)                                                                                   \
    X(organization)                                                                                \
    X(entitlement_set)                                                                             \
    X(capacity)                                                                                    \
    X(project)                                                                                     \
    X(workspace)                                                                                   \
    X(tag)                                                                                         \
    X(tag_binding)                                                                                 \
    X(effective_tag_binding)

#define RESOURCE_DECLARE(name) extern const struct resource name##_resource;
RESOURCES(RESOURCE_DECLARE)
#undef RESOURCE_DECLARE

#endif
