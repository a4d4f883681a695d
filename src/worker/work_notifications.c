/* Delivers notifications (today-runs.md 18.9): one try each, whatever comes of it is what the
 * configuration shows. */
#include "worker/worker.h"

#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "hooks/hook.h"
#include "hooks/hook_body.h"
#include "hooks/hook_mail.h"
#include "net/net_mail.h"

/* A delivery that has ended its worker so often is not tried once more. */
#define MAX_CLAIMS 5

static const char *body_of(struct worker *worker, const struct rows *d)
{
    struct arena *arena = worker->arena;
    const char *organization = rows_get(d, 0, "organization_name");
    const char *workspace = rows_get(d, 0, "workspace_name");
    const char *run = rows_get(d, 0, "run_id");
    const char *configuration = rows_get(d, 0, "configuration_id");
    const char *page = arena_printf(arena, "/app/%s/%s", organization, workspace);
    const struct hook_notification n = {
        .destination_type = rows_get(d, 0, "destination_type"),
        .configuration_id = configuration,
        .run_url = work_url(worker, run ? arena_printf(arena, "%s/runs/%s", page, run) : page),
        .run_id = run,
        .run_message = rows_get(d, 0, "run_message"),
        .run_created_at = rows_get(d, 0, "run_created_at"),
        .run_created_by = rows_get(d, 0, "run_created_by"),
        .workspace_id = rows_get(d, 0, "workspace_id"),
        .workspace_name = workspace,
        .organization_name = organization,
        .message = rows_get(d, 0, "message"),
        .trigger = rows_get(d, 0, "trigger"),
        .run_status = rows_get(d, 0, "run_status"),
        .run_updated_at = rows_get(d, 0, "run_updated_at"),
        .run_updated_by = rows_get(d, 0, "run_updated_by"),
        .scope = rows_get(d, 0, "details") ? rows_get(d, 0, "scope") : NULL,
        .details = rows_get(d, 0, "details"),
        .configuration_url = work_url(
            worker, arena_printf(arena, "/api/v2/notification-configurations/%s", configuration)),
        .auto_destroy_at = rows_get(d, 0, "auto_destroy_at"),
        .problem = rows_get(d, 0, "problem"),
    };
    return hook_body_notification(arena, &n);
}

static const char *change_request_body_of(struct worker *worker, const struct rows *d)
{
    const char *organization = rows_get(d, 0, "organization_name");
    const char *workspace = rows_get(d, 0, "workspace_name");
    const struct hook_change_request c = {
        .destination_type = rows_get(d, 0, "destination_type"),
        .configuration_id = rows_get(d, 0, "configuration_id"),
        .url = work_url(worker,
                        arena_printf(worker->arena, "/app/%s/%s/change-requests/%s", organization,
                                     workspace, rows_get(d, 0, "change_request_id"))),
        .subject = rows_get(d, 0, "change_request_subject"),
        .message = rows_get(d, 0, "change_request_message"),
        .created_at = rows_get(d, 0, "change_request_created_at"),
        .created_by = rows_get(d, 0, "run_updated_by"),
        .workspace_id = rows_get(d, 0, "workspace_id"),
        .workspace_name = workspace,
        .organization_name = organization,
        .title = rows_get(d, 0, "message"),
    };
    return hook_body_change_request(worker->arena, &c);
}

static const char *any_body_of(struct worker *worker, const struct rows *d)
{
    return rows_get(d, 0, "change_request_id") ? change_request_body_of(worker, d)
                                               : body_of(worker, d);
}

static enum db_status mail(struct worker *worker, const struct rows *d, struct hook_answer *answer)
{
    struct net_mail mail = {
        .subject =
            arena_printf(worker->arena, "%s: %s/%s", rows_get(d, 0, "message"),
                         rows_get(d, 0, "organization_name"), rows_get(d, 0, "workspace_name")),
        .text = any_body_of(worker, d),
    };
    const char **to;

    mail.to_count = rows_array(worker->arena, rows_get(d, 0, "recipients"), &to);
    mail.to = to;
    return hook_mail_send(worker->db, worker->arena, worker->keyring, &mail, answer);
}

static void post(struct worker *worker, const struct rows *d, struct hook_answer *answer)
{
    bool generic = strcmp(rows_get(d, 0, "destination_type"), "generic") == 0;
    const char *sealed = rows_get(d, 0, "sealed_token");
    struct hook hook = {
        .url = rows_get(d, 0, "url"),
        .body = any_body_of(worker, d),
        .signature_header = generic ? HOOK_NOTIFICATION_SIGNATURE : NULL,
        .user_agent = HOOK_NOTIFICATION_AGENT,
    };
    if (generic && sealed)
        hook.key = crypto_open_text(worker->arena, worker->keyring,
                                    rows_get(d, 0, "configuration_id"), sealed);
    if (generic && sealed && !hook.key) {
        answer->problem = "the token of the configuration does not open";
        return;
    }
    hook_send(worker->arena, &hook, worker->config->outbound_private, answer);
}

/* The status is the database's. */
static enum db_status send_to(struct worker *worker, const struct rows *d,
                              struct hook_answer *answer)
{
    if (strcmp(rows_get(d, 0, "destination_type"), "email") == 0)
        return mail(worker, d, answer);
    post(worker, d, answer);
    return DB_OK;
}

enum work_result work_deliver_notification(struct worker *worker, const struct rows *claimed)
{
    const char *position = rows_get(claimed, 0, "position");
    const char *url = rows_get(claimed, 0, "url");
    struct hook_answer answer = {.body = "", .headers = "{}"};
    const char *response = NULL;

    if (rows_int(claimed, 0, "attempts") > MAX_CLAIMS)
        answer.problem = "the delivery was given up after several tries";
    else if (rows_bool(claimed, 0, "is_stale"))
        answer.problem = "no worker came to deliver it within a day";
    else if (rows_bool(claimed, 0, "enabled")) {
        enum db_status status = send_to(worker, claimed, &answer);
        if (status != DB_OK)
            return work_status(worker, status, "delivery");
    }
    if (rows_bool(claimed, 0, "enabled"))
        response = hook_response_json(worker->arena, url, &answer);
    log_info("notification configuration=%s workspace=%s trigger=%s %s",
             rows_get(claimed, 0, "configuration_id"), rows_get(claimed, 0, "workspace_id"),
             rows_get(claimed, 0, "trigger"),
             response ? hook_outcome(worker->arena, &answer) : "is not enabled any more");
    return work_status(
        worker,
        db_query(worker->db, worker->arena, STATEMENT_DELIVERY_FINISH, NULL, position, response),
        "delivery");
}
