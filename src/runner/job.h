/* A job as the server hands it out (docs/runner-protocol.md): parsed once, then only typed values.
 * Everything lives in the arena it was read into. */
#ifndef TERRACE_RUNNER_JOB_H
#define TERRACE_RUNNER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum job_kind { JOB_PLAN, JOB_APPLY, JOB_POLICY, JOB_QUERY };

struct job_variable {
    const char *key;
    const char *value;
    bool environment; /* exported; else an input variable */
    bool hcl;         /* the value is an expression; else the text itself */
};

struct job {
    const char *id;
    enum job_kind kind;
    int64_t lease_seconds;
    int64_t timeout_seconds;
    const char *server;
    const char *token; /* empty for JOB_POLICY */
    const char *organization;
    const char *project;
    const char *workspace_id;
    const char *workspace;
    const char *working_directory; /* relative and clean, empty: the root */
    bool structured_output;
    const char *terraform_version;
    const char *run_id;
    bool is_destroy, refresh, refresh_only, allow_config_generation, debugging_mode;
    const char *const *target_addrs; /* ended by NULL */
    const char *const *replace_addrs;
    const char *ssh_key; /* NULL: none */
    const struct job_variable *variables;
    size_t variable_count;
};

/* NULL, with a reason (lower case, no full stop), for what this runner can't work with. *id is the
 * job's id as soon as it is known, so that its failure can be reported. */
const struct job *job_read(struct arena *arena, const char *text, size_t len, const char **id,
                           const char **reason);

/* "plan", "apply", "policy" or "query" */
const char *job_kind_name(enum job_kind kind);

#endif
