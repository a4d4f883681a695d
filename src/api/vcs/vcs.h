/* What the files of this area share: connections to VCS providers (today-registry-vcs.md sections 7
 * and 8). */
#ifndef TERRACE_API_VCS_VCS_H
#define TERRACE_API_VCS_VCS_H

struct context;
struct json_value;

/* Longest secret that is taken: keys are the longest of them. */
#define VCS_SECRET_MAX (64 * 1024)

/* The text of a secret attribute that is given; NULL: it is absent or null, or refused (recorded).
 */
const char *vcs_secret(struct context *context, const struct json_value *value, const char *name);

#endif
