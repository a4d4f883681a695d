/* The way of a request: match the route on the raw path, bind, authenticate, load what the path
 * names, check the permission, parse and validate the document, run, commit, render. Handlers never
 * repeat any of it.
 *
 * Reads of a batch go out together through the pipeline and are rendered in order; a write runs
 * alone, start to end. After each request no transaction is open (asserted). */
#ifndef TERRACE_JSONAPI_ENGINE_H
#define TERRACE_JSONAPI_ENGINE_H

#include "jsonapi/context.h"
#include "jsonapi/resource.h"

#define ENGINE_MAX_BATCH 64

/* Answers every request of the batch; http_finish() has been called on each. */
void engine_serve(struct service *service, struct http_request *const *requests, size_t count);

/* Whether the route of a request, of which only method and path are known, is the kind of read that
 * many may share a round for: a show. Lists, writes and bytes may take long. */
bool engine_is_quick(struct service *service, const struct http_request *request);

/* Writes what requests left behind (last use of tokens). Called between rounds. */
void engine_idle(struct service *service);
/* The same for the last time, before the process ends. */
void engine_close(struct service *service);

#endif
