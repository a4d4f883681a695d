/* What hooks say: the bodies of notifications (JSON, or the text of a mail) and run tasks
 * (today-runs.md 14.5, 18.3, 18.4, 18.6). Every string may be NULL, which is a null in JSON. */
#ifndef TERRACE_HOOKS_HOOK_BODY_H
#define TERRACE_HOOKS_HOOK_BODY_H

#include <stdbool.h>

struct arena;

struct hook_notification {
    const char *destination_type; /* generic, slack, microsoft-teams, email */
    const char *configuration_id;
    const char *run_url, *run_id, *run_message, *run_created_at, *run_created_by;
    const char *workspace_id, *workspace_name, *organization_name;
    const char *message, *trigger, *run_status, *run_updated_at, *run_updated_by;
    /* Of what is no run (18.4): what it is about ("workspace",
     * "assessment"), and all that is known, JSON. NULL:
     * a run, and the rest does not count. */
    const char *scope, *details;
    const char *configuration_url, *auto_destroy_at, *problem;
};
const char *hook_body_notification(struct arena *arena, const struct hook_notification *n);

struct hook_change_request {
    const char *destination_type;
    const char *configuration_id;
    const char *url, *subject, *message, *created_at, *created_by;
    const char *workspace_id, *workspace_name, *organization_name;
    const char *title; /* what has happened, for people */
};
const char *hook_body_change_request(struct arena *arena, const struct hook_change_request *c);
/* What is sent to see whether a URL answers. */
const char *hook_body_verification(struct arena *arena, const char *destination_type,
                                   const char *configuration_id, const char *name);

struct hook_task {
    const char *access_token, *stage;
    const char *configuration_version_id, *configuration_version_download_url;
    const char *is_speculative; /* "t", "f" or NULL */
    const char *organization_name;
    const char *plan_json_api_url;
    const char *run_app_url, *run_created_at, *run_created_by, *run_id, *run_message;
    const char *callback_url, *enforcement_level, *result_id;
    const char *vcs_branch, *vcs_commit_url, *vcs_pull_request_url, *vcs_repo_url;
    const char *workspace_app_url, *workspace_id, *workspace_name, *workspace_working_directory;
};
const char *hook_body_task(struct arena *arena, const struct hook_task *task);
/* The same without a run, as receivers know it. */
const char *hook_body_task_test(struct arena *arena);

#endif
