/* What the files of the workspace resource share. */
#ifndef TERRACE_API_WORKSPACES_WORKSPACE_H
#define TERRACE_API_WORKSPACES_WORKSPACE_H

#include "jsonapi/resource.h"

/* workspace_settings.c: rules between attributes (today-workspaces.md 2.2 to 2.5). */
before_write_hook workspace_before_write;
/* Tags and bindings that came with the workspace. */
after_write_hook workspace_after_write;

/* workspace_actions.c (today-workspaces.md sections 3 to 5). */
route_handler workspace_lock;
route_handler workspace_unlock;
route_handler workspace_force_unlock;
route_handler workspace_safe_delete;
route_handler workspace_force_delete;
route_handler workspace_assign_ssh_key;
route_handler workspace_compound_create;

#endif
