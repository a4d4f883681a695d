/* Evaluates the policies that were frozen for a run (sql/functions/155_policy_runs.sql). No
 * transaction is open meanwhile: what is read never changes.
 *
 * Whatever cannot be evaluated (bytes that do not open, a missing plan, a policy that is not there)
 * is an error of the policy it concerns, and never a pass. */
#ifndef TERRACE_POLICY_POLICY_RUN_H
#define TERRACE_POLICY_POLICY_RUN_H

#include "db/db.h"
#include "sentinel/sentinel.h"

struct arena;
struct keyring;

struct policy_result {
    const char *name;
    const char *description;
    const char *level; /* as the set says it */
    const char *query; /* of OPA */
    bool passed;
    const char *error; /* NULL, or why it could not be evaluated or is undefined */
    bool is_errored;   /* it could not be evaluated */
    const struct sentinel_result *sentinel; /* NULL: not evaluated, or OPA */
    const char *printed;                    /* of OPA: what its query gave, a line each */
};

struct policy_set_result {
    const char *name;
    const char *description;
    const char *tool_version;
    bool overridable;
    bool is_versioned;
    const char *error; /* NULL, or why nothing of it could be evaluated */
    struct policy_result *policies;
    size_t count;
};

struct policy_run {
    struct policy_set_result *sets;
    size_t count;
    long milliseconds;
};

/* The Sentinel sets of a run: those of its legacy check, or of its evaluation. */
enum db_status policy_run_sentinel(struct db *db, struct arena *arena,
                                   const struct keyring *keyring, const char *run_id, bool legacy,
                                   struct policy_run *out) __attribute__((warn_unused_result));

/* `hard-mandatory`, `soft-mandatory` and `mandatory`. */
bool policy_is_mandatory(const char *level);

#endif
