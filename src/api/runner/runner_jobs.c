/* Jobs: taken by one runner, kept by renewing the lease, given back with what came of them. */
#include "api/runner/runner.h"

#include <string.h>

#include "base/arena.h"
#include "base/ids.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "jsonapi/handler.h"
#include "run/query_run.h"
#include "run/run.h"
#include "run/run_create.h"

/* --- Claim --- */

/* The kinds that the runner takes, as a text[] literal. */
static const char *accepted(struct context *context)
{
    const struct json_value *list = json_get(context->document, "accept");
    const char *kinds[8];
    size_t count = 0;

    for (size_t i = 0; i < json_length(list) && count < sizeof kinds / sizeof kinds[0]; i++)
        if ((kinds[count] = json_text(json_at(list, i))) != NULL)
            count++;
    if (count == 0) {
        kinds[count++] = "plan";
        kinds[count++] = "apply";
    }
    return db_array(context->arena, kinds, count);
}

/* The locks in the machine's order; the run itself knows nothing of it. */
static bool take_policy(struct runner *runner, const char *job, const char *run, const char *agent)
{
    struct context *context = runner->context;
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUN_BEGIN, &rows, run) || !rows ||
        !CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_CLAIM, &rows, job, agent, RUNNER_LEASE))
        return false;
    return rows && CONTEXT_QUERY(context, STATEMENT_POLICY_EVALUATION_TAKEN, NULL, run) &&
           CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_PING, NULL, agent, "busy",
                         context->request->remote_addr);
}

/* run_send(), or query_run_send(). */
typedef enum run_result send_fn(struct db *db, struct arena *arena, const char *run,
                                enum run_event event, const struct run_args *args,
                                enum db_status *failure);

/* True: it is this runner's now. False: another was quicker, the run has ended, or a failure. The
 * run's row is locked before the job's, as everywhere. */
static bool take_by(send_fn *send, struct runner *runner, const char *job, const char *run,
                    const char *agent)
{
    struct context *context = runner->context;
    struct rows *claimed = NULL;
    enum db_status failure;

    switch (send(context->service->db, context->arena, run, RUN_CLAIMED, NULL, &failure)) {
    case RUN_MOVED:
        break;
    case RUN_FAILED:
        (void)db_ok(context, failure);
        return false;
    case RUN_REFUSED:
    case RUN_GONE:
        return false;
    }
    return CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_CLAIM, &claimed, job, agent, RUNNER_LEASE) &&
           claimed && CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_PHASE, NULL, job, agent) &&
           CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_PING, NULL, agent, "busy",
                         context->request->remote_addr);
}

static bool take(struct runner *runner, const char *job, const char *run, const char *agent)
{
    return take_by(run_send, runner, job, run, agent);
}

static bool take_query(struct runner *runner, const char *job, const char *query, const char *agent)
{
    return take_by(query_run_send, runner, job, query, agent);
}

static const char *new_token(struct runner *runner, const struct rows *job)
{
    enum statement statement =
        runner_query_is(job, 0) ? STATEMENT_QUERY_RUN_TOKEN_CREATE : STATEMENT_RUNNER_TOKEN_CREATE;
    struct context *context = runner->context;
    char hash[CRYPTO_SHA256_HEX];
    char *secret = arena_alloc(context->arena, CRYPTO_TOKEN_SIZE);

    crypto_token_new(secret);
    crypto_sha256_hex(secret, strlen(secret), hash);
    return CONTEXT_QUERY(context, statement, NULL, ids_new(context->arena, "at-"), hash,
                         rows_get(job, 0, "run_id"))
               ? secret
               : NULL;
}

static void write_run(struct json_writer *w, const struct rows *job)
{
    json_key(w, "run");
    json_object_begin(w);
    json_member_string(w, "id", rows_get(job, 0, "run_id"));
    json_member_bool(w, "is_destroy", rows_bool(job, 0, "is_destroy"));
    json_member_bool(w, "refresh", rows_bool(job, 0, "refresh"));
    json_member_bool(w, "refresh_only", rows_bool(job, 0, "refresh_only"));
    const char *targets = rows_get(job, 0, "target_addrs");
    const char *replaced = rows_get(job, 0, "replace_addrs");
    json_member_raw(w, "target_addrs", targets ? targets : "[]");
    json_member_raw(w, "replace_addrs", replaced ? replaced : "[]");
    json_member_bool(w, "allow_config_generation", rows_bool(job, 0, "allow_config_generation"));
    json_member_bool(w, "debugging_mode", rows_bool(job, 0, "debugging_mode"));
    json_object_end(w);
}

static void write_name(struct json_writer *w, const char *key, const char *name)
{
    json_key(w, key);
    json_object_begin(w);
    json_member_string(w, "name", name);
    json_object_end(w);
}

static void write_workspace(struct json_writer *w, const struct rows *job)
{
    json_key(w, "workspace");
    json_object_begin(w);
    json_member_string(w, "id", rows_get(job, 0, "workspace_id"));
    json_member_string(w, "name", rows_get(job, 0, "workspace"));
    json_member_string(w, "working_directory", rows_get(job, 0, "working_directory"));
    json_member_bool(w, "structured_run_output", rows_bool(job, 0, "is_structured"));
    json_object_end(w);
}

static bool text_of(const struct json_value *item, const char *key, const char **out)
{
    *out = json_text(json_get(item, key));
    return *out != NULL;
}

static bool flag_of(const struct json_value *item, const char *key)
{
    const struct json_value *value = json_get(item, key);
    return value && json_kind(value) == JSON_BOOL && json_boolean(value);
}

static void write_variable(struct json_writer *w, const struct json_value *item, bool of_run)
{
    const char *key, *value, *category;

    if (!text_of(item, "key", &key) || !text_of(item, "value", &value))
        return;
    if (!text_of(item, "category", &category))
        category = "terraform";
    json_object_begin(w);
    json_member_string(w, "key", key);
    json_member_string(w, "value", value);
    json_member_string(w, "category", category);
    json_member_bool(w, "hcl", of_run || flag_of(item, "hcl"));
    json_member_bool(w, "sensitive", flag_of(item, "sensitive"));
    json_object_end(w);
}

static bool is_terraform(const struct json_value *item)
{
    const char *category;
    return text_of(item, "category", &category) && strcmp(category, "terraform") == 0;
}

static bool is_among(const struct json_value *list, const char *key)
{
    for (size_t i = 0; i < json_length(list); i++) {
        const char *name;
        if (text_of(json_at(list, i), "key", &name) && strcmp(name, key) == 0)
            return true;
    }
    return false;
}

/* What the run was given stands above what the workspace had (today-runs.md 22.4). */
static bool write_variables(struct runner *runner, const struct rows *job)
{
    struct context *context = runner->context;
    const char *reason;
    const char *own = rows_get(job, 0, "variables");
    const char *frozen =
        run_variables_open(context->arena, context->service->keyring, rows_get(job, 0, "run_id"),
                           rows_get(job, 0, "sealed_variables"));
    const struct json_value *given = json_read(context->arena, own, strlen(own), 8, &reason);
    const struct json_value *list =
        frozen ? json_read(context->arena, frozen, strlen(frozen), 8, &reason) : NULL;

    if (!list || !given) {
        request_fail(context, ERROR_INTERNAL, NULL, "The variables of the run do not open");
        return false;
    }
    json_key(&runner->w, "variables");
    json_array_begin(&runner->w);
    for (size_t i = 0; i < json_length(list); i++) {
        const struct json_value *item = json_at(list, i);
        const char *key;
        if (!text_of(item, "key", &key) || !is_terraform(item) || !is_among(given, key))
            write_variable(&runner->w, item, false);
    }
    for (size_t i = 0; i < json_length(given); i++)
        write_variable(&runner->w, json_at(given, i), true);
    runner_identity_write(runner, job, list);
    json_array_end(&runner->w);
    runner_credentials_write(runner, job, list);
    return !request_failed(context);
}

/* The commit that the configuration was made from; null without one. */
static void write_commit(struct json_writer *w, const struct rows *job)
{
    json_key(w, "commit");
    if (!rows_get(job, 0, "git_commit_sha")) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_member_string(w, "sha", rows_get(job, 0, "git_commit_sha"));
    json_member_string(w, "branch", rows_get(job, 0, "git_branch"));
    json_member_string(w, "tag", rows_get(job, 0, "git_tag"));
    json_object_end(w);
}

static void write_job(struct runner *runner, const char *id, bool query)
{
    struct context *context = runner->context;
    struct json_writer *w = &runner->w;
    struct rows *job = NULL;

    if (!CONTEXT_QUERY(context, query ? STATEMENT_QUERY_RUN_JOB_SHOW : STATEMENT_RUNNER_JOB_SHOW,
                       &job, id) ||
        !job)
        return;
    /* Who evaluates policies acts for nobody, and needs no secret. */
    bool policy = runner_policy_is(job, 0);
    const char *token = policy ? NULL : new_token(runner, job);
    if (!token && !policy)
        return;
    json_object_begin(w);
    json_member_string(w, "id", id);
    json_member_string(w, "kind", rows_get(job, 0, "kind"));
    json_member_raw(w, "lease_seconds", RUNNER_LEASE);
    json_member_int(w, "timeout_seconds", rows_int(job, 0, "timeout_seconds"));
    json_member_string(w, "server", context_base_url(context));
    if (token)
        json_member_string(w, "token", token);
    write_name(w, "organization", rows_get(job, 0, "organization"));
    write_name(w, "project", rows_get(job, 0, "project"));
    write_workspace(w, job);
    write_commit(w, job);
    json_member_string(w, "terraform_version", rows_get(job, 0, "terraform_version"));
    write_run(w, job);
    if (policy) {
        json_object_end(w);
        return;
    }
    const char *key = rows_get(job, 0, "ssh_key");
    json_member_string(w, "ssh_key",
                       key ? crypto_open_text(context->arena, context->service->keyring,
                                              rows_get(job, 0, "ssh_key_id"), key)
                           : NULL);
    if (write_variables(runner, job))
        json_object_end(w);
}

static void claim(struct runner *runner)
{
    struct context *context = runner->context;
    const char *agent = context_param(context, 0);
    struct rows *rows = NULL;

    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT, &rows, agent, runner->token_id))
        return;
    if (!rows) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_CANDIDATES, &rows, runner->pool_id,
                       accepted(context)))
        return;
    for (size_t i = 0; i < rows_count(rows) && !request_failed(context); i++) {
        bool query = runner_query_is(rows, i);
        if ((runner_policy_is(rows, i) ? take_policy
             : query                   ? take_query
                     : take)(runner, rows_get(rows, i, "id"), rows_get(rows, i, "run_id"), agent)) {
            write_job(runner, rows_get(rows, i, "id"), query);
            return;
        }
    }
    if (!request_failed(context))
        (void)CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_PING, NULL, agent, "idle",
                            context->request->remote_addr);
}

void runner_claim(struct context *context)
{
    runner_serve(context, RUNNER_DOCUMENT, claim);
}

/* --- Renew --- */

static void renew(struct runner *runner)
{
    struct context *context = runner->context;
    const struct rows *job = runner_job_at_work(runner);
    struct rows *renewed = NULL;

    if (!job || !CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_RENEW, &renewed,
                               rows_get(job, 0, "id"), RUNNER_LEASE))
        return;
    if (!renewed) {
        request_fail(context, ERROR_CONFLICT, NULL, "The job is no longer yours");
        return;
    }
    if (!CONTEXT_QUERY(context, STATEMENT_RUNNER_AGENT_PING, NULL, rows_get(job, 0, "agent_id"),
                       "busy", context->request->remote_addr))
        return;
    json_object_begin(&runner->w);
    json_member_string(&runner->w, "cancel",
                       rows_bool(renewed, 0, "is_interrupted") ? "interrupt" : NULL);
    json_object_end(&runner->w);
}

void runner_renew(struct context *context)
{
    runner_serve(context, RUNNER_NO_BODY, renew);
}

/* --- Finish --- */

static bool event_of(struct context *context, enum run_event *out)
{
    static const struct {
        const char *status;
        enum run_event event;
    } events[] = {
        {"finished", RUN_FINISHED}, {"errored", RUN_ERRORED}, {"canceled", RUN_INTERRUPTED}};
    const char *status = json_text(json_get(context->document, "status"));

    for (size_t i = 0; status && i < sizeof events / sizeof events[0]; i++)
        if (strcmp(events[i].status, status) == 0) {
            *out = events[i].event;
            return true;
        }
    request_fail(context, ERROR_UNPROCESSABLE, NULL,
                 "status must be finished, errored or canceled");
    return false;
}

static void finish(struct runner *runner)
{
    struct context *context = runner->context;
    struct db *db = context->service->db;
    const struct rows *job = runner_job(runner);
    struct rows *locked = NULL;
    struct buf result;
    enum run_event event;
    enum db_status failure;

    if (!job || !event_of(context, &event) || strcmp(rows_get(job, 0, "status"), "done") == 0)
        return;
    const char *run = rows_get(job, 0, "run_id");
    const struct run_args args = {.reason = json_text(json_get(context->document, "message"))};
    if (runner_query_is(job, 0)) {
        runner_query_finish(runner, run, event, args.reason);
        return;
    }
    buf_init(&result, context->arena);
    json_print(&result, context->document);
    if (runner_policy_is(job, 0)) {
        if (CONTEXT_QUERY(context, STATEMENT_RUN_BEGIN, &locked, run) &&
            (job = runner_job_at_work(runner)))
            runner_policy_finish(runner, job);
        return;
    }
    /* The locks first, in the machine's order. */
    if (!CONTEXT_QUERY(context, STATEMENT_RUN_BEGIN, &locked, run) ||
        !(job = runner_job_at_work(runner)) ||
        !CONTEXT_QUERY(context, STATEMENT_RUNNER_PHASE_RESULT, NULL, rows_get(job, 0, "phase_id"),
                       buf_str(&result)) ||
        !CONTEXT_QUERY(context, STATEMENT_RUNNER_JOB_DONE, NULL, rows_get(job, 0, "id")))
        return;
    if (run_send(db, context->arena, run, event, &args, &failure) == RUN_FAILED)
        (void)db_ok(context, failure);
}

void runner_finish(struct context *context)
{
    runner_serve(context, RUNNER_DOCUMENT, finish);
}
