/* What the kinds of VCS jobs share: the connection that a job is about, and how a job ends. */
#ifndef TERRACE_WORKER_VCS_WORK_H
#define TERRACE_WORKER_VCS_WORK_H

#include "vcs/vcs_calls.h"
#include "vcs/vcs_event.h"
#include "worker/worker.h"

struct vcs_job {
    struct worker *worker;
    const struct rows *claimed; /* the row of vcs_jobs */
    const struct rows *of;      /* the connection and its workspace: vcs_job_context */
    struct vcs_account account;
};

const char *vcs_job_get(const struct vcs_job *job, const char *column);

/* Where the commit's files are to go, and what is known of it. */
struct vcs_ingress {
    const char *configuration_id; /* that waits for it; NULL: a new one */
    const char *message;          /* of the run to make; NULL: none is made */
    bool speculative;
    struct vcs_event event; /* with the whole sha */
};

/* The branch that is followed: the repository's default where the connection has none of its own.
 */
struct vcs_answer vcs_tracked_branch(struct vcs_job *job, const char **branch);

/* Fetches the commit and stores it as a configuration version; makes the run, or moves those that
 * wait for it. The job ends in the same transaction. */
struct vcs_answer vcs_ingest(struct vcs_job *job, const struct vcs_ingress *ingress,
                             enum db_status *status);

/* An entry in the organization's VCS events. */
enum db_status vcs_record(struct vcs_job *job, const char *level, const char *message);
enum db_status vcs_job_done(struct vcs_job *job);
/* It will not come about: what waits for it is told, and the job ends. */
enum db_status vcs_job_give_up(struct vcs_job *job, const char *problem);

#endif
