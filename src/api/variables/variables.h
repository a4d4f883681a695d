/* What the files of variables and variable sets share (today-workspaces.md sections 9 to 11). */
#ifndef TERRACE_API_VARIABLES_VARIABLES_H
#define TERRACE_API_VARIABLES_VARIABLES_H

#include "jsonapi/resource.h"

/* variable_rules.c: limits, sealing, what a sensitive variable may not change. */
before_write_hook variable_before_write;
after_write_hook variable_after_write;

/* variable_actions.c */
route_handler
    variable_create_anywhere;       /* POST /vars: the document or the query names the workspace */
route_handler variable_update_many; /* PATCH /workspaces/:id/relationships/vars */

/* varset_rules.c: who owns a set, what it is applied to, the variables that come with it. */
before_write_hook varset_before_write;
after_write_hook varset_after_write;
route_handler varset_add_workspaces;
route_handler varset_remove_workspaces;
route_handler varset_add_projects;
route_handler varset_remove_projects;
/* Refuses a global set that holds a variable of another global one. */
void varset_check_global(struct context *context, const char *varset);

#endif
