/* Sends mail to a mail server (RFC 5321), with TLS where the server has it. One text to several
 * people, a message of its own for each, over one connection. */
#ifndef TERRACE_NET_NET_MAIL_H
#define TERRACE_NET_NET_MAIL_H

#include <stdbool.h>
#include <stddef.h>

struct net_mail_server {
    const char *host;
    int port;           /* 465: TLS from the first byte; else STARTTLS where it is offered */
    const char *sender; /* address */
    /* PLAIN or LOGIN; NULL: none. With it TLS is a must, unless the host is this one. */
    const char *auth;
    const char *username, *password;
};

struct net_mail {
    const char *const *to; /* addresses */
    size_t to_count;
    const char *subject; /* UTF-8 */
    const char *text;    /* UTF-8, lines end with \n */
};

/* An address that a header and a command can hold: one `@`, nothing that would end either. */
bool net_mail_is_address(const char *address);

#define NET_MAIL_ERROR 256
/* False: not everybody has it, and error (NET_MAIL_ERROR bytes) says why: for people, lower case,
 * no full stop. */
bool net_mail_send(const struct net_mail_server *server, const struct net_mail *mail, char *error)
    __attribute__((warn_unused_result));

/* The value of a Subject header: as it is when it is plain, else in encoded words (RFC 2047). out
 * holds size bytes; what does not fit is cut. */
void net_mail_subject(const char *text, char *out, size_t size);

#endif
