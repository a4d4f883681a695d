/* Slugs that are uploaded by signed URL: configurations and modules. */
#ifndef TERRACE_API_SLUGS_H
#define TERRACE_API_SLUGS_H

#include <stdbool.h>

#include "archive/slug.h"
#include "blob/blob.h"

struct context;

/* Receives the body in one pass, past the check of what it holds (and reader, unless it is NULL)
 * into a blob of the organization, within the open transaction and in bounded memory. False: it
 * failed (recorded), or the archive is refused (*reason, the end of a sentence that begins with
 * "The archive"); what was stored goes with the transaction. */
bool slugs_receive(struct context *context, const char *organization,
                   const struct slug_reader *reader, struct blob_info *out, const char **reason);

#endif
