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

/* A file or an environment variable. */
struct job_text {
    const char *name;
    const char *text;
};

struct job_vault {
    const char *address, *path, *role, *jwt;
    const char *namespace, *authority; /* NULL: none; authority: the file with the certificates */
    const char *file;                  /* takes the token */
    const char *env;                   /* takes it too; NULL: none */
    const char *token;                 /* once Vault has given one */
};

/* See credentials.h. */
struct job_credentials {
    const char *problem; /* NULL: none */
    const struct job_text *files, *env;
    struct job_vault *vaults;
    size_t file_count, env_count, vault_count;
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
    const char *commit_sha, *commit_branch, *commit_tag; /* of the configuration; NULL: none */
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
    struct job_credentials credentials;
};

/* NULL, with a reason (lower case, no full stop), for what this runner can't work with. *id is the
 * job's id as soon as it is known, so that its failure can be reported. */
const struct job *job_read(struct arena *arena, const char *text, size_t len, const char **id,
                           const char **reason);

/* "plan", "apply", "policy" or "query" */
const char *job_kind_name(enum job_kind kind);

#endif
