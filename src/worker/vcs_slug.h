/* A commit's files as a slug: what a provider sends, in a file, ready to be stored. */
#ifndef TERRACE_WORKER_VCS_SLUG_H
#define TERRACE_WORKER_VCS_SLUG_H

#include "blob/blob.h"
#include "vcs/vcs_calls.h"
#include "worker/worker.h"

/* Gets the archive of a commit, without any transaction open. *fd is a file without a name that
 * holds the slug; the caller closes it. */
struct vcs_answer vcs_slug_fetch(struct worker *worker, const struct vcs_account *account,
                                 const char *identifier, const char *sha, int *fd);

/* Stores it in a blob of the organization, past the check of what it holds, within the open
 * transaction. *reason: it is refused, the end of a sentence that begins with "The archive". */
enum db_status vcs_slug_store(struct worker *worker, int fd, const char *organization_id,
                              struct blob_info *out, const char **reason);

#endif
