/* Sends the mail that waits: invitations, and links by which people prove that they read an
 * address. */
#include "worker/worker.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "hooks/hook_link.h"
#include "hooks/hook_mail.h"
#include "net/net_mail.h"

/* After about an hour nobody waits for it any more. */
#define MAX_ATTEMPTS 6

/* What a mail says, by its kind. */
static void write_invitation(struct worker *worker, const struct rows *mail, struct net_mail *out)
{
    const char *organization = rows_get(mail, 0, "organization");

    out->subject = arena_printf(worker->arena, "Invitation to %s", organization);
    out->text = arena_printf(worker->arena,
                             "You have been invited to join the organization %s on %s.\n\n"
                             "Sign in with the address %s, and you are a member. If you have no "
                             "account there yet, ask\nwho has invited you, or whoever runs this "
                             "installation.\n\n%s/app/%s\n",
                             organization, worker->config->base_url, rows_get(mail, 0, "recipient"),
                             worker->config->base_url, organization);
}

static const char *link_of(struct worker *worker, const struct rows *mail, enum hook_link link)
{
    return work_url(worker, hook_link_path(worker->arena, worker->keyring, link,
                                           rows_get(mail, 0, "user_id"), rows_get(mail, 0, "proof"),
                                           clock_now()));
}

static void write_confirmation(struct worker *worker, const struct rows *mail, struct net_mail *out)
{
    out->subject = "Is this your address?";
    out->text =
        arena_printf(worker->arena,
                     "%s wants to use this address on %s. If that is you, confirm it within "
                     "two days:\n\n%s\n\nIf it is not, there is nothing to do.\n",
                     rows_get(mail, 0, "username"), worker->config->base_url,
                     link_of(worker, mail, HOOK_LINK_CONFIRM));
}

static void write_password(struct worker *worker, const struct rows *mail, struct net_mail *out)
{
    out->subject = "A new password";
    out->text = arena_printf(worker->arena,
                             "Somebody has asked for a new password of %s on %s. If that was you, "
                             "choose one within an hour:\n\n%s\n\nIf it was not, there is nothing "
                             "to do: your password stays.\n",
                             rows_get(mail, 0, "username"), worker->config->base_url,
                             link_of(worker, mail, HOOK_LINK_PASSWORD));
}

static const struct {
    const char *kind;
    void (*write)(struct worker *worker, const struct rows *mail, struct net_mail *out);
} kinds[] = {
    {"invitation", write_invitation},
    {"confirmation", write_confirmation},
    {"password", write_password},
};

static enum work_result done(struct worker *worker, const struct rows *claimed)
{
    return work_status(worker,
                       db_query(worker->db, worker->arena, STATEMENT_MAIL_DONE, NULL,
                                rows_get(claimed, 0, "position")),
                       "mail");
}

enum work_result work_send_mail(struct worker *worker, const struct rows *claimed)
{
    const char *to = rows_get(claimed, 0, "recipient");
    const char *kind = rows_get(claimed, 0, "kind");
    struct net_mail mail = {.to = &to, .to_count = 1};
    struct hook_answer answer;

    if (!to)
        return done(worker, claimed); /* the wish was taken back */
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i].kind) == 0)
            kinds[i].write(worker, claimed, &mail);
    enum db_status status =
        hook_mail_send(worker->db, worker->arena, worker->keyring, &mail, &answer);
    if (status != DB_OK)
        return work_status(worker, status, "mail");
    log_info("mail %s %s", kind, hook_outcome(worker->arena, &answer));
    if (!hook_is_success(&answer) && rows_int(claimed, 0, "attempts") < MAX_ATTEMPTS)
        return WORK_DONE; /* it is due again */
    return done(worker, claimed);
}
