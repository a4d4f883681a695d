/* A commit becomes a configuration version, and a run: see vcs_work.h. */
#include "worker/vcs_work.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "base/log.h"
#include "json/json_writer.h"
#include "run/run.h"
#include "run/run_create.h"
#include "worker/vcs_slug.h"

#define MAX_TRIES 4

const char *vcs_job_get(const struct vcs_job *job, const char *column)
{
    return rows_get(job->of, 0, column);
}

enum db_status vcs_record(struct vcs_job *job, const char *level, const char *message)
{
    return db_query(job->worker->db, job->worker->arena, STATEMENT_VCS_EVENT_RECORD, NULL,
                    vcs_job_get(job, "id"), level, message);
}

enum db_status vcs_job_done(struct vcs_job *job)
{
    struct rows *rows = NULL;
    return db_query(job->worker->db, job->worker->arena, STATEMENT_VCS_JOB_DONE, &rows,
                    rows_get(job->claimed, 0, "position"));
}

struct vcs_answer vcs_tracked_branch(struct vcs_job *job, const char **branch)
{
    *branch = vcs_job_get(job, "branch");
    if (**branch)
        return (struct vcs_answer){VCS_OK, NULL};
    return vcs_default_branch(job->worker->arena, &job->account, vcs_job_get(job, "identifier"),
                              branch);
}

static const char *ingress_columns(struct vcs_job *job, const struct vcs_ingress *ingress)
{
    const struct vcs_event *event = &ingress->event;
    bool is_pull_request = strcmp(event->kind, "pull_request") == 0;
    struct json_writer w;
    struct buf out;
    const struct {
        const char *name, *value;
    } texts[] = {
        {"branch", event->branch},
        {"commit_message", event->commit_message},
        {"commit_sha", event->sha},
        {"commit_url", event->commit_url},
        {"compare_url", event->compare_url},
        {"identifier", vcs_job_get(job, "identifier")},
        {"pull_request_number", event->pull_request_number},
        {"pull_request_url", event->pull_request_url},
        {"pull_request_title", event->pull_request_title},
        {"pull_request_body", event->pull_request_body},
        {"tag", event->tag},
        {"sender_username", event->sender_username},
        {"sender_avatar_url", event->sender_avatar_url},
        {"sender_html_url", event->sender_html_url},
    };

    buf_init(&out, job->worker->arena);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_member_string(&w, texts[i].name, texts[i].value);
    json_member_string(&w, "clone_url",
                       event->clone_url
                           ? event->clone_url
                           : vcs_repository_url(job->worker->arena, vcs_job_get(job, "http_url"),
                                                vcs_job_get(job, "identifier")));
    json_member_bool(&w, "is_pull_request", is_pull_request);
    json_member_bool(&w, "on_default_branch",
                     event->branch && event->default_branch && !is_pull_request &&
                         strcmp(event->branch, event->default_branch) == 0);
    json_object_end(&w);
    return buf_str(&out);
}

static enum db_status make_run(struct vcs_job *job, const struct vcs_ingress *ingress,
                               const char *configuration)
{
    struct worker *worker = job->worker;
    enum db_status status = DB_OK;
    struct json_writer w;
    struct buf columns;

    buf_init(&columns, worker->arena);
    json_writer_init(&w, &columns);
    json_object_begin(&w);
    json_member_string(&w, "configuration_version_id", configuration);
    json_member_string(&w, "message", ingress->message);
    json_member_string(&w, "source", "tfe-configuration-version");
    json_member_bool(&w, "may_auto_apply", true);          /* 6.7: it came from a commit */
    json_member_bool(&w, "allow_config_generation", true); /* 6.8 */
    json_object_end(&w);
    const struct run_new run = {.id = ids_new(worker->arena, "run-"),
                                .workspace_id = vcs_job_get(job, "workspace_id"),
                                .columns = buf_str(&columns),
                                .created_by = vcs_job_get(job, "created_by")};
    if (run_create(worker->db, worker->arena, worker->keyring, &run, &status) == RUN_FAILED)
        return status;
    log_info("vcs run=%s commit=%s", run.id, ingress->event.sha);
    return DB_OK;
}

/* Runs that were made before their configuration was there. */
static enum db_status move_waiting(struct vcs_job *job, const char *configuration,
                                   enum run_event event, const struct run_args *args)
{
    struct worker *worker = job->worker;
    struct rows *runs = NULL;
    enum db_status failure = DB_OK;
    enum db_status status =
        db_query(worker->db, worker->arena, STATEMENT_VCS_FETCHING_RUN, &runs, configuration);

    for (size_t i = 0; status == DB_OK && i < rows_count(runs); i++)
        if (run_send(worker->db, worker->arena, rows_get(runs, i, "id"), event, args, &failure) ==
            RUN_FAILED)
            status = failure;
    return status;
}

static enum db_status mark_failed(struct vcs_job *job, const char *configuration,
                                  const char *message)
{
    const struct run_args args = {.reason = message};
    enum db_status status =
        db_query(job->worker->db, job->worker->arena, STATEMENT_CONFIGURATION_VERSION_ERRORED, NULL,
                 configuration, "vcs-fetch-failed", message);
    return status == DB_OK ? move_waiting(job, configuration, RUN_FETCH_FAILED, &args) : status;
}

static enum db_status put_version(struct vcs_job *job, const struct vcs_ingress *ingress,
                                  const char *configuration, const struct blob_info *blob)
{
    struct worker *worker = job->worker;
    struct rows *rows = NULL;
    enum db_status status = DB_OK;

    if (!ingress->configuration_id)
        status = db_query(worker->db, worker->arena, STATEMENT_VCS_CONFIGURATION_CREATE, &rows,
                          configuration, vcs_job_get(job, "id"), job->account.provider->source,
                          ingress->speculative ? "true" : "false");
    if (status == DB_OK)
        status = db_query(worker->db, worker->arena, STATEMENT_VCS_CONFIGURATION_UPLOADED, &rows,
                          configuration, blob->id);
    if (status == DB_OK)
        status =
            db_query(worker->db, worker->arena, STATEMENT_VCS_INGRESS_CREATE, NULL,
                     ids_new(worker->arena, "ia-"), configuration, ingress_columns(job, ingress));
    if (status == DB_OK && ingress->configuration_id)
        status = move_waiting(job, configuration, RUN_FETCHED, NULL);
    if (status == DB_OK && ingress->message)
        status = make_run(job, ingress, configuration);
    return status;
}

/* One transaction. DB_NO_ROWS: the connection or the version has gone meanwhile. */
static enum db_status store(struct vcs_job *job, const struct vcs_ingress *ingress,
                            const char *configuration, int fd, const char **reason)
{
    struct worker *worker = job->worker;
    struct blob_info blob;
    enum db_status status = db_begin(worker->db);

    if (status != DB_OK)
        return status;
    status = vcs_slug_store(worker, fd, vcs_job_get(job, "organization_id"), &blob, reason);
    if (status == DB_OK && !*reason)
        status = put_version(job, ingress, configuration, &blob);
    if (status == DB_OK && !*reason)
        status = vcs_job_done(job);
    if (status == DB_OK && !*reason)
        return db_commit(worker->db);
    db_rollback(worker->db);
    return status;
}

/* A version that was waited for shows why it does not come. */
static enum db_status give_up(struct vcs_job *job, const char *configuration, const char *message)
{
    enum db_status status = db_begin(job->worker->db);

    if (status == DB_OK && configuration)
        status = mark_failed(job, configuration, message);
    if (status == DB_OK)
        status = vcs_record(job, "error", message);
    if (status == DB_OK)
        status = vcs_job_done(job);
    if (status == DB_OK)
        return db_commit(job->worker->db);
    db_rollback(job->worker->db);
    return status;
}

enum db_status vcs_job_give_up(struct vcs_job *job, const char *problem)
{
    const char *message =
        arena_printf(job->worker->arena, "%s %s (repository %s, workspace %s)",
                     job->account.provider->display_name, problem, vcs_job_get(job, "identifier"),
                     vcs_job_get(job, "workspace"));
    return give_up(job, rows_get(job->claimed, 0, "configuration_version_id"), message);
}

struct vcs_answer vcs_ingest(struct vcs_job *job, const struct vcs_ingress *ingress,
                             enum db_status *status)
{
    struct arena *arena = job->worker->arena;
    const char *configuration =
        ingress->configuration_id ? ingress->configuration_id : ids_new(arena, "cv-");
    const char *reason = NULL;
    int fd = -1;
    struct vcs_answer answer = vcs_slug_fetch(
        job->worker, &job->account, vcs_job_get(job, "identifier"), ingress->event.sha, &fd);

    *status = DB_OK;
    if (answer.result != VCS_OK)
        return answer;
    *status = DB_RETRY;
    for (int tries = 0; *status == DB_RETRY && tries < MAX_TRIES; tries++)
        *status = store(job, ingress, configuration, fd, &reason);
    close(fd);
    if (reason)
        return (struct vcs_answer){VCS_REFUSED,
                                   arena_printf(arena, "sent an archive that %s", reason)};
    return answer;
}
