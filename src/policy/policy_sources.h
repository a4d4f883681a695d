/* The texts of a frozen policy set: its policies, modules, data and parameters, out of the archive
 * of its version or the blobs of single policies. */
#ifndef TERRACE_POLICY_POLICY_SOURCES_H
#define TERRACE_POLICY_POLICY_SOURCES_H

#include "db/db.h"
#include "sentinel/sentinel.h"

struct arena;
struct keyring;

struct policy_source {
    const char *name;
    const char *description;
    const char *level;
    const char *query;
    const char *file; /* shown with places: "./tags.sentinel" */
    const char *text;
    size_t len;
    const struct sentinel_data *params; /* its own first, then the set's, then the manifest's */
    size_t param_count;
    const char *problem; /* NULL, or why it cannot be evaluated */
};

struct policy_file {
    const char *path;
    const char *text; /* NULL: not seen */
    size_t len;
};

struct policy_sources {
    struct policy_source *policies;
    size_t policy_count;
    struct sentinel_source *modules;
    size_t module_count;
    struct sentinel_data *statics;
    size_t static_count;
    const struct policy_file *files; /* of OPA: every .rego of the set */
    size_t file_count;
    const char *problem; /* NULL, or why none of it can be evaluated */
};

/* Of a row of run_policy_set_list. */
enum db_status policy_sources_load(struct db *db, struct arena *arena,
                                   const struct keyring *keyring, const struct rows *rows,
                                   size_t row, bool opa, struct policy_sources *out)
    __attribute__((warn_unused_result));

#endif
