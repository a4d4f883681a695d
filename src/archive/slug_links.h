/* The symbolic links that an archive has made so far, and the rule that nothing is reached through
 * one and none leads out. */
#ifndef TERRACE_ARCHIVE_SLUG_LINKS_H
#define TERRACE_ARCHIVE_SLUG_LINKS_H

#include <stdbool.h>

struct arena;
struct slug_links;

/* Paths here are clean: no empty, `.` or `..` part, no slash at either end. */
struct slug_links *slug_links_new(struct arena *arena);

/* False when there are too many to keep. */
bool slug_links_add(struct slug_links *links, const char *path);
/* Whether path is one of them. */
bool slug_links_has(const struct slug_links *links, const char *path);
/* Whether a folder above path is one of them. */
bool slug_links_cross(const struct slug_links *links, const char *path);

/* Whether a link at path with this target stays inside the root. `..` may only come first: after a
 * name, where it leads depends on what that name turns out to be. */
bool slug_links_inside(const char *path, const char *target);

#endif
