/* A slug: the gzipped tar of a configuration, a module or a policy set, as clients upload it. This
 * checks one as its bytes stream by, in memory that does not grow with it, so that whoever unpacks
 * it later finds nothing that leads out of the folder and nothing that fills the disk.
 *
 * Refused: what is no gzip or no tar, or is damaged; absolute paths and `..`; links that lead out,
 * entries behind a link; devices, sockets and pipes; too many entries, too much content. */
#ifndef TERRACE_ARCHIVE_SLUG_H
#define TERRACE_ARCHIVE_SLUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/gunzip.h"

struct arena;

/* Longest path, as the kernel has it. */
#define SLUG_MAX_PATH 4096
#define SLUG_MAX_ENTRIES 200000

enum slug_verdict {
    SLUG_GOOD,    /* the source was read to its end */
    SLUG_REFUSED, /* see reason; the source may have more to give */
    SLUG_CUT_OFF, /* the source failed */
};

struct slug {
    size_t entries;
    int64_t size;       /* unpacked, headers and padding included */
    const char *reason; /* end of a sentence that begins with "The archive"; printable ASCII */
};

/* Somebody who looks into files as they pass. A file is asked for by its clean path (no `.` part,
 * no slash in front) and size; one that is wanted is handed over whole, if it is no larger than
 * SLUG_MAX_CONTENT. The bytes are gone when the call returns. */
#define SLUG_MAX_CONTENT ((int64_t)1024 * 1024)
struct slug_reader {
    bool (*wants)(void *object, const char *path, int64_t size);
    void (*take)(void *object, const char *path, const char *bytes, size_t len);
    void *object;
};

/* max_size: of the unpacked tar. reader may be NULL; what it was given counts only if the verdict
 * is good. */
enum slug_verdict slug_read(struct arena *arena, gunzip_source *read, void *source,
                            int64_t max_size, const struct slug_reader *reader, struct slug *out);

#endif
