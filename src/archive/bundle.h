/* Makes a .tar.gz of a few files in memory. The same files give the same bytes. */
#ifndef TERRACE_ARCHIVE_BUNDLE_H
#define TERRACE_ARCHIVE_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct bundle_file {
    const char *path;
    const char *bytes;
    size_t len;
};

/* Appends the archive to out. False: libarchive has failed, which it does for want of memory only.
 */
bool bundle_write(struct buf *out, const struct bundle_file *files, size_t count)
    __attribute__((warn_unused_result));

#endif
