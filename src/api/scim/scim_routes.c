/* The routes of SCIM 2.0. Each handler authenticates by itself, with a SCIM token: see scim.h. */
#include "api/resources.h"

#include "api/scim/scim_resources.h"

#define SCIM "/scim/v2"
#define WITH_TOKEN .principals = PRINCIPALS_SCIM

static const struct route routes[] = {
    {{HTTP_GET, SCIM "/Users"}, ROUTE_RAW, .handler = scim_user_list, WITH_TOKEN},
    {{HTTP_POST, SCIM "/Users"}, ROUTE_RAW, .handler = scim_user_create, WITH_TOKEN},
    {{HTTP_GET, SCIM "/Users/:id"}, ROUTE_RAW, .handler = scim_user_show, WITH_TOKEN},
    {{HTTP_PUT, SCIM "/Users/:id"}, ROUTE_RAW, .handler = scim_user_replace, WITH_TOKEN},
    {{HTTP_PATCH, SCIM "/Users/:id"}, ROUTE_RAW, .handler = scim_user_patch, WITH_TOKEN},
    {{HTTP_DELETE, SCIM "/Users/:id"}, ROUTE_RAW, .handler = scim_user_delete, WITH_TOKEN},

    {{HTTP_GET, SCIM "/Groups"}, ROUTE_RAW, .handler = scim_group_list, WITH_TOKEN},
    {{HTTP_POST, SCIM "/Groups"}, ROUTE_RAW, .handler = scim_group_create, WITH_TOKEN},
    {{HTTP_GET, SCIM "/Groups/:id"}, ROUTE_RAW, .handler = scim_group_show, WITH_TOKEN},
    {{HTTP_PUT, SCIM "/Groups/:id"}, ROUTE_RAW, .handler = scim_group_replace, WITH_TOKEN},
    {{HTTP_PATCH, SCIM "/Groups/:id"}, ROUTE_RAW, .handler = scim_group_patch, WITH_TOKEN},
    {{HTTP_DELETE, SCIM "/Groups/:id"}, ROUTE_RAW, .handler = scim_group_delete, WITH_TOKEN},

    {{HTTP_GET, SCIM "/ServiceProviderConfig"},
     ROUTE_RAW,
     .handler = scim_discovery_provider,
     WITH_TOKEN},
    {{HTTP_GET, SCIM "/ResourceTypes"}, ROUTE_RAW, .handler = scim_discovery_types, WITH_TOKEN},
    {{HTTP_GET, SCIM "/ResourceTypes/:id"}, ROUTE_RAW, .handler = scim_discovery_type, WITH_TOKEN},
    {{HTTP_GET, SCIM "/Schemas"}, ROUTE_RAW, .handler = scim_discovery_schemas, WITH_TOKEN},
    {{HTTP_GET, SCIM "/Schemas/:id"}, ROUTE_RAW, .handler = scim_discovery_schema, WITH_TOKEN},
    {0},
};

const struct resource scim_resource = {.type = "scim", .routes = routes};
