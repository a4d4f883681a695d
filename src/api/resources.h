/* Every resource of the API, declared once; each area lists its own in resources.def, routes.c
 * walks the list. */
#ifndef TERRACE_API_RESOURCES_H
#define TERRACE_API_RESOURCES_H

#include "auth/principal.h"
#include "jsonapi/error.h"
#include "jsonapi/resource.h"

#define RESOURCE(name) extern const struct resource name##_resource;
#include "api/all_resources.def"
#undef RESOURCE

#endif
