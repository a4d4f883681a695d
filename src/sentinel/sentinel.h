/* Evaluates a policy written in the Sentinel language. It stands by itself: it knows base and json,
 * neither the database nor the API.
 *
 * A policy is a stranger's program: it runs within limits (steps, memory, depth, time), reaches
 * nothing but what it is given, and whatever goes wrong (a feature that is not there, too) is an
 * outcome of its own that is never a pass. */
#ifndef TERRACE_SENTINEL_SENTINEL_H
#define TERRACE_SENTINEL_SENTINEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

struct sentinel_data {
    const char *name;
    const char *json;
    size_t len;
};

struct sentinel_source {
    const char *name; /* of a module: what it is imported as; of the policy: its name */
    const char *file; /* shown with places: "./tags.sentinel" */
    const char *text;
    size_t len;
};

/* 0: the default. */
struct sentinel_limits {
    long steps;        /* 50 million */
    size_t memory;     /* bytes, 256 MiB */
    int depth;         /* of expressions and calls, 2000 */
    long milliseconds; /* 10,000 */
};

struct sentinel_input {
    struct sentinel_source policy;
    const struct sentinel_source *modules;
    size_t module_count;
    const struct sentinel_data *statics; /* import "static" */
    size_t static_count;
    const struct sentinel_data *params;
    size_t param_count;
    /* `terraform show -json` of the plan, for tfplan/v2, tfconfig/v2 and tfstate/v2; NULL: these
     * imports are errors. */
    const char *plan;
    size_t plan_len;
    const char *run; /* JSON of the import tfrun; NULL likewise */
    size_t run_len;
    int64_t now; /* seconds since 1970 */
    struct sentinel_limits limits;
};

enum sentinel_outcome {
    SENTINEL_PASS,
    SENTINEL_FAIL,
    SENTINEL_UNDEFINED, /* a fail, with the place where it arose in `error` */
    SENTINEL_ERROR,
};

struct sentinel_rule {
    const char *name;
    const char *description; /* "" when there is none */
    const char *file;
    int line, column;
    const char *value; /* as print() shows it */
    const char *json;  /* the same; "null" for undefined */
};

struct sentinel_result {
    enum sentinel_outcome outcome;
    const char *error;                 /* NULL, or a sentence with file, line and column */
    const char *description;           /* the comment at the policy's top, or "" */
    const char *printed;               /* what print() wrote */
    const struct sentinel_rule *rules; /* those that were evaluated; main first */
    size_t rule_count;
};

/* Everything in the result lives in arena. */
void sentinel_evaluate(struct arena *arena, const struct sentinel_input *input,
                       struct sentinel_result *result);

/* Appends the source of a module that answers as `import` does with this input (its plan and run):
 * "tfconfig/v2", "tfplan/v2", "tfstate/v2" or "tfrun". False with a sentence in *error, from arena:
 * there is no such import, or no such data, or it is beyond the limits. */
bool sentinel_mock(struct arena *arena, const struct sentinel_input *input, const char *import,
                   struct buf *out, const char **error);

/* {description, error, print, result, rules: {name: {desc, ident, position, value}}} */
void sentinel_trace(struct buf *out, const struct sentinel_result *result);

#endif
