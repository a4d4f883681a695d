/* How many requests a second one caller may make: `api-rate-limit` of the general settings
 * (today-admin.md 7.1, today-access.md 2). All tokens of a user count together. What goes on for
 * every request is one number in memory that the workers share: nothing is asked of the database,
 * and the settings are looked at every few seconds. A plain CGI process has no such memory, and no
 * limit. */
#ifndef TERRACE_JSONAPI_RATE_LIMIT_H
#define TERRACE_JSONAPI_RATE_LIMIT_H

#include <stdbool.h>

struct context;
struct service;

/* Once, before the workers are made. */
void rate_limit_share(void);

/* Counts a request with a token. False when it is one too many: then the failure is recorded, and
 * the headers that say when to come again are set. */
bool rate_limit_count(struct context *context);

/* After the request: whose token it was. */
void rate_limit_learn(const struct context *context);

/* Between requests: what the settings say now. */
void rate_limit_refresh(struct service *service);

#endif
