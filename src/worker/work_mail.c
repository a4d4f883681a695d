/* Sends the mail that waits: invitations to organizations (today-access.md section 3). */
#include "worker/worker.h"

#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"
#include "hooks/hook_mail.h"
#include "net/net_mail.h"

/* After about an hour nobody waits for it any more. */
#define MAX_ATTEMPTS 6

static const char *invitation(struct worker *worker, const char *organization, const char *address)
{
    return arena_printf(
        worker->arena,
        "You have been invited to join the organization %s on %s.\n\n"
        "Sign in with the address %s, and you are a member. If you have no account "
        "there yet, ask\nwho has invited you, or whoever runs this "
        "installation.\n\n%s\n",
        organization, worker->config->base_url, address,
        arena_printf(worker->arena, "%s/app/%s", worker->config->base_url, organization));
}

enum work_result work_send_mail(struct worker *worker, const struct rows *claimed)
{
    const char *to = rows_get(claimed, 0, "recipient");
    const char *organization = rows_get(claimed, 0, "organization");
    struct hook_answer answer;
    const struct net_mail mail = {
        .to = &to,
        .to_count = 1,
        .subject = arena_printf(worker->arena, "Invitation to %s", organization),
        .text = invitation(worker, organization, to),
    };
    enum db_status status =
        hook_mail_send(worker->db, worker->arena, worker->keyring, &mail, &answer);

    if (status != DB_OK)
        return work_status(worker, status, "mail");
    log_info("mail organization=%s invitation %s", organization,
             hook_outcome(worker->arena, &answer));
    if (!hook_is_success(&answer) && rows_int(claimed, 0, "attempts") < MAX_ATTEMPTS)
        return WORK_DONE; /* it is due again */
    return work_status(worker,
                       db_query(worker->db, worker->arena, STATEMENT_MAIL_DONE, NULL,
                                rows_get(claimed, 0, "position")),
                       "mail");
}
