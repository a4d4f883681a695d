/* Jobs of the kind `policy`: a runner evaluates the OPA sets of a run with its own opa
 * (docs/runner-protocol.md). Such a job is no phase of the run: it has no log, no token and no
 * variables, and what it says ends an evaluation. */
#include "api/runner/runner.h"

#include <string.h>

#include "base/arena.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"
#include "policy/policy_facts.h"
#include "policy/policy_record.h"
#include "policy/policy_sources.h"

bool runner_policy_is(const struct rows *job, size_t row)
{
    return strcmp(rows_get(job, row, "kind"), "policy") == 0;
}

/* The frozen OPA sets of the run. */
static const struct rows *sets_of(struct context *context, const char *run)
{
    struct rows *rows = NULL;
    return CONTEXT_QUERY(context, STATEMENT_RUN_POLICY_SET_LIST, &rows, run, "opa", "f") ? rows
                                                                                         : NULL;
}

static bool load(struct context *context, const struct rows *sets, size_t row,
                 struct policy_sources *out)
{
    return db_ok(context, policy_sources_load(context->service->db, context->arena,
                                              context->service->keyring, sets, row, true, out));
}

/* --- To the runner --- */

static void write_set(struct json_writer *w, const struct policy_sources *sources, const char *name)
{
    json_object_begin(w);
    json_member_string(w, "name", name);
    json_key(w, "files");
    json_array_begin(w);
    for (size_t i = 0; i < sources->file_count; i++) {
        if (!sources->files[i].text)
            continue;
        json_object_begin(w);
        json_member_string(w, "path", sources->files[i].path);
        json_key(w, "text");
        json_string_n(w, sources->files[i].text, sources->files[i].len);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "policies");
    json_array_begin(w);
    for (size_t i = 0; i < sources->policy_count; i++) {
        json_object_begin(w);
        json_member_string(w, "name", sources->policies[i].name);
        json_member_string(w, "query", sources->policies[i].query);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

void runner_policy_write(struct runner *runner, const struct rows *job)
{
    struct context *context = runner->context;
    const char *run = rows_get(job, 0, "run_id");
    const struct rows *sets = sets_of(context, run);
    struct policy_facts facts;

    if (!sets || !db_ok(context, policy_facts_load(context->service->db, context->arena,
                                                   context->service->keyring, run, false, &facts)))
        return;
    json_object_begin(&runner->w);
    json_member_raw(&runner->w, "run", facts.opa_run);
    json_key(&runner->w, "sets");
    json_array_begin(&runner->w);
    for (size_t i = 0; i < rows_count(sets); i++) {
        struct policy_sources sources;
        if (!load(context, sets, i, &sources))
            return;
        write_set(&runner->w, &sources, rows_get(sets, i, "name"));
    }
    json_array_end(&runner->w);
    json_object_end(&runner->w);
}

/* --- From the runner --- */

/* A line for each thing that the query gave. */
static const char *printed(struct arena *arena, const struct json_value *list)
{
    struct buf out;

    buf_init(&out, arena);
    for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_length(list); i++) {
        const char *text = json_text(json_at(list, i));
        if (text)
            buf_adds(&out, text);
        else
            json_print(&out, json_at(list, i));
        buf_addc(&out, '\n');
    }
    return buf_str(&out);
}

/* What is not said, or said in other words, is an error. */
static void take_policy(struct arena *arena, const struct policy_source *source,
                        const struct json_value *said, struct policy_result *out)
{
    const char *status = json_text(json_get(said, "status"));
    const char *message = json_text(json_get(said, "message"));

    *out = (struct policy_result){.name = source->name,
                                  .description = source->description,
                                  .level = source->level,
                                  .query = source->query};
    out->passed = !source->problem && status && strcmp(status, "passed") == 0;
    out->is_errored =
        source->problem || (!out->passed && !(status && strcmp(status, "failed") == 0));
    out->printed = printed(arena, json_get(said, "output"));
    if (out->is_errored)
        out->error = source->problem ? source->problem
                     : message       ? message
                                     : "the runner has said nothing of this policy";
}

static bool take_set(struct context *context, const struct rows *sets, size_t row,
                     const struct json_value *said, struct policy_set_result *out)
{
    struct policy_sources sources;
    const struct json_value *policies = json_get(said, "policies");

    if (!load(context, sets, row, &sources))
        return false;
    *out = (struct policy_set_result){
        .name = rows_get(sets, row, "name"),
        .description = rows_get(sets, row, "description"),
        .tool_version = rows_get(sets, row, "policy_tool_version"),
        .overridable = rows_bool(sets, row, "overridable"),
        .is_versioned = rows_bool(sets, row, "is_versioned"),
        .error = sources.problem,
        .count = sources.policy_count,
    };
    out->policies = arena_alloc(context->arena, out->count * sizeof *out->policies);
    for (size_t i = 0; i < out->count; i++)
        take_policy(context->arena, &sources.policies[i],
                    policies && json_kind(policies) == JSON_ARRAY ? json_at(policies, i) : NULL,
                    &out->policies[i]);
    return true;
}

/* False: a failure, which is recorded. */
static bool read_results(struct context *context, const char *run, struct policy_run *out)
{
    const char *status = json_text(json_get(context->document, "status"));
    const char *message = json_text(json_get(context->document, "message"));
    const struct json_value *said = json_get(context->document, "sets");
    const struct rows *sets = sets_of(context, run);

    if (!sets)
        return false;
    if (!status || strcmp(status, "finished") != 0 || !said || json_kind(said) != JSON_ARRAY) {
        *out = policy_record_broken(context->arena,
                                    message ? message : "the runner could not evaluate them");
        return true;
    }
    out->count = rows_count(sets);
    out->milliseconds = 0;
    out->sets = arena_alloc(context->arena, out->count * sizeof *out->sets);
    for (size_t i = 0; i < out->count; i++)
        if (!take_set(context, sets, i, json_at(said, i), &out->sets[i]))
            return false;
    return true;
}

/* The run and the job are locked. */
void runner_policy_finish(struct runner *runner, const struct rows *job)
{
    struct context *context = runner->context;
    const char *run = rows_get(job, 0, "run_id");
    struct rows *evaluation = NULL;
    struct policy_run results;

    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_DONE, NULL, rows_get(job, 0, "id")) ||
        !CONTEXT_QUERY(context, STATEMENT_POLICY_EVALUATION_OF_RUN, &evaluation, run) ||
        !evaluation || !read_results(context, run, &results))
        return;
    enum db_status status = policy_record_evaluation(
        context->service->db, context->arena, context->service->keyring,
        rows_get(evaluation, 0, "id"), rows_get(evaluation, 0, "task_stage_id"), &results);
    if (status != DB_NO_ROWS) /* else it has ended already */
        (void)db_ok(context, status);
}
