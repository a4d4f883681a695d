/* Sends the requests of run tasks (today-runs.md 14.5 to 14.8). A receiver that does not answer
 * with 200 is asked again, five times; after that its result is an error. */
#include "worker/worker.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "hooks/hook.h"
#include "hooks/hook_body.h"
#include "run/run_stage.h"

#define MAX_TRIES 6

/* A new one for each try: only its hash is kept. */
static enum db_status make_token(struct worker *worker, const char *result,
                                 char token[CRYPTO_TOKEN_SIZE])
{
    char hash[CRYPTO_SHA256_HEX];

    crypto_token_new(token);
    crypto_sha256_hex(token, strlen(token), hash);
    return db_query(worker->db, worker->arena, STATEMENT_TASK_TOKEN_CREATE, NULL,
                    ids_new(worker->arena, "at-"), result, hash);
}

static const char *body_of(struct worker *worker, const struct rows *r, const char *token)
{
    struct arena *arena = worker->arena;
    const char *organization = rows_get(r, 0, "organization_name");
    const char *workspace = rows_get(r, 0, "workspace_name");
    const char *configuration = rows_get(r, 0, "configuration_version_id");
    const char *plan = rows_get(r, 0, "plan_id");
    const char *base = worker->config->base_url;
    const struct hook_task task = {
        .access_token = token,
        .stage = rows_get(r, 0, "stage"),
        .configuration_version_id = configuration,
        .configuration_version_download_url =
            rows_bool(r, 0, "is_downloadable")
                ? arena_printf(arena, "%s/api/v2/configuration-versions/%s/download", base,
                               configuration)
                : NULL,
        .is_speculative = rows_get(r, 0, "is_speculative"),
        .organization_name = organization,
        .plan_json_api_url =
            plan ? arena_printf(arena, "%s/api/v2/plans/%s/json-output", base, plan) : NULL,
        .run_app_url = arena_printf(arena, "%s/app/%s/%s/runs/%s", base, organization, workspace,
                                    rows_get(r, 0, "run_id")),
        .run_created_at = rows_get(r, 0, "run_created_at"),
        .run_created_by = rows_get(r, 0, "run_created_by"),
        .run_id = rows_get(r, 0, "run_id"),
        .run_message = rows_get(r, 0, "run_message"),
        .callback_url =
            arena_printf(arena, "%s/api/v2/task-results/%s/callback", base, rows_get(r, 0, "id")),
        .enforcement_level = rows_get(r, 0, "enforcement_level"),
        .result_id = rows_get(r, 0, "id"),
        .vcs_branch = rows_get(r, 0, "vcs_branch"),
        .vcs_commit_url = rows_get(r, 0, "vcs_commit_url"),
        .vcs_pull_request_url = rows_get(r, 0, "vcs_pull_request_url"),
        .vcs_repo_url = rows_get(r, 0, "vcs_repo_url"),
        .workspace_app_url =
            arena_printf(arena, "%s/app/%s/workspaces/%s", base, organization, workspace),
        .workspace_id = rows_get(r, 0, "workspace_id"),
        .workspace_name = workspace,
        .workspace_working_directory = rows_get(r, 0, "working_directory"),
    };
    return hook_body_task(arena, &task);
}

/* NULL: the receiver has it. Else what went wrong, for people. */
static const char *send_request(struct worker *worker, const struct rows *r, const char *token)
{
    const char *sealed = rows_get(r, 0, "sealed_hmac_key");
    struct hook_answer answer;
    struct hook hook = {
        .url = rows_get(r, 0, "task_url"),
        .body = body_of(worker, r, token),
        .signature_header = HOOK_TASK_SIGNATURE,
        .user_agent = HOOK_TASK_AGENT,
    };
    if (sealed)
        hook.key =
            crypto_open_text(worker->arena, worker->keyring, rows_get(r, 0, "task_id"), sealed);
    if (sealed && !hook.key)
        return "the HMAC key of the run task does not open";
    hook_send(worker->arena, &hook, worker->config->outbound_private, &answer);
    if (answer.status == 200)
        return NULL;
    return arena_printf(worker->arena, "the URL of the run task %s",
                        hook_outcome(worker->arena, &answer));
}

/* The result is an error, which may end its stage. */
static enum work_result fail_result(struct worker *worker, const char *id, const char *timeout,
                                    const char *problem)
{
    const struct run_stage_answer answer = {.status = "errored", .message = problem};
    enum db_status status = DB_RETRY;

    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++) {
        struct rows *holds = NULL;
        enum run_result result = RUN_GONE;
        status = db_begin(worker->db);
        if (status == DB_OK && timeout)
            status = db_query(worker->db, worker->arena, STATEMENT_TASK_TIMEOUT_HOLDS, &holds, id,
                              timeout);
        if (status == DB_OK)
            result = run_stage_record(worker->db, worker->arena, id, &answer, &status);
        if (result == RUN_FAILED || status != DB_OK)
            db_rollback(worker->db);
        else
            status = db_commit(worker->db);
    }
    if (status == DB_NO_ROWS) /* it has been heard of since */
        return WORK_DONE;
    return work_status(worker, status, "result of a run task");
}

enum work_result work_time_out_task(struct worker *worker, const struct rows *claimed)
{
    const char *id = rows_get(claimed, 0, "id");

    log_info("run task result=%s timed out", id);
    return fail_result(worker, id, rows_get(claimed, 0, "timeout_at"),
                       "the run task did not answer in time");
}

enum work_result work_send_task_request(struct worker *worker, const struct rows *claimed)
{
    const char *id = rows_get(claimed, 0, "id");
    int64_t tries = rows_int(claimed, 0, "attempts");
    const char *problem = "the run task has been deleted";
    char token[CRYPTO_TOKEN_SIZE];
    char pause[16];

    if (!rows_bool(claimed, 0, "is_gone") && tries <= MAX_TRIES) {
        enum db_status status = make_token(worker, id, token);
        if (status != DB_OK)
            return work_status(worker, status, "token of a run task");
        problem = send_request(worker, claimed, token);
    }
    log_info("run task request result=%s try=%d %s", id, (int)tries, problem ? problem : "sent");
    if (!problem)
        return work_status(
            worker, db_query(worker->db, worker->arena, STATEMENT_TASK_REQUEST_SENT, NULL, id),
            "run task request");
    if (rows_bool(claimed, 0, "is_gone") || tries >= MAX_TRIES)
        return fail_result(worker, id, NULL, problem);
    snprintf(pause, sizeof pause, "%d", 1 << (int)tries);
    return work_status(
        worker, db_query(worker->db, worker->arena, STATEMENT_TASK_REQUEST_AGAIN, NULL, id, pause),
        "run task request");
}
