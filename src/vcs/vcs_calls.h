/* What this server asks of a VCS provider, one request a call (today-registry-vcs.md 8.1 to 8.4).
 * What the providers call things is a row of a table in vcs_calls.c. */
#ifndef TERRACE_VCS_VCS_CALLS_H
#define TERRACE_VCS_VCS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vcs/vcs_provider.h"

struct arena;

/* Who asks whom. */
struct vcs_account {
    const struct vcs_provider *provider;
    const char *http_url, *api_url; /* as the OAuth client has them */
    const char *token;
    bool allow_private; /* addresses of private networks */
};

enum vcs_result {
    VCS_OK,
    VCS_REFUSED, /* by the provider, or it makes no sense: asking again does not help */
    VCS_LATER,   /* it could not be reached, or is busy */
};

/* How a call ended. problem is the rest of a sentence that begins with the provider's name, or
 * NULL. */
struct vcs_answer {
    enum vcs_result result;
    const char *problem;
};

struct vcs_commit {
    const char *sha, *message, *url;
    const char *author, *author_avatar_url; /* the account, or the name */
};

struct vcs_status {
    const char *state; /* "pending", "success" or "failure" */
    const char *context, *description, *url;
};

/* identifier names the repository in all of them: "owner/name". Texts live in the arena. */
struct vcs_answer vcs_default_branch(struct arena *arena, const struct vcs_account *account,
                                     const char *identifier, const char **branch);
/* The newest commit of a branch. */
struct vcs_answer vcs_branch_head(struct arena *arena, const struct vcs_account *account,
                                  const char *identifier, const char *branch,
                                  struct vcs_commit *out);
struct vcs_answer vcs_commit_read(struct arena *arena, const struct vcs_account *account,
                                  const char *identifier, const char *sha, struct vcs_commit *out);
/* What a pull request touches. *files is NULL when there is too much of it to be told. */
struct vcs_answer vcs_pull_request_files(struct arena *arena, const struct vcs_account *account,
                                         const char *identifier, const char *number,
                                         const char ***files, size_t *count);
/* The files of a commit as .tar.gz, written to fd. *strip: how many folders stand before each path.
 */
struct vcs_answer vcs_archive(struct arena *arena, const struct vcs_account *account,
                              const char *identifier, const char *sha, int fd, int64_t limit,
                              int *strip);
/* Has the provider call url, signed with secret, when something happens in the repository. */
struct vcs_answer vcs_webhook_create(struct arena *arena, const struct vcs_account *account,
                                     const char *identifier, const char *url, const char *secret);
struct vcs_answer vcs_status_post(struct arena *arena, const struct vcs_account *account,
                                  const char *identifier, const char *sha,
                                  const struct vcs_status *status);

/* Addresses that people and git know. */
const char *vcs_repository_url(struct arena *arena, const char *http_url, const char *identifier);

#endif
