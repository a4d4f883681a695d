/* What the files of this area share: connections to VCS providers (today-registry-vcs.md sections 7
 * and 8). */
#ifndef TERRACE_API_VCS_VCS_H
#define TERRACE_API_VCS_VCS_H

#include <stdbool.h>

struct context;
struct json_value;
struct patch;

/* Longest secret that is taken: keys are the longest of them. */
#define VCS_SECRET_MAX (64 * 1024)

/* The text of a secret attribute that is given; NULL: it is absent or null, or refused (recorded).
 */
const char *vcs_secret(struct context *context, const struct json_value *value, const char *name);

/* workspace_vcs.c. The workspace's vcs-repo, before its row is written and after. */
void vcs_check_workspace(struct context *context, struct patch *patch);
void vcs_write_workspace(struct context *context, const struct patch *patch, const char *workspace);

/* For a run of a workspace that has no configuration yet: the one that is on its way from the
 * repository, or is sent for now; NULL: the workspace has none. False: it failed (recorded). */
bool vcs_fetch_again(struct context *context, const char *workspace, const char **configuration);

#endif
