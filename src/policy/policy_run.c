/* See policy_run.h: what was frozen is read, then evaluated set by set. */
#include "policy/policy_run.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "policy/policy_facts.h"
#include "policy/policy_sources.h"

/* Of all policies of a run together; one that comes too late is an error. */
#define BUDGET_MS (4 * 60 * 1000)

struct evaluator {
    struct db *db;
    struct arena *arena;
    const struct keyring *keyring;
    const char *run_id;
    struct policy_facts facts;
    int64_t deadline;
};

bool policy_is_mandatory(const char *level)
{
    return strcmp(level, "advisory") != 0;
}

static bool is_set(const char *text)
{
    return text && *text;
}

/* One policy of a set. */
static void evaluate(struct evaluator *e, const struct policy_sources *sources, size_t index,
                     struct policy_result *out)
{
    const struct policy_source *source = &sources->policies[index];
    struct sentinel_result *result = arena_alloc(e->arena, sizeof *result);
    struct sentinel_input input = {
        .policy = {source->name, source->file, source->text, source->len},
        .modules = sources->modules,
        .module_count = sources->module_count,
        .statics = sources->statics,
        .static_count = sources->static_count,
        .params = source->params,
        .param_count = source->param_count,
        .plan = e->facts.plan,
        .plan_len = e->facts.plan_len,
        .run = e->facts.run,
        .run_len = strlen(e->facts.run),
        .now = clock_now(),
    };

    *out = (struct policy_result){.name = source->name,
                                  .description = source->description,
                                  .level = source->level,
                                  .query = source->query};
    out->is_errored = true;
    if (source->problem) {
        out->error = source->problem;
        return;
    }
    if (clock_monotonic_ms() > e->deadline) {
        out->error = "the policies of this run take too long together";
        return;
    }
    sentinel_evaluate(e->arena, &input, result);
    out->sentinel = result;
    out->passed = result->outcome == SENTINEL_PASS;
    out->is_errored = result->outcome == SENTINEL_ERROR;
    out->error = result->error;
    if (!is_set(out->description))
        out->description = result->description;
}

static enum db_status evaluate_set(struct evaluator *e, const struct rows *rows, size_t row,
                                   struct policy_set_result *out)
{
    struct policy_sources sources;

    *out = (struct policy_set_result){
        .name = rows_get(rows, row, "name"),
        .description = rows_get(rows, row, "description"),
        .tool_version = rows_get(rows, row, "policy_tool_version"),
        .overridable = rows_bool(rows, row, "overridable"),
        .is_versioned = rows_bool(rows, row, "is_versioned"),
    };
    enum db_status status =
        policy_sources_load(e->db, e->arena, e->keyring, rows, row, false, &sources);
    if (status != DB_OK)
        return status;
    out->error = sources.problem;
    out->count = sources.policy_count;
    out->policies = arena_alloc(e->arena, out->count * sizeof *out->policies);
    for (size_t i = 0; i < out->count; i++)
        evaluate(e, &sources, i, &out->policies[i]);
    return DB_OK;
}

enum db_status policy_run_sentinel(struct db *db, struct arena *arena,
                                   const struct keyring *keyring, const char *run_id, bool legacy,
                                   struct policy_run *out)
{
    struct evaluator e = {.db = db, .arena = arena, .keyring = keyring, .run_id = run_id};
    int64_t began = clock_monotonic_ms();
    struct rows *rows = NULL;
    enum db_status status = db_query(db, arena, STATEMENT_RUN_POLICY_SET_LIST, &rows, run_id,
                                     "sentinel", legacy ? "t" : "f");

    *out = (struct policy_run){0};
    if (status == DB_OK)
        status = policy_facts_load(db, arena, keyring, run_id, true, &e.facts);
    if (status != DB_OK)
        return status;
    e.deadline = began + BUDGET_MS;
    out->count = rows_count(rows);
    out->sets = arena_alloc(arena, out->count * sizeof *out->sets);
    for (size_t i = 0; i < out->count && status == DB_OK; i++)
        status = evaluate_set(&e, rows, i, &out->sets[i]);
    out->milliseconds = (long)(clock_monotonic_ms() - began);
    return status;
}
