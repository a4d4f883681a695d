/* What the files of the policy area share: single policies and the sets that apply them to
 * workspaces (today-governance.md sections 1 to 4). */
#ifndef TERRACE_API_POLICIES_POLICIES_H
#define TERRACE_API_POLICIES_POLICIES_H

#include "jsonapi/resource.h"

/* policy_set_rules.c */
before_write_hook policy_set_before_write;
after_write_hook policy_set_after_write;
route_handler policy_set_add_policies;
route_handler policy_set_remove_policies;
route_handler policy_set_add_workspaces;
route_handler policy_set_remove_workspaces;
route_handler policy_set_add_workspace_exclusions;
route_handler policy_set_remove_workspace_exclusions;
route_handler policy_set_add_projects;
route_handler policy_set_remove_projects;
route_handler policy_set_add_project_exclusions;
route_handler policy_set_remove_project_exclusions;
route_handler policy_set_add_tag_selectors;
route_handler policy_set_remove_tag_selectors;

/* How a set is fed, under its lock: the row of policy_set_feeding; NULL: failed. */
const struct rows *policy_set_feeding(struct context *context, const char *id);

#endif
