/* Mail by the site's mail server (today-admin.md 7.6). It is answered like any other hook: 250, or
 * the problem that it has met. */
#ifndef TERRACE_HOOKS_HOOK_MAIL_H
#define TERRACE_HOOKS_HOOK_MAIL_H

#include "db/db.h"
#include "hooks/hook.h"

struct arena;
struct keyring;
struct net_mail;
struct net_mail_server;

/* By the server of the settings; when mail is turned off, that is the problem. The status is the
 * database's. */
enum db_status hook_mail_send(struct db *db, struct arena *arena, const struct keyring *keyring,
                              const struct net_mail *mail, struct hook_answer *out)
    __attribute__((warn_unused_result));

/* By a server that is yet to be tried. */
void hook_mail_send_by(struct arena *arena, const struct net_mail_server *server,
                       const struct net_mail *mail, struct hook_answer *out);

/* `none`, `plain` or `login` as a struct net_mail_server has it. */
const char *hook_mail_auth(const char *method);

#endif
