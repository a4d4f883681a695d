/* Talks to VCS providers: registers webhooks, gets configurations, acts on what webhooks brought,
 * tells commits how their runs stand (today-registry-vcs.md 8.2 and 8.3). */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "json/json_reader.h"
#include "vcs/vcs_match.h"
#include "vcs/vcs_oauth.h"
#include "worker/vcs_work.h"

#define MAX_TRIES 4
/* A statement outside of any transaction: what another transaction got in the way of is tried
 * again, not left to the end of the lease. */
#define vcs_query(job, statement, out, ...)                                                        \
    vcs_query_text((job), (statement), (out), (const char *[]){__VA_ARGS__},                       \
                   sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

/* A provider that is away is asked again after 20, 40, ... seconds: about twenty minutes in all. */
#define MAX_ATTEMPTS 7
#define EVENT_DEPTH 8

/* What a kind of job comes to: status is of the database; *done: the job has ended itself. */
typedef struct vcs_answer vcs_job_kind(struct vcs_job *job, enum db_status *status, bool *done);

static const struct vcs_answer good = {VCS_OK, NULL};

static enum db_status vcs_query_text(struct vcs_job *job, enum statement statement,
                                     struct rows **out, const char *const *params, size_t count)
{
    enum db_status status = DB_RETRY;

    for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++)
        status = db_query_text(job->worker->db, job->worker->arena, statement, out, params, count);
    return status;
}

static bool flag(const struct vcs_job *job, const char *column)
{
    return rows_bool(job->of, 0, column);
}

static bool equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* --- webhook --- */

static struct vcs_answer register_webhook(struct vcs_job *job, enum db_status *status, bool *done)
{
    const char *secret =
        crypto_open_text(job->worker->arena, job->worker->keyring, vcs_job_get(job, "id"),
                         vcs_job_get(job, "sealed_secret"));

    (void)status, (void)done;
    if (!secret)
        return (struct vcs_answer){VCS_REFUSED, "gets no webhook: its secret does not open"};
    struct vcs_answer answer =
        vcs_webhook_create(job->worker->arena, &job->account, vcs_job_get(job, "identifier"),
                           vcs_job_get(job, "webhook_url"), secret);
    if (answer.problem)
        answer.problem =
            arena_printf(job->worker->arena, "takes no webhook: it %s", answer.problem);
    return answer;
}

/* --- fetch --- */

/* What an event does not say of its commit. */
static void complete(struct vcs_event *event, const struct vcs_commit *commit)
{
    event->sha = commit->sha;
    if (!event->commit_message)
        event->commit_message = commit->message;
    if (!event->commit_url)
        event->commit_url = commit->url;
    if (!event->sender_username)
        event->sender_username = commit->author;
    if (!event->sender_avatar_url)
        event->sender_avatar_url = commit->author_avatar_url;
}

/* The newest commit of the branch, for a configuration version that waits for it. */
static struct vcs_answer fetch(struct vcs_job *job, enum db_status *status, bool *done)
{
    struct vcs_ingress ingress = {
        .configuration_id = rows_get(job->claimed, 0, "configuration_version_id"),
        .event = {.kind = "push"},
    };
    struct vcs_commit commit;
    struct vcs_answer answer = vcs_tracked_branch(job, &ingress.event.branch);

    if (answer.result == VCS_OK)
        answer = vcs_branch_head(job->worker->arena, &job->account, vcs_job_get(job, "identifier"),
                                 ingress.event.branch, &commit);
    if (answer.result != VCS_OK)
        return answer;
    complete(&ingress.event, &commit);
    if (!*vcs_job_get(job, "branch"))
        ingress.event.default_branch = ingress.event.branch;
    if (flag(job, "queue_all_runs") && rows_int(job->of, 0, "run_count") == 0)
        ingress.message = commit.message ? commit.message : "Connected to the repository";
    answer = vcs_ingest(job, &ingress, status);
    *done = answer.result == VCS_OK;
    return answer;
}

/* --- status --- */

/* Where each workspace has a status of its own. */
static const char *status_context(struct vcs_job *job)
{
    return arena_printf(job->worker->arena, "Terrace/%s/%s", vcs_job_get(job, "organization"),
                        vcs_job_get(job, "workspace"));
}

static struct vcs_answer tell(struct vcs_job *job, const char *sha, const struct vcs_status *told)
{
    struct vcs_answer answer = vcs_status_post(job->worker->arena, &job->account,
                                               vcs_job_get(job, "identifier"), sha, told);

    if (answer.result != VCS_OK)
        answer.problem =
            arena_printf(job->worker->arena, "takes no commit status: it %s", answer.problem);
    return answer;
}

/* What waits for a status of each workspace need not wait for one that has no plan to make (8.3).
 */
static struct vcs_answer tell_untriggered(struct vcs_job *job, const struct vcs_event *event)
{
    struct arena *arena = job->worker->arena;
    const char *repository = vcs_job_get(job, "identifier");
    const struct vcs_status told = {
        .state = "success",
        .context = status_context(job),
        .description = "Terrace plan: nothing of this workspace is touched",
        .url = work_url(job->worker, arena_printf(arena, "/app/%s/workspaces/%s",
                                                  vcs_job_get(job, "organization"),
                                                  vcs_job_get(job, "workspace"))),
    };
    struct vcs_commit commit;
    struct vcs_answer answer =
        vcs_commit_read(arena, &job->account, repository, event->sha, &commit);

    if (answer.result != VCS_OK)
        return answer;
    return tell(job, commit.sha, &told);
}

static const char *describe(struct vcs_job *job, const struct rows *run, const char *state)
{
    if (strcmp(state, "pending") == 0)
        return "Terrace plan is in progress";
    if (strcmp(state, "failure") == 0)
        return equal(rows_get(run, 0, "status"), "canceled") ? "Terrace plan was canceled"
                                                             : "Terrace plan failed";
    return arena_printf(job->worker->arena,
                        "Terrace plan: %lld to add, %lld to change, %lld to destroy",
                        (long long)rows_int(run, 0, "resource_additions"),
                        (long long)rows_int(run, 0, "resource_changes"),
                        (long long)rows_int(run, 0, "resource_destructions"));
}

static struct vcs_answer tell_one(struct vcs_job *job, const struct rows *run, const char *run_id)
{
    const char *state = rows_get(run, 0, "state");

    return tell(
        job, rows_get(run, 0, "commit_sha"),
        &(struct vcs_status){
            .state = state,
            .context = status_context(job),
            .description = describe(job, run, state),
            .url = work_url(job->worker, arena_printf(job->worker->arena, "/app/%s/%s/runs/%s",
                                                      vcs_job_get(job, "organization"),
                                                      vcs_job_get(job, "workspace"), run_id)),
        });
}

static const char *describe_all(struct vcs_job *job, const struct rows *all, const char *state)
{
    struct arena *arena = job->worker->arena;
    long long plans = rows_int(all, 0, "plans");

    if (strcmp(state, "pending") == 0)
        return arena_printf(arena, "%lld of %lld plans are in progress",
                            (long long)rows_int(all, 0, "pending"), plans);
    if (strcmp(state, "failure") == 0)
        return arena_printf(arena, "%lld of %lld plans failed",
                            (long long)rows_int(all, 0, "failed"), plans);
    return arena_printf(arena, "%lld plans: %lld to add, %lld to change, %lld to destroy", plans,
                        (long long)rows_int(all, 0, "resource_additions"),
                        (long long)rows_int(all, 0, "resource_changes"),
                        (long long)rows_int(all, 0, "resource_destructions"));
}

/* One status for all workspaces of the organization. Another worker may tell of another of them at
 * the same time, with older news: so it is looked at once more after it was told. */
static struct vcs_answer tell_all(struct vcs_job *job, const struct rows *run,
                                  enum db_status *status)
{
    const char *organization = vcs_job_get(job, "organization");
    const char *sha = rows_get(run, 0, "commit_sha");
    struct vcs_status told = {
        .context = arena_printf(job->worker->arena, "Terrace/%s", organization),
        .url = work_url(job->worker, arena_printf(job->worker->arena, "/app/%s", organization)),
    };
    struct vcs_answer answer = good;

    for (int i = 0; i < MAX_TRIES && answer.result == VCS_OK; i++) {
        struct rows *all = NULL;
        *status = vcs_query(job, STATEMENT_VCS_COMMIT_STATE, &all, vcs_job_get(job, "id"), sha,
                            rows_get(run, 0, "is_pull_request"));
        const char *state = *status == DB_OK ? rows_get(all, 0, "state") : NULL;
        if (!state || equal(state, told.state))
            break;
        told.state = state;
        told.description = describe_all(job, all, state);
        answer = tell(job, sha, &told);
    }
    return answer;
}

static struct vcs_answer tell_status(struct vcs_job *job, enum db_status *status, bool *done)
{
    const char *run_id = rows_get(job->claimed, 0, "run_id");
    struct rows *run = NULL;

    (void)done;
    *status = vcs_query(job, STATEMENT_VCS_RUN_STATE, &run, run_id);
    if (*status != DB_OK) {
        *status = *status == DB_NO_ROWS ? DB_OK : *status;
        return good;
    }
    struct vcs_answer answer =
        flag(job, "is_aggregated") ? tell_all(job, run, status) : tell_one(job, run, run_id);
    if (answer.result == VCS_OK && *status == DB_OK)
        *status = vcs_query(job, STATEMENT_VCS_STATE_TOLD, NULL, rows_get(run, 0, "id"),
                            rows_get(run, 0, "state"));
    return answer;
}

/* --- event --- */

static const char **strings(struct vcs_job *job, const char *column, size_t *count)
{
    const char *text = vcs_job_get(job, column), *reason;
    const struct json_value *list =
        text ? json_read(job->worker->arena, text, strlen(text), EVENT_DEPTH, &reason) : NULL;
    size_t length = list && json_kind(list) == JSON_ARRAY ? json_length(list) : 0;
    const char **out = arena_alloc(job->worker->arena, (length + 1) * sizeof *out);

    *count = 0;
    for (size_t i = 0; i < length; i++)
        if (json_text(json_at(list, i)))
            out[(*count)++] = json_text(json_at(list, i));
    return out;
}

/* 8.2, rules 6 and 7: an event that does not say what it touches touches everything. */
static bool touches(struct vcs_job *job, const struct vcs_event *event)
{
    struct vcs_triggers triggers = {.working_directory = vcs_job_get(job, "working_directory")};

    if (!flag(job, "file_triggers_enabled") || !event->has_files)
        return true;
    triggers.patterns = strings(job, "trigger_patterns", &triggers.pattern_count);
    triggers.prefixes = strings(job, "trigger_prefixes", &triggers.prefix_count);
    return vcs_match_files(&triggers, event->files, event->file_count);
}

static bool tag_matches(struct vcs_job *job, const char *tag, enum db_status *status)
{
    struct rows *rows = NULL;

    *status = vcs_query(job, STATEMENT_VCS_TAG_MATCHES, &rows, tag, vcs_job_get(job, "tags_regex"));
    return *status == DB_OK && rows_bool(rows, 0, "matches");
}

/* A pull request of somebody who may not write here runs what it wants where it is planned. */
static bool is_planned(struct vcs_job *job, const struct vcs_event *event, const char *branch)
{
    return flag(job, "speculative_enabled") && equal(event->target, branch) &&
           (!event->is_fork || flag(job, "forks_allowed"));
}

/* Whether the event is one for this workspace (8.2, rules 1, 2, 5, 6 and 8). */
static bool is_wanted(struct vcs_job *job, const struct vcs_event *event, const char *branch,
                      enum db_status *status)
{
    const char *regex = vcs_job_get(job, "tags_regex");
    bool has_regex = regex && *regex;

    if (rows_int(job->of, 0, "run_count") == 0 && !flag(job, "queue_all_runs"))
        return false;
    if (equal(event->kind, "tag"))
        return has_regex && tag_matches(job, event->tag, status);
    if (equal(event->kind, "pull_request"))
        return is_planned(job, event, branch) && touches(job, event);
    return !has_regex && equal(event->branch, branch) && touches(job, event);
}

/* Rule 3. */
static bool was_seen(struct vcs_job *job, const struct vcs_event *event, enum db_status *status)
{
    struct rows *rows = NULL;

    *status = vcs_query(job, STATEMENT_VCS_COMMIT_SEEN, &rows, vcs_job_get(job, "workspace_id"),
                        event->sha, equal(event->kind, "pull_request") ? "true" : "false");
    if (*status == DB_NO_ROWS) {
        *status = DB_OK;
        return false;
    }
    if (*status == DB_OK)
        *status = vcs_record(job, "info", "Processing skipped for duplicate commit SHA");
    return true;
}

static struct vcs_answer act_on(struct vcs_job *job, struct vcs_event *event,
                                enum db_status *status, bool *done)
{
    struct vcs_ingress ingress = {.speculative = equal(event->kind, "pull_request")};
    struct vcs_commit commit;
    struct vcs_answer answer = vcs_commit_read(job->worker->arena, &job->account,
                                               vcs_job_get(job, "identifier"), event->sha, &commit);

    if (answer.result != VCS_OK)
        return answer;
    complete(event, &commit);
    if (was_seen(job, event, status) || *status != DB_OK)
        return good;
    ingress.event = *event;
    ingress.message = event->commit_message ? event->commit_message : event->sha;
    answer = vcs_ingest(job, &ingress, status);
    *done = answer.result == VCS_OK;
    return answer;
}

/* No provider says in a webhook what a pull request touches. */
static struct vcs_answer take_files(struct vcs_job *job, struct vcs_event *event)
{
    if (!equal(event->kind, "pull_request") || !event->pull_request_number ||
        !flag(job, "file_triggers_enabled"))
        return good;
    struct vcs_answer answer =
        vcs_pull_request_files(job->worker->arena, &job->account, vcs_job_get(job, "identifier"),
                               event->pull_request_number, &event->files, &event->file_count);
    event->has_files = event->files != NULL;
    return answer;
}

static struct vcs_answer look_at_event(struct vcs_job *job, enum db_status *status, bool *done)
{
    const char *text = rows_get(job->claimed, 0, "event"), *reason, *branch;
    const struct json_value *json =
        text ? json_read(job->worker->arena, text, strlen(text), EVENT_DEPTH, &reason) : NULL;

    if (!json)
        return (struct vcs_answer){VCS_REFUSED, "sent an event that cannot be read"};
    struct vcs_event event = vcs_event_read(job->worker->arena, json);
    if (event.default_branch && !*vcs_job_get(job, "branch"))
        branch = event.default_branch;
    else {
        struct vcs_answer answer = vcs_tracked_branch(job, &branch);
        if (answer.result != VCS_OK)
            return answer;
    }
    struct vcs_answer answer = take_files(job, &event);
    if (answer.result != VCS_OK)
        return answer;
    if (is_wanted(job, &event, branch, status) && *status == DB_OK)
        return act_on(job, &event, status, done);
    if (*status == DB_OK && equal(event.kind, "pull_request") && is_planned(job, &event, branch) &&
        flag(job, "untriggered_told"))
        return tell_untriggered(job, &event);
    return good;
}

/* --- Any of them --- */

static const struct {
    const char *kind;
    vcs_job_kind *perform;
} kinds[] = {
    {"webhook", register_webhook},
    {"fetch", fetch},
    {"event", look_at_event},
    {"status", tell_status},
};

static struct vcs_answer perform(struct vcs_job *job, enum db_status *status, bool *done)
{
    const char *kind = rows_get(job->claimed, 0, "kind");

    if (!job->account.provider || !job->account.token)
        return (struct vcs_answer){VCS_REFUSED, "cannot be asked: its token does not open"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].perform(job, status, done);
    return good;
}

static enum db_status finish(struct vcs_job *job, struct vcs_answer answer)
{
    if (answer.result == VCS_OK)
        return vcs_job_done(job);
    log_info("vcs job=%s repository=%s %s", rows_get(job->claimed, 0, "kind"),
             vcs_job_get(job, "identifier"), answer.problem);
    if (answer.result == VCS_LATER && rows_int(job->claimed, 0, "attempts") < MAX_ATTEMPTS)
        return vcs_query(job, STATEMENT_VCS_JOB_LATER, NULL, rows_get(job->claimed, 0, "position"));
    return vcs_job_give_up(job, answer.problem);
}

/* --- The token --- */

static const char *open_text(struct vcs_job *job, const char *context, const char *column)
{
    const char *sealed = vcs_job_get(job, column);
    return sealed ? crypto_open_text(job->worker->arena, job->worker->keyring, context, sealed)
                  : NULL;
}

static const char *seal_text(struct vcs_job *job, const char *context, const char *text)
{
    return text ? crypto_seal_text(job->worker->arena, job->worker->keyring, context, text) : NULL;
}

/* One that came of a sign-in in the browser may live for hours only. What stands in its place is
 * kept before it is used: the provider may take the old one back at once. */
static struct vcs_answer refresh_token(struct vcs_job *job, enum db_status *status)
{
    struct arena *arena = job->worker->arena;
    const char *id = vcs_job_get(job, "oauth_token_id");
    const char *refresh_context = arena_printf(arena, "%s/refresh", id);
    const char *old = open_text(job, refresh_context, "sealed_refresh_token");
    const struct vcs_application application = {
        .key = vcs_job_get(job, "key"),
        .secret = open_text(job, vcs_job_get(job, "oauth_client_id"), "sealed_key_secret"),
        .callback = work_url(job->worker,
                             arena_printf(arena, "/auth/%s/callback", vcs_job_get(job, "uuid"))),
    };
    struct vcs_grant grant;

    if (!flag(job, "is_expiring") || !old || !application.key || !application.secret)
        return good;
    struct vcs_answer answer = vcs_oauth_refresh(arena, &job->account, &application, old, &grant);
    if (answer.result != VCS_OK)
        return answer;
    job->account.token = grant.token;
    *status =
        vcs_query(job, STATEMENT_VCS_TOKEN_REFRESHED, NULL, id, seal_text(job, id, grant.token),
                  seal_text(job, refresh_context, grant.refresh_token),
                  grant.expires_in > 0 ? arena_printf(arena, "%ld", grant.expires_in) : NULL);
    return answer;
}

enum work_result work_vcs(struct worker *worker, const struct rows *claimed)
{
    struct vcs_job job = {.worker = worker, .claimed = claimed};
    struct rows *rows = NULL;
    bool done = false;
    enum db_status status =
        vcs_query(&job, STATEMENT_VCS_JOB_CONTEXT, &rows, rows_get(claimed, 0, "connection_id"));

    if (status == DB_NO_ROWS) /* disconnected this moment: the job is gone as well */
        return WORK_DONE;
    if (status != DB_OK)
        return work_status(worker, status, "vcs job");
    job.of = rows;
    job.account = (struct vcs_account){
        .provider = vcs_provider_find(vcs_job_get(&job, "service_provider")),
        .http_url = vcs_job_get(&job, "http_url"),
        .api_url = vcs_job_get(&job, "api_url"),
        .token = open_text(&job, vcs_job_get(&job, "oauth_token_id"), "sealed_token"),
        .allow_private = worker->config->outbound_private,
    };
    struct vcs_answer answer = job.account.token ? refresh_token(&job, &status) : good;
    if (status == DB_OK && answer.result == VCS_OK)
        answer = perform(&job, &status, &done);
    if (status == DB_OK && !done) {
        status = DB_RETRY;
        for (int tries = 0; status == DB_RETRY && tries < MAX_TRIES; tries++)
            status = finish(&job, answer);
    }
    return work_status(worker, status == DB_NO_ROWS ? DB_OK : status, "vcs job");
}
