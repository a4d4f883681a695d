/* Guesses at a password, counted per user and per network in windows of a quarter of an hour,
 * whether they come by the sign-in page or by the API. */
#ifndef TERRACE_API_THROTTLE_H
#define TERRACE_API_THROTTLE_H

#include <stdbool.h>

#include "db/db.h"

struct context;

/* Seconds, for Retry-After: after them a window has certainly ended. */
#define THROTTLE_RETRY_AFTER "900"

/* What counts for a user: the id, or the name where there is nobody of that name. */
const char *throttle_user(struct context *context, const char *id, const char *name);
const char *throttle_network(struct context *context);

/* Counts this attempt as a failure until it is known to be none; *too_many when there were too many
 * before. Call it before looking at the password, so that guessing in parallel gains nothing.
 * network may be NULL. */
enum db_status throttle_count(struct context *context, const char *user, const char *network,
                              bool *too_many) __attribute__((warn_unused_result));
/* The password was right. */
enum db_status throttle_forget(struct context *context, const char *user, const char *network)
    __attribute__((warn_unused_result));

#endif
