/* New runs: from the API, from an upload with auto-queue-runs, from another run; new query runs. */
#ifndef TERRACE_RUN_RUN_CREATE_H
#define TERRACE_RUN_RUN_CREATE_H

#include "run/run.h"

struct keyring;

struct run_new {
    const char *id;           /* run-... */
    const char *workspace_id; /* the caller has checked who may */
    const char *columns;    /* JSON object: columns of the table `runs` that are not as usual. With
                               configuration_version_id, message */
    const char *created_by; /* id of a user, a team, or, when nobody made it, the organization */
    bool is_assessment;     /* see run_assess.h: any other ends the one that is under way */
};

/* Inserts the run and its phases, freezes the workspace's variables (today-runs.md 5.10), and lets
 * it go as far as it can. Within the caller's transaction. */
enum run_result run_create(struct db *db, struct arena *arena, const struct keyring *keyring,
                           const struct run_new *run, enum db_status *failure)
    __attribute__((warn_unused_result));

/* The same for a query run (query_run.h): its row with its phase and its job, and the variables.
 * columns are of the table `query_runs`. */
enum db_status query_run_create(struct db *db, struct arena *arena, const struct keyring *keyring,
                                const struct run_new *query) __attribute__((warn_unused_result));

/* The frozen variables as JSON: [{key, value, category, hcl, sensitive}]. NULL when they do not
 * open. */
const char *run_variables_open(struct arena *arena, const struct keyring *keyring,
                               const char *run_id, const char *sealed);

#endif
