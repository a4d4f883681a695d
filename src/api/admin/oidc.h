/* The key that tokens for other services are signed with now (oidc_keys.c). */
#ifndef TERRACE_API_ADMIN_OIDC_H
#define TERRACE_API_ADMIN_OIDC_H

#include <stdbool.h>

struct context;

struct oidc_key {
    const char *id;   /* `kid` of its tokens and in /.well-known/jwks */
    const char *text; /* private, PEM */
};

/* In the caller's transaction; the first one is made here. False: a failure, which is recorded. */
bool oidc_key_now(struct context *context, struct oidc_key *out);

#endif
