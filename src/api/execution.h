/* Execution mode, agent pool and `setting-overwrites`: one rule set for workspaces and projects
 * (today-workspaces.md 2.3). */
#ifndef TERRACE_API_EXECUTION_H
#define TERRACE_API_EXECUTION_H

#include "jsonapi/resource.h"

struct execution_names {
    const char *mode;       /* attribute "execution-mode" */
    const char *pool_id;    /* attribute "agent-pool-id" */
    const char *pool;       /* relationship and overwrite key "agent-pool" */
    const char *operations; /* deprecated boolean attribute, or NULL */
};

/* Checks what the request says and writes own_execution_mode, execution_mode and agent_pool_id into
 * the patch. The stored values come from the load statement's row (absent on create). */
void execution_before_write(struct context *context, struct patch *patch,
                            const struct execution_names *names);

#endif
