/* A nameless temporary file: what a slow peer sends or has not taken yet waits here, so that
 * neither blocks a worker nor fills its memory. In TMPDIR, else /var/tmp, else /tmp. */
#ifndef TERRACE_HTTP_HTTP_SPOOL_H
#define TERRACE_HTTP_HTTP_SPOOL_H

#include <stddef.h>

/* A descriptor at offset 0, or -1 (logged). */
int http_spool_open(void);
/* Appends at the descriptor's offset. 0, or -1 when the disk is full (logged). */
int http_spool_write(int fd, const void *bytes, size_t size);

#endif
