/* The authorization code flow at VCS providers (RFC 6749): a person agrees at the provider, and a
 * code becomes a token there. */
#ifndef TERRACE_VCS_VCS_OAUTH_H
#define TERRACE_VCS_VCS_OAUTH_H

#include <stdbool.h>

#include "vcs/vcs_calls.h"

/* Who this server is at the provider. */
struct vcs_application {
    const char *key, *secret;
    const char *callback; /* the client's callback URL */
};

struct vcs_grant {
    const char *token;
    const char *refresh_token; /* NULL: it does not expire */
    long expires_in;           /* seconds, 0: never */
};

/* Whether this server can take part in such a flow there. Bitbucket Data Center has another one. */
bool vcs_oauth_is_offered(const struct vcs_provider *provider);

/* Where to send the person. */
const char *vcs_oauth_authorize_url(struct arena *arena, const struct vcs_account *account,
                                    const struct vcs_application *application, const char *state);

struct vcs_answer vcs_oauth_exchange(struct arena *arena, const struct vcs_account *account,
                                     const struct vcs_application *application, const char *code,
                                     struct vcs_grant *out);
struct vcs_answer vcs_oauth_refresh(struct arena *arena, const struct vcs_account *account,
                                    const struct vcs_application *application,
                                    const char *refresh_token, struct vcs_grant *out);

#endif
