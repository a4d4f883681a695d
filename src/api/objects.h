/* Bytes by signed URL: the URL is the right, no token is asked for. A URL names one object and one
 * action (DESIGN section 6), and is `/api/v2/objects/<action>/<token>`. */
#ifndef TERRACE_API_OBJECTS_H
#define TERRACE_API_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct context;
struct object_body;

/* Absolute. Stable for an hour, so that a thing reads twice the same; good for 25 hours at least.
 */
const char *object_url(struct context *context, const char *action, const char *id);
/* The same, good for so many seconds from now. */
const char *object_url_for(struct context *context, const char *action, const char *id,
                           int64_t seconds);

/* For a ROUTE_RAW handler whose path ends in the token: the id that it names, with a connection to
 * the database at hand. NULL: refused, which is recorded. */
const char *object_id(struct context *context, const char *action);

/* An upload's bytes: the field `data` of multipart/form-data (2017's way), else the body as it is.
 * NULL: there is no such field, or the body is known to be too long (recorded). */
struct object_body *object_body_open(struct context *context);
/* > 0, 0 at the end, -1 when they break off or exceed upload_limit (recorded). */
ssize_t object_body_read(struct object_body *body, void *out, size_t size);

/* Answers with a blob's bytes, in bounded memory. It is all or nothing: a failure under way makes
 * the body shorter than its Content-Length. */
void object_send(struct context *context, const char *blob_id, const char *content_type);

#endif
