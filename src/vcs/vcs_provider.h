/* The VCS providers, one row each (today-registry-vcs.md sections 7 and 8.1). What is said to one
 * is in the file of its family. */
#ifndef TERRACE_VCS_VCS_PROVIDER_H
#define TERRACE_VCS_VCS_PROVIDER_H

enum vcs_family {
    VCS_NOT_OFFERED, /* known by name, and refused */
    VCS_GITHUB,
    VCS_GITLAB,
    VCS_BITBUCKET, /* Cloud */
    VCS_BITBUCKET_SERVER,
};

struct vcs_provider {
    const char *name;         /* service-provider */
    const char *display_name; /* service-provider-display-name */
    enum vcs_family family;
    const char *source;   /* of the configuration versions that come from it */
    const char *key_name; /* what `key` is called there, if a client may not have an empty one */
};

extern const struct vcs_provider vcs_providers[]; /* ends with a NULL name */

/* NULL for an unknown name, and for NULL. */
const struct vcs_provider *vcs_provider_find(const char *name);

#endif
