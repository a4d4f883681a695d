/* What the files of variables and variable sets share (today-workspaces.md sections 9 to 11). */
#ifndef TERRACE_API_VARIABLES_VARIABLES_H
#define TERRACE_API_VARIABLES_VARIABLES_H

#include "jsonapi/resource.h"

/* variable_rules.c: limits, sealing, what a sensitive variable may not change. */
before_write_hook variable_before_write;

/* variable_actions.c */
route_handler
    variable_create_anywhere;       /* POST /vars: the document or the query names the workspace */
route_handler variable_update_many; /* PATCH /workspaces/:id/relationships/vars */

#endif
