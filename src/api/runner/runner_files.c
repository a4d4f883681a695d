/* Bytes between server and runner: the configuration to it, log and files from it. */
#include "api/runner/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/objects.h"
#include "base/arena.h"
#include "base/config.h"
#include "blob/blob.h"
#include "jsonapi/handler.h"
#include "jsonapi/patch.h"
#include "run/run_log.h"

#define PIECE ((size_t)64 * 1024)
#define NAMES "plan|plan-json|plan-json-redacted|provider-schemas|errored-state"

/* --- The log --- */

static bool read_offset(struct context *context, int64_t *out)
{
    const char *text = http_query(context->request, "offset");
    char *end = NULL;

    errno = 0;
    *out = text && *text ? strtoll(text, &end, 10) : -1;
    if (*out >= 0 && *end == '\0' && !errno)
        return true;
    request_fail(context, ERROR_BAD_REQUEST, "?offset", "offset must be a number");
    return false;
}

/* An evaluation has no log of its own: what its job says is heard, and not kept. */
static void append(struct runner *runner)
{
    struct context *context = runner->context;
    const struct rows *job = runner_job_at_work(runner);
    int64_t offset, end;

    if (!job || !read_offset(context, &offset))
        return;
    if (runner_policy_is(job, 0)) {
        runner->status = 200;
        json_object_begin(&runner->w);
        json_member_int(&runner->w, "offset", offset + (int64_t)context->raw_body.len);
        json_object_end(&runner->w);
        return;
    }
    if (offset > context->service->config->upload_limit) {
        request_fail(context, ERROR_TOO_LARGE, NULL, "The log is too long");
        return;
    }
    if (!db_ok(context,
               run_log_append(context->service->db, context->arena, context->service->keyring,
                              rows_get(job, 0, "phase_id"), offset, buf_str(&context->raw_body),
                              context->raw_body.len, &end)))
        return;
    runner->status = offset > end ? 409 : 200;
    json_object_begin(&runner->w);
    json_member_int(&runner->w, "offset", end);
    json_object_end(&runner->w);
}

void runner_log(struct context *context)
{
    runner_serve(context, RUNNER_BYTES, append);
}

/* --- Files --- */

static void send_blob(struct context *context)
{
    object_send(context, context->reply.id, "application/octet-stream");
}

static void offer(struct runner *runner, const char *column)
{
    const struct rows *job = runner_job_at_work(runner);
    const char *blob = job ? rows_get(job, 0, column) : NULL;

    if (blob) {
        runner->context->reply.id = blob;
        runner->context->reply.send = send_blob;
    } else if (job) {
        request_fail(runner->context, ERROR_NOT_FOUND, NULL, NULL);
    }
}

static void configuration(struct runner *runner)
{
    offer(runner, "configuration_blob_id");
}

void runner_configuration(struct context *context)
{
    runner_serve(context, RUNNER_NO_BODY, configuration);
}

static void get(struct runner *runner)
{
    const char *name = context_param(runner->context, 1);
    const struct rows *job = strcmp(name, "policy") == 0 ? runner_job_at_work(runner) : NULL;

    if (strcmp(name, "plan") == 0)
        offer(runner, "plan_blob_id");
    else if (strcmp(name, "plan-json") == 0)
        offer(runner, "plan_json_blob_id");
    else if (job && runner_policy_is(job, 0))
        runner_policy_write(runner, job);
    else if (!request_failed(runner->context))
        request_fail(runner->context, ERROR_NOT_FOUND, NULL, NULL);
}

void runner_file_get(struct context *context)
{
    runner_serve(context, RUNNER_NO_BODY, get);
}

static bool receive(struct context *context, const char *organization, struct blob_info *out)
{
    struct object_body *body = object_body_open(context);
    char *piece = arena_alloc(context->arena, PIECE);
    ssize_t len;

    if (!body)
        return false;
    struct blob_writer *writer = blob_writer_begin(context->service->db, context->arena,
                                                   context->service->keyring, organization);
    while ((len = object_body_read(body, piece, PIECE)) > 0)
        if (!db_ok(context, blob_writer_add(writer, piece, (size_t)len)))
            return false;
    return len == 0 && db_ok(context, blob_writer_finish(writer, out));
}

static void put(struct runner *runner)
{
    struct context *context = runner->context;
    const struct rows *job = runner_job_at_work(runner);
    const char *name = context_param(context, 1);
    struct rows *old = NULL;
    struct blob_info blob;

    if (!job)
        return;
    if (!patch_is_choice(NAMES, name) || runner_policy_is(job, 0) || runner_query_is(job, 0)) {
        request_fail(context, ERROR_NOT_FOUND, NULL, NULL);
        return;
    }
    const char *phase = rows_get(job, 0, "phase_id");
    if (!receive(context, rows_get(job, 0, "organization_id"), &blob) ||
        !CONTEXT_QUERY(context, STATEMENT_RUNNER_FILE_OLD, &old, phase, name) ||
        !CONTEXT_QUERY(context, STATEMENT_RUNNER_FILE_STORE, NULL, phase, name, blob.id))
        return;
    if (old)
        (void)db_ok(context, blob_release(context->service->db, context->arena,
                                          rows_get(old, 0, "blob_id")));
}

void runner_file_put(struct context *context)
{
    runner_serve(context, RUNNER_STREAM, put);
}
