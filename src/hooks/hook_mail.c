/* Sends mail: see hook_mail.h. */
#include "hooks/hook_mail.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/crypto.h"
#include "net/net_mail.h"

/* What a mail server says to what it takes (RFC 5321 section 4.2.3). */
#define ACCEPTED 250

const char *hook_mail_auth(const char *method)
{
    if (strcmp(method, "plain") == 0)
        return "PLAIN";
    return strcmp(method, "login") == 0 ? "LOGIN" : NULL;
}

void hook_mail_send_by(struct arena *arena, const struct net_mail_server *server,
                       const struct net_mail *mail, struct hook_answer *out)
{
    char error[NET_MAIL_ERROR];

    *out = (struct hook_answer){.body = "", .headers = "{}"};
    if (mail->to_count == 0)
        out->problem = "has nobody to go to";
    else if (net_mail_send(server, mail, error))
        out->status = ACCEPTED;
    else
        out->problem = arena_printf(arena, "could not be sent: %s",
                                    hook_printable(arena, error, strlen(error)));
}

enum db_status hook_mail_send(struct db *db, struct arena *arena, const struct keyring *keyring,
                              const struct net_mail *mail, struct hook_answer *out)
{
    struct rows *rows = NULL;
    enum db_status status = db_query_text(db, arena, STATEMENT_MAIL_SERVER, &rows, NULL, 0);

    *out = (struct hook_answer){
        .body = "",
        .headers = "{}",
        .problem = "this installation has no mail server, so that e-mail is not sent",
    };
    if (status == DB_NO_ROWS)
        return DB_OK;
    if (status != DB_OK)
        return status;
    const char *sealed = rows_get(rows, 0, "sealed_value");
    const struct net_mail_server server = {
        .host = rows_get(rows, 0, "host"),
        .port = (int)rows_int(rows, 0, "port"),
        .sender = rows_get(rows, 0, "sender"),
        .auth = hook_mail_auth(rows_get(rows, 0, "auth_method")),
        .username = rows_get(rows, 0, "username"),
        .password =
            sealed ? crypto_open_text(arena, keyring, rows_get(rows, 0, "secret_id"), sealed) : "",
    };
    if (server.password)
        hook_mail_send_by(arena, &server, mail, out);
    else
        out->problem = "could not be sent: the password of the mail server does not open";
    return DB_OK;
}
