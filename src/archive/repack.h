/* Makes a slug of the .tar.gz that a VCS provider gives of a commit: everything in it is in one
 * folder, which goes. What comes of it is still to be checked by slug_read(): this only moves
 * entries. */
#ifndef TERRACE_ARCHIVE_REPACK_H
#define TERRACE_ARCHIVE_REPACK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* From in (at its current offset) to out, without the first `strip` folders of each path. Entries
 * that are no more than those folders are left out. False: the reason is the end of a sentence that
 * begins with "The archive". max_size: of the content, unpacked. */
bool repack_slug(struct arena *arena, int in, int out, int strip, int64_t max_size,
                 const char **reason);

#endif
