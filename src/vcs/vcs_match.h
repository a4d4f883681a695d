/* Whether a change concerns a workspace (today-workspaces.md 2.4): by the paths of the files that
 * it touches, from the root of the repository. */
#ifndef TERRACE_VCS_VCS_MATCH_H
#define TERRACE_VCS_VCS_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* `*` and `?` stay within a name, `**` takes any number of folders; names that begin with a dot
 * match; a slash in front counts for nothing. */
bool vcs_match_glob(const char *pattern, const char *path);

/* Whether path is folder, or below it; an empty folder is the root. */
bool vcs_match_folder(const char *folder, const char *path);

struct vcs_triggers {
    const char *const *patterns;
    size_t pattern_count;
    const char *const *prefixes;
    size_t prefix_count;
    const char *working_directory; /* "" or NULL: the root */
};

/* Patterns, where there are some, are all that counts; else the working directory and the prefixes.
 * Without any of them everything matches. */
bool vcs_match_files(const struct vcs_triggers *triggers, const char *const *files, size_t count);

#endif
