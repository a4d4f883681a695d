/* See vcs_match.h. */
#include "vcs/vcs_match.h"

#include <string.h>

/* Where a match may begin anew after a failure: behind a star, one character of the path later. */
struct retry {
    const char *pattern, *path;
};

/* Linear but for the two kinds of star, each of which is begun anew at its last place only: what a
 * shorter try of an earlier star would find, a longer one of the later finds too. */
static bool match(const char *pattern, const char *path)
{
    struct retry star = {NULL, NULL}, folders = {NULL, NULL};

    for (;;) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            pattern += 2;
            if (*pattern == '/') /* also no folder at all */
                pattern++;
            else if (*pattern == '\0')
                return true;
            folders = (struct retry){pattern, path};
            star.pattern = NULL;
        } else if (*pattern == '*') {
            star = (struct retry){++pattern, path};
        } else if (*path != '\0' && (*pattern == *path || (*pattern == '?' && *path != '/'))) {
            pattern++;
            path++;
        } else if (*path == '\0' && *pattern == '\0') {
            return true;
        } else if (star.pattern && *star.path != '\0' && *star.path != '/') {
            pattern = star.pattern;
            path = ++star.path;
        } else if (folders.pattern && strchr(folders.path, '/')) {
            folders.path = strchr(folders.path, '/') + 1;
            pattern = folders.pattern;
            path = folders.path;
            star.pattern = NULL;
        } else {
            return false;
        }
    }
}

static const char *relative(const char *path)
{
    while (*path == '/' || strncmp(path, "./", 2) == 0)
        path += *path == '/' ? 1 : 2;
    return path;
}

bool vcs_match_glob(const char *pattern, const char *path)
{
    return match(relative(pattern), relative(path));
}

bool vcs_match_folder(const char *folder, const char *path)
{
    folder = relative(folder);
    path = relative(path);
    size_t len = strlen(folder);
    while (len > 0 && folder[len - 1] == '/')
        len--;
    return len == 0 || (strncmp(folder, path, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

static bool concerns(const struct vcs_triggers *t, const char *file)
{
    for (size_t i = 0; i < t->pattern_count; i++)
        if (vcs_match_glob(t->patterns[i], file))
            return true;
    if (t->pattern_count > 0)
        return false;
    for (size_t i = 0; i < t->prefix_count; i++)
        if (vcs_match_folder(t->prefixes[i], file))
            return true;
    /* Prefixes stand beside the working directory; without one they stand alone. */
    const char *folder = t->working_directory ? t->working_directory : "";
    return (*folder || t->prefix_count == 0) && vcs_match_folder(folder, file);
}

bool vcs_match_files(const struct vcs_triggers *triggers, const char *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (concerns(triggers, files[i]))
            return true;
    return false;
}
