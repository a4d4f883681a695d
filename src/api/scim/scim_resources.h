/* The handlers of the SCIM routes, which scim_routes.c lists. */
#ifndef TERRACE_API_SCIM_SCIM_RESOURCES_H
#define TERRACE_API_SCIM_SCIM_RESOURCES_H

struct context;

/* scim_user.c */
void scim_user_list(struct context *context);
void scim_user_show(struct context *context);
void scim_user_create(struct context *context);
void scim_user_replace(struct context *context);
void scim_user_patch(struct context *context);
void scim_user_delete(struct context *context);

/* scim_group.c */
void scim_group_list(struct context *context);
void scim_group_show(struct context *context);
void scim_group_create(struct context *context);
void scim_group_replace(struct context *context);
void scim_group_patch(struct context *context);
void scim_group_delete(struct context *context);

/* scim_discovery.c */
void scim_discovery_provider(struct context *context);
void scim_discovery_types(struct context *context);
void scim_discovery_type(struct context *context);
void scim_discovery_schemas(struct context *context);
void scim_discovery_schema(struct context *context);

#endif
