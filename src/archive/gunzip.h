/* Unpacks gzip as it streams by, checking what libarchive's own filter leaves unchecked: the sum
 * and the length at the end, and that nothing else follows. */
#ifndef TERRACE_ARCHIVE_GUNZIP_H
#define TERRACE_ARCHIVE_GUNZIP_H

#include <stdint.h>
#include <sys/types.h>

struct arena;
struct gunzip;

/* Gives the next packed bytes: > 0, 0 at their end, -1 when they break off. *bytes stays valid
 * until the next call. */
typedef ssize_t gunzip_source(void *source, const void **bytes);

struct gunzip *gunzip_new(struct arena *arena, gunzip_source *read, void *source);

/* The next plain bytes: > 0, 0 at the end (then the source has ended too), -1 on failure. */
ssize_t gunzip_next(struct gunzip *gunzip, const void **bytes);

/* What is wrong with the bytes, as the end of a sentence that begins with "The archive"; NULL when
 * it was the source that failed. */
const char *gunzip_error(const struct gunzip *gunzip);

/* Plain bytes given so far. */
int64_t gunzip_total(const struct gunzip *gunzip);

#endif
