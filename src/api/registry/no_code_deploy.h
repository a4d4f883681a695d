/* What the files about workspaces of no-code modules share (today-registry-vcs.md section 4). */
#ifndef TERRACE_API_REGISTRY_NO_CODE_DEPLOY_H
#define TERRACE_API_REGISTRY_NO_CODE_DEPLOY_H

#include <stdbool.h>

struct context;
struct json_value;

/* The version of a module that a workspace gets, as a load statement found it (the columns of
 * no_code_columns). */
struct no_code_deployment {
    const char *module_id; /* nocode-... */
    const char *organization_id;
    const char *organization; /* by name: the namespace of the module */
    const char *name, *provider;
    const char *version;
    const char *source_module;         /* name/provider/version */
    const struct json_value *contents; /* its interface */
    const struct json_value *choices;  /* {variable: [values]}: what may be chosen, where that is
                                          limited */
};

/* From the scope. False: the module is switched off or has no version to offer (recorded, 422). */
bool no_code_deployment_read(struct context *context, struct no_code_deployment *out);

/* no_code_vars.c: writes the variables that the document's relationship `vars` brings into the
 * workspace, each checked against the version's inputs and choices; one that is there already gets
 * the new value. Then sees to it that every required input has a value, from wherever. False:
 * something was refused (recorded). */
bool no_code_vars_write(struct context *context, const struct no_code_deployment *deployment,
                        const char *workspace_id);
/* The relationship's array; NULL when there is none. */
const struct json_value *no_code_vars_given(const struct context *context);

struct no_code_run {
    const char *workspace_id;
    const char *message;
    bool auto_apply;     /* false: it waits, whatever the workspace says */
    bool may_auto_apply; /* whether who asks for it may apply */
};

/* Writes the configuration and starts a run with it. The run's id; NULL when that failed
 * (recorded). */
const char *no_code_run_start(struct context *context, const struct no_code_deployment *deployment,
                              const struct no_code_run *run);

#endif
